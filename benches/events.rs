//! What an event costs, from its line to those who are woken: `cargo bench -p k8s-wait-benches --bench events`.
//!
//! There are 10,000 pods of 8 KiB in 50 namespaces. Compare within one run: the second row is to be as the first.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench may fail")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use k8s_wait_benches::fed::{Fed, Pods, until};
use k8s_wait_lib::watch::Signal;
use std::sync::Arc;
use tokio::runtime::Builder;

const PODS: usize = 10_000;
const OTHERS: usize = 10_000;

fn events(c: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let pods = Pods::new(50);
    let _entered = runtime.enter();
    let fed = Fed::new(Arc::new(pods.list(PODS)));
    let key = pods.key(PODS / 2);
    let lease = fed.pods().unwrap();
    runtime.block_on(until(&lease, &key, true));
    let [pending, ready] = [false, true].map(|is_ready| pods.line("MODIFIED", PODS / 2, is_ready));
    let mut is_ready = true;
    let mut turn = || {
        is_ready = !is_ready;
        fed.send(if is_ready { &ready } else { &pending }.clone());
        runtime.block_on(until(&lease, &key, is_ready));
    };
    c.bench_function("an event to the one who waits for it", |b| b.iter(&mut turn));
    let others: Vec<Signal> =
        (0..OTHERS).map(|number| lease.on_object(&key.0, &format!("other-{number}"))).collect();
    c.bench_function("the same beside 10,000 others", |b| b.iter(&mut turn));
    drop(others);
}

fn lists(c: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let pods = Pods::new(50);
    let list = Arc::new(pods.list(1_000));
    let last = pods.key(999);
    let _entered = runtime.enter();
    let mut group = c.benchmark_group("list");
    group.throughput(Throughput::Bytes(list.iter().map(|line| line.len() as u64).sum()));
    group.bench_function("1,000 pods to the first verdict", |b| {
        b.iter(|| {
            let fed = Fed::new(Arc::clone(&list));
            let lease = fed.pods().unwrap();
            runtime.block_on(until(&lease, &last, true));
        });
    });
}

criterion_group!(benches, events, lists);
criterion_main!(benches);
