//! Connections: [`Listener`] holds the port, accepts while it is open, and cuts all connections when it closes.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::handler;
use crate::cluster::Cluster;

/// More connections than this wait in the backlog.
const CONNECTIONS: usize = 20_000;
const BACKLOG: u32 = 4096;
/// How long a connection may be idle; as a kube-apiserver.
const IDLE: Duration = Duration::from_secs(180);
/// How long to wait before accepting again after an error, such as no file descriptors left.
const PAUSE: Duration = Duration::from_millis(50);

/// A port, open or closed, and the connections on it.
pub(crate) struct Listener {
    cluster: Arc<Cluster>,
    address: SocketAddr,
    state: State,
}

enum State {
    Open(AbortOnDropHandle<()>),
    /// Bound without listening: connections are refused, and nobody else gets the port.
    Closed(Option<TcpSocket>),
}

impl Listener {
    /// Opens the port; 0 chooses a free one.
    pub(crate) fn open(cluster: Arc<Cluster>, address: SocketAddr) -> io::Result<Self> {
        let listener = bind(address)?.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let state = State::Open(serve(&cluster, listener));
        Ok(Listener { cluster, address, state })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every connection and refuses new ones.
    pub(crate) async fn close(&mut self) {
        let closed = State::Closed(None);
        if let State::Open(accepting) = std::mem::replace(&mut self.state, closed) {
            accepting.abort();
            // Cancelled is the only way it ends; then all connections are gone.
            let _ = accepting.await;
        }
        if let State::Closed(reserved @ None) = &mut self.state {
            *reserved = bind(self.address).ok();
        }
    }

    /// Opens the same port again; does nothing when it is open.
    pub(crate) fn reopen(&mut self) -> io::Result<()> {
        let State::Closed(reserved) = &mut self.state else { return Ok(()) };
        let socket = reserved.take().map_or_else(|| bind(self.address), Ok)?;
        let listener = socket.listen(BACKLOG)?;
        self.state = State::Open(serve(&self.cluster, listener));
        Ok(())
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A port whose old connections are still dying can be opened again.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn serve(cluster: &Arc<Cluster>, listener: TcpListener) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(accept(Arc::clone(cluster), listener)))
}

/// Runs until it is aborted; then the set of connections is dropped, and each of them with it.
async fn accept(cluster: Arc<Cluster>, listener: TcpListener) {
    let limit = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&limit).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let cluster = Arc::clone(&cluster);
                connections.spawn(async move {
                    connection(cluster, stream).await;
                    drop(permit);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn connection(cluster: Arc<Cluster>, stream: TcpStream) {
    // Events are small and must not wait for more.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let cluster = Arc::clone(&cluster);
        async move { Ok::<_, Infallible>(handler::answer(cluster, request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE);
    // An error here is a client that went away, or a body that was cut on purpose.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}
