//! The client in other tools' words: what it asks, what it prints, and how it ends.
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

use serde_json::{Value, json};
use support::{Answer, Stub, client, done, line, signal};

const WHEN_READY: &str = "--type=job --name=migrate --namespace=shop";

fn answering(verdict: &'static str, reason: &'static str) -> Stub {
    Stub::new(move |_, question| Answer::stream(&[done(question, verdict, reason)]))
}

#[test]
fn what_it_means_is_asked_and_said_once_at_the_start() {
    let stub = answering("ready", "");
    let waiting = client("pod-we -lapp=web -n other").server(&stub.url()).env("WAIT_TIME", "5");
    let ended = waiting.run().exits(0);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let native = "k8s-wait-client -n other --timeout 0 --any 'pod?selector=app=web' 'pod?selector=app=web&for=finished'";
    assert_eq!(lines[0], format!("   0.0s  native   {native}"));
    assert_eq!(lines[1], "   0.0s  note     WAIT_TIME=5 is of no use here: a change is told when it happens");
    assert!(lines[2].contains("start    waiting forever (no timeout) for any of 2 targets"), "{}", lines[2]);
    assert_eq!(ended.stdout.matches("native").count(), 1, "{}", ended.stdout);
    let question = &stub.questions()[0];
    let targets =
        ["pod?namespace=other&selector=app=web", "pod?namespace=other&selector=app=web&for=finished"];
    assert_eq!(question.targets(), targets);
    assert_eq!(question.body["mode"], "any");
}

#[test]
fn programs_are_told_in_an_object_of_its_own() {
    let stub = answering("ready", "");
    let ended = client("job migrate --output json").server(&stub.url()).run().exits(0);
    let events: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let command = "k8s-wait-client --timeout 0 --output json job/migrate";
    assert_eq!(events[0], json!({"event": "native", "command": command, "notes": [], "elapsed": 0.0}));
    assert_eq!(events[1]["event"], "start");
    let ended = client("job/migrate --output json").server(&stub.url()).run().exits(0);
    assert!(!ended.stdout.contains("native"), "our own words need no translation: {}", ended.stdout);
}

#[test]
fn quiet_is_quiet() {
    let stub = answering("ready", "");
    let ended = client("job migrate --quiet").server(&stub.url()).run().exits(0);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
}

#[test]
fn k8s_when_ready_has_its_own_exit_statuses() {
    let rows = [("ready", "", 0), ("failed", "BackoffLimitExceeded", 1), ("failed", "Forbidden", 2)];
    for (verdict, reason, code) in rows {
        let stub = answering(verdict, reason);
        let ended = client(&format!("{WHEN_READY} --output json")).server(&stub.url()).run().exits(code);
        let end: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
        assert_eq!(end["exit"], code, "what is said is what happens");
        assert_eq!(ended.termination_log.is_some(), code != 0);
    }
    let stub = Stub::new(|_, _| Answer::problem(403, "no"));
    client(WHEN_READY).server(&stub.url()).run().exits(2);
    let stub = Stub::new(|_, _| Answer::held(&[line("status", "pending", &[])]));
    client(&format!("{WHEN_READY} --timeout 0.3")).server(&stub.url()).run().exits(1);
    client("--type=job").server(&stub.url()).run().exits(2);
    let running = client(WHEN_READY).server(&stub.url()).start_waiting();
    signal("TERM", running.child.id());
    running.end().exits(143);
}

#[test]
fn the_words_of_others_may_end_in_a_command() {
    let stub = answering("ready", "");
    let ended = client("job migrate --quiet -- /bin/echo became").server(&stub.url()).run().exits(0);
    assert_eq!(ended.stdout, "became\n");
}

#[test]
fn what_is_not_clear_is_exit_2_before_anything_is_asked() {
    let stub = answering("ready", "");
    for words in ["job", "pod -n shop", "job a b", "--name=migrate"] {
        let ended = client(words).server(&stub.url()).run().exits(2);
        assert_eq!((ended.stdout.as_str(), ended.stderr.lines().count()), ("", 1), "{}", ended.stderr);
    }
    assert!(stub.questions().is_empty());
}
