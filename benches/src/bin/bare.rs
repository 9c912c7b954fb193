//! What a server could do at best: warp on hyper, streams that wait for one signal, a greeting, and nothing else.
//!
//! `bare ADDRESS`. `/wait` sends a line, holds, and sends the last one after `/wake`; `/hello` answers at once. The
//! connections are set up as the server's are, and one line is as long as one of its.

use bytes::Bytes;
use futures::{StreamExt, stream};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use k8s_wait_benches::Failure;
use std::convert::Infallible;
use std::time::Duration;
use sync_wrapper::SyncStream;
use tokio::net::TcpListener;
use tokio::sync::watch;
use warp::Filter;

const FIRST: &[u8] = br#"{"event":"status","verdict":"pending","targets":[{"target":"pod/default/web-0","verdict":"pending","reason":"PodNotReady","message":"pod default/web-0: it is not ready"}]}
"#;
const LAST: &[u8] =
    br#"{"event":"done","verdict":"ready","targets":[{"target":"pod/default/web-0","verdict":"ready"}]}
"#;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let address = std::env::args().nth(1).ok_or("usage: bare ADDRESS")?;
    let listener = TcpListener::bind(&address).await?;
    rlimit::increase_nofile_limit(u64::MAX)?;
    let service = TowerToHyperService::new(warp::service(routes()));
    let graceful = GracefulShutdown::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10));
        http.max_buf_size(16 * 1024).max_headers(64);
        tokio::spawn(graceful.watch(http.serve_connection(TokioIo::new(stream), service.clone())));
    }
}

fn routes() -> impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone {
    let sender = watch::Sender::new(());
    let waker = sender.clone();
    let hello = warp::path!("hello").and(warp::get()).map(|| "Hello, World!");
    let wait = warp::path!("wait").and(warp::get()).map(move || {
        let mut woken = sender.subscribe();
        let last = async move {
            // The sender lives as long as the routes.
            let _ = woken.changed().await;
            Bytes::from_static(LAST)
        };
        let lines = stream::once(async { Bytes::from_static(FIRST) }).chain(stream::once(last));
        let reply = warp::reply::stream(SyncStream::new(lines.map(Ok::<_, Infallible>)));
        warp::reply::with_header(reply, "content-type", "application/x-ndjson")
    });
    let wake = warp::path!("wake").and(warp::get()).map(move || {
        waker.send_replace(());
        "woken"
    });
    hello.or(wait).or(wake)
}
