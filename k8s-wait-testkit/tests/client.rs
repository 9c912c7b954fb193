//! The API seen through kube's client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

use k8s_openapi::api::core::v1::Pod;
use k8s_wait_testkit::{Api, build::pod};

#[tokio::test]
async fn a_pod_is_read() {
    let api = Api::start().await.unwrap();
    api.create(pod("web-0").namespace("shop").ready()).unwrap();
    let client = kube::Client::try_from(kube::Config::new(api.url().parse().unwrap())).unwrap();
    let pods: kube::Api<Pod> = kube::Api::namespaced(client, "shop");
    assert_eq!(pods.get("web-0").await.unwrap().status.unwrap().phase.unwrap(), "Running");
    assert_eq!(pods.list(&Default::default()).await.unwrap().items.len(), 1);
}
