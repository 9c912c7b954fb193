//! Rights that are missing, and answers that say no.

use crate::common::{self, begun, next, put, stands, told, until, wait, watches};
use crate::fake::{Fake, Mood};
use k8s_wait_lib::Watches;
use k8s_wait_testkit::build::{namespace, pod};
use k8s_wait_testkit::{Api, Fault};
use std::time::Duration;
use tokio::time::{Instant, timeout};

fn of_two(api: &Api) -> Watches {
    Watches::with(common::client(api), Some(["a", "b"].map(str::to_owned).into()), Duration::from_secs(300))
}

#[tokio::test]
async fn a_right_that_is_missing_in_one_namespace_fails_there_alone() {
    let api = Api::start().await.unwrap();
    api.set_streaming_lists(false);
    let watches = of_two(&api);
    let _fault = api.inject(Fault::status(403).on("pods").in_namespace("b").verb("list"));
    put(&api, "a", pod("web").ready());
    put(&api, "b", pod("web").ready());
    stands(&watches, "a", "pod/web", "ready").await;
    stands(&watches, "b", "pod/web", "failed Forbidden").await;
    let report = common::now(&watches, "b", "pod/web").await;
    let message = &report.verdict.reason().unwrap().message;
    assert!(message.starts_with("pod/b/web: no right to list pods in namespace b;"), "{message}");
}

#[tokio::test]
async fn a_right_to_watch_that_is_missing_is_told_as_that() {
    let api = Api::start().await.unwrap();
    let _fault = api.inject(Fault::status(403).on("endpointslices"));
    let report = common::now(&watches(&api), "shop", "svc/db").await;
    assert_eq!(told(&report), "failed Forbidden");
    let message = &report.verdict.reason().unwrap().message;
    assert!(
        message
            .starts_with("svc/shop/db: no right to watch endpointslices.discovery.k8s.io in all namespaces;"),
        "{message}"
    );
}

#[tokio::test]
async fn a_right_to_what_is_in_no_namespace_is_told_without_one() {
    let api = Api::start().await.unwrap();
    api.set_streaming_lists(false);
    let faults = ["namespaces", "customresourcedefinitions"]
        .map(|plural| api.inject(Fault::status(403).on(plural).verb("list")));
    api.apply(namespace("web")).unwrap();
    let watches = of_two(&api);
    for (target, told_start) in [
        ("ns/web", "ns/a/web: no right to list namespaces; a Role"),
        ("crd/x", "crd/a/x: no right to list customresourcedefinitions.apiextensions.k8s.io; a Role"),
    ] {
        stands(&watches, "a", target, "failed Forbidden").await;
        let report = common::now(&watches, "a", target).await;
        let message = &report.verdict.reason().unwrap().message;
        assert!(message.starts_with(told_start), "{message}");
    }
    drop(faults);
    stands(&watches, "a", "ns/web", "ready").await;
}

#[tokio::test]
async fn a_right_that_is_lost_for_a_moment_is_waited_for() {
    let api = Api::start().await.unwrap();
    let watches = of_two(&api);
    put(&api, "a", pod("web"));
    put(&api, "b", pod("web"));
    let mut waits = [wait(&watches, "a", &["pod/web"]), wait(&watches, "b", &["pod/web"])];
    for wait in &mut waits {
        until(wait, "pending PodNotReady").await;
    }
    let fault = api.inject(Fault::status(403).on("pods").in_namespace("b"));
    api.drop_watches();
    stands(&watches, "b", "pod/web?for=exists", "pending ApiUnavailable").await;
    stands(&watches, "a", "pod/web?for=exists", "ready").await;
    fault.clear();
    put(&api, "a", pod("web").ready());
    put(&api, "b", pod("web").ready());
    for wait in &mut waits {
        until(wait, "ready").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_right_that_is_lost_for_good_fails_after_the_grace() {
    let fake = Fake::new();
    fake.put(pod("web"));
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/web"]);
    until(&mut wait, "pending PodNotReady").await;
    fake.mood(Mood::Refuse(403));
    fake.break_watches(403);
    let begin = Instant::now();
    let report = until(&mut wait, "failed Forbidden").await;
    assert!((30..50).contains(&begin.elapsed().as_secs()), "{:?} {report:?}", begin.elapsed());
}

/// An API server says so of everybody before it has read its roles.
#[tokio::test(start_paused = true)]
async fn the_grace_begins_with_the_refusal_and_not_with_the_outage_before_it() {
    let fake = Fake::new();
    fake.put(pod("web"));
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/web"]);
    until(&mut wait, "pending PodNotReady").await;
    fake.mood(Mood::Refuse(500));
    fake.break_watches(500);
    until(&mut wait, "pending ApiUnavailable").await;
    assert!(timeout(Duration::from_secs(120), wait.next()).await.is_err());
    fake.mood(Mood::Refuse(403));
    let _ =
        timeout(Duration::from_secs(15), async { assert!(!next(&mut wait).await.verdict.is_failed()) }).await;
    fake.mood(Mood::Well);
    fake.put(pod("web").ready());
    until(&mut wait, "ready").await;
}

#[tokio::test(start_paused = true)]
async fn a_right_to_list_without_one_to_watch_is_not_enough() {
    let fake = Fake::new();
    fake.mood(Mood::RefuseWatches(403));
    fake.put(pod("web"));
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/web"]);
    let report = timeout(Duration::from_secs(120), async { until(&mut wait, "failed Forbidden").await })
        .await
        .unwrap();
    let message = &report.verdict.reason().unwrap().message;
    assert!(message.starts_with("pod/shop/web: no right to watch pods in all namespaces;"), "{message}");
    assert!(fake.asked().len() < 60, "{} requests", fake.asked().len());
}

#[tokio::test]
async fn other_refusals_are_waited_through() {
    for fault in
        [Fault::status(401), Fault::status(429).retry_after(1), Fault::status(500), Fault::status(503)]
    {
        let api = Api::start().await.unwrap();
        let watches = watches(&api);
        put(&api, "shop", pod("web"));
        let fault = api.inject(fault.on("pods"));
        let mut wait = wait(&watches, "shop", &["pod/web"]);
        assert_eq!(told(&begun(&mut wait).await), "pending ApiUnavailable");
        fault.clear();
        until(&mut wait, "pending PodNotReady").await;
        put(&api, "shop", pod("web").ready());
        until(&mut wait, "ready").await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_asks_for_patience_gets_it() {
    let fake = Fake::new();
    fake.mood(Mood::Busy(20));
    fake.put(pod("web").ready());
    let mut wait = wait(&Watches::new(fake.client()), "shop", &["pod/web"]);
    let report = begun(&mut wait).await;
    assert_eq!(told(&report), "pending ApiUnavailable");
    assert!(
        report.verdict.reason().unwrap().message.ends_with("429 Reason: the API answers 429"),
        "{report:?}"
    );
    assert!(timeout(Duration::from_secs(19), next(&mut wait)).await.is_err());
    assert_eq!(fake.asked().len(), 1);
    fake.mood(Mood::Well);
    until(&mut wait, "ready").await;
    assert_eq!(fake.asked().len(), 2);
}
