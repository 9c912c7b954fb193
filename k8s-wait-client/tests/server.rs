//! The real client against a server made of sockets: every answer there is, and every way to give none.
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

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Answer, DB, JOB, Stub, client, done, line};

#[test]
fn ready_is_exit_0_with_a_line_for_each_change() {
    let stub = Stub::new(|_, question| {
        Answer::stream(&[
            line("status", "pending", &[(JOB, "pending", "JobRunning"), (DB, "pending", "NoEndpoints")]),
            r#"{"event":"heartbeat"}"#.to_owned(),
            line("status", "pending", &[(JOB, "pending", "JobRunning"), (DB, "ready", "")]),
            done(question, "ready", ""),
        ])
    });
    let ended = client("job/migrate service/db").server(&stub.url()).run().exits(0);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{}", ended.stdout);
    assert!(lines[0].contains("all of 2 targets, namespace shop, server http://127.0.0.1:"), "{}", lines[0]);
    assert!(
        lines[1].contains("pending  job/shop/migrate  JobRunning: job/shop/migrate because"),
        "{}",
        lines[1]
    );
    assert!(lines[3].contains("ready    service/shop/db"), "{}", lines[3]);
    assert!(lines[5].contains("ready    all 2 targets are ready"), "{}", lines[5]);
    assert_eq!((ended.stderr.as_str(), ended.termination_log), ("", None));
}

#[test]
fn the_question_is_what_the_server_takes() {
    let stub = Stub::new(|_, question| Answer::stream(&[done(question, "ready", "")]));
    client("job/migrate pod/other/web?for=exists --timeout 90s --any").server(&stub.url()).run().exits(0);
    let question = &stub.questions()[0];
    assert!(question.head.starts_with("post /v1/wait http/1.1\r\n"), "{}", question.head);
    assert!(question.head.contains("\r\naccept: application/x-ndjson\r\n"), "{}", question.head);
    assert!(question.head.contains("\r\ncontent-type: application/json\r\n"), "{}", question.head);
    assert_eq!(
        question.body,
        json!({"targets": [JOB, "pod/other/web?for=exists"], "namespace": "shop", "mode": "any", "timeout": "1m30s"})
    );
}

#[test]
fn what_failed_for_good_has_the_status_of_its_reason() {
    for (reason, code) in
        [("BackoffLimitExceeded", 3), ("Forbidden", 4), ("NamespaceNotWatched", 4), ("TimedOut", 1)]
    {
        let stub = Stub::new(move |_, question| Answer::stream(&[done(question, "failed", reason)]));
        let ended =
            client("job/migrate").server(&stub.url()).run().exits(code).says(&["not ready", JOB, reason]);
        let log = ended.termination_log.unwrap();
        assert!(log.contains(&format!("{JOB}: {reason}: {JOB} because {reason}")), "{log}");
    }
}

#[test]
fn a_timeout_is_exit_1_and_names_the_reason() {
    let stub =
        Stub::new(|_, _| Answer::held(&[line("status", "pending", &[(JOB, "pending", "JobRunning")])]));
    let ended = client("job/migrate --timeout 300ms").server(&stub.url()).run().exits(1);
    let ended = ended.says(&["timed out", "1 of 1 target not ready"]).says(&["not ready", JOB, "JobRunning"]);
    assert!(ended.took < Duration::from_secs(3), "{:?}", ended.took);
}

#[test]
fn a_server_that_comes_later_is_waited_for() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let running = client("job/migrate").server(&format!("http://{address}")).start_waiting();
    thread::sleep(Duration::from_millis(300));
    let _stub = Stub::at(&address.to_string(), |_, question| Answer::stream(&[done(question, "ready", "")]));
    let ended = running.end().exits(0).says(&["cannot be asked: ConnectionRefused"]).says(&["answers again"]);
    assert_eq!(ended.stdout.matches("cannot be asked").count(), 1, "{}", ended.stdout);
}

#[test]
fn a_server_that_never_comes_is_a_timeout_with_its_reason() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = client("job/migrate --timeout 500ms").server(&format!("http://{address}")).run().exits(1);
    assert!(ended.termination_log.as_ref().unwrap().contains("ConnectionRefused"));
    ended.says(&["not ready", JOB, "ConnectionRefused"]);
}

#[test]
fn trouble_on_the_way_is_tried_again_until_it_passes() {
    type Trouble = fn(&str) -> Answer;
    let mesh = "<html>no healthy upstream</html>";
    let rows: [(&str, Trouble); 13] = [
        ("ServerBusy", |_| Answer::plain(503, "text/plain", "retry-after: 0\r\n", "no healthy upstream")),
        ("ServerBusy", |_| Answer::problem(429, "too many waiters")),
        ("ServerError", |_| Answer::plain(500, "", "", "")),
        ("NotAServer", |mesh| Answer::plain(404, "text/html", "", mesh)),
        ("NotAServer", |mesh| Answer::plain(200, "text/html", "", mesh)),
        ("NotAServer", |_| Answer::plain(400, "text/plain", "", "this port speaks https")),
        ("NotAServer", |_| Answer::plain(302, "text/html", "location: http://127.0.0.1:1/\r\n", "")),
        ("BrokenAnswer", |_| Answer::stream(&["<html>".to_owned()])),
        ("BrokenAnswer", |_| {
            Answer::stream(&[r#"{"event":"done","verdict":"ready","targets":[]}"#.to_owned()])
        }),
        ("BrokenAnswer", |_| Answer::stream(&[line("done", "ready", &[(JOB, "pending", "Liar")])])),
        // A stream that ends too early is followed silently once, because that is how a server leaves.
        ("", |_| Answer::cut(&[line("status", "ready", &[(JOB, "ready", "")])])),
        ("", |_| Answer::stream(&[])),
        ("", |_| {
            let line = line("done", "ready", &[(JOB, "ready", "")]);
            Answer::cut(&[line[..line.len() - 1].to_owned()])
        }),
    ];
    for (number, (reason, trouble)) in rows.into_iter().enumerate() {
        let stub = Stub::new(move |asked, question| match asked {
            0 => trouble(mesh),
            _ => Answer::stream(&[done(question, "ready", "")]),
        });
        let ended = client("job/migrate").server(&stub.url()).run().exits(0);
        assert_eq!(stub.questions().len(), 2, "row {number}");
        // The last row's line has no end and reads as garbage, which is told; it is never believed.
        if !reason.is_empty() {
            ended.says(&["cannot be asked", reason]);
        }
    }
}

#[test]
fn a_mesh_that_stays_is_a_timeout_that_says_what_answers() {
    let stub = Stub::new(|_, _| Answer::plain(404, "text/html", "", "no route"));
    let ended = client("job/migrate --timeout 400ms").server(&stub.url()).run().exits(1);
    ended.says(&["what answers there is not k8s-wait-server: HTTP 404"]);
}

#[test]
fn a_503_that_says_pending_is_an_answer() {
    let stub = Stub::new(|asked, question| match asked {
        0 => {
            let body = line("", "pending", &[(JOB, "pending", "NotFound")]);
            Answer::plain(503, "application/json", "retry-after: 0\r\n", &body)
        }
        _ => Answer::stream(&[done(question, "ready", "")]),
    });
    let ended = client("job/migrate").server(&stub.url()).run().exits(0).says(&["pending", JOB, "NotFound"]);
    assert!(!ended.stdout.contains("cannot be asked"), "{}", ended.stdout);
}

#[test]
fn a_question_that_the_server_rejects_is_exit_2() {
    for status in [400, 404, 413] {
        let stub = Stub::new(move |_, _| Answer::problem(status, "kind \"jobb\" is unknown"));
        let ended = client("jobb/migrate").server(&stub.url()).run().exits(2);
        assert!(ended.termination_log.as_ref().unwrap().contains("kind \"jobb\" is unknown"));
        ended.says(&["rejects", "kind \"jobb\" is unknown"]);
        assert_eq!(stub.questions().len(), 1);
    }
}

#[test]
fn a_refusal_is_exit_4() {
    let rows: [fn() -> Answer; 3] = [
        || Answer::problem(401, "token is missing"),
        || Answer::problem(403, "token is missing"),
        || Answer::plain(403, "text/plain", "", "RBAC: token is missing"),
    ];
    for answer in rows {
        let stub = Stub::new(move |_, _| answer());
        client("job/migrate").server(&stub.url()).run().exits(4).says(&["refuses", "token is missing"]);
    }
}

#[test]
fn a_cut_stream_goes_on_with_what_is_left_of_the_timeouts() {
    let stub = Stub::new(|asked, question| match asked {
        0 => {
            thread::sleep(Duration::from_millis(1100));
            Answer::cut(&[line("status", "pending", &[(&question.targets()[0], "pending", "JobRunning")])])
        }
        _ => Answer::stream(&[done(question, "ready", "")]),
    });
    client("job/migrate?timeout=30s --timeout 1m").server(&stub.url()).run().exits(0);
    let questions = stub.questions();
    assert_eq!(questions[0].targets(), [format!("{JOB}?timeout=30s")]);
    assert_eq!(questions[0].body["timeout"], "1m");
    let again = &questions[1];
    assert!(again.targets()[0].starts_with(&format!("{JOB}?timeout=28s")), "{:?}", again.targets());
    assert_eq!(again.body["timeout"], "59s");
}

#[test]
fn any_is_content_with_one() {
    let stub = Stub::new(|_, _| {
        Answer::stream(&[line("done", "ready", &[(JOB, "ready", ""), (DB, "pending", "NoEndpoints")])])
    });
    client("job/migrate service/db --any")
        .server(&stub.url())
        .run()
        .exits(0)
        .says(&["one of 2 targets is ready"]);
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let stub = Stub::new(|_, question| Answer::stream(&[done(question, "ready", "")]));
    let mut waiting = client("job/migrate --timeout 5s").server(&stub.url());
    for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy", "https_proxy"] {
        waiting = waiting.env(name, "http://127.0.0.1:1");
    }
    waiting.run().exits(0);
}

#[test]
fn json_output_is_one_object_a_line() {
    let stub = Stub::new(|asked, question| match asked {
        0 => Answer::plain(500, "", "", ""),
        _ => Answer::stream(&[
            line("status", "pending", &[(JOB, "pending", "JobRunning")]),
            done(question, "failed", "BackoffLimitExceeded"),
        ]),
    });
    let ended = client("job/migrate --output json").server(&stub.url()).run().exits(3);
    let events: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["start", "unreachable", "reachable", "status", "status", "end"]);
    assert!(events.iter().all(|event| event["elapsed"].is_number()));
    assert_eq!((&events[3]["target"], &events[3]["reason"]), (&json!(JOB), &json!("JobRunning")));
    let end = &events[5];
    assert_eq!((&end["verdict"], &end["exit"]), (&json!("failed"), &json!(3)));
    assert_eq!(end["targets"][0]["reason"], "BackoffLimitExceeded");
}

#[test]
fn quiet_says_on_stderr_what_was_not_ready_and_nothing_else() {
    let stub = Stub::new(|_, question| Answer::stream(&[done(question, "failed", "BackoffLimitExceeded")]));
    let ended = client("job/migrate --quiet").server(&stub.url()).run().exits(3);
    assert_eq!(ended.stdout, "");
    let line = format!("not ready  {JOB}  BackoffLimitExceeded: {JOB} because BackoffLimitExceeded\n");
    assert_eq!(ended.stderr, line);
    let stub = Stub::new(|_, question| Answer::stream(&[done(question, "ready", "")]));
    let ended = client("job/migrate --quiet").server(&stub.url()).run().exits(0);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
}

#[test]
fn a_reader_that_goes_away_does_not_end_the_wait() {
    let stub = Stub::new(|asked, question| match asked {
        0 => Answer::plain(500, "", "", ""),
        _ => Answer::stream(&[done(question, "ready", "")]),
    });
    let mut running = client("job/migrate").server(&stub.url()).start();
    drop(running.child.stdout.take());
    running.end().exits(0);
}

#[test]
fn the_log_is_for_whoever_asks_for_it() {
    let stub = Stub::new(|_, question| Answer::stream(&[done(question, "ready", "")]));
    let ended =
        client("job/migrate").server(&stub.url()).env("RUST_LOG", "k8s_wait_client=debug").run().exits(0);
    assert!(ended.stderr.contains("/v1/wait"), "{}", ended.stderr);
}
