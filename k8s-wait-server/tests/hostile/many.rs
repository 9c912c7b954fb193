//! Those who ask more than their share.

use crate::lonely;
use crate::support::{Server, read_to_end};
use k8s_wait_server::Limits;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

fn statuses(answers: &str) -> Vec<&str> {
    answers.match_indices("HTTP/1.1 ").filter_map(|(at, _)| answers.get(at + 9..at + 12)).collect()
}

async fn hurried() -> Server {
    lonely(Limits { requests_per_second: 20, ..Limits::default() }).await
}

/// So many questions in one breath, the last of which closes the connection.
fn pipeline(path: &str, count: usize) -> String {
    let last = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").repeat(count - 1) + &last
}

#[tokio::test(start_paused = true)]
async fn questions_in_one_breath_are_answered_in_order_up_to_the_limit() {
    let server = hurried().await;
    let answers = server.raw(pipeline("/v1/check", 100)).await;
    let statuses = statuses(&answers);
    assert_eq!(statuses.len(), 100);
    assert!(statuses[..20].iter().all(|status| *status == "400"), "{statuses:?}");
    assert!(statuses[20..].iter().all(|status| *status == "429"), "{statuses:?}");
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_that_of_an_address_and_not_of_a_connection() {
    let server = hurried().await;
    for _ in 0..20 {
        server.get("/v1/check").await.problem(400);
    }
    let refused = server.get("/v1/check").await;
    assert_eq!(refused.problem(429), "more than 20 requests in a second came from this address; try again");
    assert_eq!(refused.header("retry-after"), "1");
    for path in ["/v1/kinds", "/job/a/b", "/nowhere", "/livez/", "//livez", "/livez%20"] {
        server.get(path).await.problem(429);
    }
    // The kubelet's questions are answered whoever shares its address.
    for path in ["/livez", "/healthz"] {
        assert_eq!(server.get(path).await.status, 200);
    }
    sleep(Duration::from_secs(1)).await;
    server.get("/v1/check").await.problem(400);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_too_old_ends_with_a_refusal_too() {
    let limits = Limits {
        requests_per_second: 1,
        connection_age: Duration::from_secs(3600),
        read_timeout: Duration::from_secs(7200),
        ..Limits::default()
    };
    let server = lonely(limits).await;
    let mut stream = server.connect().await;
    sleep(Duration::from_secs(4000)).await;
    server.get("/v1/check").await.problem(400);
    stream.write_all(b"GET /v1/check HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("connection: close\r\n"), "{answer}");
}

#[tokio::test]
async fn there_may_be_no_limit() {
    let server = lonely(Limits { requests_per_second: 0, ..Limits::default() }).await;
    let answers = server.raw(pipeline("/livez", 2_000)).await;
    assert_eq!(statuses(&answers), ["200"; 2_000]);
}
