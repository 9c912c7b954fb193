//! Puts load on the server, and on a bare one beside it: `cargo run --release -p k8s-wait-benches --bin load -- --help`.
//!
//! Server, API and those who wait are three processes' worth of work on one machine: compare figures of one run.
#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use argh::FromArgs;
use k8s_wait_benches::Failure;
use k8s_wait_benches::load::held::Server;
use k8s_wait_benches::load::{checks, churn, held, milliseconds};
use std::time::Duration;

/// Puts load on k8s-wait-server, which must be built beside this program, as must be the program bare.
#[derive(FromArgs)]
struct Flags {
    #[argh(subcommand)]
    load: Load,
}

#[derive(FromArgs)]
#[argh(subcommand)]
enum Load {
    Held(HeldFlags),
    Checks(ChecksFlags),
    Churn(ChurnFlags),
}

/// holds waits, and ends all of them with one event
#[derive(FromArgs)]
#[argh(subcommand, name = "held")]
struct HeldFlags {
    /// how many wait (default 10000)
    #[argh(option, default = "10_000")]
    waiters: usize,
    /// for how many pods (default 1); with more, one event each, in one go
    #[argh(option, default = "1")]
    targets: usize,
    /// how often they are gathered and woken (default 3)
    #[argh(option, default = "3")]
    rounds: usize,
}

/// asks about a cached pod as fast as it is answered
#[derive(FromArgs)]
#[argh(subcommand, name = "checks")]
struct ChecksFlags {}

/// changes pods that are waited for
#[derive(FromArgs)]
#[argh(subcommand, name = "churn")]
struct ChurnFlags {
    /// how many wait (default 10000)
    #[argh(option, default = "10_000")]
    waiters: usize,
    /// for how many pods (default 1000)
    #[argh(option, default = "1_000")]
    targets: usize,
    /// changes a second, in all (default 1000)
    #[argh(option, default = "1_000")]
    rate: u64,
    /// for how many seconds (default 60)
    #[argh(option, default = "60")]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // Each that waits is an open file, here as there.
    rlimit::increase_nofile_limit(u64::MAX)?;
    match argh::from_env::<Flags>().load {
        Load::Held(flags) => {
            let held = held::measure(flags.waiters, flags.targets, flags.rounds).await?;
            tell("ours", &held.ours, held.waiters);
            tell("bare", &held.bare, held.waiters);
            println!("ratios: memory {:.2}, wake-up {:.2}", held.memory_ratio(), held.wake_ratio());
            println!("{:?}", held.quiet);
        }
        Load::Checks(ChecksFlags {}) => {
            let checks = checks::measure().await?;
            let (ours, bare) = (checks.ours, checks.bare);
            println!("answers a second: ours {ours:.0}, bare {bare:.0}, ratio {:.3}", ours / bare);
        }
        Load::Churn(flags) => {
            let time = Duration::from_secs(flags.seconds);
            let churn = churn::measure(flags.waiters, flags.targets, flags.rate, time).await?;
            println!(
                "{} events in {:.1} s, {:.2} cores, {} told, {} missing, p50 {:.1} ms, p99 {:.1} ms, last {:.1} ms",
                churn.events,
                churn.took.as_secs_f64(),
                churn.cores(),
                churn.wakes.len(),
                churn.missing(),
                milliseconds(&churn.wakes, 0.5),
                milliseconds(&churn.wakes, 0.99),
                milliseconds(&churn.wakes, 1.0),
            );
        }
    }
    Ok(())
}

fn tell(name: &str, server: &Server, waiters: usize) {
    let lasts: Vec<_> = server.lasts().iter().map(|last| format!("{last:.0}")).collect();
    println!(
        "{name}: idle {} KiB, {:.2} KiB for each of {waiters}, last woken after {} ms",
        server.idle_kib,
        server.each_kib(waiters),
        lasts.join(", "),
    );
}
