//! Those who want no answer: [`one`].

use k8s_wait_benches::Failure;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

/// Longer than the server waits for a header.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many ways there are.
const WAYS: u64 = 8;

/// What the visitor of this number sends, and how it goes. Nothing that is answered may be ready.
///
/// # Errors
///
/// When a verdict is told that nobody can have.
pub(crate) async fn one(server: SocketAddr, number: u64) -> Result<(), Failure> {
    let socket = TcpSocket::new_v4()?;
    // Each has an address of its own: who counts requests by address has many to forget.
    let [.., high, middle, low] = number.to_be_bytes();
    socket.bind((Ipv4Addr::new(127, 1 | high, middle, low.max(1)), 0).into())?;
    let mut stream = socket.connect(server).await?;
    // The server may close while this is written.
    let _ = stream.write_all(sent(number).as_bytes()).await;
    match number % WAYS {
        0 => return Ok(()),
        1 | 2 => stream.shutdown().await?,
        _ => {}
    }
    let mut answer = Vec::new();
    // It may be reset, and it may have to be left.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    match String::from_utf8_lossy(&answer) {
        answer if answer.contains(r#""verdict":"ready""#) => Err(format!("ready was told: {answer}").into()),
        _ => Ok(()),
    }
}

fn sent(number: u64) -> String {
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: soak\r\n\r\n");
    match number % WAYS {
        // Held waits of which one is left at once, and the other half-closed.
        0 | 1 => get(&format!("/v1/wait?timeout=1h&target=pod/nobody-{number}")),
        2 => get("/v1/check?target=pod/default/nobody").repeat(20),
        3 => "GET /v1/wait?target=pod/x HTTP/1.1\r\nhost: so".into(),
        4 => format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(60_000)),
        5 => get(&format!("/v1/wait?target=kind{number}.v1.made-up-{number}.example.com/x&timeout=1s")),
        6 => "POST /v1/wait HTTP/1.1\r\nhost: soak\r\ncontent-length: 9999999\r\n\r\n{".into(),
        _ => "\u{16}\u{3}\u{1}\u{2}\r\n\r\n\u{0}".into(),
    }
}
