//! `--token-file`, and the token by which the server knows a wait again.
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

use serde_json::json;
use std::fs;
use support::{Answer, JOB, Question, Stub, client, done, line};

fn bearer(question: &Question) -> Option<&str> {
    question.head.lines().find_map(|line| line.strip_prefix("authorization: "))
}

#[test]
fn the_token_is_what_the_file_holds_at_each_question_and_shown_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    fs::write(&path, "first-secret\n").unwrap();
    let replaced = path.clone();
    let stub = Stub::new(move |asked, question| {
        fs::write(&replaced, "second-secret\n").unwrap();
        match asked {
            0 => Answer::plain(503, "text/plain", "retry-after: 0\r\n", "later"),
            _ => Answer::stream(&[done(question, "ready", "")]),
        }
    });
    let waiting = client(&format!("job/migrate --token-file {}", path.display())).server(&stub.url());
    let ended = waiting.env("RUST_LOG", "trace").run().exits(0);
    let questions = stub.questions();
    let sent: Vec<_> = questions.iter().map(bearer).collect();
    assert_eq!(sent, [Some("bearer first-secret"), Some("bearer second-secret")]);
    assert!(ended.stderr.contains("/v1/wait"), "it is logged what is asked: {}", ended.stderr);
    assert!(!(ended.stdout + &ended.stderr).contains("secret"));
}

#[test]
fn a_token_that_cannot_be_read_is_exit_2_at_the_start_and_a_reason_to_wait_later() {
    let stub = Stub::new(|_, question| Answer::stream(&[done(question, "ready", "")]));
    let ended = client("job/migrate --token-file /no/such/token").server(&stub.url()).run().exits(2);
    assert!(
        ended.stderr.contains("--token-file: the token file /no/such/token cannot be read"),
        "{}",
        ended.stderr
    );
    assert!(stub.questions().is_empty());

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    fs::write(&path, "secret").unwrap();
    let gone = path.clone();
    let stub = Stub::new(move |_, _| {
        let _ = fs::remove_file(&gone);
        Answer::plain(503, "text/plain", "retry-after: 0\r\n", "later")
    });
    let waiting = client("job/migrate --timeout 1s").server(&stub.url());
    let ended = waiting.env("K8S_WAIT_TOKEN_FILE", path.to_str().unwrap()).run().exits(1);
    assert_eq!(stub.questions().len(), 1, "without the token nothing is asked");
    ended.says(&["cannot be asked: TokenNotRead", path.to_str().unwrap()]);
}

#[test]
fn without_a_file_no_token_is_sent() {
    let stub = Stub::new(|_, question| Answer::stream(&[done(question, "ready", "")]));
    client("job/migrate").server(&stub.url()).run().exits(0);
    assert_eq!(bearer(&stub.questions()[0]), None);
}

#[test]
fn the_latest_token_of_a_wait_goes_back_with_the_next_question() {
    let with = |line: String, token: &str| {
        let mut line: serde_json::Value = serde_json::from_str(&line).unwrap();
        line["token"] = json!(token);
        line.to_string()
    };
    let pending = line("status", "pending", &[(JOB, "pending", "JobRunning")]);
    let (first, second) = (with(pending.clone(), "one"), with(pending.clone(), "t w/o&?"));
    let third = with(pending.clone(), "three");
    let stub = Stub::new(move |asked, question| match asked {
        0 => Answer::cut(&[first.clone(), second.clone(), pending.clone()]),
        1 => Answer::plain(503, "application/json", "retry-after: 0\r\n", &third),
        _ => Answer::stream(&[done(question, "ready", "")]),
    });
    client("job/migrate").server(&stub.url()).run().exits(0);
    let questions = stub.questions();
    let tokens: Vec<_> = questions.iter().map(|question| question.body.get("token")).collect();
    assert_eq!(tokens, [None, Some(&json!("t w/o&?")), Some(&json!("three"))]);
    let first = &questions[0];
    assert!(first.head.starts_with("post /v1/wait http/1.1\r\n"), "{}", first.head);
}
