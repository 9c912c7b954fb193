//! `copy PATH`: the client as a file in a shared volume.
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

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use support::{Client, client};

#[test]
fn the_copy_runs() {
    let volume = tempfile::tempdir().unwrap();
    let ended = client(&format!("copy {}", volume.path().display())).run().exits(0);
    let place = volume.path().join("k8s-wait-client");
    assert_eq!(ended.stdout, format!("copied to {}\n", place.display()));
    assert_eq!((ended.stderr.as_str(), ended.termination_log), ("", None));
    let mut version = Command::new(&place);
    version.arg("--version");
    assert!(Client::of(version).run().exits(0).stdout.starts_with("k8s-wait-client "));
}

#[test]
fn everybody_may_execute_it_whatever_the_umask() {
    let volume = tempfile::tempdir().unwrap();
    let place = volume.path().join("wait");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", r#"umask 077; exec "$0" copy "$1""#, env!("CARGO_BIN_EXE_k8s-wait-client")])
        .arg(&place);
    Client::of(shell).run().exits(0);
    assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o7777, 0o755);
}

#[test]
fn what_cannot_be_copied_to_is_exit_2_and_one_sentence() {
    for (line, part) in [
        ("copy /proc/wait", "/proc/wait"),
        ("copy /no/such/directory/wait", "/no/such/directory/wait"),
        ("copy", "copy takes one PATH"),
        ("copy /tmp/a /tmp/b", "copy takes one PATH"),
        ("copy /tmp -- app", "copy takes one PATH"),
    ] {
        let ended = client(line).run().exits(2);
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert_eq!(ended.termination_log, Some(ended.stderr));
    }
}
