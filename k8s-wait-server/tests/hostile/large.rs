//! Those who send more than is taken.

use crate::support::{JSON, Server, asks};
use crate::{limited, lonely};
use k8s_wait_server::Limits;
use k8s_wait_testkit::Api;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CLOSE: &str = "host: a\r\nconnection: close\r\n\r\n";

/// What is answered to a header with a field of so many bytes.
async fn with_field(server: &Server, bytes: usize) -> String {
    server.raw(format!("GET /livez HTTP/1.1\r\na: {}\r\n{CLOSE}", "x".repeat(bytes))).await
}

#[tokio::test]
async fn a_header_is_as_long_as_the_flag_says() {
    // It is read in pieces and counted after each.
    for header_bytes in [8 * 1024, 16 * 1024, 100 * 1024] {
        let server = lonely(Limits { header_bytes, ..Limits::default() }).await;
        let (below, above) = (header_bytes - 100, 2 * header_bytes);
        assert!(with_field(&server, below).await.starts_with("HTTP/1.1 200 "), "{below}");
        let answer = with_field(&server, above).await;
        // What has not been read when it closes makes the answer get lost with some clients.
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{above}: {answer}");
    }
}

#[tokio::test]
async fn a_header_without_an_end_is_not_read_to_the_end() {
    let server = lonely(Limits::default()).await;
    let (mut read, mut write) = server.connect().await.into_split();
    write.write_all(b"GET /livez HTTP/1.1\r\na: ").await.unwrap();
    let sending = async {
        let mut sent = 0_usize;
        while write.write_all(&[b'x'; 4096]).await.is_ok() {
            sent += 4096;
        }
        sent
    };
    let mut answer = Vec::new();
    let (sent, _) = tokio::join!(sending, read.read_to_end(&mut answer));
    assert!(sent < 16 * 1024 * 1024, "{sent} bytes were taken");
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test]
async fn a_uri_that_is_too_long_is_told_where_a_header_may_be_longer() {
    let server = lonely(Limits { header_bytes: 1024 * 1024, ..Limits::default() }).await;
    let answer = server.raw(format!("GET /livez?{} HTTP/1.1\r\n{CLOSE}", "x".repeat(70_000))).await;
    assert!(answer.starts_with("HTTP/1.1 414 "), "{answer}");
}

#[tokio::test]
async fn a_header_has_so_many_fields() {
    let server = lonely(Limits::default()).await;
    let with = |count: usize| format!("GET /livez HTTP/1.1\r\n{}{CLOSE}", "a: b\r\n".repeat(count - 2));
    assert!(server.raw(with(64)).await.starts_with("HTTP/1.1 200 "));
    assert!(server.raw(with(65)).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn a_body_is_as_long_as_the_flag_says() {
    let server = lonely(Limits { body_bytes: 100, ..Limits::default() }).await;
    let body = |bytes: usize| "{".repeat(bytes);
    assert!(server.ask("POST", "/v1/wait", &[JSON], body(100)).await.problem(400).contains("example"));
    for bytes in [101, 1_000_000] {
        let detail = server.ask("POST", "/v1/wait", &[JSON], body(bytes)).await.problem(413);
        assert_eq!(detail, "the body is over the limit of 100 bytes");
    }
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_long_is_not_waited_for() {
    let server = lonely(Limits::default()).await;
    for length in ["1000000000000", "18446744073709551614", "99999999999999999999999999"] {
        let head = format!("POST /v1/wait HTTP/1.1\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n");
        let answer = server.raw(head + CLOSE).await;
        let status = &answer[..13];
        assert!(matches!(status, "HTTP/1.1 413 " | "HTTP/1.1 400 " | "HTTP/1.1 431 "), "{length}: {answer}");
    }
}

#[tokio::test]
async fn a_wait_has_as_many_targets_as_the_flag_says() {
    let api = Api::start().await.unwrap();
    let server = Server::with(&api, limited(Limits { targets: 3, ..Limits::default() })).await;
    let many = |count| vec!["job/x"; count];
    let expected = "4 targets are over the limit of 3 for one wait";
    for path in ["/v1/check", "/v1/wait"] {
        assert_eq!(server.get(&asks(path, &["job/x"; 4], "")).await.problem(400), expected);
        let body = json!({"targets": many(4), "timeout": 0});
        assert_eq!(server.post(path, body).await.problem(400), expected);
        let body = json!({"targets": many(3), "timeout": 0});
        assert_eq!(server.post(path, body).await.json()["verdict"], "pending");
    }
}

/// Two readings of where a request ends are a way past a proxy in front.
#[tokio::test]
async fn a_request_has_one_end() {
    let server = lonely(Limits { read_timeout: Duration::from_millis(200), ..Limits::default() }).await;
    let smuggled = "GET /v1/kinds HTTP/1.1\r\nhost: a\r\n\r\n";
    let post = "POST /v1/check HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    for framing in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        "content-length: 0\r\ncontent-length: 39\r\n\r\n",
        "content-length: +39\r\n\r\n",
        "content-length: 0, 39\r\n\r\n",
        "content-length : 0\r\n\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
        "transfer-encoding: xchunked\r\n\r\n",
        "transfer-encoding:\x0bchunked\r\n\r\n",
        "x: y\r\n z\r\n\r\n",
    ] {
        let answer = server.raw(format!("{post}{framing}{smuggled}")).await;
        let refused = ["HTTP/1.1 400 ", "HTTP/1.1 411 "].iter().any(|status| answer.starts_with(status));
        assert!(refused, "{framing:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{framing:?}: {answer}");
        assert!(answer.contains("connection: close\r\n"), "{framing:?}: {answer}");
    }
}
