//! Processes that are measured: [`Started`], and [`resident`] of them and their descendants.

use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::HashMap;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use wait4::Wait4;

/// A process of a group of its own, which ends with this value.
pub(crate) struct Started {
    pub(crate) pid: u32,
    exit: oneshot::Receiver<io::Result<Exit>>,
    is_over: Arc<AtomicBool>,
}

/// How a process ended.
pub(crate) struct Exit {
    /// When `wait4` returned.
    pub(crate) at: Instant,
    /// Its CPU time with that of all children that it waited for, user and system.
    pub(crate) cpu: Duration,
    pub(crate) status: ExitStatus,
}

impl Started {
    /// Starts it without a terminal; a thread does nothing but wait for it.
    pub(crate) fn new(mut command: Command) -> io::Result<Self> {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.process_group(0).spawn()?;
        let (sender, exit) = oneshot::channel();
        let is_over = Arc::<AtomicBool>::default();
        let started = Self { pid: child.id(), exit, is_over: Arc::clone(&is_over) };
        std::thread::spawn(move || {
            let done = child.wait4();
            let at = Instant::now();
            is_over.store(true, Ordering::SeqCst);
            let exit =
                done.map(|done| Exit { at, cpu: done.rusage.utime + done.rusage.stime, status: done.status });
            // Whoever asked has gone, with the whole comparison.
            drop(sender.send(exit));
        });
        Ok(started)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    pub(crate) async fn exit(&mut self) -> io::Result<Exit> {
        (&mut self.exit).await.map_err(io::Error::other)?
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let group = i32::try_from(self.pid).ok().and_then(Pid::from_raw).filter(|_| !self.is_over());
        if let Some(group) = group {
            // An error says that it has ended meanwhile.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The CPU time of a process's threads so far, without those that have ended.
pub(crate) fn cpu(pid: u32) -> io::Result<Duration> {
    let mut total = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        total += text.split(' ').next().and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(total))
}

/// The KiB that each of these processes and its descendants have in memory now, as the kernel counts them: a page that
/// two of them share counts twice.
pub(crate) fn resident(roots: &[u32]) -> io::Result<Vec<u64>> {
    let parents = parents()?;
    let mut sums = vec![0; roots.len()];
    for &pid in parents.keys() {
        let ancestry = std::iter::successors(Some(pid), |pid| parents.get(pid).copied());
        let root = ancestry.take(64).find_map(|pid| roots.iter().position(|root| *root == pid));
        if let Some(sum) = root.and_then(|root| sums.get_mut(root)) {
            *sum += resident_alone(pid);
        }
    }
    Ok(sums)
}

/// The parent of each process.
fn parents() -> io::Result<HashMap<u32, u32>> {
    let mut parents = HashMap::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // It may have ended since.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // The name in parentheses may hold anything.
        let after = stat.rsplit_once(") ").map(|(_, fields)| fields);
        let parent = after.and_then(|fields| fields.split(' ').nth(1)).and_then(|field| field.parse().ok());
        parents.insert(pid, parent.unwrap_or(0));
    }
    Ok(parents)
}

fn resident_alone(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    field.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn the_cpu_of_children_is_the_parents() {
        let mut busy =
            Started::new(shell("sh -c 'i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done'; exit 3")).unwrap();
        let exit = busy.exit().await.unwrap();
        assert_eq!(exit.status.code(), Some(3));
        assert!(exit.cpu > Duration::from_millis(1), "{:?}", exit.cpu);
        assert!(busy.is_over());
    }

    #[tokio::test]
    async fn the_memory_of_children_is_the_parents_and_nobody_elses() {
        let idle = Started::new(shell("sleep 60 & sleep 60 & wait")).unwrap();
        // Until both children are what they become.
        while names_below(idle.pid) != 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let sums = resident(&[idle.pid, u32::MAX]).unwrap();
        assert!(sums[0] > resident_alone(idle.pid), "{sums:?}");
        assert_eq!(sums[1], 0);
    }

    fn names_below(root: u32) -> usize {
        let named = |pid: &u32| {
            std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "sleep\n")
        };
        parents().unwrap().iter().filter(|(pid, parent)| **parent == root && named(pid)).count()
    }
}
