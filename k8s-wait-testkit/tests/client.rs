//! kube's client and runtime against the API: what they need from a server, and what they do on bad days.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

mod support;

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use k8s_wait_testkit::build::{deployment, pod};
use k8s_wait_testkit::{Api, Fault, Memory};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::PartialObjectMeta;
use kube::runtime::utils::Backoff;
use kube::runtime::watcher::{self, Config};
use kube::runtime::{WatchStreamExt, reflector, watcher as run};
use serde_json::json;
use support::{PATIENCE, client, until};

fn pods(api: &Api) -> kube::Api<Pod> {
    kube::Api::all(client(api))
}

fn both() -> [Config; 2] {
    [Config::default(), Config::default().streaming_lists()]
}

/// A reflector that runs until it is dropped, and its store.
struct Mirror {
    store: reflector::Store<Pod>,
    _task: tokio_util::task::AbortOnDropHandle<()>,
}

impl Mirror {
    async fn of(api: &Api, config: Config) -> Self {
        let writer = reflector::store::Writer::<Pod>::default();
        let store = writer.as_reader();
        let backoff = Quick;
        let events = run(pods(api), config).backoff(backoff).reflect(writer);
        let task = tokio::spawn(async move { pin!(events).for_each(|_| async {}).await });
        let mirror = Mirror { store, _task: tokio_util::task::AbortOnDropHandle::new(task) };
        tokio::time::timeout(PATIENCE, mirror.store.wait_until_ready()).await.unwrap().unwrap();
        until("it watches", || api.watches_open("pods") == 1).await;
        mirror
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.store.state().iter().map(|pod| pod.name_any()).collect();
        names.sort();
        names
    }

    async fn becomes(&self, expected: &[&str]) {
        until(&format!("the store holds {expected:?}"), || self.names() == expected).await;
    }
}

/// Tries again at once, or nearly so.
struct Quick;

impl Iterator for Quick {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(Duration::from_millis(20))
    }
}

impl Backoff for Quick {
    fn reset(&mut self) {}
}

#[tokio::test]
async fn objects_are_written_and_read() {
    let api = Api::start().await.unwrap();
    let deployments: kube::Api<Deployment> = kube::Api::namespaced(client(&api), "default");
    let object = serde_json::from_value(deployment("web").replicas(2).build()).unwrap();
    deployments.create(&PostParams::default(), &object).await.unwrap();
    let scale = json!({ "spec": { "replicas": 3 } });
    let scaled = deployments.patch("web", &PatchParams::default(), &Patch::Merge(&scale)).await.unwrap();
    assert_eq!((scaled.spec.unwrap().replicas, scaled.metadata.generation), (Some(3), Some(2)));
    let status = json!({ "status": { "replicas": 3 } });
    deployments.patch_status("web", &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
    let read = deployments.get_status("web").await.unwrap();
    assert_eq!(read.status.unwrap().replicas, Some(3));
    let applied = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "spec": { "replicas": 4 } });
    let params = PatchParams::apply("test").force();
    let applied = deployments.patch("web", &params, &Patch::Apply(&applied)).await.unwrap();
    assert_eq!(applied.spec.unwrap().replicas, Some(4));
    assert!(deployments.delete("web", &DeleteParams::default()).await.unwrap().is_right());
    assert!(deployments.get_opt("web").await.unwrap().is_none());
}

#[tokio::test]
async fn pages_are_followed() {
    let api = Api::start().await.unwrap();
    for index in 0..25 {
        api.create(pod(&format!("web-{index:02}"))).unwrap();
    }
    let page = pods(&api).list(&ListParams::default().limit(10)).await.unwrap();
    assert_eq!((page.items.len(), page.metadata.remaining_item_count), (10, Some(15)));
    let mirror = Mirror::of(&api, Config::default().page_size(10)).await;
    assert_eq!(mirror.names().len(), 25);
    assert_eq!((api.count("list", "pods"), api.count("watch", "pods")), (4, 1));
}

#[tokio::test]
async fn a_mirror_follows_every_change() {
    for config in both() {
        let api = Api::start().await.unwrap();
        api.create(pod("a").ready()).unwrap();
        let mirror = Mirror::of(&api, config).await;
        mirror.becomes(&["a"]).await;
        api.create(pod("b")).unwrap();
        mirror.becomes(&["a", "b"]).await;
        api.delete("pods", "default", "a").unwrap();
        mirror.becomes(&["b"]).await;
        assert_eq!(api.count("list", "pods"), 1);
    }
}

#[tokio::test]
async fn a_mirror_survives_lost_watches() {
    for config in both() {
        let api = Api::start().await.unwrap();
        let mirror = Mirror::of(&api, config).await;
        let before = api.count("watch", "pods");
        api.drop_watches();
        api.create(pod("a")).unwrap();
        mirror.becomes(&["a"]).await;
        api.end_watches();
        api.create(pod("b")).unwrap();
        mirror.becomes(&["a", "b"]).await;
        let _guard = api.inject(Fault::half_event().times(1));
        api.create(pod("c")).unwrap();
        mirror.becomes(&["a", "b", "c"]).await;
        assert!(api.count("watch", "pods") >= before + 3);
    }
}

#[tokio::test]
async fn a_mirror_survives_restarts_and_refusals() {
    for config in both() {
        let api = Api::start().await.unwrap();
        api.create(pod("a")).unwrap();
        let mirror = Mirror::of(&api, config).await;
        api.restart(Memory::Kept).await.unwrap();
        api.create(pod("b")).unwrap();
        mirror.becomes(&["a", "b"]).await;
        api.stop().await;
        api.delete("pods", "default", "a").unwrap();
        api.resume().await.unwrap();
        mirror.becomes(&["b"]).await;
        api.inject(Fault::status(500).times(3)).forget();
        api.inject(Fault::truncated_list().times(1)).forget();
        api.restart(Memory::HistoryLost).await.unwrap();
        api.create(pod("c")).unwrap();
        mirror.becomes(&["b", "c"]).await;
    }
}

#[tokio::test]
async fn an_expired_version_leads_to_a_new_list() {
    for config in both() {
        let api = Api::start().await.unwrap();
        let mirror = Mirror::of(&api, config).await;
        let before = api.count("list", "pods");
        api.compact();
        api.drop_watches();
        api.create(pod("a")).unwrap();
        mirror.becomes(&["a"]).await;
        assert_eq!(api.count("list", "pods"), before + 1);
    }
}

#[tokio::test]
async fn an_error_event_leads_to_a_new_list() {
    let api = Api::start().await.unwrap();
    let mirror = Mirror::of(&api, Config::default()).await;
    api.inject(Fault::watch_error(410).times(1)).forget();
    api.create(pod("a")).unwrap();
    mirror.becomes(&["a"]).await;
    until("it listed again", || api.count("list", "pods") == 2).await;
}

#[tokio::test]
async fn selectors_and_metadata_are_enough_for_some() {
    let api = Api::start().await.unwrap();
    api.create(pod("a").label("app", "web").ready()).unwrap();
    api.create(pod("b").ready()).unwrap();
    let metadata: kube::Api<PartialObjectMeta<Pod>> = kube::Api::all(client(&api));
    let events = run(metadata, Config::default().labels("app=web"));
    let mut objects = pin!(events.applied_objects());
    let first = tokio::time::timeout(PATIENCE, objects.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(first.name_any(), "a");
    assert_eq!(first.types.unwrap().kind, "PartialObjectMetadata");
}

#[tokio::test]
async fn a_server_without_streaming_lists_says_so() {
    let api = Api::start().await.unwrap();
    api.set_streaming_lists(false);
    let mut events = pin!(run(pods(&api), Config::default().streaming_lists()));
    let error = loop {
        match tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    let watcher::Error::WatchStartFailed(kube::Error::Api(status)) = error else { panic!("{error}") };
    assert_eq!((status.code, status.reason.as_str()), (422, "Invalid"));
}
