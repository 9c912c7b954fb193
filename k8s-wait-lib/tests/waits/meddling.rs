//! What changes, or does not come back, while a wait is about to say ready.

use crate::common::{self, told};
use crate::fake::Fake;
use async_trait::async_trait;
use futures::future::BoxFuture;
use k8s_wait_lib::check::{Evaluation, Kind, Recheck, Request};
use k8s_wait_lib::object::Pod;
use k8s_wait_lib::watch::Lease;
use k8s_wait_lib::{Check, CheckRegistry, Mode, Plan, Target, TargetError, Verdict, Wait, Watches, judge};
use k8s_wait_testkit::build::pod;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

type Meddle = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// A probe that is ready from the first time on; whenever it is asked again, something happens meanwhile.
struct Meddler {
    kind: Kind,
    meddle: Meddle,
}

struct Probe {
    is_first: bool,
    meddle: Meddle,
}

impl Check for Meddler {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, _: &Target) -> Result<Box<dyn Request>, TargetError> {
        Ok(Box::new(Probe { is_first: true, meddle: Arc::clone(&self.meddle) }))
    }
}

#[async_trait]
impl Request for Probe {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        if !std::mem::take(&mut self.is_first) {
            (self.meddle)().await;
        }
        Evaluation::new(Ok(Verdict::Ready), Recheck::after(Duration::from_secs(3600)))
    }
}

fn registry(meddle: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static) -> CheckRegistry {
    let mut registry = CheckRegistry::kubernetes().unwrap();
    let kind = Kind::object("meddler", []).with_states(["ready"]);
    registry.register(Meddler { kind, meddle: Arc::new(meddle) }).unwrap();
    registry
}

#[tokio::test(start_paused = true)]
async fn what_changes_during_the_last_look_is_looked_at_again() {
    let fake = Fake::new();
    fake.put(pod("web").ready());
    let cluster = fake.clone();
    let registry = registry(move || {
        cluster.put(pod("web").not_ready());
        // Until the watch has brought it.
        Box::pin(sleep(Duration::from_millis(1)))
    });
    let plan = common::plan("shop", &["pod/web", "meddler/a"]);
    let mut wait = Wait::new(&registry, &Watches::new(fake.client()), plan).unwrap();
    let report = common::next(&mut wait).await;
    assert_eq!(told(&report), "pending PodNotReady");
    assert!(!report.is_final);
}

#[tokio::test(start_paused = true)]
async fn a_yes_that_cannot_be_had_again_is_none() {
    let fake = Fake::new();
    fake.put(pod("web").ready());
    let registry = registry(|| Box::pin(std::future::pending()));
    let watches = Watches::new(fake.client());
    let plan =
        Plan { timeout: Some(Duration::from_secs(20)), ..common::plan("shop", &["pod/web", "meddler/a"]) };
    let (mut wait, begin) = (Wait::new(&registry, &watches, plan.clone()).unwrap(), Instant::now());
    let report = common::next(&mut wait).await;
    assert_eq!(told(&report), "pending NotJudged");
    assert_eq!(report.verdict.reason().unwrap().message, "meddler/shop/a: there is no answer yet");
    assert_eq!((report.is_final, begin.elapsed().as_secs()), (true, 20));

    let (mut wait, begin) = (Wait::new(&registry, &watches, plan.clone()).unwrap(), Instant::now());
    assert_eq!(told(&wait.now().await), "pending NotJudged");
    assert_eq!(begin.elapsed().as_secs(), 5, "whoever asks how it stands now gets an answer");

    let (mut wait, begin) = (Wait::new(&registry, &watches, plan).unwrap(), Instant::now());
    let report = wait.glance().await;
    assert_eq!((told(&report).as_str(), report.is_final), ("pending NotJudged", false));
    assert_eq!(begin.elapsed().as_secs(), 0, "a glance waits for nothing");
}

#[tokio::test(start_paused = true)]
async fn a_wait_may_be_left_and_gone_on_with_at_any_moment() {
    let fake = Fake::new();
    let watches = Watches::new(fake.client());
    let mut wait = common::wait(&watches, "shop", &["pod/web", "svc/web?for=deleted", "tcp://127.0.0.1:1"]);
    let mut seen = Vec::new();
    for turn in 0..200 {
        match turn {
            50 => fake.put(pod("web")),
            100 => fake.put(pod("web").not_ready().phase("Succeeded").owned_by("StatefulSet", "web")),
            _ => {}
        }
        if let Ok(Some(report)) = timeout(Duration::from_micros(700), wait.next()).await {
            seen.push(report.targets[0].verdict.reason().unwrap().code.to_string());
        }
    }
    seen.dedup();
    assert_eq!(seen.last().unwrap(), "PodSucceeded", "{seen:?}");
}

/// Pods that are deleted while they are judged: what is answered is out of date when it comes.
struct Laggard {
    kind: Kind,
    cluster: Fake,
}

struct LateLook {
    cluster: Fake,
    lease: Option<Lease<Pod>>,
}

impl Check for Laggard {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, _: &Target) -> Result<Box<dyn Request>, TargetError> {
        Ok(Box::new(LateLook { cluster: self.cluster.clone(), lease: None }))
    }
}

#[async_trait]
impl Request for LateLook {
    async fn evaluate(&mut self, watches: &Watches) -> Evaluation {
        let lease = self.lease.get_or_insert_with(|| watches.lease(&(), "shop").unwrap());
        let signal = lease.on_object("shop", "web");
        let verdict = lease.object("shop", "web").judge(|pod| judge::pod::ready(pod.as_deref()));
        if verdict == Ok(Verdict::Ready) {
            self.cluster.delete("web");
            // On another thread the watch brings it, while this look does not come to an end.
            while !signal.has_changed() {
                std::thread::yield_now();
            }
        }
        Evaluation::new(verdict, Recheck::on_change([signal]))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_that_is_out_of_date_when_it_comes_is_not_told() {
    for mode in [Mode::All, Mode::Any] {
        let fake = Fake::new();
        fake.put(pod("web").ready());
        let mut registry = CheckRegistry::kubernetes().unwrap();
        let kind = Kind::object("laggard", []).with_states(["ready"]);
        registry.register(Laggard { kind, cluster: fake.clone() }).unwrap();
        let plan = Plan { mode, ..common::plan("shop", &["laggard/web"]) };
        let watches = Watches::new(fake.client());
        let mut wait = Wait::new(&registry, &watches, plan.clone()).unwrap();
        let report = common::next(&mut wait).await;
        assert_eq!(report.targets[0].verdict.reason().unwrap().code, "NotFound", "{mode:?}");
        fake.put(pod("web").ready());
        let report = Wait::new(&registry, &watches, plan).unwrap().now().await;
        assert_eq!(report.targets[0].verdict.reason().unwrap().code, "NotFound", "{mode:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_while_a_report_is_made_does_not_end_a_wait_that_has_time() {
    let fake = Fake::new();
    fake.put(pod("web").ready());
    let watches = Watches::new(fake.client());
    let changes = tokio::spawn(async move {
        for generation in 1.. {
            fake.put(pod("web").ready().observed(generation));
            sleep(Duration::from_micros(300)).await;
        }
    });
    // As many as it takes for a change to come in between now and then.
    let targets = vec!["pod/web"; 300];
    for _ in 0..300 {
        let mut wait = common::wait(&watches, "shop", &targets);
        while let Some(report) = wait.next().await {
            assert!(!report.is_final || report.verdict.is_ready(), "{}", told(&report));
        }
    }
    changes.abort();
}
