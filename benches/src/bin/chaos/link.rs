//! A TCP connection in two halves, as a Service makes them: [`Link`].

use k8s_wait_benches::Failure;
use k8s_wait_examples::port::free_port;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::copy_bidirectional_with_sizes;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// What the link holds of each direction of each connection.
const BUFFER: usize = 2 * 1024;
/// As many may come at once.
const BACKLOG: u32 = 4096;
/// One that does not take a connection by then is passed over.
const CONNECT: Duration = Duration::from_secs(3);

/// Takes connections and gives them round robin to those behind it that accept; it is over when this is dropped.
pub(crate) struct Link {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
    accepting: JoinHandle<()>,
}

/// What went through.
struct Seen {
    begin: Mutex<(Instant, BTreeMap<u64, usize>)>,
    open: AtomicUsize,
}

impl Link {
    /// Listens on a port of its own.
    pub(crate) fn new(behind: Vec<SocketAddr>) -> Result<Self, Failure> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let seen = Seen { begin: Mutex::new((Instant::now(), BTreeMap::new())), open: AtomicUsize::new(0) };
        let seen = Arc::new(seen);
        let accepting = tokio::spawn(accept(listener, behind, Arc::clone(&seen)));
        Ok(Self { address, seen, accepting })
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.seen.open.load(Ordering::SeqCst)
    }

    /// Forgets the connections that have come so far.
    pub(crate) fn forget(&self) {
        *self.seen.begin.lock() = (Instant::now(), BTreeMap::new());
    }

    /// The most connections that came in one second since then.
    pub(crate) fn peak(&self) -> usize {
        self.seen.begin.lock().1.values().copied().max().unwrap_or(0)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Seen {
    fn count(&self) {
        let mut begin = self.begin.lock();
        let second = begin.0.elapsed().as_secs();
        *begin.1.entry(second).or_default() += 1;
    }
}

async fn accept(listener: TcpListener, behind: Vec<SocketAddr>, seen: Arc<Seen>) {
    let mut connections = tokio::task::JoinSet::new();
    for turn in 0.. {
        // Without a file for it, it waits in the backlog.
        let Ok((client, _)) = listener.accept().await else { continue };
        seen.count();
        let order: Vec<_> =
            behind.iter().cycle().skip(turn % behind.len()).take(behind.len()).copied().collect();
        let seen = Arc::clone(&seen);
        connections.spawn(async move {
            seen.open.fetch_add(1, Ordering::SeqCst);
            carry(client, &order).await;
            seen.open.fetch_sub(1, Ordering::SeqCst);
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Until one side has gone. Where nobody accepts the connection is closed.
async fn carry(mut client: TcpStream, order: &[SocketAddr]) {
    for address in order {
        if let Ok(Ok(mut server)) = timeout(CONNECT, TcpStream::connect(address)).await {
            // However it ends, both are closed.
            let _ = copy_bidirectional_with_sizes(&mut client, &mut server, BUFFER, BUFFER).await;
            return;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn echo(word: &'static str) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.write_all(word.as_bytes()).await.unwrap();
            }
        });
        (address, serving)
    }

    async fn asked(link: &Link) -> String {
        let mut stream = TcpStream::connect(link.address).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn connections_go_round_robin_to_those_that_accept() {
        let ((one, _one), (two, dies)) = (echo("one").await, echo("two").await);
        let link = Link::new(vec![one, two]).unwrap();
        let answers = [asked(&link).await, asked(&link).await, asked(&link).await];
        assert_eq!(answers, ["one", "two", "one"]);
        dies.abort();
        let _ = dies.await;
        assert_eq!([asked(&link).await, asked(&link).await], ["one", "one"]);
        assert_eq!(link.peak(), 5);
        link.forget();
        assert_eq!(link.peak(), 0);
    }
}
