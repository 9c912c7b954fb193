//! What may not grow unseen, in a minute: `cargo run -p k8s-wait-benches --bin budget`, after `cargo xtask dist`.
//!
//! Counts and bytes of what is shipped, never times: whoever is over a budget has a reason, and raises it here with the
//! change that needs it. What a wait and an object cost the library is counted by `cargo bench --bench heap`.
#![allow(clippy::print_stdout, reason = "the budget is what it is for")]

use k8s_wait_benches::Failure;
use k8s_wait_benches::crowd::Crowd;
use k8s_wait_benches::load::cached;
use k8s_wait_benches::program::distributed;
use k8s_wait_benches::stage::Stage;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::sleep;

/// Those who wait for the same; the first hundred pay for what all of them share.
const WAITERS: usize = 1_000;
const FIRST: usize = 100;
/// Watched, in so many namespaces.
const PODS: usize = 10_000;
const NAMESPACES: usize = 50;
/// Until memory has come to rest, and long enough for whoever would ask again and again.
const QUIET: Duration = Duration::from_secs(5);

/// What glibc leaves in a program that it is linked into.
const GLIBC: &[u8] = b"GLIBC_TUNABLES";

/// What was counted, and how much it may be.
struct Line {
    what: &'static str,
    found: f64,
    budget: f64,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let mut lines = sizes()?;
    lines.extend(crowd().await?);
    lines.extend(pods().await?);
    for Line { what, found, budget } in &lines {
        let verdict = if found <= budget { "within" } else { "OVER" };
        println!("{verdict:6}  {what:48}  {found:10.1} of {budget:.0}");
    }
    let is_well = lines.iter().all(|line| line.found <= line.budget);
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The binaries of this machine's architecture. A client is four times as large where musl and a small standard library were
/// not at hand.
fn sizes() -> Result<Vec<Line>, Failure> {
    let client = std::fs::read(distributed("k8s-wait-client")?)?;
    let is_small = !client.windows(GLIBC.len()).any(|part| part == GLIBC);
    let size = |name: &str| Ok::<_, Failure>(std::fs::metadata(distributed(name)?)?.len() as f64);
    Ok(vec![
        Line {
            what: "bytes of the client",
            found: client.len() as f64,
            budget: if is_small { 532_480.0 } else { 2_030_000.0 },
        },
        Line {
            what: "bytes of the client with TLS",
            found: size("k8s-wait-client-tls")?,
            budget: 3_100_000.0,
        },
        Line { what: "bytes of the server", found: size("k8s-wait-server")?, budget: 14_700_000.0 },
    ])
}

/// A thousand waits for one pod, which becomes ready.
async fn crowd() -> Result<Vec<Line>, Failure> {
    let api = Api::start().await?;
    api.apply(pod("web"))?;
    let stage = Stage::ours(&api).await?;
    let path = "/v1/wait?timeout=1h&target=pod/web".to_owned();
    let first = Crowd::gather(stage.address, vec![path.clone(); FIRST]).await?;
    sleep(QUIET).await;
    let before = stage.program.resident_kib()?;
    let others = Crowd::gather(stage.address, vec![path; WAITERS - FIRST]).await?;
    sleep(QUIET).await;
    let after = stage.program.resident_kib()?;
    api.apply(pod("web").ready())?;
    // An error if one of them is not told.
    first.ends().await?;
    others.ends().await?;
    let requests = |verb| api.count(verb, "pods") as f64;
    let each = after.saturating_sub(before) as f64 * 1024.0 / (WAITERS - FIRST) as f64;
    Ok(vec![
        Line { what: "lists for 1,000 waits", found: requests("list"), budget: 1.0 },
        Line { what: "watches for 1,000 waits, with a renewal", found: requests("watch"), budget: 2.0 },
        // Those, and one for the version.
        Line { what: "requests of any kind", found: api.requests().len() as f64, budget: 3.0 },
        Line { what: "bytes of memory for a held wait", found: each, budget: 15_000.0 },
    ])
}

/// Ten thousand pods, of which one is waited for.
async fn pods() -> Result<Vec<Line>, Failure> {
    let found = cached::measure(PODS, NAMESPACES, 1).await?;
    Ok(vec![
        Line { what: "bytes of memory for a cached pod", found: found.each(), budget: 800.0 },
        Line { what: "the same at the peak", found: found.peak_each(), budget: 1_600.0 },
    ])
}
