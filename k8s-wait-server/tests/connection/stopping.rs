//! The stop of a server in this process.

use crate::support::{Server, brief, read_to_end, strings, until, within};
use k8s_wait_server::Settings;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::job;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

#[tokio::test]
async fn those_who_are_held_are_let_go() {
    let api = Api::start().await.unwrap();
    api.apply(job("migrate").active(1)).unwrap();
    let server = Server::with(&api, Settings { max_waiters: 2, ..Settings::default() }).await;
    let mut lines = server.lines("/v1/wait?target=job/migrate&timeout=1h").await;
    lines.until_reason("JobRunning").await;
    let single = tokio::spawn(server.asking("/v1/wait?target=job/migrate&timeout=1h"));
    until(async || {
        let answer = server.get("/v1/wait?target=job/migrate&timeout=0").await;
        answer.header("content-type") == "application/problem+json"
    })
    .await;

    let address = server.address;
    let running = server.stop();
    assert_eq!(lines.next().await, None, "a stop is no verdict");
    within(single).await.unwrap().is(503, "pending", &["JobRunning"]);
    within(running).await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

/// A wait that has brought nothing yet must not look for a first list before it lets go.
#[tokio::test(start_paused = true)]
async fn a_wait_that_knows_nothing_yet_is_let_go_as_well() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Takes connections and never answers.
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::at(&silent, Settings { max_waiters: 1, ..Settings::default() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /v1/wait?target=job/x&timeout=1h HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    until(async || server.get("/v1/wait?target=job/x&timeout=0").await.text().contains("limit")).await;
    let begun = Instant::now();
    let running = server.stop();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 1"), "{answer}");
    within(running).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_uptime_of_a_service_is_not_waited_for() {
    let api = Api::start().await.unwrap();
    api.apply(job("x").complete()).unwrap();
    let server = Server::with(&api, Settings { max_waiters: 1, ..Settings::default() }).await;
    let asked = tokio::spawn(server.asking("/job/default/x?uptime=3600"));
    until(async || server.get("/v1/wait?target=job/x&timeout=0").await.text().contains("limit")).await;
    let running = server.stop();
    let answer = within(asked).await.unwrap().json();
    assert_eq!(answer["running"], false);
    assert_eq!(answer["error"], "the server is stopping; ask again");
    within(running).await.unwrap().unwrap();
}

/// While it ends, whoever still has a connection is told that it is not ready.
#[tokio::test(start_paused = true)]
async fn it_is_not_ready_while_it_stops_and_a_connection_that_hangs_ends_with_the_grace() {
    let settings = Settings { shutdown_grace: Duration::from_secs(3), ..Settings::default() };
    let server = Server::at("http://127.0.0.1:1", settings).await;
    let mut asking = server.connect().await;
    asking.write_all(b"GET /readyz HTTP/1.1\r\nhost: a\r\n").await.unwrap();
    let mut hanging = server.connect().await;
    hanging.write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\n").await.unwrap();
    // Both have been taken in when an answer comes on one that came after them.
    assert_eq!(server.get("/livez").await.status, 200);

    let begun = Instant::now();
    let running = server.stop();
    tokio::task::yield_now().await;
    asking.write_all(b"\r\n").await.unwrap();
    let mut answer = String::new();
    asking.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.ends_with("stopping\n"), "{answer}");
    within(running).await.unwrap().unwrap();
    assert_eq!(begun.elapsed().as_secs(), 3);
    assert_eq!(read_to_end(&mut hanging).await, "");
}

#[tokio::test]
async fn a_verdict_that_is_there_goes_out_before_the_end() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let mut lines = server.lines("/v1/wait?target=job/migrate&target=job/other").await;
    while brief(&lines.next().await.unwrap()).1 != strings(&["NotFound", "NotFound"]) {}
    let running = server.stop();
    assert_eq!(lines.next().await, None);
    within(running).await.unwrap().unwrap();
}
