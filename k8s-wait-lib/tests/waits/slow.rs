//! Targets that take long to be looked at, beside others.

use crate::common::{self, next, told};
use crate::fake::Fake;
use async_trait::async_trait;
use k8s_wait_lib::check::{Evaluation, Kind, Recheck, Request};
use k8s_wait_lib::{Check, CheckRegistry, Mode, Plan, Target, TargetError, Verdict, Wait, Watches};
use k8s_wait_testkit::build::pod;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// `slow/SECONDS`: ready, and each look takes so long.
struct Slow(Kind);

struct SlowLook(Duration);

impl Check for Slow {
    fn kind(&self) -> &Kind {
        &self.0
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        let seconds = target.to_string().rsplit('/').next().unwrap().parse().unwrap();
        Ok(Box::new(SlowLook(Duration::from_secs(seconds))))
    }
}

#[async_trait]
impl Request for SlowLook {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        sleep(self.0).await;
        Evaluation::new(Ok(Verdict::Ready), Recheck::after(Duration::from_secs(3600)))
    }
}

fn wait(fake: &Fake, mode: Mode, targets: &[&str]) -> Wait {
    let mut registry = CheckRegistry::kubernetes().unwrap();
    let kind = Kind::object("slow", []).with_states(["ready"]);
    registry.register(Slow(kind)).unwrap();
    let plan = Plan { mode, ..common::plan("shop", targets) };
    Wait::new(&registry, &Watches::new(fake.client()), plan).unwrap()
}

/// The words of its targets: the code of the reason, or `ready`.
fn codes(report: &k8s_wait_lib::Report) -> Vec<String> {
    let code = |verdict: &Verdict| verdict.reason().map_or("ready".into(), |reason| reason.code.to_string());
    report.targets.iter().map(|target| code(&target.verdict)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_others_are_reported_meanwhile() {
    let (fake, begin) = (Fake::new(), Instant::now());
    let mut wait = wait(&fake, Mode::All, &["slow/100", "pod/a"]);
    assert_eq!(codes(&next(&mut wait).await), ["NotJudged", "NotFound"]);
    assert_eq!(begin.elapsed().as_millis(), 500, "the first word comes as soon as ever");
    fake.put(pod("a").not_ready());
    assert_eq!(codes(&next(&mut wait).await), ["NotJudged", "PodNotReady"]);
    fake.put(pod("a").ready());
    assert_eq!(codes(&next(&mut wait).await), ["NotJudged", "ready"]);
    assert_eq!(begin.elapsed().as_secs(), 0);
    assert!(timeout(Duration::from_secs(150), wait.next()).await.is_err(), "it is asked once more");
    let last = timeout(Duration::from_secs(60), wait.next()).await.unwrap().unwrap();
    assert_eq!((told(&last).as_str(), begin.elapsed().as_secs()), ("ready", 200));
}

#[tokio::test(start_paused = true)]
async fn for_any_a_ready_one_is_enough_at_once() {
    let (fake, begin) = (Fake::new(), Instant::now());
    fake.put(pod("a").ready());
    let report = next(&mut wait(&fake, Mode::Any, &["slow/100", "pod/a"])).await;
    assert_eq!((told(&report).as_str(), report.is_final), ("ready", true));
    assert_eq!(begin.elapsed().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn for_all_a_failed_one_is_enough_at_once() {
    let (fake, begin) = (Fake::new(), Instant::now());
    fake.put(pod("a").failed());
    let report = next(&mut wait(&fake, Mode::All, &["slow/100", "pod/a"])).await;
    assert_eq!((told(&report).as_str(), report.is_final), ("failed PodFailed", true));
    assert_eq!(begin.elapsed().as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_changes_while_all_are_asked_once_more_is_told_at_once() {
    let (fake, begin) = (Fake::new(), Instant::now());
    fake.put(pod("a").ready());
    let mut wait = wait(&fake, Mode::All, &["slow/100", "pod/a"]);
    while codes(&next(&mut wait).await) != ["NotJudged", "ready"] {}
    assert!(timeout(Duration::from_secs(150), wait.next()).await.is_err());
    fake.put(pod("a").not_ready());
    assert_eq!(codes(&next(&mut wait).await), ["ready", "PodNotReady"]);
    assert_eq!(begin.elapsed().as_secs(), 150);
}

#[tokio::test(start_paused = true)]
async fn a_look_goes_on_when_nobody_waits_for_it_any_more() {
    let (fake, begin) = (Fake::new(), Instant::now());
    let mut wait = wait(&fake, Mode::Any, &["slow/100"]);
    next(&mut wait).await;
    for _ in 0..9 {
        assert!(timeout(Duration::from_secs(10), wait.next()).await.is_err());
    }
    assert_eq!(told(&timeout(Duration::from_secs(60), wait.next()).await.unwrap().unwrap()), "ready");
    assert_eq!(begin.elapsed().as_secs(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_look_does_not_outlast_the_wait() {
    let (fake, begin) = (Fake::new(), Instant::now());
    fake.put(pod("a").ready());
    let report = wait(&fake, Mode::All, &["slow/100", "pod/a"]).now().await;
    assert_eq!((codes(&report), begin.elapsed().as_secs()), (vec!["NotJudged".into(), "ready".into()], 5));
}
