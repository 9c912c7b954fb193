//! What many objects take: [`measure`].

use super::median;
use crate::Failure;
use crate::fed::Pods;
use crate::plenty::Plenty;
use crate::stage::Stage;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;
use tokio::time::sleep;

/// Until memory has come to rest.
const SETTLE: Duration = Duration::from_secs(1);

/// What it takes to watch so many pods.
#[derive(Clone, Debug)]
pub struct Cached {
    /// How many.
    pub pods: usize,
    /// In how many namespaces.
    pub namespaces: usize,
    /// The size of each in the list, in bytes.
    pub bytes_each: usize,
    /// KiB in memory before anybody asked.
    pub idle_kib: u64,
    /// KiB in memory with all of them cached.
    pub held_kib: u64,
    /// The most in between, in KiB.
    pub peak_kib: u64,
    /// From starting the server until it took a connection.
    pub accepted: Duration,
    /// From the first question until its answer, the median of the runs.
    pub verdict: f64,
    /// curl over the same list, streamed, to nowhere: the median of the runs.
    pub curl: f64,
}

impl Cached {
    /// Bytes of memory for each pod.
    pub fn each(&self) -> f64 {
        self.over_idle(self.held_kib) / self.pods as f64
    }

    /// The most bytes of memory for each pod.
    pub fn peak_each(&self) -> f64 {
        self.over_idle(self.peak_kib) / self.pods as f64
    }

    fn over_idle(&self, kib: u64) -> f64 {
        kib.saturating_sub(self.idle_kib) as f64 * 1024.0
    }
}

/// Asks a server that has watched nothing yet for one of so many pods. Each run has a server of its own, after curl's turn.
///
/// # Errors
///
/// When curl or the server fails.
pub async fn measure(pods: usize, namespaces: usize, runs: usize) -> Result<Cached, Failure> {
    let api = Plenty::start(pods, namespaces).await?;
    let folder = tempfile::tempdir()?;
    let kubeconfig = folder.path().join("kubeconfig");
    api.write_kubeconfig(&kubeconfig)?;
    let (namespace, name) = Pods::new(namespaces).key(pods / 2);
    let question = format!("/v1/wait?timeout=5m&target=pod/{namespace}/{name}");
    let (mut verdicts, mut curls, mut last) = (Vec::new(), Vec::new(), None);
    for _ in 0..runs.max(1) {
        curls.push(curl(&api.list()).await?);
        let stage = Stage::with_kubeconfig(&kubeconfig).await?;
        sleep(SETTLE).await;
        let (idle, begin) = (stage.program.resident_kib()?, Instant::now());
        let answer = stage.get(&question).await?;
        verdicts.push(begin.elapsed().as_secs_f64());
        if !answer.contains(r#""verdict":"ready""#) {
            return Err(answer.into());
        }
        sleep(SETTLE).await;
        last = Some((idle, stage.program.resident_kib()?, stage.program.peak_kib()?, stage.accepted));
    }
    let (idle_kib, held_kib, peak_kib, accepted) = last.ok_or("no run")?;
    let (verdict, curl) = (median(verdicts), median(curls));
    let bytes_each = api.bytes_each;
    Ok(Cached { pods, namespaces, bytes_each, idle_kib, held_kib, peak_kib, accepted, verdict, curl })
}

async fn curl(url: &str) -> Result<f64, Failure> {
    let begin = Instant::now();
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail", "--output", "/dev/null", url]).stdin(Stdio::null());
    let status = curl.status().await.map_err(|error| format!("curl: {error}"))?;
    match status.success() {
        true => Ok(begin.elapsed().as_secs_f64()),
        false => Err(format!("curl ended with {status}").into()),
    }
}
