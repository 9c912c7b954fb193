//! Those who send a little at a time, or nothing, or stop half-way.

use crate::support::{Server, read_to_end, until, within};
use crate::{limited, lonely};
use futures::future::join_all;
use k8s_wait_server::{Limits, Settings};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::job;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

const WAIT: &[u8] = b"GET /v1/wait?target=job/x&timeout=1h HTTP/1.1\r\nhost: a\r\n\r\n";

/// Sends one byte a second of what never ends, for as long as it is taken; what came back, and after how many seconds.
async fn drip(limits: Limits, beginning: &str) -> (String, u64) {
    let server = lonely(limits).await;
    let begun = Instant::now();
    let (mut read, mut write) = server.connect().await.into_split();
    write.write_all(beginning.as_bytes()).await.unwrap();
    let dripping = async {
        while write.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    };
    let mut answer = Vec::new();
    let reading = within(read.read_to_end(&mut answer));
    tokio::select! {
        _ = reading => {}
        () = dripping => {}
    }
    (String::from_utf8(answer).unwrap(), begun.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_header_that_comes_byte_by_byte_is_not_waited_for() {
    let limits = Limits { read_timeout: Duration::from_secs(7), ..Limits::default() };
    assert_eq!(drip(limits, "GET /livez HTTP/1.1\r\nhost: ").await, (String::new(), 7));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_byte_by_byte_is_not_waited_for() {
    let limits = Limits { read_timeout: Duration::from_secs(7), ..Limits::default() };
    let head = "POST /v1/wait HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n";
    let (answer, seconds) = drip(limits, head).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("the body was not there within 7s"), "{answer}");
    assert_eq!(seconds, 7);
}

#[tokio::test]
async fn a_thousand_connections_that_say_nothing_end_and_hold_up_others_for_no_longer() {
    // Both ends are in this process.
    let files = rlimit::increase_nofile_limit(16 * 1024).unwrap();
    assert!(files > 4 * 1024, "this test opens 2,000 sockets, and the limit is {files} files");
    let limits =
        Limits { connections: Some(1_000), read_timeout: Duration::from_millis(500), ..Limits::default() };
    let server = lonely(limits).await;
    let mut idle = Vec::new();
    while idle.len() < 1_000 {
        // More at once would not fit into the backlog, and connections that only the client knows of prove nothing.
        idle.extend(join_all((0..50).map(|_| server.connect())).await);
    }
    // All places are taken; this one waits in the backlog, and comes in when the first of them has to go.
    assert_eq!(server.get("/livez").await.status, 200);
    for answer in join_all(idle.iter_mut().map(read_to_end)).await {
        assert_eq!(answer, "");
    }
}

#[tokio::test]
async fn who_ends_half_way_is_forgotten_at_once() {
    let server = lonely(Limits { connections: Some(1), ..Limits::default() }).await;
    let body =
        "POST /v1/wait HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{";
    for half in ["", "G", "GET /livez HTTP/1.1\r\nhost: a\r\n", body] {
        let mut stream = server.connect().await;
        stream.write_all(half.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{half:?}: {answer}");
        // The only place is free again.
        assert_eq!(server.get("/livez").await.status, 200);
    }
}

/// Does this server, which has one place for those who wait, have none left?
async fn is_full(server: &Server) -> bool {
    server.get("/v1/wait?target=job/x&timeout=0").await.header("content-type") == "application/problem+json"
}

/// One that hears but does not speak any more cannot be told from one that has gone.
#[tokio::test]
async fn a_wait_whose_client_has_closed_its_half_gives_its_place_back() {
    let api = Api::start().await.unwrap();
    let server = Server::with(&api, Settings { max_waiters: 1, ..Settings::default() }).await;
    let mut stream = server.connect().await;
    stream.write_all(WAIT).await.unwrap();
    until(async || is_full(&server).await).await;
    stream.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "", "there is no verdict");
    until(async || !is_full(&server).await).await;
}

/// The header of the first answer, read to its end and no further.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_too_old_ends_with_its_next_answer() {
    let limits = Limits {
        connection_age: Duration::from_secs(3600),
        read_timeout: Duration::from_secs(7200),
        ..Limits::default()
    };
    let server = lonely(limits).await;
    let mut stream = server.connect().await;
    for (seconds, is_last) in [(0, false), (3200, false), (800, true)] {
        sleep(Duration::from_secs(seconds)).await;
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let head = head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert_eq!(head.contains("connection: close\r\n"), is_last, "{head}");
        let mut body = [0; 3];
        stream.read_exact(&mut body).await.unwrap();
    }
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn a_wait_that_is_held_when_its_connection_gets_too_old_is_not_cut() {
    let api = Api::start().await.unwrap();
    api.apply(job("x").active(1)).unwrap();
    let limits = Limits { connection_age: Duration::from_nanos(1), ..Limits::default() };
    let server = Server::with(&api, limited(limits)).await;
    let mut lines = server.lines("/v1/wait?target=job/x").await;
    lines.until_reason("JobRunning").await;
    let single = tokio::spawn(server.asking("/v1/wait?target=job/x&timeout=1h"));
    api.apply(job("x").complete()).unwrap();
    assert_eq!(lines.done().await["verdict"], "ready");
    let answer = within(single).await.unwrap();
    answer.is(200, "ready", &[""]);
    assert_eq!(answer.header("connection"), "close");
}
