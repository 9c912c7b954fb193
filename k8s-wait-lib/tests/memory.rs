//! How much room a cached pod takes: memory goes with what judges need, not with what people put in their pods.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed, as it should"
)]

use k8s_wait_lib::object::{Cached, Pod};
use k8s_wait_testkit::build::pod;
use serde_json::{Value, json};

const PODS: usize = 10_000;

/// Resident memory, in bytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// A pod of some 8 KiB, most of it managedFields, as they are.
fn big(number: usize) -> Value {
    let fields: Value =
        (0..120).map(|n| (format!("f:field-of-some-length-{n}"), json!({"f:value": {}, ".": {}}))).collect();
    let managed = json!([{"manager": "kubelet", "operation": "Update", "fieldsV1": fields}]);
    let mut pod = pod(&format!("web-{number}"))
        .namespace("shop")
        .label("app", "web")
        .label("pod-template-hash", "7f9c6d5b8");
    for n in 0..30 {
        pod = pod.annotation(
            &format!("example.com/annotation-{n}"),
            "a text that nobody who waits will ever read",
        );
    }
    pod.owned_by("ReplicaSet", "web")
        .ready()
        .with("/metadata/uid", "5f2d8a52-3c5e-4a0e-9a0b-2f6d3c1b7a90")
        .with("/metadata/managedFields", managed)
        .build()
}

#[test]
fn a_cached_pod_takes_less_than_a_kibibyte() {
    assert!(
        (7 * 1024..10 * 1024).contains(&big(0).to_string().len()),
        "{} bytes of JSON",
        big(0).to_string().len()
    );
    let text = big(0).to_string();
    assert!((7 * 1024..10 * 1024).contains(&text.len()), "{} bytes of JSON", text.len());
    let cut = |number: usize| {
        Pod::cut(serde_json::from_str(&text.replace("web-0", &format!("web-{number}"))).unwrap())
    };
    // What decoding itself needs once is no pod's.
    let mut pods: Vec<Pod> = Vec::with_capacity(PODS);
    pods.extend((0..100).map(cut));
    let before = resident();
    pods.extend((100..PODS).map(cut));
    let each = (resident() - before) / (PODS - 100);
    assert!((100..1024).contains(&each), "{each} bytes a pod");
}
