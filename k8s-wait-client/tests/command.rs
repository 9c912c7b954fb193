//! `-- COMMAND`: a ready wait becomes the command, and nothing else does.
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

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::{Duration, Instant};

use support::{Answer, Client, JOB, Stub, client, done, line, signal};

fn ready() -> Stub {
    Stub::new(|_, question| Answer::stream(&[done(question, "ready", "")]))
}

/// The client that waits quietly for a job and then becomes this.
fn becoming(stub: &Stub, command: &[&str]) -> Client {
    let mut client = client("job/migrate --quiet --").server(&stub.url());
    client.command.args(command);
    client
}

fn eventually(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(10), "it never came to pass");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_ready_wait_becomes_the_command_with_its_arguments_and_environment() {
    let stub = ready();
    let mut client = becoming(&stub, &["sh", "-c", r#"echo "$0 $# $COLOUR $K8S_WAIT_NAMESPACE"; exit 7"#]);
    client.command.arg("--quiet").arg(OsStr::from_bytes(b"\xff")).arg("--");
    let ended = client.env("COLOUR", "red").run().exits(7);
    assert_eq!(ended.stdout, "--quiet 2 red shop\n");
    assert_eq!((ended.stderr.as_str(), ended.termination_log), ("", None));
}

#[test]
fn a_wait_that_is_not_ready_does_not() {
    for (verdict, code) in [("failed", 3), ("pending", 1)] {
        let stub = Stub::new(move |_, question| Answer::stream(&[done(question, verdict, "JobRunning")]));
        let mut client = client("job/migrate --timeout 300ms -- echo became").server(&stub.url());
        client.command.env("PATH", "/usr/bin:/bin");
        let ended = client.run().exits(code);
        assert!(!ended.stdout.contains("became"), "{}", ended.stdout);
    }
}

#[test]
fn what_cannot_be_executed_has_a_shells_status_and_a_sentence() {
    for (program, code) in
        [("/no/such/program", 127), ("no-such-program", 127), ("/dev/null", 126), ("/tmp", 126)]
    {
        let ended = becoming(&ready(), &[program, "--flag"]).run().exits(code);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("{program:?} cannot be executed")), "{}", ended.stderr);
        assert_eq!(ended.termination_log, Some(ended.stderr));
    }
}

fn directly(command: &[&str]) -> String {
    let output = Command::new(command[0]).args(&command[1..]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The sets of signals, without those from 32 on, which libc has for itself.
fn signals(status: &str) -> Vec<(String, u64)> {
    let set = |line: &str| {
        let (name, bits) = line.split_once(":\t").unwrap();
        (name.to_owned(), u64::from_str_radix(bits, 16).unwrap() & 0x7fff_ffff)
    };
    status.lines().map(set).collect()
}

/// In a shell's background job SIGINT is ignored. The client listens to it there too, and so it is not ignored any more.
#[test]
fn the_command_starts_with_the_signals_of_one_that_was_started_directly() {
    let shown = ["env", "--default-signal=INT", "grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"];
    let ended = becoming(&ready(), &shown).run().exits(0);
    assert_eq!(signals(&ended.stdout), signals(&directly(&shown)));
}

#[test]
fn the_command_gets_the_signals() {
    let mut running = becoming(&ready(), &["sleep", "60"]).start();
    let pid = running.child.id();
    eventually(|| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap() == "sleep\n");
    signal("TERM", pid);
    // It is killed by the signal, as sleep is, and does not end with the client's 143.
    assert_eq!(running.child.wait().unwrap().signal(), Some(15));
}

#[test]
fn the_command_inherits_no_connection() {
    let shown = ["ls", "/proc/self/fd"];
    let ended = becoming(&ready(), &shown).run().exits(0);
    assert_eq!(ended.stdout, directly(&shown));
}

/// Nobody reads what it prints, so it is ready and hangs in saying so when the signal comes.
#[test]
fn a_signal_between_ready_and_the_command_is_not_lost() {
    let stub = Stub::new(|_, question| {
        let change = |n| line("status", "pending", &[(JOB, "pending", &format!("Reason{n}"))]);
        let mut lines: Vec<String> = (0..4000).map(change).collect();
        lines.push(done(question, "ready", ""));
        Answer::stream(&lines)
    });
    let mut client = client("job/migrate -- echo became").server(&stub.url());
    client.command.env("PATH", "/usr/bin:/bin");
    let running = client.start();
    let pid = running.child.id();
    let threads = || std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().count();
    eventually(|| !stub.questions().is_empty() && threads() > 2);
    // The thread that read the answer to its end has gone; those for signals and for printing are left.
    eventually(|| threads() == 2);
    signal("TERM", pid);
    let ended = running.end().exits(143);
    assert!(!ended.stdout.contains("became"), "{}", ended.stdout);
    assert!(ended.stderr.contains("stopped by SIGTERM before the command"), "{}", ended.stderr);
}
