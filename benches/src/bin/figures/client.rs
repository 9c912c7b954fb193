//! What the client takes: [`measure`].

use k8s_wait_benches::Failure;
use k8s_wait_benches::program::Program;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Long after its first answer.
const WAITED: Duration = Duration::from_secs(1);
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

/// `target` is one that does not become ready on this server.
///
/// # Errors
///
/// When it cannot be started, or does not wait.
pub(crate) fn measure(client: &Path, server: &str, target: &str) -> Result<Client, Failure> {
    let mut asking = Command::new(client);
    asking.args(["--server", server, target]);
    let asking = Program::start(asking)?;
    // What the kernel adds up until its end would begin with the memory of this program, of which it was a copy at first.
    std::thread::sleep(WAITED);
    Ok(Client {
        bytes: std::fs::metadata(client)?.len(),
        peak_kib: asking.peak_kib()?,
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
