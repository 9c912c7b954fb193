//! Lists: streamed, paged, refused, ignored, hanging, broken off.

use crate::common::{self, begun, eventually, put, stands, told, until, wait, watches};
use crate::fake::{Fake, Mood};
use crate::witness::Witness;
use k8s_wait_lib::Watches;
use k8s_wait_testkit::build::pod;
use k8s_wait_testkit::{Api, Fault};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

#[tokio::test]
async fn lists_are_streamed_where_they_can_be() {
    let api = Api::start().await.unwrap();
    put(&api, "shop", pod("web").ready());
    assert_eq!(told(&common::now(&watches(&api), "shop", "pod/web").await), "ready");
    let requests = api.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert!(requests[0].path.contains("sendInitialEvents=true"), "{requests:?}");
}

#[tokio::test]
async fn where_lists_are_not_streamed_they_are_paged() {
    let api = Api::start().await.unwrap();
    api.set_streaming_lists(false);
    for n in 0..250 {
        put(&api, "shop", pod(&format!("web-{n}")).label("app", "web").ready());
    }
    let watches = watches(&api);
    stands(&watches, "shop", "pod?selector=app=web&min=250", "ready").await;
    assert_eq!(api.count("list", "pods"), 3, "250 pods, 100 at a time");
    put(&api, "shop", pod("web-250").label("app", "web"));
    stands(&watches, "shop", "pod?selector=app=web", "pending PodNotReady").await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_to_stream_is_asked_for_a_list_at_once_and_nobody_is_told() {
    for code in [400, 422, 500] {
        let fake = Fake::new();
        fake.mood(Mood::NoStreaming(code));
        fake.put(pod("web").ready());
        let begin = Instant::now();
        assert_eq!(
            told(&common::now(&Watches::new(fake.client()), "shop", "pod/web").await),
            "ready",
            "{code}"
        );
        assert!(begin.elapsed() < Duration::from_millis(50), "{:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_neither_way_is_left_alone_between_two_attempts() {
    let fake = Fake::new();
    fake.mood(Mood::Refuse(500));
    let watches = Watches::new(fake.client());
    assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "pending ApiUnavailable");
    let _wait = wait(&watches, "shop", &["pod/web"]);
    sleep(Duration::from_secs(60)).await;
    let asked = fake.asked().len();
    assert!((8..40).contains(&asked), "{asked} requests in a minute");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_know_streaming_is_asked_for_a_list() {
    let fake = Fake::new();
    fake.mood(Mood::OldStreaming);
    fake.put(pod("web").ready());
    let (mut wait, begin) = (wait(&Watches::new(fake.client()), "shop", &["pod/web"]), Instant::now());
    until(&mut wait, "ready").await;
    assert!(begin.elapsed() < Duration::from_secs(32), "{:?}", begin.elapsed());
}

/// As above, but so much happens that there never is a silence to notice.
#[tokio::test(start_paused = true)]
async fn a_busy_server_that_does_not_know_streaming_is_asked_for_a_list() {
    let fake = Fake::new();
    fake.mood(Mood::OldStreaming);
    fake.put(pod("web").ready());
    let (mut wait, begin) = (wait(&Watches::new(fake.client()), "shop", &["pod/web"]), Instant::now());
    let busy = fake.clone();
    let noise = tokio::spawn(async move {
        loop {
            busy.put(pod("noise").ready());
            sleep(Duration::from_secs(1)).await;
        }
    });
    timeout(Duration::from_secs(600), async { while !wait.next().await.unwrap().is_final {} }).await.unwrap();
    noise.abort();
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_hangs_is_given_up_and_half_a_list_is_no_list() {
    let fake = Fake::new();
    fake.mood(Mood::HungLists);
    fake.put(pod("web").ready());
    let watches = Watches::new(fake.client());
    let mut wait = wait(&watches, "shop", &["pod/web"]);
    for _ in 0..300 {
        let report = timeout(Duration::from_secs(1), wait.next()).await;
        assert!(report.is_err() || report.unwrap().unwrap().verdict.is_pending());
    }
    assert!((5..30).contains(&fake.asked().len()), "{} requests in 300 s", fake.asked().len());
    let why = common::now(&watches, "shop", "pod/web").await;
    assert_eq!(told(&why), "pending ApiUnavailable");
    assert!(why.verdict.reason().unwrap().message.contains("within 30 s"), "{why:?}");
    fake.mood(Mood::Well);
    until(&mut wait, "ready").await;
}

#[tokio::test]
async fn a_list_that_breaks_off_is_no_list() {
    let api = Api::start().await.unwrap();
    api.set_streaming_lists(false);
    for name in ["a", "b", "web"] {
        put(&api, "shop", pod(name).not_ready());
    }
    let watches = watches(&api);
    let fault = api.inject(Fault::truncated_list().on("pods"));
    let witness = Witness::of(&watches, 10, "pod/web").await;
    eventually("some lists", || api.count("list", "pods") >= 3).await;
    assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "pending ApiUnavailable");
    fault.clear();
    stands(&watches, "shop", "pod/web", "pending PodNotReady").await;
    witness.allow();
    put(&api, "shop", pod("web").ready());
    witness.satisfied().await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_always_breaks_is_not_listed_for_all_the_time() {
    let fake = Fake::new();
    fake.mood(Mood::RefuseWatches(500));
    fake.put(pod("web").not_ready());
    let watches = Watches::new(fake.client());
    let mut wait = wait(&watches, "shop", &["pod/web"]);
    begun(&mut wait).await;
    let before = fake.lists();
    let quiet = async { while !wait.next().await.unwrap().is_final {} };
    assert!(timeout(Duration::from_secs(120), quiet).await.is_err());
    let lists = fake.lists() - before;
    assert!((10..60).contains(&lists), "{lists} lists in two minutes");
    fake.put(pod("web").ready());
    fake.mood(Mood::Well);
    timeout(Duration::from_secs(60), async { while !wait.next().await.unwrap().is_final {} }).await.unwrap();
}
