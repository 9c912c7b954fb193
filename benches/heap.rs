//! What is allocated and what stays: `cargo bench -p k8s-wait-benches --bench heap`.
//!
//! Counts, which are the same on every machine, for a pod of 8 KiB in a list, an event over one, and somebody who waits. It
//! fails when one is over its limit, which is what was measured and a fifth.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a bench may fail")]

use allocation_counter::{AllocationInfo, measure};
use k8s_wait_benches::fed::{Fed, Pods, until};
use k8s_wait_lib::{CheckRegistry, Mode, Plan, Wait};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

const PODS: usize = 10_000;
const EVENTS: usize = 1_000;
const WAITS: usize = 1_000;

struct Row {
    what: &'static str,
    count: f64,
    limit: f64,
}

fn main() -> ExitCode {
    let rows = rows();
    println!("| what | measured | limit |\n| --- | ---: | ---: |");
    rows.iter().for_each(|row| println!("| {} | {:.1} | {:.0} |", row.what, row.count, row.limit));
    match rows.iter().all(|row| row.count <= row.limit) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn rows() -> Vec<Row> {
    // One thread: what is counted is what this one allocates.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let pods = Pods::new(50);
    let list: Arc<Vec<_>> = Arc::new(pods.list(PODS));
    // A line that is shared takes an allocation of its own when it is so for the first time.
    drop(list.to_vec());
    let entered = runtime.enter();
    let fed = Fed::new(list);
    drop(entered);
    let last = pods.key(PODS - 1);
    let mut lease = None;
    let listed = measure(|| lease = Some(open(&runtime, &fed, &last)));
    let heard = events(&runtime, &fed, &pods);
    let waits = waits(&runtime, &fed, &pods);
    drop(lease);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let each = |total: u64, of: usize| total as f64 / of as f64;
    let kept = |info: &AllocationInfo| u64::try_from(info.bytes_current).unwrap_or_default();
    vec![
        Row { what: "allocations for a pod of a list", count: each(listed.count_total, PODS), limit: 26.0 },
        Row { what: "bytes kept of a pod", count: each(kept(&listed), PODS), limit: 490.0 },
        Row {
            what: "bytes at most during the list, for a pod",
            count: each(listed.bytes_max, PODS),
            limit: 490.0,
        },
        Row { what: "allocations for an event", count: each(heard.count_total, EVENTS), limit: 26.0 },
        Row { what: "bytes kept for a wait", count: each(kept(&waits), WAITS), limit: 1310.0 },
    ]
}

fn open(
    runtime: &Runtime,
    fed: &Fed,
    last: &(String, String),
) -> k8s_wait_lib::watch::Lease<k8s_wait_lib::object::Pod> {
    runtime.block_on(async {
        let lease = fed.pods().unwrap();
        until(&lease, last, true).await;
        lease
    })
}

/// Events over pods that nobody waits for, but the last one.
fn events(runtime: &Runtime, fed: &Fed, pods: &Pods) -> AllocationInfo {
    let lines: Vec<_> = (0..EVENTS).map(|number| pods.line("MODIFIED", number, false)).collect();
    drop(lines.clone());
    let last = pods.key(EVENTS - 1);
    let _entered = runtime.enter();
    let lease = fed.pods().unwrap();
    measure(|| {
        lines.into_iter().for_each(|line| fed.send(line));
        runtime.block_on(until(&lease, &last, false));
    })
}

/// Waits for pods that are not there, each for one of its own, once they have begun.
fn waits(runtime: &Runtime, fed: &Fed, pods: &Pods) -> AllocationInfo {
    let registry = CheckRegistry::standard().unwrap();
    let plan = |number: usize| {
        let (namespace, name) = pods.key(PODS + number);
        let targets = vec![format!("pod/{namespace}/{name}").parse().unwrap()];
        Plan { targets, mode: Mode::All, namespace, timeout: None }
    };
    let mut kept = Vec::with_capacity(WAITS);
    measure(|| {
        runtime.block_on(async {
            for number in 0..WAITS {
                let mut wait = Wait::new(&registry, &fed.watches, plan(number)).unwrap();
                wait.next().await.unwrap();
                kept.push(wait);
            }
        });
    })
}
