//! A program that is measured from outside: [`Program`].

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The unit of CPU times in `/proc/PID/stat`: 100 a second on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);

/// A running program, which ends with this value.
#[derive(Debug)]
pub struct Program(Child);

impl Program {
    /// Starts it without a terminal.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(Self)
    }

    /// The memory that it holds now, in KiB, as the kernel counts it.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn resident_kib(&self) -> io::Result<u64> {
        self.status("VmRSS:")
    }

    /// The most that it has held since it was started, in KiB.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn peak_kib(&self) -> io::Result<u64> {
        self.status("VmHWM:")
    }

    /// Its CPU time so far, user and system, in steps of 10 ms.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn cpu(&self) -> io::Result<Duration> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // The name in parentheses may hold anything; utime and stime are the 12th and 13th fields after it.
        let fields = text.rsplit_once(") ").map_or("", |(_, fields)| fields);
        let ticks = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u32>().ok());
        Ok(TICK * ticks.sum::<u32>())
    }

    /// How many files it has open; connections are files.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn files(&self) -> io::Result<usize> {
        self.entries("fd")
    }

    /// How many threads it has.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn threads(&self) -> io::Result<usize> {
        self.entries("task")
    }

    fn entries(&self, folder: &str) -> io::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/{folder}", self.0.id()))?.count())
    }

    fn status(&self, name: &str) -> io::Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
        value.and_then(|value| value.parse().ok()).ok_or_else(|| io::Error::other(format!("no {name}")))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Errors say that it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port of this machine that nobody listens on.
///
/// # Errors
///
/// When there is none.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// A program that was built beside this one.
///
/// # Errors
///
/// When it is not there; tells how to build it.
pub fn beside(name: &str, package: &str) -> io::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let path = here.parent().unwrap_or(Path::new(".")).join(name);
    match path.is_file() {
        true => Ok(path),
        false => Err(io::Error::other(format!(
            "there is no {}: `cargo build --release -p {package}`",
            path.display()
        ))),
    }
}

/// A binary as it is shipped, for this machine's architecture.
///
/// # Errors
///
/// When it is not there; tells how to build it.
pub fn distributed(name: &str) -> io::Result<PathBuf> {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let here = std::env::current_exe()?;
    let target = here.ancestors().nth(2).unwrap_or(Path::new("."));
    let path = target.join("dist/bin").join(architecture).join(name);
    match path.is_file() {
        true => Ok(path),
        false => Err(io::Error::other(format!("there is no {}: `cargo xtask dist`", path.display()))),
    }
}

/// Runs cargo, which tells on standard error what it does. It builds quickly what has not changed.
///
/// # Errors
///
/// When cargo fails.
pub fn cargo(arguments: &[&str]) -> io::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    match Command::new(cargo).args(arguments).stdout(io::stderr()).status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("cargo {} failed", arguments.join(" ")))),
    }
}
