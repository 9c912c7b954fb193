//! Puts load on the server, and on a bare one beside it: `cargo run --release -p k8s-wait-benches --bin load -- --help`.
//!
//! Server, API and those who wait are three processes' worth of work on one machine: compare figures of one run.
#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use argh::FromArgs;
use k8s_wait_benches::Failure;
use k8s_wait_benches::load::held::Held;
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
    rate: usize,
    /// for how many seconds (default 60)
    #[argh(option, default = "60")]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    match argh::from_env::<Flags>().load {
        Load::Held(flags) => {
            tell("ours", &held::ours(flags.waiters, flags.targets, flags.rounds).await?);
            tell("bare", &held::bare(flags.waiters, flags.rounds).await?);
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
                "{} events in {:.1} s, {:.2} cores, {} told, p50 {:.1} ms, p99 {:.1} ms, last {:.1} ms",
                churn.events,
                churn.took.as_secs_f64(),
                churn.cores(),
                churn.wakes.len(),
                milliseconds(&churn.wakes, 0.5),
                milliseconds(&churn.wakes, 0.99),
                milliseconds(&churn.wakes, 1.0),
            );
        }
    }
    Ok(())
}

fn tell(name: &str, held: &Held) {
    let rounds: Vec<_> = held.wakes.iter().map(|times| format!("{:.0}", milliseconds(times, 1.0))).collect();
    println!(
        "{name}: idle {} KiB, {:.2} KiB for each of {}, {} requests and {:.2} s of CPU in {} s, last woken after {} ms",
        held.idle_kib,
        held.each_kib(),
        held.waiters,
        held.requests,
        held.quiet_cpu.as_secs_f64(),
        held.quiet.as_secs(),
        rounds.join(", "),
    );
}
