//! What a look at who waits for whom costs with 10,000 who wait: `cargo bench -p k8s-wait-benches --bench graph`.
//!
//! However much has changed, there is one look a second. Compare within one run: a ring is to cost no more than a few
//! times what those cost who all wait for one and the same.
#![allow(
    missing_docs,
    dead_code,
    unexpected_cfgs,
    clippy::unwrap_used,
    reason = "a bench may fail, and needs a part of what it measures"
)]

#[allow(unused_imports, reason = "the server has more use for it")]
#[path = "../k8s-wait-server/src/graph/mod.rs"]
mod graph;

use criterion::{Criterion, criterion_group, criterion_main};
use graph::{Graph, Needs, Pending, Waiting};
use k8s_wait_lib::object::{Cached, Pod};
use k8s_wait_lib::{Mode, Obstacle};
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;

const SETS: usize = 1_000;
const PODS_OF_EACH: usize = 10;

/// Stateful sets with a service each, whose pods all wait.
struct Crowd {
    services: Vec<(String, Needs<'static>)>,
    pods: Vec<String>,
}

impl Crowd {
    fn new() -> Self {
        let services = (0..SETS).map(|set| {
            let pods = (0..PODS_OF_EACH).map(|index| pod(set, index)).collect();
            (
                format!("service/shop/set-{set}"),
                Needs::Seen([Obstacle::new("shop", pods, PODS_OF_EACH - 1)].into()),
            )
        });
        let names =
            (0..SETS).flat_map(|set| (0..PODS_OF_EACH).map(move |index| format!("set-{set}-{index}")));
        Self { services: services.collect(), pods: names.collect() }
    }

    /// Each waits for the service of the set that this answers for its own.
    fn waits(&self, target: impl Fn(usize) -> usize) -> Vec<Waiting<'_>> {
        self.pods
            .iter()
            .enumerate()
            .map(|(id, pod)| {
                let (target, needs) = self.services.get(target(id / PODS_OF_EACH)).unwrap();
                let pending = Pending { target, needs: needs.clone() };
                Waiting {
                    id: id as u64,
                    namespace: "shop",
                    pod: Some(pod),
                    mode: Mode::All,
                    targets: vec![pending],
                }
            })
            .collect()
    }
}

fn pod(set: usize, index: usize) -> (Arc<str>, Arc<Pod>) {
    let name = format!("set-{set}-{index}");
    let owner = json!({"kind": "StatefulSet", "name": format!("set-{set}"), "uid": "u", "controller": true, "apiVersion": "apps/v1"});
    let wire: <Pod as Cached>::Wire =
        serde_json::from_value(json!({"metadata": {"name": name, "ownerReferences": [owner]}})).unwrap();
    (name.into(), Arc::new(Pod::cut(wire)))
}

fn looks(c: &mut Criterion) {
    let crowd = Crowd::new();
    let outside = "job/shop/migrate".to_owned();
    let mut alike = crowd.waits(|_| 0);
    for wait in &mut alike {
        wait.targets = vec![Pending { target: &outside, needs: Needs::default() }];
    }
    let chain = crowd.waits(|set| (set + 1).min(SETS - 1));
    let ring = crowd.waits(|set| (set + 1) % SETS);
    let mut group = c.benchmark_group("a look at 10,000 who wait");
    group.sample_size(20);
    for (name, waits) in [("for one job", &alike), ("in a row", &chain), ("in a ring", &ring)] {
        group.bench_function(name, |b| b.iter(|| black_box(Graph::of(waits)).cycles().count()));
    }
    group.finish();
}

criterion_group!(benches, looks);
criterion_main!(benches);
