//! How cost grows with those who wait and with what is watched: [`measure`].

use k8s_wait_benches::Failure;
use k8s_wait_benches::load::cached::{self, Cached};
use k8s_wait_benches::load::held::{self, Held};
use k8s_wait_benches::load::median;
use serde_json::{Value, json};
use std::fmt::Write;

const WAITERS: [usize; 3] = [100, 1_000, 10_000];
const PODS: [usize; 3] = [1_000, 10_000, 100_000];

/// What was found for each size.
pub(crate) struct Growth {
    waiters: Vec<Held>,
    pods: Vec<Cached>,
}

/// Each size in turn.
///
/// # Errors
///
/// When one cannot be measured.
pub(crate) async fn measure() -> Result<Growth, Failure> {
    let mut growth = Growth { waiters: Vec::new(), pods: Vec::new() };
    for waiters in WAITERS {
        eprintln!("measuring: {waiters} waiters");
        growth.waiters.push(held::measure(waiters, 1, 3).await?);
    }
    for pods in PODS {
        eprintln!("measuring: {pods} pods");
        growth.pods.push(cached::measure(pods, pods / 200, 3).await?);
    }
    Ok(growth)
}

impl Growth {
    pub(crate) fn table(&self) -> String {
        let mut table = String::new();
        for held in &self.waiters {
            let (mib, ms) = waiting(held);
            // Writing to a String does not fail.
            let _ = writeln!(
                table,
                "{:>6} waiters: {mib:6.1} MiB over idle, the last woken after {ms:5.1} ms",
                held.waiters
            );
        }
        for cached in &self.pods {
            let (mib, seconds) = (over_idle(cached), cached.verdict);
            let _ = writeln!(
                table,
                "{:>6} pods: {mib:6.1} MiB over idle, the first verdict after {seconds:.3} s",
                cached.pods
            );
        }
        table
    }

    pub(crate) fn json(&self) -> Value {
        let waiters = self.waiters.iter().map(|held| {
            let (mib, ms) = waiting(held);
            json!({"count": held.waiters, "mib": mib, "last_ms": ms})
        });
        let pods = self.pods.iter().map(|cached| {
            json!({"count": cached.pods, "mib": over_idle(cached), "verdict_s": cached.verdict, "curl_s": cached.curl})
        });
        json!({"waiters": waiters.collect::<Vec<_>>(), "pods": pods.collect::<Vec<_>>()})
    }
}

fn waiting(held: &Held) -> (f64, f64) {
    let kib = held.ours.held_kib.saturating_sub(held.ours.idle_kib);
    (kib as f64 / 1024.0, median(held.ours.lasts()))
}

fn over_idle(cached: &Cached) -> f64 {
    cached.held_kib.saturating_sub(cached.idle_kib) as f64 / 1024.0
}
