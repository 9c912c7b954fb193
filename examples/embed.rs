//! Waiting from a program of one's own, without any server: `embed NAMESPACE TARGET...`.
//!
//! Uses the cluster that `kubectl` uses. Ends with 0 when all targets are ready at the same moment.

use k8s_wait_lib::{CheckRegistry, Mode, Plan, Verdict, Wait, Watches};
use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let namespace = words.next().ok_or("usage: embed NAMESPACE TARGET...")?;
    // ANCHOR: plan
    let plan = Plan {
        targets: words.map(|word| word.parse()).collect::<Result<_, _>>()?,
        namespace,
        mode: Mode::All,
        timeout: Some(Duration::from_secs(60)),
    };
    let client = k8s_wait_lib::client(kube::Config::infer().await?)?;
    let verdict = wait_for(&CheckRegistry::standard()?, &Watches::new(client), plan).await?;
    // ANCHOR_END: plan
    Ok(if verdict.is_ready() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

// ANCHOR: wait
/// Prints every change, and returns the final verdict.
async fn wait_for(
    registry: &CheckRegistry,
    watches: &Watches,
    plan: Plan,
) -> Result<Verdict, Box<dyn Error>> {
    let mut wait = Wait::new(registry, watches, plan)?;
    let mut verdict = Mode::All.fold([]);
    while let Some(report) = wait.next().await {
        for target in report.targets.iter().filter(|target| target.is_news) {
            let reason = target.verdict.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
            writeln!(stdout(), "{} is {}{reason}", target.target, target.verdict.word())?;
        }
        verdict = report.verdict;
    }
    Ok(verdict)
}
// ANCHOR_END: wait
