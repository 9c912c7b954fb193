//! Watches, line by line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

mod support;

use std::time::{Duration, Instant};

use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use serde_json::json;
use support::{Next, get, until, watch};

const PODS: &str = "/api/v1/pods?watch=true";
const STREAMED: &str = "/api/v1/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

async fn now(api: &Api) -> String {
    let (_, list) = get(api, "/api/v1/pods").await;
    list["metadata"]["resourceVersion"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn changes_come_as_they_are_made() {
    let api = Api::start().await.unwrap();
    let version = now(&api).await;
    api.create(pod("a")).unwrap();
    let mut lines = watch(&api, &format!("{PODS}&resourceVersion={version}")).await;
    api.apply(pod("a").ready()).unwrap();
    api.apply(pod("a").ready()).unwrap();
    let deleted = api.delete("pods", "default", "a").unwrap();
    assert_eq!(lines.event().await, "ADDED a");
    assert_eq!(lines.event().await, "MODIFIED a");
    let Next::Event(last) = lines.next().await else { panic!() };
    assert_eq!(last, json!({ "type": "DELETED", "object": deleted }));
}

#[tokio::test]
async fn an_object_that_changes_its_labels_comes_and_goes() {
    let api = Api::start().await.unwrap();
    api.create(pod("a").label("app", "web")).unwrap();
    let mut lines = watch(&api, &format!("{PODS}&labelSelector=app%3Dweb")).await;
    assert_eq!(lines.event().await, "ADDED a");
    let changed = api.apply(pod("a").label("app", "db")).unwrap();
    let Next::Event(lost) = lines.next().await else { panic!() };
    assert_eq!(lost["type"], "DELETED");
    assert_eq!(lost["object"]["metadata"]["labels"]["app"], "web");
    assert_eq!(lost["object"]["metadata"]["resourceVersion"], changed["metadata"]["resourceVersion"]);
    api.apply(pod("a").label("app", "web")).unwrap();
    assert_eq!(lines.event().await, "ADDED a");
}

#[tokio::test]
async fn a_watch_sees_its_namespace_and_name_alone() {
    let api = Api::start().await.unwrap();
    let mut inside = watch(&api, "/api/v1/namespaces/shop/pods?watch=1").await;
    let mut named = watch(&api, "/api/v1/namespaces/shop/pods?watch=1&fieldSelector=metadata.name%3Db").await;
    api.create(pod("a")).unwrap();
    api.create(pod("a").namespace("shop")).unwrap();
    api.create(pod("b").namespace("shop")).unwrap();
    assert_eq!(inside.event().await, "ADDED a");
    assert_eq!(inside.event().await, "ADDED b");
    assert_eq!(named.event().await, "ADDED b");
}

#[tokio::test]
async fn a_streamed_list_ends_with_its_bookmark() {
    let api = Api::start().await.unwrap();
    api.create(pod("a")).unwrap();
    let version = now(&api).await;
    let mut lines = watch(&api, STREAMED).await;
    assert_eq!(lines.event().await, "ADDED a");
    let Next::Event(bookmark) = lines.next().await else { panic!() };
    assert_eq!(bookmark["type"], "BOOKMARK");
    let metadata =
        json!({ "resourceVersion": version, "annotations": { "k8s.io/initial-events-end": "true" } });
    assert_eq!(bookmark["object"]["metadata"], metadata);
    assert_eq!((api.count("watch", "pods"), api.count("list", "pods")), (1, 2));
    assert_eq!(api.watches_open("pods"), 1);
    drop(lines);
    until("the watch is closed", || api.watches_open("pods") == 0).await;
}

#[tokio::test]
async fn streaming_lists_can_be_off() {
    let api = Api::start().await.unwrap();
    api.set_streaming_lists(false);
    let (code, status) = get(&api, STREAMED).await;
    assert_eq!((code, &status["reason"]), (422, &json!("Invalid")));
    assert_eq!((api.count("watch", "pods"), api.count("list", "pods")), (1, 0));
    assert_eq!(get(&api, "/api/v1/pods?watch=1&sendInitialEvents=true").await.0, 422);
}

#[tokio::test]
async fn bookmarks_come_before_the_end_and_the_end_in_time() {
    let api = Api::start().await.unwrap();
    let begin = Instant::now();
    let mut lines =
        watch(&api, &format!("{PODS}&resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=3")).await;
    assert_eq!(lines.event().await, "BOOKMARK");
    assert_eq!(lines.next().await, Next::End);
    assert!(begin.elapsed() >= Duration::from_millis(2900), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_forgotten_version_has_expired_inside_of_the_stream() {
    let api = Api::start().await.unwrap();
    let version = now(&api).await;
    let mut open = watch(&api, &format!("{PODS}&resourceVersion={version}")).await;
    api.compact();
    let mut lines = watch(&api, &format!("{PODS}&resourceVersion={version}")).await;
    let Next::Event(error) = lines.next().await else { panic!() };
    assert_eq!((&error["type"], &error["object"]["code"]), (&json!("ERROR"), &json!(410)));
    assert_eq!(error["object"]["reason"], "Expired");
    assert_eq!(lines.next().await, Next::End);
    api.create(pod("a")).unwrap();
    assert_eq!(open.event().await, "ADDED a");
}

#[tokio::test]
async fn history_has_a_limit() {
    let api = Api::start().await.unwrap();
    let version = now(&api).await;
    for index in 0..10_001 {
        api.apply(pod("a").annotation("n", &index.to_string())).unwrap();
    }
    let mut lines = watch(&api, &format!("{PODS}&resourceVersion={version}")).await;
    assert_eq!(lines.event().await, "ERROR");
    let version = version.parse::<u64>().unwrap() + 1;
    let mut lines = watch(&api, &format!("{PODS}&resourceVersion={version}")).await;
    for _ in 0..10_000 {
        assert_eq!(lines.event().await, "MODIFIED a");
    }
}

#[tokio::test]
async fn a_version_from_the_future() {
    let api = Api::start().await.unwrap();
    let mut lines = watch(&api, &format!("{STREAMED}&resourceVersion=999999")).await;
    let Next::Event(error) = lines.next().await else { panic!() };
    assert_eq!((&error["type"], &error["object"]["code"]), (&json!("ERROR"), &json!(504)));
    let mut plain = watch(&api, &format!("{PODS}&resourceVersion=999999&timeoutSeconds=1")).await;
    api.create(pod("a")).unwrap();
    assert_eq!(plain.next().await, Next::End);
}

#[tokio::test]
async fn watches_are_dropped_ended_and_stalled() {
    let api = Api::start().await.unwrap();
    let path = format!("{PODS}&resourceVersion=1&timeoutSeconds=1");
    let (mut dropped, mut other) = (watch(&api, PODS).await, watch(&api, PODS).await);
    api.drop_watches();
    assert_eq!(api.watches_open("pods"), 0);
    assert_eq!(
        (dropped.next().await, other.next().await),
        (Next::Cut(String::new()), Next::Cut(String::new()))
    );
    let mut ended = watch(&api, PODS).await;
    api.end_watches();
    assert_eq!(ended.next().await, Next::End);
    let mut stalled = watch(&api, &path).await;
    api.stall_watches();
    let mut fresh = watch(&api, &path).await;
    api.create(pod("a")).unwrap();
    assert_eq!(fresh.event().await, "ADDED a");
    assert_eq!(fresh.next().await, Next::End);
    assert!(stalled.is_silent(Duration::from_millis(300)).await);
    assert_eq!(api.watches_open("pods"), 1);
}
