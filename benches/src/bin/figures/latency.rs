//! From a PATCH until a waiter has gone: a ratio, as the program compare measures it.

use k8s_wait_benches::Failure;
use k8s_wait_benches::program::{beside, distributed};
use serde_json::Value;
use std::process::Stdio;
use tokio::process::Command;

/// Enough for a median that stays.
const ROUNDS: &str = "20";

/// Milliseconds, the medians of one run.
pub(crate) struct Latency {
    pub(crate) ours: f64,
    pub(crate) kubectl: f64,
    /// From the PATCH to its event in a watch that is read by itself: nobody can be quicker.
    pub(crate) floor: f64,
}

/// Our client and `kubectl wait` in turn, against the testkit: figures of one machine are not those of anybody's cluster.
///
/// # Errors
///
/// Where one of them is missing.
pub(crate) async fn measure() -> Result<Latency, Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("compared");
    let mut compare = Command::new(beside("compare", "k8s-wait-benches")?);
    compare.arg("--client").arg(distributed("k8s-wait-client")?);
    compare.arg("--server").arg(distributed("k8s-wait-server")?);
    compare
        .env_remove("KUBECONFIG")
        .args(["--rounds", ROUNDS, "--held", "1", "--json"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if !compare.status().await?.success() {
        return Err(
            "the comparison failed; `cargo run --release -p k8s-wait-benches --bin compare` says why".into(),
        );
    }
    let text = std::fs::read_to_string(&file)?;
    let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let median = |line: &Value| line.pointer("/latency/sent_ms/median").and_then(Value::as_f64);
    let of = |what: &str, name: &str| {
        let text =
            |line: &Value, key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_it = |line: &&Value| text(line, "what") == what && text(line, "name").starts_with(name);
        lines.iter().find(is_it).and_then(median).ok_or(format!("{name} is not here"))
    };
    Ok(Latency {
        ours: of("waiter", "k8s-wait-client")?,
        kubectl: of("waiter", "kubectl wait")?,
        floor: of("floor", "")?,
    })
}
