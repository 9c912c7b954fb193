//! An API server that answers with errors for a while, under paused time.

use crate::common::{self, begun, told, until, wait};
use crate::fake::{Fake, Mood};
use k8s_wait_lib::Watches;
use k8s_wait_testkit::build::pod;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

fn down(fake: &Fake) {
    fake.mood(Mood::Refuse(500));
    fake.break_watches(500);
}

#[tokio::test(start_paused = true)]
async fn a_minute_of_errors() {
    let fake = Fake::new();
    fake.put(pod("web"));
    let watches = Watches::new(fake.client());
    let mut wait = wait(&watches, "shop", &["pod/web"]);
    until(&mut wait, "pending PodNotReady").await;
    down(&fake);
    let begin = Instant::now();
    let report = common::next(&mut wait).await;
    assert_eq!(told(&report), "pending ApiUnavailable");
    assert_eq!(
        report.verdict.reason().unwrap().message,
        "pod/shop/web: the API server cannot be asked about pods in all namespaces at the moment: 500 Reason: the API answers 500"
    );
    assert!((10..25).contains(&begin.elapsed().as_secs()), "told once it lasts: {:?}", begin.elapsed());
    let before = fake.asked().len();
    fake.put(pod("web").ready());
    assert!(timeout(Duration::from_secs(60), wait.next()).await.is_err());
    assert!(fake.asked().len() - before <= 13, "{} requests in a minute", fake.asked().len() - before);
    fake.mood(Mood::Well);
    let begin = Instant::now();
    until(&mut wait, "ready").await;
    assert!(begin.elapsed() <= Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_is_not_even_told() {
    let fake = Fake::new();
    fake.put(pod("web"));
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/web"]);
    until(&mut wait, "pending PodNotReady").await;
    down(&fake);
    assert!(timeout(Duration::from_secs(5), wait.next()).await.is_err());
    fake.mood(Mood::Well);
    assert!(timeout(Duration::from_secs(50), wait.next()).await.is_err());
    fake.put(pod("web").ready());
    until(&mut wait, "ready").await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_ready_while_it_lasts_and_nothing_that_stopped_being_ready_after_it() {
    let fake = Fake::new();
    fake.put(pod("web").ready());
    let watches = Watches::new(fake.client());
    assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "ready");
    down(&fake);
    fake.put(pod("web").not_ready());
    // A moment for the break to be seen; it is a moment for everybody.
    sleep(Duration::from_millis(1)).await;
    for milliseconds in 0..2000 {
        if milliseconds == 1000 {
            fake.mood(Mood::Well);
        }
        for target in ["pod/web", "pod?selector=!app", "pod/web?for=deleted", "pod/other?for=deleted"] {
            let report = common::now(&watches, "shop", target).await;
            let is_right = target == "pod/other?for=deleted" && milliseconds >= 1000;
            assert!(report.verdict.is_pending() || is_right, "after {milliseconds} ms: {report:?}");
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "pending PodNotReady");
}

#[tokio::test(start_paused = true)]
async fn nothing_fails_for_good_on_what_was_known_before() {
    let fake = Fake::new();
    fake.put(pod("web").failed());
    let watches = Watches::new(fake.client());
    assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "failed PodFailed");
    down(&fake);
    fake.delete("web");
    fake.put(pod("web").ready());
    sleep(Duration::from_millis(1)).await;
    let mut wait = wait(&watches, "shop", &["pod/web"]);
    assert_eq!(told(&begun(&mut wait).await), "pending ApiUnavailable");
    fake.mood(Mood::Well);
    until(&mut wait, "ready").await;
}

/// What has to go is what was there when the wait began, and not what was known by then.
#[tokio::test(start_paused = true)]
async fn deleted_is_about_what_is_there_and_not_about_what_is_cached() {
    for target in ["pod/web?for=deleted", "pod?selector=!app&for=deleted"] {
        let fake = Fake::new();
        let watches = Watches::new(fake.client());
        common::now(&watches, "shop", target).await;
        down(&fake);
        sleep(Duration::from_millis(1)).await;
        fake.put(pod("web").with("/metadata/uid", "one"));
        let mut wait = wait(&watches, "shop", &[target]);
        assert_eq!(told(&begun(&mut wait).await), "pending ApiUnavailable");
        fake.mood(Mood::Well);
        until(&mut wait, "pending StillExists").await;
        fake.delete("web");
        fake.put(pod("web").with("/metadata/uid", "two"));
        until(&mut wait, "ready").await;
    }
}
