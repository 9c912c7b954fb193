//! Silence: watches and servers that say nothing and do not end.

use crate::common::{self, told, until, wait};
use crate::fake::{Fake, Mood};
use k8s_wait_lib::Watches;
use k8s_wait_testkit::build::pod;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[tokio::test(start_paused = true)]
async fn a_watch_that_died_without_a_word_is_noticed_within_a_minute() {
    let fake = Fake::new();
    fake.put(pod("web"));
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/web"]);
    until(&mut wait, "pending PodNotReady").await;
    fake.stall_watches();
    fake.put(pod("web").ready());
    let begin = Instant::now();
    until(&mut wait, "ready").await;
    assert!(begin.elapsed() <= Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!(fake.lists(), 2, "nobody goes on with what has been out of date since nobody knows when");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_died_without_a_word_is_not_believed_for_long() {
    let fake = Fake::new();
    fake.put(pod("web").ready());
    let watches = Watches::new(fake.client());
    assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "ready");
    fake.stall_watches();
    fake.mood(Mood::Silent);
    fake.put(pod("web").not_ready());
    sleep(Duration::from_secs(61)).await;
    let report = common::now(&watches, "shop", "pod/web").await;
    assert_eq!(told(&report), "pending ApiUnavailable", "{report:?}");
    let mut wait = wait(&watches, "shop", &["pod/web"]);
    sleep(Duration::from_secs(300)).await;
    until(&mut wait, "pending ApiUnavailable").await;
    fake.mood(Mood::Well);
    until(&mut wait, "pending PodNotReady").await;
    fake.put(pod("web").ready());
    until(&mut wait, "ready").await;
}

#[tokio::test(start_paused = true)]
async fn nothing_but_bookmarks() {
    let fake = Fake::new();
    fake.put(pod("web"));
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/web"]);
    until(&mut wait, "pending PodNotReady").await;
    for _ in 0..100 {
        fake.bookmark();
        sleep(Duration::from_secs(7)).await;
    }
    assert!(futures::poll!(std::pin::pin!(wait.next())).is_pending());
    assert_eq!(fake.lists(), 1, "every watch goes on where the last bookmark was");
    assert!(fake.asked().last().unwrap().query.contains("resourceVersion=1"), "{:?}", fake.asked().last());
    fake.put(pod("web").ready());
    until(&mut wait, "ready").await;
}

#[tokio::test(start_paused = true)]
async fn a_quiet_cluster_is_believed_for_ever() {
    let fake = Fake::new();
    fake.put(pod("web").ready());
    let watches = Watches::new(fake.client());
    let mut wait = wait(&watches, "shop", &["pod/web", "pod/db"]);
    until(&mut wait, "pending NotFound").await;
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "ready");
    assert_eq!(fake.lists(), 1);
}

#[tokio::test(start_paused = true)]
async fn watches_that_end_as_soon_as_they_begin_are_an_error() {
    let fake = Fake::new();
    fake.put(pod("web"));
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/web"]);
    until(&mut wait, "pending PodNotReady").await;
    fake.mood(Mood::ShortWatches);
    fake.end_watches();
    let begin = Instant::now();
    // Each list is a streamed one, whose watch stays open; so it is ended time and again as well.
    while begin.elapsed() < Duration::from_secs(60) {
        fake.end_watches();
        sleep(Duration::from_millis(10)).await;
    }
    assert!(fake.asked().len() < 100, "{} requests in a minute", fake.asked().len());
    until(&mut wait, "pending ApiUnavailable").await;
    fake.mood(Mood::Well);
    fake.put(pod("web").ready());
    until(&mut wait, "ready").await;
}

#[tokio::test(start_paused = true)]
async fn one_watch_that_ends_as_soon_as_it_begins_is_none() {
    let fake = Fake::new();
    fake.put(pod("web"));
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/web"]);
    until(&mut wait, "pending PodNotReady").await;
    for _ in 0..5 {
        fake.end_watches();
        sleep(Duration::from_millis(10)).await;
        fake.end_watches();
        sleep(Duration::from_millis(10)).await;
        fake.put(pod("web").label("turn", "next"));
        fake.bookmark();
        sleep(Duration::from_millis(10)).await;
    }
    sleep(Duration::from_secs(5)).await;
    assert_eq!(fake.lists(), 1, "a server that stops has not lost anything");
}
