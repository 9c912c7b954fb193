//! The promises, each with how it is measured: [`measure`].

use super::row::Row;
use super::{client, latency};
use k8s_wait_benches::Failure;
use k8s_wait_benches::load::{cached, checks, churn, held, median, milliseconds};
use k8s_wait_benches::program::distributed;
use k8s_wait_benches::stage::Stage;
use k8s_wait_testkit::Api;
use std::time::Duration;
use tokio::time::sleep;

/// Their names, in the order of the table.
pub(crate) const SCENARIOS: [&str; 8] =
    ["latency", "held", "checks", "churn", "cached", "large", "size", "client"];

const WAITERS: usize = 10_000;
const MIB: f64 = 1024.0 * 1024.0;
/// Until a server that has started has come to rest.
const SETTLE: Duration = Duration::from_secs(3);

/// The rows of a scenario.
///
/// # Errors
///
/// Why it could not be measured.
pub(crate) async fn measure(scenario: &str) -> Result<Vec<Row>, Failure> {
    match scenario {
        "latency" => latency().await,
        "held" => held().await,
        "checks" => checks().await,
        "churn" => churn().await,
        "cached" => cached().await,
        "large" => large().await,
        "size" => size().await,
        _ => client().await,
    }
}

async fn latency() -> Result<Vec<Row>, Failure> {
    let found = latency::measure().await?;
    let row =
        Row::at_most("PATCH to the client's exit, over kubectl wait", "", 0.35, found.ours / found.kubectl);
    let note = format!(
        "{:.1} ms to {:.1} ms; the event alone takes {:.1} ms",
        found.ours, found.kubectl, found.floor
    );
    Ok(vec![row.noting(note)])
}

async fn held() -> Result<Vec<Row>, Failure> {
    let found = held::measure(WAITERS, 1, 3).await?;
    let list = |lasts: Vec<f64>| lasts.iter().map(|last| format!("{last:.0}")).collect::<Vec<_>>().join(", ");
    let woken = format!("ms: ours {}, bare {}", list(found.ours.lasts()), list(found.bare.lasts()));
    let each = format!(
        "{:.2} KiB to {:.2} KiB; {} to {} KiB in all",
        found.ours.each_kib(WAITERS),
        found.bare.each_kib(WAITERS),
        found.ours.held_kib,
        found.bare.held_kib,
    );
    let quiet = &found.quiet;
    let asked = format!(
        "in {} s: {} renewals of the one watch (72 an hour), {} others; {:.2} s of CPU",
        quiet.time.as_secs(),
        quiet.watches,
        quiet.others,
        quiet.cpu.as_secs_f64(),
    );
    Ok(vec![
        Row::at_most(
            "an event to the last of 10,000 waits, over the bare server",
            "",
            2.0,
            found.wake_ratio(),
        )
        .noting(woken),
        Row::at_most("memory of 10,000 held waits, over the bare server", "", 1.25, found.memory_ratio())
            .noting(each),
        Row::at_most("API requests but renewals while 10,000 wait", "", 0.0, quiet.others as f64)
            .noting(asked),
    ])
}

async fn checks() -> Result<Vec<Row>, Failure> {
    let found = checks::measure().await?;
    let row =
        Row::at_least("/v1/check, over hello-world of the bare server", "", 0.85, found.ours / found.bare);
    Ok(vec![row.noting(format!("{:.0} to {:.0} answers a second", found.ours, found.bare))])
}

async fn churn() -> Result<Vec<Row>, Failure> {
    let found = churn::measure(WAITERS, 1_000, 1_000, Duration::from_secs(60)).await?;
    let told =
        format!("{} told, {} not; {:.0} events a second", found.wakes.len(), found.missing(), found.rate());
    // What nobody was told would make a fine quantile.
    let p99 = if found.missing() == 0 { milliseconds(&found.wakes, 0.99) } else { f64::INFINITY };
    Ok(vec![
        Row::at_most(
            "1,000 events a second over 1,000 targets, 10,000 waits: CPU",
            "cores",
            1.0,
            found.cores(),
        ),
        Row::at_most("the same: wake-up p99", "ms", 100.0, p99).noting(told),
    ])
}

async fn cached() -> Result<Vec<Row>, Failure> {
    let found = cached::measure(10_000, 50, 1).await?;
    let note = format!(
        "{} bytes of JSON each; idle {} KiB, then {} KiB",
        found.bytes_each, found.idle_kib, found.held_kib
    );
    Ok(vec![
        Row::at_most("10,000 cached pods, each", "bytes", 1024.0, found.each()).noting(note),
        Row::at_most("the same at the peak", "bytes", 3.0 * 1024.0, found.peak_each()),
    ])
}

async fn large() -> Result<Vec<Row>, Failure> {
    let found = cached::measure(100_000, 500, 3).await?;
    let note = format!("{:.2} s to {:.2} s", found.verdict, found.curl);
    Ok(vec![
        Row::at_most(
            "100,000 pods: the first verdict, over curl of the list",
            "",
            2.0,
            found.verdict / found.curl,
        )
        .noting(note),
        Row::at_most("100,000 pods: memory", "MiB", 100.0, found.held_kib as f64 / 1024.0)
            .noting(format!("{:.1} MiB at the peak", found.peak_kib as f64 / 1024.0)),
    ])
}

async fn size() -> Result<Vec<Row>, Failure> {
    let (mut idle, mut accepted) = (Vec::new(), Vec::new());
    let api = Api::start().await?;
    for _ in 0..5 {
        let stage = Stage::ours(&api).await?;
        sleep(SETTLE).await;
        idle.push(stage.program.resident_kib()? as f64 / 1024.0);
        accepted.push(stage.accepted.as_secs_f64() * 1000.0);
    }
    let bytes = std::fs::metadata(distributed("k8s-wait-server")?)?.len() as f64;
    Ok(vec![
        Row::at_most("the idle server: memory", "MiB", 8.0, median(idle))
            .noting(format!("takes connections {:.1} ms after its start", median(accepted))),
        Row::at_most("the server's static binary", "MiB", 8.0, bytes / MIB)
            .noting(format!("{bytes:.0} bytes")),
    ])
}

async fn client() -> Result<Vec<Row>, Failure> {
    let api = Api::start().await?;
    let stage = Stage::ours(&api).await?;
    let (path, server) = (distributed("k8s-wait-client")?, format!("http://{}", stage.address));
    let found =
        tokio::task::spawn_blocking(move || client::measure(&path, &server, "pod/default/web")).await??;
    Ok(vec![
        Row::at_most("the client's static binary", "KiB", 520.0, found.bytes as f64 / 1024.0)
            .noting(format!("{} bytes", found.bytes)),
        Row::at_most("the client's memory at its peak", "KiB", 700.0, found.peak_kib as f64),
        Row::at_most("the client's start to the exit of --help", "ms", 0.5, found.start_ms)
            .noting(format!("/bin/true takes {:.2} ms", found.nothing_ms)),
    ])
}
