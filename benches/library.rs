//! What a target, an object and a verdict cost: `cargo bench -p k8s-wait-benches`.
//!
//! Compare within one run: decoding a pod as the watches keep it stands beside decoding it whole.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench may fail")]

use criterion::{Criterion, criterion_group, criterion_main};
use k8s_wait_lib::judge;
use k8s_wait_lib::object::{Cached, Job, Pod, Whole};
use k8s_wait_lib::{Mode, Target, Verdict};
use k8s_wait_testkit::build::{job, pod};
use serde_json::{Value, json};
use std::hint::black_box;

type WholePod = Whole<k8s_openapi::api::core::v1::Pod>;

/// A pod as clusters have them: about 8 KiB, most of it managedFields and environment.
fn large_pod() -> Vec<u8> {
    let fields: Value =
        (0..100).map(|i| (format!("f:field-{i}"), json!({"f:value": {}, "f:name": {}}))).collect();
    let variables: Vec<Value> =
        (0..60).map(|i| json!({"name": format!("VAR_{i}"), "value": "x".repeat(20)})).collect();
    let pod = pod("web-77b955f78b-nwm67")
        .namespace("shop")
        .label("app", "web")
        .owned_by("ReplicaSet", "web-77b955f78b")
        .ready()
        .with(
            "/metadata/managedFields",
            json!([{"manager": "kubelet", "operation": "Update", "fieldsV1": fields}]),
        )
        .with("/spec/containers", json!([{"name": "app", "image": "nginx", "env": variables}]));
    serde_json::to_vec(&pod.build()).unwrap()
}

fn decode<S: Cached>(json: &[u8]) -> S {
    S::cut(serde_json::from_slice(json).unwrap())
}

fn targets(c: &mut Criterion) {
    let text = "pod?selector=app=web,tier in (a,b)&namespace=shop&for=ready&min=50%&timeout=1h30m";
    c.bench_function("parse a target", |b| b.iter(|| black_box(text).parse::<Target>().unwrap()));
    let target: Target = text.parse().unwrap();
    c.bench_function("write a target", |b| b.iter(|| black_box(&target).to_string()));
}

fn objects(c: &mut Criterion) {
    let json = large_pod();
    c.bench_function("decode a pod of 8 KiB, cut", |b| b.iter(|| decode::<Pod>(black_box(&json))));
    c.bench_function("decode a pod of 8 KiB, whole", |b| b.iter(|| decode::<WholePod>(black_box(&json))));
}

fn judges(c: &mut Criterion) {
    let ready: Pod = decode(&large_pod());
    c.bench_function("judge a pod, ready", |b| b.iter(|| judge::pod::ready(black_box(Some(&ready)))));
    let running: Job = decode(&serde_json::to_vec(&job("migrate").active(1).build()).unwrap());
    c.bench_function("judge a job, running", |b| b.iter(|| judge::job::complete(black_box(Some(&running)))));
    let verdicts: Vec<Verdict> = (0..10).map(|_| judge::job::complete(Some(&running))).collect();
    c.bench_function("fold ten verdicts", |b| b.iter(|| Mode::All.fold(black_box(&verdicts))));
}

criterion_group!(benches, targets, objects, judges);
criterion_main!(benches);
