//! Waits that are left and taken up again, under paused time, with a check that does as it is told.

use super::super::{App, routes};
use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use http_body_util::BodyExt;
use k8s_wait_lib::check::{Check, Evaluation, Kind, Recheck, Request};
use k8s_wait_lib::{CheckRegistry, Target, TargetError, Verdict, Watches};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// `switch/NAME`: ready while it is on, looked at every second.
struct Switch(Kind, Arc<AtomicBool>);

struct Look(Arc<AtomicBool>);

impl Check for Switch {
    fn kind(&self) -> &Kind {
        &self.0
    }

    fn parse(&self, _: &Target) -> Result<Box<dyn Request>, TargetError> {
        Ok(Box::new(Look(Arc::clone(&self.1))))
    }
}

#[async_trait]
impl Request for Look {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        let verdict = Verdict::ready_if(self.0.load(Ordering::SeqCst), "Off", || "it is off".to_owned());
        Evaluation::new(Ok(verdict), Recheck::after(Duration::from_secs(1)))
    }
}

struct Stage {
    app: Arc<App>,
    stop: watch::Sender<bool>,
    is_on: Arc<AtomicBool>,
}

fn stage(places: usize) -> Stage {
    let nowhere = kube::Config::new("http://127.0.0.1:1".parse().unwrap());
    let client = k8s_wait_lib::client(nowhere).unwrap();
    let is_on = Arc::new(AtomicBool::new(true));
    let mut registry = CheckRegistry::new();
    registry.register(Switch(Kind::object("switch", []), Arc::clone(&is_on))).unwrap();
    let (app, stop) = App::open(registry, places, client);
    Stage { app, stop, is_on }
}

const STABLE: &str = "/v1/wait?timeout=1h&target=switch/a%3Fstable%3D60s";

impl Stage {
    /// The lines of a wait, without heartbeats. Dropping them is what a connection does that breaks.
    async fn lines(&self, path: &str) -> BoxStream<'static, Value> {
        let request = warp::test::request().path(path).header("accept", "application/x-ndjson");
        let response = request.filter(&routes(Arc::clone(&self.app), None)).await.unwrap();
        assert_eq!(response.status(), 200);
        let lines = response.into_body().into_data_stream();
        let lines = lines.map(|line| serde_json::from_slice::<Value>(&line.unwrap()).unwrap());
        lines.filter(|line| std::future::ready(line["event"] != "heartbeat")).boxed()
    }

    async fn answer(&self, path: &str) -> (u16, Value) {
        let response = warp::test::request().path(path).reply(&routes(Arc::clone(&self.app), None)).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    fn turn(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::SeqCst);
    }

    fn parked(&self) -> usize {
        self.app.parking.table.lock().len()
    }

    /// A wait that has been left after 40 of its 60 seconds; its token.
    async fn left_behind(&self) -> String {
        let mut lines = self.lines(STABLE).await;
        let token = token(&lines.next().await.unwrap());
        wait_for(40).await;
        token
    }
}

async fn wait_for(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

fn token(line: &Value) -> String {
    line["token"].as_str().unwrap_or_else(|| panic!("no token: {line}")).to_owned()
}

fn again(path: &str, token: &str) -> String {
    format!("{path}&token={token}")
}

fn reason(line: &Value) -> &str {
    line["targets"][0]["reason"].as_str().unwrap()
}

/// The seconds until it is ready.
async fn until_ready(mut lines: BoxStream<'static, Value>) -> u64 {
    let begin = Instant::now();
    while let Some(line) = lines.next().await {
        if line["event"] == "done" {
            assert_eq!((&line["verdict"], line.get("token")), (&json!("ready"), None), "{line}");
            return begin.elapsed().as_secs();
        }
    }
    panic!("no verdict");
}

#[tokio::test(start_paused = true)]
async fn the_time_goes_on_while_nobody_is_there() {
    let stage = stage(8);
    let left = stage.left_behind().await;
    wait_for(10).await;
    let mut lines = stage.lines(&again(STABLE, &left)).await;
    let first = lines.next().await.unwrap();
    assert_eq!((reason(&first), token(&first)), ("Stabilizing", left), "it is told how it stands");
    assert_eq!(until_ready(lines).await, 10);
}

#[tokio::test(start_paused = true)]
async fn what_was_reached_while_nobody_was_there_is_told_if_it_still_holds() {
    let stage = stage(8);
    let left = stage.left_behind().await;
    wait_for(25).await;
    assert_eq!(until_ready(stage.lines(&again(STABLE, &left)).await).await, 0);
    wait_for(10).await;
    stage.turn(false);
    let line = stage.lines(&again(STABLE, &left)).await.next().await.unwrap();
    assert_eq!(
        (line["event"].as_str(), reason(&line)),
        (Some("status"), "Off"),
        "it was ready, and is not now"
    );
}

#[tokio::test(start_paused = true)]
async fn a_break_while_nobody_is_there_is_a_break() {
    let stage = stage(8);
    let left = stage.left_behind().await;
    stage.turn(false);
    wait_for(2).await;
    stage.turn(true);
    wait_for(20).await;
    let mut lines = stage.lines(&again(STABLE, &left)).await;
    let first = lines.next().await.unwrap();
    assert!(
        first["targets"][0]["message"].as_str().unwrap().contains("it was not once, last: Off"),
        "{first}"
    );
    assert!((38..=41).contains(&until_ready(lines).await));
}

#[tokio::test(start_paused = true)]
async fn it_is_kept_for_half_a_minute_and_no_longer() {
    let stage = stage(1);
    let left = stage.left_behind().await;
    wait_for(29).await;
    assert_eq!(stage.parked(), 1);
    assert_eq!(stage.answer("/v1/wait?target=switch/b").await.0, 503, "it keeps its place");
    wait_for(2).await;
    assert_eq!(stage.parked(), 0);
    assert_eq!(stage.answer("/v1/wait?target=switch/b").await.0, 200, "its place is free");
    let mut lines = stage.lines(&again(STABLE, &left)).await;
    assert_ne!(token(&lines.next().await.unwrap()), left, "it begins anew");
    assert_eq!(until_ready(lines).await, 60);
}

#[tokio::test(start_paused = true)]
async fn it_needs_no_other_place_to_be_taken_up() {
    let stage = stage(1);
    let left = stage.left_behind().await;
    assert_eq!(until_ready(stage.lines(&again(STABLE, &left)).await).await, 20);
}

#[tokio::test(start_paused = true)]
async fn another_question_is_another_wait() {
    let stage = stage(8);
    let left = stage.left_behind().await;
    for other in [
        "/v1/wait?timeout=1h&target=switch/b%3Fstable%3D60s",
        "/v1/wait?timeout=1h&target=switch/a%3Fstable%3D50s",
        "/v1/wait?timeout=1h&target=switch/a%3Fstable%3D60s&target=switch/b",
        "/v1/wait?timeout=1h&target=switch/a%3Fstable%3D60s&namespace=shop",
        "/v1/wait?timeout=1h&target=switch/a%3Fstable%3D60s&mode=any",
    ] {
        let line = stage.lines(&again(other, &left)).await.next().await.unwrap();
        assert_ne!(token(&line), left, "{other}");
    }
    // The same in other words, with another timeout.
    let same = "/v1/wait?timeout=2s&target=switch/default/a%3Fstable%3D1m&mode=all";
    let (status, answer) = stage.answer(&again(same, &left)).await;
    assert_eq!((status, token(&answer)), (503, left));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_nobody_knows_is_no_error() {
    let stage = stage(8);
    for unknown in ["", "x", "00000000000000000000000000000000"] {
        let line = stage.lines(&again(STABLE, unknown)).await.next().await.unwrap();
        assert_eq!((reason(&line), token(&line).len()), ("Stabilizing", 32));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_whose_time_is_up_is_taken_up_again() {
    let stage = stage(8);
    let path = "/v1/wait?timeout=25s&target=switch/a%3Fstable%3D60s";
    let mut last = String::new();
    for _ in 0..2 {
        let (status, answer) = stage.answer(&again(path, &last)).await;
        assert_eq!((status, reason(&answer)), (503, "Stabilizing"));
        assert!(last.is_empty() || last == token(&answer));
        last = token(&answer);
    }
    let done = stage.lines(&again("/v1/wait?timeout=5s&target=switch/a%3Fstable%3D60s", &last)).await;
    let done = done.filter(|line| std::future::ready(line["event"] == "done")).boxed().next().await.unwrap();
    assert_eq!((&done["verdict"], token(&done)), (&json!("pending"), last.clone()));
    let begin = Instant::now();
    let (status, answer) = stage.answer(&again(path, &last)).await;
    assert_eq!((status, answer.get("token")), (200, None));
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn who_comes_with_the_token_takes_the_place_of_a_connection_that_is_not_known_to_be_dead() {
    let stage = stage(8);
    let mut old = stage.lines(STABLE).await;
    let token = token(&old.next().await.unwrap());
    wait_for(20).await;
    let new = stage.lines(&again(STABLE, &token)).await;
    assert_eq!(old.next().await, None, "it ends without a verdict");
    drop(old);
    assert_eq!(until_ready(new).await, 40);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_misses_nothing_that_counts() {
    let stage = stage(8);
    let mut lines = stage.lines(STABLE).await;
    lines.next().await.unwrap();
    for _ in 0..5 {
        wait_for(10).await;
        stage.turn(false);
        wait_for(2).await;
        stage.turn(true);
    }
    wait_for(30).await;
    assert!((28..=31).contains(&until_ready(lines).await));
}

#[tokio::test(start_paused = true)]
async fn only_some_of_the_places_are_kept_for_those_who_left() {
    let stage = stage(8);
    for _ in 0..5 {
        drop(stage.lines(STABLE).await.next().await.unwrap());
    }
    wait_for(1).await;
    assert_eq!(stage.parked(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_when_the_server_stops() {
    let stage = stage(8);
    stage.left_behind().await;
    let mut open = stage.lines(STABLE).await;
    open.next().await.unwrap();
    assert_eq!(stage.parked(), 2);
    stage.stop.send_replace(true);
    assert_eq!(open.next().await, None, "it ends without a verdict");
    wait_for(1).await;
    assert_eq!(stage.parked(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_has_nothing_to_remember_has_no_token() {
    let stage = stage(1);
    stage.turn(false);
    let (status, answer) = stage.answer("/v1/wait?timeout=2s&target=switch/a").await;
    assert_eq!((status, answer.get("token")), (503, None));
    let line = stage.lines("/v1/wait?target=switch/a&token=x").await.next().await.unwrap();
    assert_eq!((line.get("token"), stage.parked()), (None, 0));
    // What is gone, or is not, was there when the wait began.
    let line = stage.lines("/v1/wait?target=switch/a%3Ffor%3Ddeleted").await.next().await.unwrap();
    assert!(line.get("token").is_some());
}
