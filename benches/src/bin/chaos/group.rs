//! Processes that end with this one, however it ends: [`Group`] and the [`Daemon`]s in it.

use k8s_wait_benches::Failure;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// A shell that leads the group and waits on a pipe that we hold. Its end, which also a program that was killed cannot
/// avoid, ends everybody. Ctrl-C must not end the shell first.
const LEADER: &str = r#"trap '' INT HUP TERM; read -r _; kill -s KILL -- "-$$""#;
/// How long a process may take until it answers, or until it has ended, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(90);

/// A process group. It and all its members are killed when it is dropped, and when this process ends.
pub(crate) struct Group {
    leader: std::process::Child,
    id: i32,
    /// Removed when nobody writes to it any more.
    folder: TempDir,
}

impl Group {
    /// An empty one.
    pub(crate) fn new() -> Result<Arc<Self>, Failure> {
        use std::os::unix::process::CommandExt;
        let mut shell = std::process::Command::new("sh");
        let leader = shell.args(["-c", LEADER]).stdin(Stdio::piped()).process_group(0).spawn()?;
        let id = i32::try_from(leader.id())?;
        let folder = tempfile::Builder::new().prefix("k8s-wait-chaos-").tempdir()?;
        Ok(Arc::new(Self { leader, id, folder }))
    }

    /// Where its members put what they write. It goes with the group.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whoever this command starts is a member, and writes to the end of `log`.
    pub(crate) fn member(&self, command: impl Into<Command>, log: &Path) -> io::Result<Command> {
        let mut command = command.into();
        let log = File::options().create(true).append(true).open(log)?;
        command.process_group(self.id).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(command)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The end of the pipe.
        drop(self.leader.stdin.take());
        let _ = self.leader.wait();
    }
}

/// A program that is killed, stopped and started again.
pub(crate) struct Daemon {
    name: &'static str,
    log: PathBuf,
    command: Command,
    child: Child,
}

impl Daemon {
    /// Starts it.
    pub(crate) fn start(
        group: &Group,
        name: &'static str,
        command: std::process::Command,
        log: PathBuf,
    ) -> io::Result<Self> {
        let mut command = group.member(command, &log)?;
        let child = command.spawn()?;
        Ok(Self { name, log, command, child })
    }

    /// Starts it again after its end.
    pub(crate) fn start_again(&mut self) -> io::Result<()> {
        self.child = self.command.spawn()?;
        Ok(())
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        send(&self.child, signal)
    }

    /// Sends it a signal that ends it, and waits for that.
    pub(crate) async fn end(&mut self, signal: Signal) -> Result<ExitStatus, Failure> {
        self.signal(signal)?;
        Ok(timeout(PATIENCE, self.child.wait()).await??)
    }

    /// Its process, as long as it runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until `probe` says that it answers.
    pub(crate) async fn until<F: Future<Output = bool>>(&self, probe: impl Fn() -> F) -> Result<(), Failure> {
        let begin = Instant::now();
        while !probe().await {
            if begin.elapsed() > PATIENCE {
                return Err(
                    format!("{} did not answer within {PATIENCE:?}: {}", self.name, self.tail()).into()
                );
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    fn tail(&self) -> String {
        tail(&self.log, 5)
    }
}

/// Sends a signal to a process that was not waited for, so that its number is still its own.
pub(crate) fn send(child: &Child, signal: Signal) -> io::Result<()> {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    // One that has ended by itself needs no signal.
    pid.map_or(Ok(()), |pid| Ok(kill_process(pid, signal)?))
}

/// The last lines of a log.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let from = text.lines().count().saturating_sub(lines);
    text.lines().skip(from).collect::<Vec<_>>().join("\n")
}
