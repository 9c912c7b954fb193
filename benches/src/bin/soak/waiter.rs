//! A connection that waits: [`Waiter`].

use k8s_wait_benches::Failure;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

/// As small as Linux makes it: what a slow reader does not read has to stay with the server.
const SMALL: u32 = 2304;

/// A wait whose lines are read one by one.
pub(crate) struct Waiter(BufReader<TcpStream>);

impl Waiter {
    /// Asks, and returns when the first line is there, which has to say that the wait is pending.
    ///
    /// # Errors
    ///
    /// When it says anything else.
    pub(crate) async fn begin(address: SocketAddr, path: &str, is_slow: bool) -> Result<Self, Failure> {
        let socket = TcpSocket::new_v4()?;
        if is_slow {
            socket.set_recv_buffer_size(SMALL)?;
        }
        let mut stream = socket.connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: soak\r\naccept: application/x-ndjson\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut waiter = Self(BufReader::new(stream));
        match waiter.line().await? {
            line if line.pointer("/verdict").is_some_and(|verdict| verdict == "pending") => Ok(waiter),
            line => Err(format!("{path} begins with {line}").into()),
        }
    }

    /// The verdict of the last line.
    ///
    /// # Errors
    ///
    /// When the stream ends without one.
    pub(crate) async fn end(mut self) -> Result<String, Failure> {
        loop {
            let line = self.line().await?;
            if line.pointer("/event").is_some_and(|event| event == "done") {
                let verdict = line.pointer("/verdict").and_then(Value::as_str);
                return Ok(verdict.unwrap_or_default().to_owned());
            }
        }
    }

    /// The next line of JSON. Headers and the sizes of chunks stand on lines of their own.
    async fn line(&mut self) -> Result<Value, Failure> {
        let (mut text, mut last) = (String::new(), String::new());
        while self.0.read_line(&mut text).await? > 0 {
            if text.starts_with('{') {
                return Ok(serde_json::from_str(&text)?);
            }
            last = std::mem::take(&mut text);
        }
        Err(format!("a stream broke off after {last:?}").into())
    }
}
