//! Waits that several hold, under paused time, with a check that does as it is told and counts its looks.

use super::super::{App, routes};
use async_trait::async_trait;
use futures::StreamExt;
use futures::future::join_all;
use futures::stream::BoxStream;
use http_body_util::BodyExt;
use k8s_wait_lib::check::{Check, Evaluation, Kind, Recheck, Request};
use k8s_wait_lib::{CheckRegistry, Target, TargetError, Verdict, Watches};
use parking_lot::Mutex;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// `lamp/COLOUR`: ready when it shines in its colour, looked at every second.
struct Lamp {
    kind: Kind,
    shines: Arc<Mutex<&'static str>>,
    looks: Arc<AtomicUsize>,
}

struct Look {
    colour: String,
    shines: Arc<Mutex<&'static str>>,
    looks: Arc<AtomicUsize>,
}

impl Check for Lamp {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        let text = target.to_string();
        let name = text.rsplit('/').next().unwrap();
        let colour = name.split('?').next().unwrap().to_owned();
        Ok(Box::new(Look { colour, shines: Arc::clone(&self.shines), looks: Arc::clone(&self.looks) }))
    }
}

#[async_trait]
impl Request for Look {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        self.looks.fetch_add(1, Ordering::SeqCst);
        let shines = *self.shines.lock();
        let verdict = Verdict::ready_if(shines == self.colour, "Dark", || "it is dark".to_owned());
        Evaluation::new(Ok(verdict), Recheck::after(Duration::from_secs(1)))
    }
}

struct Stage {
    app: Arc<App>,
    _stop: watch::Sender<bool>,
    shines: Arc<Mutex<&'static str>>,
    looks: Arc<AtomicUsize>,
}

fn stage() -> Stage {
    stage_for(1000)
}

fn stage_for(waiters: usize) -> Stage {
    let nowhere = kube::Config::new("http://127.0.0.1:1".parse().unwrap());
    let client = k8s_wait_lib::client(nowhere).unwrap();
    let (shines, looks) = (Arc::new(Mutex::new("off")), Arc::<AtomicUsize>::default());
    let (kind, mut registry) = (Kind::object("lamp", []), CheckRegistry::new());
    let lamp = Lamp { kind, shines: Arc::clone(&shines), looks: Arc::clone(&looks) };
    registry.register(lamp).unwrap();
    let (app, _stop) = App::open(registry, waiters, client);
    Stage { app, _stop, shines, looks }
}

impl Stage {
    /// The lines of a wait, without heartbeats.
    async fn lines(&self, query: &str) -> BoxStream<'static, Value> {
        let path = format!("/v1/wait?timeout=1h&{query}");
        let request = warp::test::request().path(&path).header("accept", "application/x-ndjson");
        let response = request.filter(&routes(Arc::clone(&self.app), None)).await.unwrap();
        let lines = response.into_body().into_data_stream();
        let lines = lines.map(|line| serde_json::from_slice::<Value>(&line.unwrap()).unwrap());
        lines.filter(|line| std::future::ready(line["event"] != "heartbeat")).boxed()
    }

    async fn answer(&self, path: &str) -> (u16, Value) {
        let response = warp::test::request().path(path).reply(&routes(Arc::clone(&self.app), None)).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    fn shine(&self, colour: &'static str) {
        *self.shines.lock() = colour;
    }

    fn shared(&self) -> usize {
        self.app.sharing.0.lock().len()
    }
}

/// Event, verdict, and each target's verdict.
fn brief(line: &Value) -> String {
    let targets = line["targets"].as_array().unwrap().iter();
    let targets: Vec<_> =
        targets.map(|target| format!("{}={}", &target["target"], &target["verdict"])).collect();
    let text = format!("{} {} {}", line["event"], line["verdict"], targets.join(" "));
    text.replace('"', "").replace("lamp/default/", "")
}

async fn seconds(count: u64) {
    sleep(Duration::from_secs(count)).await;
}

#[tokio::test(start_paused = true)]
async fn a_hundred_who_ask_the_same_cost_the_looks_of_one() {
    let stage = stage();
    let mut crowd = join_all((0..100).map(|_| stage.lines("target=lamp/red"))).await;
    for lines in &mut crowd {
        assert_eq!(brief(&lines.next().await.unwrap()), "status pending red=pending");
    }
    assert_eq!(stage.shared(), 1);
    sleep(Duration::from_millis(10_500)).await;
    let looks = stage.looks.load(Ordering::SeqCst);
    assert!((10..=12).contains(&looks), "{looks} looks in ten seconds");
    stage.shine("red");
    for lines in crowd {
        let lines: Vec<_> = lines.map(|line| brief(&line)).collect().await;
        assert_eq!(lines, ["done ready red=ready"]);
    }
    assert_eq!(stage.shared(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_comes_later_is_told_how_everything_stands_and_then_what_changes() {
    let stage = stage();
    let mut first = stage.lines("target=lamp/red&target=lamp/green").await;
    assert_eq!(brief(&first.next().await.unwrap()), "status pending red=pending green=pending");
    stage.shine("red");
    assert_eq!(brief(&first.next().await.unwrap()), "status pending red=ready");
    let mut second = stage.lines("target=lamp/red&target=lamp/green").await;
    assert_eq!(brief(&second.next().await.unwrap()), "status pending red=ready green=pending");
    stage.shine("green");
    let line = brief(&first.next().await.unwrap());
    assert_eq!(line, "status pending red=pending green=ready");
    assert_eq!(brief(&second.next().await.unwrap()), line);
    assert_eq!(stage.shared(), 1);
}

/// What it missed was told to the others as news, and would be lost to it.
#[tokio::test(start_paused = true)]
async fn who_does_not_read_for_a_while_is_told_how_everything_stands() {
    let stage = stage();
    let mut slow = stage.lines("target=lamp/red&target=lamp/green").await;
    let mut quick = stage.lines("target=lamp/red&target=lamp/green").await;
    assert_eq!(brief(&slow.next().await.unwrap()), "status pending red=pending green=pending");
    quick.next().await.unwrap();
    for (colour, line) in [("red", "red=ready"), ("off", "red=pending"), ("green", "green=ready")] {
        stage.shine(colour);
        assert_eq!(brief(&quick.next().await.unwrap()), format!("status pending {line}"));
    }
    assert_eq!(brief(&slow.next().await.unwrap()), "status pending red=pending green=ready");
}

#[tokio::test(start_paused = true)]
async fn each_has_its_own_time() {
    let stage = stage();
    let _holds = stage.lines("target=lamp/red").await;
    seconds(100).await;
    for (timeout, took) in [("3s", 3), ("0", 0)] {
        let begin = Instant::now();
        let (code, answer) = stage.answer(&format!("/v1/wait?target=lamp/red&timeout={timeout}")).await;
        assert_eq!((code, begin.elapsed().as_secs()), (503, took));
        assert_eq!(answer["targets"][0]["reason"], "Dark");
    }
    assert_eq!(stage.shared(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_time_at_all_is_enough_for_one_look() {
    let stage = stage();
    let path = "/v1/wait?target=lamp/red&target=lamp/red%3Fmissing=fail&timeout=0";
    assert_eq!(stage.answer(path).await.1["targets"][0]["reason"], "Dark");
    stage.shine("red");
    assert_eq!(stage.answer(path).await.0, 200);
    assert_eq!(stage.shared(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_tells_nothing_to_those_who_come_later() {
    let stage = stage();
    let mut done = stage.lines("target=lamp/red").await;
    done.next().await.unwrap();
    stage.shine("red");
    assert_eq!(brief(&done.next().await.unwrap()), "done ready red=ready");
    stage.shine("off");
    // The one that is over is still held.
    let mut again = stage.lines("target=lamp/red").await;
    assert_eq!(brief(&again.next().await.unwrap()), "status pending red=pending");
    assert!(done.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_targets_own_timeout_begins_with_its_own_wait() {
    let stage = stage();
    let query = "target=lamp/red%3Ftimeout=10s";
    let mut first = stage.lines(query).await;
    first.next().await.unwrap();
    seconds(6).await;
    let begin = Instant::now();
    let second: Vec<_> = stage.lines(query).await.collect().await;
    assert_eq!(second.last().unwrap()["verdict"], "failed");
    assert_eq!(begin.elapsed().as_secs(), 10);
    assert_eq!(first.next().await.unwrap()["verdict"], "failed");
}

#[tokio::test(start_paused = true)]
async fn questions_that_differ_in_anything_are_different_waits() {
    let stage = stage();
    let questions = [
        "target=lamp/red",
        "target=lamp/red&namespace=shop",
        "target=lamp/red&target=lamp/green",
        "target=lamp/red&target=lamp/green&mode=any",
        "target=lamp/red%3Fmissing=fail",
    ];
    let held = join_all(questions.map(|question| stage.lines(question))).await;
    assert_eq!(stage.shared(), questions.len());
    let _same = stage.lines("target=lamp/default/red&namespace=default&mode=all").await;
    assert_eq!(stage.shared(), questions.len());
    drop(held);
    assert_eq!(stage.shared(), 1, "those who have gone take no room");
}

#[tokio::test(start_paused = true)]
async fn who_finds_no_place_left_costs_no_look() {
    let stage = stage_for(1);
    let mut lines = stage.lines("target=lamp/red").await;
    lines.next().await.unwrap();
    let before = stage.looks.load(Ordering::SeqCst);
    for (query, expected) in [("target=lamp/red", 503), ("target=lamp/blue", 503), ("target=candle/red", 404)]
    {
        let (status, answer) = stage.answer(&format!("/v1/wait?timeout=1h&{query}")).await;
        assert_eq!(status, expected, "{query}: {answer}");
    }
    assert_eq!(stage.looks.load(Ordering::SeqCst), before);
    assert_eq!(stage.shared(), 1);
}
