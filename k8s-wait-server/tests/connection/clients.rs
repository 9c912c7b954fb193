//! Clients that are slow, leave early, or say much at once.

use crate::support::{Server, read_to_end, until};
use k8s_wait_server::Settings;
use k8s_wait_testkit::Api;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

/// A server with nothing behind it, for tests in which time is paused.
async fn lonely() -> Server {
    Server::at("http://127.0.0.1:1", Settings::default()).await
}

/// Sends these bytes and nothing more; what comes back until the server closes, and after how many seconds it does.
async fn silence_after(bytes: &str) -> (String, u64) {
    let server = lonely().await;
    let begun = Instant::now();
    let mut stream = server.connect().await;
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    (answer, begun.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn half_a_header_is_not_waited_for() {
    assert_eq!(silence_after("GET /livez HTTP/1.1\r\nhost: a\r\n").await, (String::new(), 10));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_is_closed() {
    assert_eq!(silence_after("").await, (String::new(), 10));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed() {
    let (answer, seconds) = silence_after("GET /livez HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(seconds, 10);
}

#[tokio::test(start_paused = true)]
async fn half_a_body_is_not_waited_for() {
    let head =
        "POST /v1/wait HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n";
    let (answer, seconds) = silence_after(&format!("{head}{{\"targ")).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    assert!(answer.contains("the body was not there within 10s"), "{answer}");
    assert_eq!(seconds, 10);
}

#[tokio::test(start_paused = true)]
async fn a_held_wait_is_not_taken_for_an_idle_connection() {
    let request = "GET /v1/wait?target=job/x&timeout=5m HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let server = lonely().await;
    let begun = Instant::now();
    let mut stream = server.connect().await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("ApiUnavailable"), "{answer}");
    assert_eq!(begun.elapsed().as_secs(), 300);
}

#[tokio::test]
async fn questions_in_one_breath_are_answered_in_order() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let answer = server
        .raw(
            "GET /livez HTTP/1.1\r\nhost: a\r\n\r\n\
             GET /v1/check?target=pod/x HTTP/1.1\r\nhost: a\r\n\r\n\
             GET /nowhere HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        )
        .await;
    let statuses: Vec<_> =
        answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "503", "404"], "{answer}");
}

/// Is every place of a server with one place taken?
async fn is_full(server: &Server) -> bool {
    let answer = server.get("/v1/wait?target=job/x&timeout=0").await;
    answer.header("content-type") == "application/problem+json"
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_place_at_once() {
    let api = Api::start().await.unwrap();
    let server = Server::with(&api, Settings { max_waiters: 1, ..Settings::default() }).await;
    for accept in ["application/json", "application/x-ndjson"] {
        let mut stream = server.connect().await;
        let request =
            format!("GET /v1/wait?target=job/x&timeout=1h HTTP/1.1\r\nhost: a\r\naccept: {accept}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        until(async || is_full(&server).await).await;
        let left = Instant::now();
        drop(stream);
        until(async || !is_full(&server).await).await;
        assert!(left.elapsed() < Duration::from_secs(5), "{accept}: {:?}", left.elapsed());
    }
}
