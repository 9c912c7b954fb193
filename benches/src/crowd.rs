//! Those who wait: [`Crowd`] holds many connections, each a task that looks for little in what it reads.

use crate::Failure;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How many connect at the same time.
const CONNECTING: usize = 64;
/// What ends a wait well.
const READY: &[u8] = b"\"event\":\"done\",\"verdict\":\"ready\"";
/// What ends it in any way.
const DONE: &[u8] = b"\"event\":\"done\"";
/// What it begins with.
const STATUS: &[u8] = b"\"event\":\"status\"";
/// Nothing takes so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Held waits, each on a connection of its own.
pub struct Crowd {
    tasks: JoinSet<Result<Instant, String>>,
    lines: mpsc::UnboundedReceiver<Line>,
}

/// A line that somebody read, after the first and before the last.
pub struct Line {
    /// Who read it, by the order of the paths.
    pub waiter: usize,
    /// When it was there.
    pub at: Instant,
    /// The number after `"seq-` in it, if there is one.
    pub sequence: Option<u64>,
}

impl Crowd {
    /// Connects as many as there are paths, and returns when each has its first line.
    ///
    /// # Errors
    ///
    /// When one of them is refused.
    pub async fn gather(address: SocketAddr, paths: Vec<String>) -> Result<Self, Failure> {
        let (places, count) = (Arc::new(Semaphore::new(CONNECTING)), paths.len());
        let (begun, mut beginnings) = mpsc::unbounded_channel();
        let (told, lines) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        for (waiter, path) in paths.into_iter().enumerate() {
            let place = Arc::clone(&places).acquire_owned().await?;
            let (begun, told) = (begun.clone(), told.clone());
            tasks.spawn(async move {
                let (stream, read) = begin(address, &path).await?;
                drop(place);
                let _ = begun.send(());
                drop(begun);
                hold(waiter, stream, read, told).await
            });
        }
        drop(begun);
        let all = async {
            let mut so_far = 0;
            while so_far < count && beginnings.recv().await.is_some() {
                so_far += 1;
            }
            so_far
        };
        match timeout(PATIENCE, all).await? {
            all if all == count => Ok(Self { tasks, lines }),
            some => Err(format!("{some} of {count} waits have begun").into()),
        }
    }

    /// When each was told the end.
    ///
    /// # Errors
    ///
    /// When one was not.
    pub async fn ends(mut self) -> Result<Vec<Instant>, Failure> {
        let all = async {
            let mut ends = Vec::new();
            while let Some(end) = self.tasks.join_next().await {
                ends.push(end??);
            }
            Ok(ends)
        };
        timeout(PATIENCE, all).await?
    }

    /// The lines that have come so far, and those that come.
    pub fn lines(&mut self) -> &mut mpsc::UnboundedReceiver<Line> {
        &mut self.lines
    }
}

/// Sends the question and reads until the first line is there; what was read after it.
async fn begin(address: SocketAddr, path: &str) -> Result<(TcpStream, Vec<u8>), String> {
    let mut stream = TcpStream::connect(address).await.map_err(|error| format!("connect: {error}"))?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\naccept: application/x-ndjson\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| format!("send: {error}"))?;
    let mut read = Vec::new();
    loop {
        more(&mut stream, &mut read).await?;
        while let Some(line) = next_line(&mut read) {
            match () {
                () if find(&line, DONE).is_some() => return Err(format!("over: {}", text(&line))),
                () if find(&line, STATUS).is_some() => return Ok((stream, read)),
                () => {}
            }
        }
    }
}

/// Reads on until the end.
async fn hold(
    waiter: usize,
    mut stream: TcpStream,
    mut read: Vec<u8>,
    told: mpsc::UnboundedSender<Line>,
) -> Result<Instant, String> {
    loop {
        // Nothing is kept of a buffer that is empty, so that thousands of them are no burden.
        read.shrink_to_fit();
        more(&mut stream, &mut read).await?;
        let at = Instant::now();
        while let Some(line) = next_line(&mut read) {
            match () {
                () if find(&line, READY).is_some() => return Ok(at),
                () if find(&line, DONE).is_some() => return Err(format!("not ready: {}", text(&line))),
                // Heartbeats are nobody's news.
                () if find(&line, STATUS).is_some() => {
                    // Whoever gathered the crowd may not care.
                    let _ = told.send(Line { waiter, at, sequence: sequence(&line) });
                }
                () => {}
            }
        }
    }
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Result<(), String> {
    read.reserve(512);
    match stream.read_buf(read).await {
        Ok(0) => Err(format!("a wait broke off after {}", text(read))),
        Ok(_) => Ok(()),
        Err(error) => Err(format!("read: {error}")),
    }
}

/// The next whole line, chunk sizes included: they stand on lines of their own.
fn next_line(read: &mut Vec<u8>) -> Option<Vec<u8>> {
    let end = read.iter().position(|byte| *byte == b'\n')?;
    Some(read.drain(..=end).collect())
}

fn text(read: &[u8]) -> String {
    String::from_utf8_lossy(read).into_owned()
}

fn sequence(line: &[u8]) -> Option<u64> {
    let from = find(line, b"seq-")? + 4;
    let digits = line.get(from..)?.iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
