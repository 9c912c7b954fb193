//! What the client takes: [`measure`].

use k8s_wait_benches::Failure;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// How often it is started.
const STARTS: usize = 300;

/// A client's size and start.
pub(crate) struct Client {
    pub(crate) bytes: u64,
    /// The most memory of one that waits, in KiB.
    pub(crate) peak_kib: u64,
    /// Milliseconds from start to exit of `--help`, the median.
    pub(crate) start_ms: f64,
    /// The same of a program that does nothing, for what starting alone takes.
    pub(crate) nothing_ms: f64,
}

/// `address` is that of a server on which the target becomes ready.
///
/// # Errors
///
/// When it cannot be started.
pub(crate) fn measure(client: &Path, server: &str, target: &str) -> Result<Client, Failure> {
    let mut asking = Command::new(client);
    asking
        .args(["--server", server, target])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let waited = asking.spawn()?.wait4()?;
    if !waited.status.success() {
        return Err(format!("{} ended with {}", client.display(), waited.status).into());
    }
    Ok(Client {
        bytes: std::fs::metadata(client)?.len(),
        peak_kib: waited.rusage.maxrss / 1024,
        start_ms: start(client)?,
        nothing_ms: start(Path::new("/bin/true"))?,
    })
}

fn start(program: &Path) -> Result<f64, Failure> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let mut command = Command::new(program);
        command.arg("--help").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let begin = Instant::now();
        command.status()?;
        times.push(begin.elapsed());
    }
    times.sort();
    Ok(times.get(STARTS / 2).map_or(f64::NAN, Duration::as_secs_f64) * 1000.0)
}
