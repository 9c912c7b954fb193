//! Held waits under paused time, with a check that does as it is told.

use super::super::{App, routes};
use async_trait::async_trait;
use futures::StreamExt;
use http_body_util::BodyExt;
use k8s_wait_lib::check::{Check, Evaluation, Kind, Recheck, Request};
use k8s_wait_lib::{CheckRegistry, Target, TargetError, Verdict, Watches};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// `slow/SECONDS`: each look takes so long, after which it is ready or goes on as `then` says.
struct Slow {
    kind: Kind,
    then: Verdict,
}

struct Look {
    takes: Duration,
    then: Verdict,
}

impl Check for Slow {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        let name = target.to_string().rsplit('/').next().unwrap().to_owned();
        Ok(Box::new(Look { takes: Duration::from_secs(name.parse().unwrap()), then: self.then.clone() }))
    }
}

#[async_trait]
impl Request for Look {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        sleep(self.takes).await;
        Evaluation::new(Ok(self.then.clone()), Recheck::after(Duration::from_secs(3600)))
    }
}

struct Stage {
    app: Arc<App>,
    stop: watch::Sender<bool>,
}

/// Everything that a question needs, with nothing behind it.
fn stage(then: Verdict) -> Stage {
    let nowhere = kube::Config::new("http://127.0.0.1:1".parse().unwrap());
    let client = k8s_wait_lib::client(nowhere).unwrap();
    let mut registry = CheckRegistry::new();
    registry.register(Slow { kind: Kind::object("slow", []), then }).unwrap();
    let (app, stop) = App::open(registry, 1, client);
    Stage { app, stop }
}

/// The lines of a wait, each with the second in which it came.
async fn lines(stage: &Stage, path: &str) -> Vec<(u64, String)> {
    let begun = Instant::now();
    let service = warp::test::request().path(path).header("accept", "application/x-ndjson");
    let response = service.filter(&routes(Arc::clone(&stage.app), None)).await.unwrap();
    let timed = response.into_body().into_data_stream().map(|line| {
        let text = String::from_utf8(line.unwrap().to_vec()).unwrap();
        (begun.elapsed().as_secs(), text.split('"').nth(3).unwrap().to_owned())
    });
    timed.collect().await
}

fn at(lines: &[(u64, &str)]) -> Vec<(u64, String)> {
    lines.iter().map(|(second, event)| (*second, (*event).to_owned())).collect()
}

fn waiting() -> Verdict {
    Verdict::pending("Waiting", "it waits")
}

#[tokio::test(start_paused = true)]
async fn a_line_comes_every_ten_seconds_at_least() {
    let lines = lines(&stage(waiting()), "/v1/wait?target=slow/0&timeout=35s").await;
    let expected = [(0, "status"), (10, "heartbeat"), (20, "heartbeat"), (30, "heartbeat"), (35, "done")];
    assert_eq!(lines, at(&expected));
}

/// A look that takes longer than a heartbeat comes to its end all the same.
#[tokio::test(start_paused = true)]
async fn heartbeats_do_not_disturb_a_slow_look() {
    let lines =
        lines(&stage(Verdict::failed("Broken", "it broke")), "/v1/wait?target=slow/25&timeout=5m").await;
    assert_eq!(lines, at(&[(0, "status"), (10, "heartbeat"), (20, "heartbeat"), (25, "done")]));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_lines_without_a_verdict() {
    let stage = stage(waiting());
    let stop = async {
        sleep(Duration::from_secs(15)).await;
        stage.stop.send_replace(true);
    };
    let (lines, ()) = tokio::join!(lines(&stage, "/v1/wait?target=slow/0&timeout=5m"), stop);
    assert_eq!(lines, at(&[(0, "status"), (10, "heartbeat")]));
}

#[tokio::test(start_paused = true)]
async fn a_stop_answers_a_single_wait_at_once() {
    for (path, expected) in [
        ("/v1/wait?target=slow/0&timeout=5m", r#""verdict":"pending","reason":"Waiting""#),
        // Its first look has not come to an end, and is not waited for.
        ("/v1/wait?target=slow/100&timeout=5m", r#""verdict":"pending","reason":"NotJudged""#),
    ] {
        let stage = stage(waiting());
        let begun = Instant::now();
        let stop = async {
            sleep(Duration::from_secs(15)).await;
            stage.stop.send_replace(true);
        };
        let routes = routes(Arc::clone(&stage.app), None);
        let (response, ()) = tokio::join!(warp::test::request().path(path).reply(&routes), stop);
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(text.contains(expected), "{text}");
        assert_eq!(begun.elapsed().as_secs(), 15);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_has_half_a_minute_unless_it_says_otherwise() {
    let stage = stage(waiting());
    let begun = Instant::now();
    let request = warp::test::request().path("/v1/wait?target=slow/0");
    assert_eq!(request.reply(&routes(Arc::clone(&stage.app), None)).await.status(), 503);
    assert_eq!(begun.elapsed().as_secs(), 30);
}
