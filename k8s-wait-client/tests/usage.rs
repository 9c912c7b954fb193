//! The real client's command line: what it prints, and what it refuses before it reaches any server.
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

use support::{Answer, Stub, client, done};

#[test]
fn help_and_version_are_exit_0() {
    let help = client("--help").run().exits(0);
    assert!(help.stdout.contains("Exit status: 0 ready, 1 timed out"), "{}", help.stdout);
    let version = client("--version").run().exits(0);
    assert_eq!(version.stdout, format!("k8s-wait-client {}\n", env!("CARGO_PKG_VERSION")));
    assert!(help.stderr.is_empty() && version.stderr.is_empty());
    assert_eq!(version.termination_log, None);
}

#[test]
fn bad_usage_is_one_sentence_exit_2_and_no_question() {
    let stub = Stub::new(|_, question| Answer::stream(&[done(question, "ready", "")]));
    let long = format!("job/{}", "x".repeat(10_000));
    let rows = [
        ("", "nothing to wait for"),
        ("job", "job"),
        ("job/migrate job/_", "job/_"),
        (&long, "4096"),
        ("pod?selector=a=b=c", "pod?selector=a=b=c"),
        ("job/migrate?fro=complete", "fro"),
        ("job/migrate --timeout soon", "--timeout"),
        ("tcp://db:5432?status=200", "status"),
        ("http://web/?for=open", "answered"),
        ("dns://db?timeout=0", "no time to probe"),
        ("job/migrate --", "nothing follows --"),
        ("--frob", "--frob"),
    ];
    for (line, part) in rows {
        let ended = client(line).server(&stub.url()).run().exits(2);
        assert!(ended.stderr.contains(part), "{line}: {}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.len() < 600, "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert_eq!(ended.termination_log, Some(ended.stderr));
    }
    assert!(stub.questions().is_empty());
}

#[test]
fn the_flag_for_the_termination_log_counts_even_then() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mine");
    client(&format!("--frob --termination-log={}", path.display())).run().exits(2);
    assert!(std::fs::read_to_string(&path).unwrap().contains("--frob"));
}

#[test]
fn variables_stand_in_for_flags() {
    let stub = Stub::new(|_, question| Answer::stream(&[done(question, "ready", "")]));
    let waiting = client("").server(&stub.url()).env("K8S_WAIT_TARGETS", "job/migrate\n  service/db");
    waiting.env("K8S_WAIT_ANY", "true").env("K8S_WAIT_TIMEOUT", "10s").run().exits(0);
    let body = &stub.questions()[0].body;
    assert_eq!((&body["mode"], &body["timeout"]), (&"any".into(), &"10s".into()));
    assert_eq!(body["targets"].as_array().unwrap().len(), 2);
}

#[test]
#[cfg(not(feature = "tls"))]
fn a_build_without_tls_says_which_has_it() {
    for line in ["job/migrate --server https://k8s-wait", "https://web/health", "job/migrate --ca-file /ca"] {
        let ended = client(line).run().exits(2);
        assert!(ended.stderr.contains("use the image whose tag ends in -tls"), "{}", ended.stderr);
    }
}
