//! The connections: [`accept`] takes them in until it is told to stop, and then ends them.
//!
//! warp's own server bounds neither the time that a request header may take nor the number of connections, and its
//! graceful stop waits for held requests for ever; hence hyper's connection loop around warp's filters.

use crate::gate::gate;
use crate::limits::{LEAST_HEADER_BYTES, Limits};
use crate::metrics::Metrics;
use crate::peers::Peers;
use crate::tls::Tls;
use futures::FutureExt;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use socket2::{SockRef, TcpKeepalive};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::either::Either;
use warp::{Filter, Reply};

/// The most header fields.
const HEADER_FIELDS: usize = 64;
/// What the system keeps for a connection in each direction, in bytes. Left alone it keeps megabytes for one who never
/// reads what it asks for.
const SOCKET_BUFFER: usize = 64 * 1024;
const SECOND: Duration = Duration::from_secs(1);
/// The pause after a connection could not be taken in, as when file descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves `routes` on at most `most` connections at once, each within `limits`, until `stop`; then gives those that are
/// open `grace` to end. One connection more waits in the socket's backlog until another one closes. Where there is a
/// certificate they speak https, and their handshake counts as a header does.
pub(crate) async fn accept<R, F>(
    (listener, tls): (TcpListener, Option<Tls>),
    routes: R,
    (most, limits, metrics): (usize, Limits, Arc<Metrics>),
    stop: F,
    grace: Duration,
) where
    R: Filter<Error = std::convert::Infallible> + Clone + Send + Sync + 'static,
    R::Extract: Reply,
    F: Future<Output = ()>,
{
    let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    let peers = Peers::new(limits.requests_per_second);
    let http = http(&limits);
    let graceful = GracefulShutdown::new();
    let service = TowerToHyperService::new(warp::service(routes));
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        // Those that have ended are forgotten as others come.
        while connections.try_join_next().is_some() {}
        let (place, accepted) = tokio::select! {
            next = next(&places, &listener, &metrics) => next,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                prepare(&stream, limits.peer_timeout);
                let service = gate(service.clone(), peers.peer(peer.ip()), &limits, &metrics);
                let (http, watcher, metrics) = (http.clone(), graceful.watcher(), Arc::clone(&metrics));
                let serve = move |stream| watcher.watch(http.serve_connection(TokioIo::new(stream), service));
                match tls.clone() {
                    // An async block would hold the connection twice: once as captured, once as awaited.
                    None => connections
                        .spawn(serve(Either::Left(stream)).map(move |end| ended(end, place, &metrics))),
                    Some(tls) => connections.spawn(async move {
                        match tls.handshake(stream, limits.read_timeout).await {
                            Ok(stream) => {
                                ended(serve(Either::Right(Box::new(stream))).await, place, &metrics)
                            }
                            Err(error) => ended(Err(error), place, &metrics),
                        }
                    }),
                };
            }
            Err(error) => {
                log::warn!(error = error.to_string().as_str(); "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if timeout(grace, graceful.shutdown()).await.is_err() {
        log::warn!(grace_seconds = grace.as_secs(); "connections were still open after the grace, and are cut");
    }
}

/// The next connection, with its place. Where there is none left, one that comes waits in the socket's backlog, and that it
/// waits is counted once it has been taken in: that the last place is taken keeps nobody out yet.
async fn next(
    places: &Arc<Semaphore>,
    listener: &TcpListener,
    metrics: &Metrics,
) -> (Result<OwnedSemaphorePermit, AcquireError>, io::Result<(TcpStream, SocketAddr)>) {
    let is_full = places.available_permits() == 0;
    let place = Arc::clone(places).acquire_owned().await;
    // Whoever is there at once, when a place has become free, has waited for it.
    match if is_full { listener.accept().now_or_never() } else { None } {
        Some(accepted) => {
            metrics.limited("max-connections");
            (place, accepted)
        }
        None => (place, listener.accept().await),
    }
}

fn ended<E: Error + 'static, P>(end: Result<(), E>, place: P, metrics: &Metrics) {
    if let Err(error) = end {
        let http = (&error as &(dyn Error + 'static)).downcast_ref::<hyper::Error>();
        if http.is_some_and(hyper::Error::is_parse_too_large) {
            metrics.limited("max-header-bytes");
        }
        log::debug!(error = error.to_string().as_str(); "connection ended");
    }
    drop(place);
}

fn http(limits: &Limits) -> hyper::server::conn::http1::Builder {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.read_timeout)
        .max_buf_size(limits.header_bytes.max(LEAST_HEADER_BYTES))
        .max_headers(HEADER_FIELDS);
    http
}

/// One that vanished, or never reads, holds little, and is cut after `peer_timeout`, so that it frees its place.
fn prepare(stream: &TcpStream, peer_timeout: Duration) {
    let socket = SockRef::from(stream);
    // The system counts the silence before its probes in whole seconds.
    let (silence, interval) = (peer_timeout.max(SECOND), (peer_timeout / 3).max(SECOND));
    let keepalive = TcpKeepalive::new().with_time(silence).with_interval(interval);
    let prepared = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_user_timeout(Some(peer_timeout)))
        .and_then(|()| socket.set_tcp_keepalive(&keepalive))
        .and_then(|()| socket.set_send_buffer_size(SOCKET_BUFFER))
        .and_then(|()| socket.set_recv_buffer_size(SOCKET_BUFFER));
    if let Err(error) = prepared {
        // It has gone already, or the platform does not have it; the connection works all the same.
        log::debug!(error = error.to_string().as_str(); "a socket option was refused");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

    async fn answered(stream: &mut TcpStream) -> bool {
        let mut answer = [0; 12];
        stream.write_all(REQUEST).await.is_ok()
            && stream.read_exact(&mut answer).await.is_ok()
            && &answer == b"HTTP/1.1 200"
    }

    #[tokio::test]
    async fn what_the_system_keeps_for_a_connection_is_bounded() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let limits = Limits::default();
        prepare(&stream, limits.peer_timeout);
        let socket = SockRef::from(&stream);
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(limits.peer_timeout));
        assert_eq!(socket.tcp_keepalive_time().unwrap(), limits.peer_timeout);
        // Linux takes twice what it is asked for.
        assert!(socket.send_buffer_size().unwrap() <= 2 * SOCKET_BUFFER);
        assert!(socket.recv_buffer_size().unwrap() <= 2 * SOCKET_BUFFER);
    }

    #[tokio::test]
    async fn one_connection_too_many_waits_for_another_to_close() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let metrics = Metrics::of_nothing();
        let counted = || {
            let text = metrics.text().unwrap();
            text.lines()
                .filter(|line| line.contains("max-connections"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let served = accept(
            (listener, None),
            warp::any().map(|| "ok"),
            (2, Limits::default(), Arc::clone(&metrics)),
            async { drop(stopped.await) },
            Duration::from_secs(60),
        );
        let served = tokio::spawn(served);

        let mut open =
            [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        for stream in &mut open {
            assert!(answered(stream).await);
        }
        assert!(counted().is_empty(), "as many as may be keep nobody out: {:?}", counted());
        let mut third = TcpStream::connect(address).await.unwrap();
        let waits = timeout(Duration::from_millis(100), answered(&mut third)).await;
        assert!(waits.is_err(), "the third connection was taken in beside two others");
        assert!(counted().is_empty(), "it is counted when it is taken in: {:?}", counted());
        let [first, _second] = open;
        drop(first);
        let mut answer = [0; 12];
        timeout(Duration::from_secs(30), third.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        assert_eq!(counted(), [r#"k8s_wait_limits_hit_total{limit="max-connections"} 1"#]);

        stop.send(()).unwrap();
        timeout(Duration::from_secs(30), served).await.unwrap().unwrap();
    }
}
