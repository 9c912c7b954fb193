//! Deadlines and `stable`, under paused time.

use crate::common::{self, next, told, until, wait};
use crate::fake::{Fake, Mood};
use k8s_wait_lib::{Plan, Report, Wait, Watches};
use k8s_wait_testkit::build::pod;
use std::time::Duration;
use tokio::time::{Instant, timeout};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn timed(watches: &Watches, targets: &[&str], total: Duration) -> Wait {
    let plan = Plan { timeout: Some(total), ..common::plan("shop", targets) };
    Wait::new(&common::registry(), watches, plan).unwrap()
}

async fn last(mut wait: Wait) -> Report {
    loop {
        let report = next_ever(&mut wait).await;
        if report.is_final {
            return report;
        }
    }
}

/// Paused time runs ahead while nothing else is to do, so this cannot be bounded as tightly.
async fn next_ever(wait: &mut Wait) -> Report {
    timeout(seconds(100_000), wait.next()).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_total_timeout_is_total() {
    let fake = Fake::new();
    let (watches, begin) = (Watches::new(fake.client()), Instant::now());
    let report = last(timed(&watches, &["pod/a", "pod/b"], seconds(90))).await;
    assert_eq!(told(&report), "pending NotFound");
    assert_eq!(begin.elapsed().as_secs(), 90);
}

#[tokio::test(start_paused = true)]
async fn no_time_at_all_is_not_ready() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let report = last(timed(&Watches::new(fake.client()), &["pod/a"], Duration::ZERO)).await;
    assert_eq!(told(&report), "pending NotSynced");
}

#[tokio::test(start_paused = true)]
async fn a_target_has_a_timeout_of_its_own() {
    let fake = Fake::new();
    let (watches, begin) = (Watches::new(fake.client()), Instant::now());
    let report = last(timed(&watches, &["pod/a?timeout=20s", "pod/b"], seconds(90))).await;
    assert_eq!(told(&report), "failed TimedOut");
    assert_eq!(
        report.verdict.reason().unwrap().message,
        "not ready within its timeout of 20s: pod shop/a: it does not exist yet"
    );
    assert_eq!(begin.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_made_it_in_time_has_made_it() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let mut wait = timed(&Watches::new(fake.client()), &["pod/a?timeout=20s", "pod/b"], seconds(90));
    until(&mut wait, "pending NotFound").await;
    assert!(timeout(seconds(30), wait.next()).await.is_err());
    fake.put(pod("b").ready());
    assert_eq!(told(&last(wait).await), "ready");
}

#[tokio::test(start_paused = true)]
async fn for_any_a_target_whose_time_is_up_is_out() {
    let fake = Fake::new();
    let mode = k8s_wait_lib::Mode::Any;
    let plan = Plan { mode, ..common::plan("shop", &["pod/a?timeout=20s", "pod/b"]) };
    let mut wait = Wait::new(&common::registry(), &Watches::new(fake.client()), plan).unwrap();
    while next_ever(&mut wait).await.targets[0].verdict.is_pending() {}
    fake.put(pod("a").ready());
    assert!(timeout(seconds(600), wait.next()).await.is_err(), "the time of pod/a was up");
    fake.put(pod("b").ready());
    assert_eq!(told(&next_ever(&mut wait).await), "ready");
}

#[tokio::test(start_paused = true)]
async fn stable_means_without_a_break() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/a?stable=30s"]);
    until(&mut wait, "pending Stabilizing").await;
    assert!(timeout(seconds(29), wait.next()).await.is_err());
    fake.put(pod("a").not_ready());
    assert_eq!(told(&next(&mut wait).await), "pending PodNotReady");
    fake.put(pod("a").ready());
    let begin = Instant::now();
    assert_eq!(told(&next(&mut wait).await), "pending Stabilizing");
    assert_eq!(told(&next_ever(&mut wait).await), "ready");
    assert_eq!(begin.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_seen_is_not_stable() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/a?stable=30s"]);
    until(&mut wait, "pending Stabilizing").await;
    assert!(timeout(seconds(20), wait.next()).await.is_err());
    fake.mood(Mood::Refuse(500));
    fake.break_watches(500);
    until(&mut wait, "pending ApiUnavailable").await;
    fake.mood(Mood::Well);
    until(&mut wait, "pending Stabilizing").await;
    let begin = Instant::now();
    assert_eq!(told(&next_ever(&mut wait).await), "ready");
    assert_eq!(begin.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn two_stable_targets_are_stable_together() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/a?stable=30s", "pod/b?stable=10s"]);
    until(&mut wait, "pending Stabilizing").await;
    assert!(timeout(seconds(60), async { while !next(&mut wait).await.is_final {} }).await.is_err());
    fake.put(pod("b").ready());
    let begin = Instant::now();
    while !next_ever(&mut wait).await.is_final {}
    assert_eq!(begin.elapsed().as_secs(), 10);
}

/// Twice in one moment, so that whoever looks afterwards sees nothing but a pod that is ready.
fn flap(fake: &Fake, name: &str) {
    fake.put(pod(name).label("app", "web").not_ready());
    fake.put(pod(name).label("app", "web").ready());
}

fn message(report: &Report) -> &str {
    &report.verdict.reason().unwrap().message
}

#[tokio::test(start_paused = true)]
async fn a_break_that_is_over_before_anybody_looks_starts_the_time_over_and_is_told() {
    for target in ["pod/a?stable=30s", "pod?selector=app=web&stable=30s&min=1"] {
        let fake = Fake::new();
        fake.put(pod("a").label("app", "web").ready());
        let mut wait = wait(&Watches::new(fake.client()), "shop", &[target]);
        assert!(
            message(&until(&mut wait, "pending Stabilizing").await).ends_with(": ready, but not yet for 30s")
        );
        for times in ["once", "2 times"] {
            assert!(timeout(seconds(29), wait.next()).await.is_err());
            let begin = Instant::now();
            flap(&fake, "a");
            let broken = told(&next(&mut wait).await);
            assert!(["pending PodNotReady", "pending TooFew"].contains(&broken.as_str()), "{broken}");
            let again = next(&mut wait).await;
            assert_eq!((told(&again).as_str(), begin.elapsed().as_secs()), ("pending Stabilizing", 0));
            let told =
                format!("ready again, but not yet for 30s without a break; it was not {times}, last: ");
            assert!(message(&again).contains(&told), "{again:?}");
        }
        let begin = Instant::now();
        assert_eq!(told(&next_ever(&mut wait).await), "ready");
        assert_eq!(begin.elapsed().as_secs(), 30);
    }
}

#[tokio::test(start_paused = true)]
async fn a_break_is_seen_by_one_who_comes_too_late() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/a?stable=30s"]);
    until(&mut wait, "pending Stabilizing").await;
    tokio::time::sleep(seconds(20)).await;
    flap(&fake, "a");
    tokio::time::sleep(seconds(20)).await;
    assert_eq!(told(&next(&mut wait).await), "pending PodNotReady");
    assert_eq!(told(&next(&mut wait).await), "pending Stabilizing");
}

#[tokio::test(start_paused = true)]
async fn an_object_made_again_was_not_there() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/a?stable=30s"]);
    until(&mut wait, "pending Stabilizing").await;
    fake.delete("a");
    fake.put(pod("a").ready());
    assert_eq!(told(&next(&mut wait).await), "pending NotFound");
    assert!(message(&next(&mut wait).await).ends_with("it was not once, last: NotFound"));
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_broke_before_anybody_looked_starts_the_time_over() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/a?stable=30s"]);
    until(&mut wait, "pending Stabilizing").await;
    fake.break_watches(500);
    tokio::time::sleep(seconds(40)).await;
    let begin = Instant::now();
    assert!(message(&next(&mut wait).await).ends_with("it was not once, last: WatchBroken"));
    assert_eq!(told(&next_ever(&mut wait).await), "ready");
    assert_eq!(begin.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn what_changes_all_the_time_and_stays_ready_is_stable() {
    let fake = Fake::new();
    fake.put(pod("a").label("app", "web").ready());
    let (watches, begin) = (Watches::new(fake.client()), Instant::now());
    let mut wait = wait(&watches, "shop", &["pod?selector=app=web&stable=30s&min=1"]);
    let noise = async {
        for turn in 0.. {
            // Several changes at once, of what counts and of what does not.
            for round in 0..5 {
                fake.put(pod("a").label("app", "web").label("turn", &format!("{turn}-{round}")).ready());
                flap(&fake, "b");
                fake.delete("b");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = until_ready(&mut wait) => {}
        () = noise => {}
    }
    assert_eq!(begin.elapsed().as_secs(), 30);
}

async fn until_ready(wait: &mut Wait) {
    while told(&next_ever(wait).await) != "ready" {}
}

/// As after a stop of the process: the time is over at once, and that the pod is not ready any more is still to be read.
#[tokio::test(start_paused = true)]
async fn nothing_is_stable_before_what_came_meanwhile_was_read() {
    let fake = Fake::new();
    fake.put(pod("a").ready());
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/a?stable=30s"]);
    until(&mut wait, "pending Stabilizing").await;
    tokio::time::advance(seconds(40)).await;
    fake.put(pod("a").not_ready());
    until(&mut wait, "pending PodNotReady").await;
    fake.put(pod("a").ready());
    assert_eq!(told(&last(wait).await), "ready");
}
