//! SIGTERM and SIGINT end the real client at once, also where it is process 1.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests may, and are no API"
)]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use support::{Answer, Client, Ended, JOB, Running, Stub, client, eventually, line, signal};

fn silent() -> Stub {
    Stub::new(|_, _| Answer::held(&[line("status", "pending", &[(JOB, "pending", "JobRunning")])]))
}

fn end_at_once(running: Running, name: &str, pid: u32) -> Ended {
    let sent = Instant::now();
    signal(name, pid);
    let ended = running.end();
    assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
    ended
}

#[test]
fn a_signal_ends_it_at_once_and_leaves_the_reasons() {
    for (name, code) in [("TERM", 143), ("INT", 130)] {
        let stub = silent();
        let running = client("job/migrate").server(&stub.url()).start_waiting();
        let pid = running.child.id();
        let ended = end_at_once(running, name, pid).exits(code).says(&[&format!("stopped by SIG{name}")]);
        let log = ended.termination_log.unwrap();
        assert!(log.contains(&format!("SIG{name}")) && log.contains(JOB), "{log}");
    }
}

#[test]
fn it_need_not_have_reached_a_server() {
    let running = client("job/migrate").server("http://127.0.0.1:1").start_waiting();
    let pid = running.child.id();
    end_at_once(running, "TERM", pid).exits(143);
}

/// Nobody reads what it prints, so it hangs in printing: the first signal has to wait for that, the second does not.
#[test]
fn a_second_signal_ends_it_whatever_it_hangs_in() {
    let stub = Stub::new(|_, _| {
        let changes =
            (0..4000).map(|n| line("status", "pending", &[(JOB, "pending", &format!("Reason{n}"))]));
        Answer::held(&changes.collect::<Vec<_>>())
    });
    let mut running = client("job/migrate").server(&stub.url()).start();
    let pid = running.child.id();
    eventually(|| written(pid) > 60_000);
    signal("TERM", pid);
    // Signals that come in too fast are one to the kernel, hence not exactly two.
    eventually(|| {
        signal("TERM", pid);
        running.child.try_wait().unwrap().is_some()
    });
    assert_eq!(running.child.wait().unwrap().code(), Some(143));
}

/// How many bytes the process has written. A pipe holds 65,536 of them.
fn written(pid: u32) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap();
    io.lines().find_map(|line| line.strip_prefix("wchar: ")).unwrap().parse().unwrap()
}

/// The kernel delivers no signal to process 1 that it does not handle, and a container's process is number 1.
#[test]
fn it_obeys_as_process_1() {
    if !Command::new("unshare")
        .args(["--pid", "--fork", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        println!("skipped: this user may not make a PID namespace");
        return;
    }
    let stub = silent();
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--kill-child", env!("CARGO_BIN_EXE_k8s-wait-client"), "job/migrate"]);
    let running = Client::of(command).server(&stub.url()).start_waiting();
    let inner = only_child(running.child.id());
    let inside = std::fs::read_to_string(format!("/proc/{inner}/status")).unwrap();
    let ids = inside.lines().find(|line| line.starts_with("NSpid:")).unwrap();
    assert!(ids.ends_with("\t1"), "it is process 1: {ids}");
    end_at_once(running, "TERM", inner).exits(143);
}

fn only_child(pid: u32) -> u32 {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.trim().parse().unwrap()
}
