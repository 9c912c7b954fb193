//! Watches that end, one way or another.

use crate::common::{self, eventually, put, stands, told, until, wait, watches};
use crate::witness::Witness;
use k8s_wait_testkit::build::{job, pod};
use k8s_wait_testkit::{Api, Fault};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_watch_is_dropped_while_a_hundred_wait() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    put(&api, "shop", job("migrate").active(1));
    stands(&watches, "shop", "job/migrate", "pending JobRunning").await;
    let witness = Witness::of(&watches, 100, "job/migrate").await;
    api.drop_watches();
    eventually("a new list, as a watch that broke is not gone on with", || {
        api.count("list", "jobs") == 2 && api.watches_open("jobs") == 1
    })
    .await;
    witness.allow();
    put(&api, "shop", job("migrate").complete());
    witness.satisfied().await;
}

#[tokio::test]
async fn a_watch_that_ends_as_it_should_goes_on_without_a_list() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    put(&api, "shop", pod("web"));
    let mut wait = wait(&watches, "shop", &["pod/web"]);
    until(&mut wait, "pending PodNotReady").await;
    for turn in 0..5 {
        api.end_watches();
        // In between two watches, or not: it is seen either way.
        let why = format!("turn {turn}");
        put(&api, "shop", pod("web").waiting("app", "ImagePullBackOff", &why));
        while !common::next(&mut wait).await.verdict.reason().unwrap().message.ends_with(&why) {}
        eventually("the next watch", || {
            api.count("watch", "pods") == turn + 2 && api.watches_open("pods") == 1
        })
        .await;
    }
    assert_eq!(api.count("list", "pods"), 1);
    put(&api, "shop", pod("web").ready());
    until(&mut wait, "ready").await;
}

#[tokio::test]
async fn a_watch_whose_past_is_gone_begins_with_a_list() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    put(&api, "shop", pod("web"));
    stands(&watches, "shop", "pod/web", "pending PodNotReady").await;
    let witness = Witness::of(&watches, 10, "pod/web").await;
    put(&api, "shop", pod("other"));
    api.compact();
    api.end_watches();
    eventually("a new list", || api.count("list", "pods") == 2 && api.watches_open("pods") == 1).await;
    witness.allow();
    put(&api, "shop", pod("web").ready());
    witness.satisfied().await;
}

#[tokio::test]
async fn errors_inside_of_a_watch() {
    for code in [410, 500, 504] {
        let api = Api::start().await.unwrap();
        let watches = watches(&api);
        put(&api, "shop", pod("web"));
        stands(&watches, "shop", "pod/web", "pending PodNotReady").await;
        let witness = Witness::of(&watches, 10, "pod/web").await;
        let _fault = api.inject(Fault::watch_error(code).on("pods").times(1));
        eventually("a new list", || api.count("list", "pods") == 2 && api.watches_open("pods") == 1).await;
        witness.allow();
        put(&api, "shop", pod("web").ready());
        witness.satisfied().await;
    }
}

#[tokio::test]
async fn half_an_event_is_no_event() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    put(&api, "shop", pod("web"));
    stands(&watches, "shop", "pod/web", "pending PodNotReady").await;
    let witness = Witness::of(&watches, 10, "pod/web").await;
    let _fault = api.inject(Fault::half_event().on("pods").times(1));
    put(&api, "shop", pod("web").not_ready());
    eventually("a new list", || api.count("list", "pods") == 2).await;
    witness.allow();
    put(&api, "shop", pod("web").ready());
    witness.satisfied().await;
}

#[tokio::test]
async fn what_a_new_list_does_not_have_is_gone() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    put(&api, "shop", pod("web").ready());
    put(&api, "shop", pod("job").ready());
    stands(&watches, "shop", "pod/web", "ready").await;
    let mut deleted = wait(&watches, "shop", &["pod/web?for=deleted"]);
    let mut replaced = wait(&watches, "shop", &["pod/job?for=deleted"]);
    until(&mut deleted, "pending StillExists").await;
    until(&mut replaced, "pending StillExists").await;
    api.stop().await;
    api.delete("pods", "shop", "web").unwrap();
    api.delete("pods", "shop", "job").unwrap();
    put(&api, "shop", pod("job").ready());
    stands(&watches, "shop", "pod/web", "pending ApiUnavailable").await;
    api.resume().await.unwrap();
    until(&mut deleted, "ready").await;
    until(&mut replaced, "ready").await;
    assert_eq!(told(&common::now(&watches, "shop", "pod/web").await), "pending NotFound");
}
