//! How many questions a second are answered: [`measure`].

use super::median;
use crate::Failure;
use crate::stage::Stage;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Connections, each with one question at a time.
const CONNECTIONS: usize = 64;
/// One turn of one server.
const TURN: Duration = Duration::from_secs(2);
/// After its end everything is answered so soon.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often each has its turn.
const TURNS: usize = 5;

/// Answers a second, the median of the turns, which the two servers take one after the other.
#[derive(Clone, Debug)]
pub struct Checks {
    /// `/v1/check` about a cached pod that is ready.
    pub ours: f64,
    /// `/hello` of the bare server.
    pub bare: f64,
}

/// Both servers in turn, from the same client.
///
/// # Errors
///
/// When a server does not answer as it should.
pub async fn measure() -> Result<Checks, Failure> {
    let api = Api::start().await?;
    api.apply(pod("web").ready())?;
    let (ours, bare) = (Stage::ours(&api).await?, Stage::bare().await?);
    let (mut our_turns, mut bare_turns) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        bare_turns.push(turn(bare.address, "/hello").await?);
        our_turns.push(turn(ours.address, "/v1/check?target=pod/web").await?);
    }
    Ok(Checks { ours: median(our_turns), bare: median(bare_turns) })
}

async fn turn(address: SocketAddr, path: &str) -> Result<f64, Failure> {
    let request: Arc<[u8]> = format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n").into_bytes().into();
    let (is_over, answers) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (request, is_over, answers) = (Arc::clone(&request), Arc::clone(&is_over), Arc::clone(&answers));
        tasks.spawn(async move { ask(address, &request, &is_over, &answers).await });
    }
    // The first answer opens a watch.
    sleep(TURN / 4).await;
    let (begin, before) = (Instant::now(), answers.load(Ordering::Relaxed));
    sleep(TURN).await;
    let count = answers.load(Ordering::Relaxed) - before;
    let took = begin.elapsed();
    is_over.store(true, Ordering::Relaxed);
    let ends = async {
        while let Some(task) = tasks.join_next().await {
            task??;
        }
        Ok::<_, Failure>(())
    };
    timeout(PATIENCE, ends).await??;
    Ok(count as f64 / took.as_secs_f64())
}

/// Asks until it is over.
async fn ask(
    address: SocketAddr,
    request: &[u8],
    is_over: &AtomicBool,
    answers: &AtomicU64,
) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 4096];
    while !is_over.load(Ordering::Relaxed) {
        stream.write_all(request).await?;
        let mut filled = 0;
        while buffer.get(..filled).and_then(whole).is_none_or(|length| filled < length) {
            let count = stream.read(buffer.get_mut(filled..).unwrap_or_default()).await?;
            filled += count;
            let read = buffer.get(..filled).unwrap_or_default();
            if count == 0 || !read.starts_with(b"HTTP/1.1 200 ") {
                return Err(String::from_utf8_lossy(read).into_owned().into());
            }
        }
        answers.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// The length of an answer with its head, once the head is there.
fn whole(read: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(read).ok()?.split_once("\r\n\r\n")?.0;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    Some(head.len() + 4 + length.parse::<usize>().ok()?)
}
