//! Counts what is asked of an API server: [`Proxy`].

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use k8s_wait_benches::Failure;
use kube::Client;
use kube::client::Body;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

/// Headers that are about one connection (RFC 9110, 7.6.1), or that the next hop says for itself.
const OWN: [&str; 5] = ["connection", "host", "content-length", "transfer-encoding", "authorization"];

/// A port of this machine that leads to the API server, with the rights of the comparison.
pub(crate) struct Proxy {
    pub(crate) url: String,
    requests: Arc<AtomicU64>,
    _accepting: AbortOnDropHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(client: Client) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let requests = Arc::<AtomicU64>::default();
        let accepting = AbortOnDropHandle::new(tokio::spawn(accept(listener, client, Arc::clone(&requests))));
        Ok(Self { url, requests, _accepting: accepting })
    }

    /// How many requests have come so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, client: Client, requests: Arc<AtomicU64>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, client.clone(), Arc::clone(&requests)));
    }
}

async fn serve(stream: TcpStream, client: Client, requests: Arc<AtomicU64>) {
    let service = service_fn(|request| {
        requests.fetch_add(1, Ordering::SeqCst);
        pass(client.clone(), request)
    });
    // An error is somebody who went away.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

type Answer = Response<UnsyncBoxBody<Bytes, Failure>>;

async fn pass(client: Client, request: Request<Incoming>) -> Result<Answer, Failure> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    OWN.into_iter().for_each(|name| drop(head.headers.remove(name)));
    let answer = client.send(Request::from_parts(head, Body::from(body.to_vec()))).await;
    let mut answer = match answer {
        Ok(answer) => answer.map(|body| body.map_err(Failure::from).boxed_unsync()),
        Err(error) => refusal(&error),
    };
    OWN.into_iter().for_each(|name| drop(answer.headers_mut().remove(name)));
    Ok(answer)
}

fn refusal(error: &kube::Error) -> Answer {
    let body = http_body_util::Full::new(Bytes::from(error.to_string()));
    let mut answer = Response::new(body.map_err(|never| match never {}).boxed_unsync());
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    answer
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use k8s_wait_testkit::Api;
    use k8s_wait_testkit::build::pod;
    use kube::Config;

    fn client(url: &str) -> Client {
        k8s_wait_lib::client(Config::new(url.parse().unwrap())).unwrap()
    }

    #[tokio::test]
    async fn requests_pass_and_are_counted_and_watches_stream() {
        let api = Api::start().await.unwrap();
        let proxy = Proxy::start(client(&api.url())).await.unwrap();
        let through = client(&proxy.url);
        let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        let answer =
            through.send(get("/api/v1/namespaces/shop/pods?watch=true&resourceVersion=0")).await.unwrap();
        api.create(pod("web-0").namespace("shop").ready()).unwrap();
        let frame = answer.into_body().frame().await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(frame.data_ref().unwrap()).contains("web-0"));
        let answer = through.send(get("/api/v1/namespaces/shop/pods/none")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!((proxy.requests(), api.count("watch", "pods"), api.count("get", "pods")), (2, 1, 1));
    }
}
