//! `fail-on` and its grace, under paused time.

use crate::common::{told, until, wait};
use crate::fake::{Fake, Mood};
use k8s_wait_lib::{Report, Wait, Watches};
use k8s_wait_testkit::build::{Pod, pod};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const TARGET: &str = "pod/web?fail-on=crashloop,imagepull,unschedulable";

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn web() -> Pod {
    pod("web").with("/metadata/uid", "first")
}

fn pulling(reason: &str) -> Pod {
    web().waiting("app", reason, "")
}

async fn begun(fake: &Fake, target: &str, reason: &str) -> Wait {
    let mut wait = wait(&Watches::new(fake.client()), "shop", &[target]);
    until(&mut wait, reason).await;
    wait
}

/// The final report, and after how many seconds it came.
async fn end(wait: &mut Wait) -> (Report, u64) {
    let begin = Instant::now();
    loop {
        let report = timeout(seconds(100_000), wait.next()).await.expect("it never ends").unwrap();
        if report.is_final {
            return (report, begin.elapsed().as_secs());
        }
    }
}

/// Nothing is decided for so long, whatever is reported.
async fn still_pending(wait: &mut Wait, time: Duration) {
    let decided =
        timeout(time, async { while wait.next().await.is_some_and(|report| !report.is_final) {} }).await;
    assert!(decided.is_err(), "it was decided");
}

#[tokio::test(start_paused = true)]
async fn a_cause_is_given_up_when_its_grace_is_over_and_nothing_else_happens() {
    for (target, after) in [(TARGET.to_owned(), 60), (format!("{TARGET}&grace=5m"), 300)] {
        let fake = Fake::new();
        fake.put(web().unschedulable("0/3 nodes"));
        let mut wait = begun(&fake, &target, "pending Unschedulable").await;
        let (report, seconds) = end(&mut wait).await;
        assert_eq!((told(&report).as_str(), seconds), ("failed Unschedulable", after));
        let message = &report.verdict.reason().unwrap().message;
        let lasted = if after == 60 { "1m" } else { "5m" };
        assert_eq!(
            *message,
            format!(
                "pod shop/web: unschedulable has lasted for {lasted}: no node was found for it: 0/3 nodes"
            )
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_recovers_starts_anew() {
    let fake = Fake::new();
    fake.put(pulling("ErrImagePull"));
    let mut wait = begun(&fake, TARGET, "pending PodNotReady").await;
    still_pending(&mut wait, seconds(59)).await;
    fake.put(web().not_ready());
    still_pending(&mut wait, seconds(30)).await;
    fake.put(pulling("ErrImagePull"));
    let (report, seconds) = end(&mut wait).await;
    assert_eq!((told(&report).as_str(), seconds), ("failed ImagePull", 60));
}

#[tokio::test(start_paused = true)]
async fn all_reasons_of_a_cause_are_one() {
    let fake = Fake::new();
    fake.put(pulling("ErrImagePull"));
    let mut wait = begun(&fake, TARGET, "pending PodNotReady").await;
    for reason in ["ImagePullBackOff", "ErrImagePull", "ImagePullBackOff"] {
        still_pending(&mut wait, seconds(15)).await;
        fake.put(pulling(reason));
    }
    assert_eq!(end(&mut wait).await.1, 15);
}

#[tokio::test(start_paused = true)]
async fn another_cause_has_a_clock_of_its_own() {
    let fake = Fake::new();
    fake.put(web().unschedulable("0/3 nodes"));
    let mut wait = begun(&fake, TARGET, "pending Unschedulable").await;
    still_pending(&mut wait, seconds(50)).await;
    fake.put(pulling("ErrImagePull"));
    let (report, seconds) = end(&mut wait).await;
    assert_eq!((told(&report).as_str(), seconds), ("failed ImagePull", 60));
}

#[tokio::test(start_paused = true)]
async fn between_two_crashes_a_container_is_still_in_the_loop() {
    let fake = Fake::new();
    fake.put(web().restarted(1));
    let mut wait = begun(&fake, TARGET, "pending PodNotReady").await;
    still_pending(&mut wait, seconds(600)).await;
    fake.put(web().crashlooping());
    still_pending(&mut wait, seconds(20)).await;
    fake.put(web().restarted(1));
    still_pending(&mut wait, seconds(20)).await;
    fake.put(web().crashlooping());
    still_pending(&mut wait, seconds(10)).await;
    fake.put(web().restarted(1));
    let (report, seconds) = end(&mut wait).await;
    assert_eq!((told(&report).as_str(), seconds), ("failed CrashLoop", 10));
    assert!(report.verdict.reason().unwrap().message.ends_with("container app runs again after exit code 1"));
}

#[tokio::test(start_paused = true)]
async fn a_container_that_becomes_ready_has_left_the_loop() {
    let fake = Fake::new();
    fake.put(web().crashlooping());
    let mut wait = begun(&fake, "pod?selector=app&fail-on=crashloop", "pending NoMatch").await;
    let app = |pod: Pod| pod.label("app", "web");
    fake.put(app(web().crashlooping()));
    // Another one keeps the set from being ready.
    fake.put(app(pod("slow").not_ready()));
    still_pending(&mut wait, seconds(50)).await;
    fake.put(app(web().ready()));
    still_pending(&mut wait, seconds(1)).await;
    fake.put(app(web().restarted(1)));
    still_pending(&mut wait, seconds(600)).await;
    fake.put(app(web().crashlooping()));
    assert_eq!(end(&mut wait).await.1, 60);
}

#[tokio::test(start_paused = true)]
async fn another_pod_has_a_clock_of_its_own() {
    let fake = Fake::new();
    fake.put(pulling("ErrImagePull"));
    let mut wait = begun(&fake, TARGET, "pending PodNotReady").await;
    still_pending(&mut wait, seconds(50)).await;
    // Its namesake, as a StatefulSet makes it.
    fake.delete("web");
    fake.put(pulling("ErrImagePull").with("/metadata/uid", "second"));
    assert_eq!(end(&mut wait).await.1, 60);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_was_away_starts_anew() {
    let fake = Fake::new();
    fake.put(pulling("ErrImagePull"));
    let mut wait = begun(&fake, TARGET, "pending PodNotReady").await;
    still_pending(&mut wait, seconds(50)).await;
    fake.delete("web");
    until(&mut wait, "pending NotFound").await;
    fake.put(pulling("ErrImagePull"));
    assert_eq!(end(&mut wait).await.1, 60);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_seen_does_not_count() {
    let fake = Fake::new();
    fake.put(pulling("ErrImagePull"));
    let mut wait = begun(&fake, TARGET, "pending PodNotReady").await;
    still_pending(&mut wait, seconds(30)).await;
    fake.mood(Mood::Refuse(500));
    fake.break_watches(500);
    still_pending(&mut wait, seconds(300)).await;
    fake.mood(Mood::Well);
    until(&mut wait, "pending PodNotReady").await;
    let (report, seconds) = end(&mut wait).await;
    assert_eq!((told(&report).as_str(), seconds), ("failed ImagePull", 60));
}

/// Too short to be told.
#[tokio::test(start_paused = true)]
async fn a_short_outage_starts_it_anew_as_well() {
    let fake = Fake::new();
    fake.put(pulling("ErrImagePull"));
    let mut wait = begun(&fake, TARGET, "pending PodNotReady").await;
    still_pending(&mut wait, seconds(58)).await;
    fake.mood(Mood::Refuse(500));
    fake.break_watches(500);
    still_pending(&mut wait, seconds(4)).await;
    fake.mood(Mood::Well);
    still_pending(&mut wait, seconds(50)).await;
    assert_eq!(told(&end(&mut wait).await.0), "failed ImagePull");
}

#[tokio::test(start_paused = true)]
async fn the_one_that_waited_longest_is_first() {
    let fake = Fake::new();
    let app = |name: &str| pod(name).label("app", "web").with("/metadata/uid", name);
    let mut wait = begun(&fake, "pod?selector=app&fail-on=imagepull&min=1", "pending NoMatch").await;
    fake.put(app("a").waiting("app", "ErrImagePull", ""));
    fake.put(app("b").waiting("app", "ErrImagePull", ""));
    still_pending(&mut wait, seconds(40)).await;
    fake.put(app("b").not_ready());
    still_pending(&mut wait, seconds(40)).await;
    fake.put(app("b").waiting("app", "ErrImagePull", ""));
    // The one is lost, the other may still make it.
    still_pending(&mut wait, seconds(59)).await;
    assert_eq!(end(&mut wait).await.1, 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_ends_before_the_grace_is_not_failed() {
    let fake = Fake::new();
    fake.put(pulling("ErrImagePull"));
    let mut wait = begun(&fake, TARGET, "pending PodNotReady").await;
    sleep(seconds(59)).await;
    fake.put(web().ready());
    assert_eq!(told(&end(&mut wait).await.0), "ready");
}

/// As after a stop of the process: the grace is over at once, and that the pod has recovered is still to be read.
#[tokio::test(start_paused = true)]
async fn nothing_is_given_up_before_what_came_meanwhile_was_read() {
    let fake = Fake::new();
    fake.put(pulling("ErrImagePull"));
    let mut wait = begun(&fake, TARGET, "pending PodNotReady").await;
    still_pending(&mut wait, seconds(30)).await;
    tokio::time::advance(seconds(40)).await;
    fake.put(web().not_ready());
    still_pending(&mut wait, seconds(50)).await;
    fake.put(web().ready());
    assert_eq!(told(&end(&mut wait).await.0), "ready");
}
