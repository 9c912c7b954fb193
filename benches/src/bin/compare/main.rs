//! Tools that wait, side by side against the same API: `cargo run --release -p k8s-wait-benches --bin compare`.
//!
//! Runs whichever of `kubectl wait`, groundnuty's `wait_for.sh`, k8s-when-ready and ours are there, each in turn, and
//! prints one table; [`Outcome`] is what it is made of. Without KUBECONFIG the API is the testkit in this process;
//! with it the cluster's own, in which a namespace is made and deleted again.
//!
//! Nothing of other tools is in this repository: what is missing is named with how to have it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a table is what it is for")]

mod cluster;
mod figures;
mod flags;
mod held;
mod latency;
mod outcome;
mod process;
mod proxy;
mod raw;
mod start;
mod table;
mod tool;
mod tools;

use cluster::Cluster;
use flags::Flags;
use k8s_wait_benches::Failure;
use outcome::{Outcome, Row};
use std::fs;

/// On one thread, so that what the API in this process takes is the same for everybody, and little.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let flags: Flags = argh::from_env();
    let cluster = Cluster::find().await?;
    let outcome = compare(&flags, &cluster).await;
    cluster.leave().await?;
    let outcome = outcome?;
    print!("{}", table::of(&outcome)?);
    if let Some(file) = &flags.json {
        fs::write(file, outcome.json_lines()?)?;
    }
    Ok(())
}

async fn compare(flags: &Flags, cluster: &Cluster) -> Result<Outcome, Failure> {
    let (tools, absent) = tools::find(flags)?;
    let latencies = latency::measure(flags.rounds, cluster, &tools).await?;
    let starts = tools.iter().map(start::measure).collect::<Result<Vec<_>, _>>()?;
    let holds = held::measure(flags.held(), cluster, &tools).await?;
    let rows = tools.into_iter().zip(latencies.tools).zip(starts).zip(holds);
    let rows = rows.map(|(((tool, latency), start), held)| Row { tool, latency, start, held }).collect();
    Ok(Outcome { run: outcome::Run::of(flags, cluster), floors: latencies.floors, rows, absent })
}
