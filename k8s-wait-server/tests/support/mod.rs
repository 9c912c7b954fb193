//! A server in this process over the testkit's API, and a plain HTTP client: [`Server`], [`Answer`], [`Lines`]; and
//! our own [`client()`].
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod document;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use k8s_wait_client::{Environment, Size};
use k8s_wait_server::{Listeners, Settings, StartError, run};
use k8s_wait_testkit::Api;
use serde_json::Value;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;
use warp::http::{HeaderMap, Request};

pub(crate) const NDJSON: (&str, &str) = ("accept", "application/x-ndjson");
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

/// What may take long on a loaded machine still ends; what hangs fails.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("this should not take so long")
}

/// Looks again and again until it is so.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    within(async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// Nothing is said but by the arguments, and which pod it is.
struct InPod(Option<&'static str>);

impl Environment for InPod {
    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "HOSTNAME" => self.0.map(str::to_owned),
            // No file of the machine that the tests run on.
            "K8S_WAIT_TERMINATION_LOG" => Some("/dev/null".to_owned()),
            _ => None,
        }
    }

    fn service_account_namespace(&self) -> Option<String> {
        Some("shop".to_owned())
    }

    fn terminal(&self) -> Option<Size> {
        None
    }
}

/// Runs the client of this workspace in a pod of the namespace `shop`: its exit status and what it printed.
pub(crate) async fn client(words: &str) -> (u8, String) {
    client_in_pod(None, words).await
}

/// The same in a pod of that name.
pub(crate) async fn client_in_pod(pod: Option<&'static str>, words: &str) -> (u8, String) {
    let arguments: Vec<OsString> = words.split(' ').map(Into::into).collect();
    let running = tokio::task::spawn_blocking(move || {
        let (mut progress, mut complaints) = (Vec::new(), Vec::new());
        let code = k8s_wait_client::run(&arguments, &InPod(pod), &mut progress, &mut complaints);
        (code, String::from_utf8([progress, complaints].concat()).unwrap())
    });
    within(running).await.unwrap()
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), StartError>>,
}

impl Server {
    pub(crate) async fn start(api: &Api) -> Self {
        Self::with(api, Settings::default()).await
    }

    pub(crate) async fn with(api: &Api, settings: Settings) -> Self {
        Self::at(&api.url(), settings).await
    }

    pub(crate) async fn at(kubernetes: &str, settings: Settings) -> Self {
        Self::listening(TcpListener::bind("127.0.0.1:0").await.unwrap(), kubernetes, settings)
    }

    /// At an address that another one has had.
    pub(crate) async fn on(api: &Api, address: SocketAddr) -> Self {
        Self::on_with(api, address, Settings::default()).await
    }

    pub(crate) async fn on_with(api: &Api, address: SocketAddr, settings: Settings) -> Self {
        Self::listening(TcpListener::bind(address).await.unwrap(), &api.url(), settings)
    }

    /// With a webhook on a socket of its own.
    pub(crate) async fn with_webhook(api: &Api, settings: Settings, webhook: Option<TcpListener>) -> Self {
        let main = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::listening(Listeners { main, webhook }, &api.url(), settings)
    }

    fn listening(listeners: impl Into<Listeners>, kubernetes: &str, settings: Settings) -> Self {
        let listeners = listeners.into();
        let address = listeners.main.local_addr().unwrap();
        let client = k8s_wait_lib::client(kube::Config::new(kubernetes.parse().unwrap())).unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(run(listeners, client, settings, async { drop(stopped.await) }));
        Self { address, stop, running }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: impl ToString) -> Answer {
        self.ask("POST", path, &[JSON], body).await
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl ToString,
    ) -> Answer {
        ask(self.address, method, path, headers, body).await
    }

    /// The question as it is asked on a connection of its own, to be driven by whoever gets it.
    pub(crate) fn asking(&self, path: &str) -> impl Future<Output = Answer> + Send + 'static {
        let (address, path) = (self.address, path.to_owned());
        async move { ask(address, "GET", &path, &[], "").await }
    }

    /// The same with a header.
    pub(crate) fn asking_with(
        &self,
        path: &str,
        header: (&'static str, &'static str),
    ) -> impl Future<Output = Answer> + Send + 'static {
        let (address, path) = (self.address, path.to_owned());
        async move { ask(address, "GET", &path, &[header], "").await }
    }

    pub(crate) async fn lines(&self, path: &str) -> Lines {
        Lines::open(self.address, path).await
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Everything that comes back for these bytes until the server closes.
    pub(crate) async fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        // The server may close before it has read all of it.
        let _ = stream.write_all(bytes.as_ref()).await;
        read_to_end(&mut stream).await
    }

    /// Tells it to stop, and hands out the end of it.
    pub(crate) fn stop(self) -> JoinHandle<Result<(), StartError>> {
        self.stop.send(()).unwrap();
        self.running
    }

    /// How it ended by itself.
    pub(crate) async fn ended(self) -> Result<(), StartError> {
        within(self.running).await.unwrap()
    }
}

pub(crate) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    // A reset is an end too.
    let _ = within(stream.read_to_end(&mut read)).await;
    String::from_utf8_lossy(&read).into_owned()
}

pub(crate) async fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl ToString,
) -> Answer {
    let (mut sender, _connection) = connect(address).await;
    let response =
        within(sender.send_request(request(method, path, headers, body.to_string()))).await.unwrap();
    let (parts, body) = response.into_parts();
    document::hold(method, path, parts.status.as_u16(), &parts.headers);
    let body = within(body.collect()).await.unwrap().to_bytes();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn connect(address: SocketAddr) -> (SendRequest<Full<Bytes>>, AbortOnDropHandle<hyper::Result<()>>) {
    let stream = within(TcpStream::connect(address)).await.unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    (sender, AbortOnDropHandle::new(tokio::spawn(connection)))
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path).header("host", "k8s-wait");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::from(body)).unwrap()
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Its status, its verdict and the reasons of its targets (a ready one has none).
    pub(crate) fn is(&self, status: u16, verdict: &str, reasons: &[&str]) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(brief(&self.json()), (verdict.to_owned(), strings(reasons)), "{self:?}");
    }

    /// The sentence of a problem, which is one and has everything that belongs to it.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], "about:blank");
        assert!(!body["title"].as_str().unwrap().is_empty());
        assert_eq!(body.as_object().unwrap().len(), 4);
        let detail = body["detail"].as_str().unwrap().to_owned();
        assert!(!detail.contains(['\n', '\r']) && !detail.is_empty(), "{detail:?}");
        detail
    }
}

/// The verdict of an answer or a line, and the reasons of its targets, `""` for a ready one.
pub(crate) fn brief(answer: &Value) -> (String, Vec<String>) {
    let targets = answer["targets"].as_array().unwrap().iter();
    let reasons = targets.map(|target| {
        let (verdict, reason) = (&target["verdict"], target.get("reason"));
        assert_eq!(*verdict == "ready", reason.is_none(), "{target}");
        assert_eq!(reason.is_none(), target.get("message").is_none(), "{target}");
        reason.and_then(Value::as_str).unwrap_or_default().to_owned()
    });
    (answer["verdict"].as_str().unwrap().to_owned(), reasons.collect())
}

pub(crate) fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The path and the query of a question about these targets; `rest` comes after them, as in `timeout=1s`.
pub(crate) fn asks(path: &str, targets: &[&str], rest: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(targets.iter().map(|target| ("target", *target)));
    format!("{path}?{}&{rest}", query.finish()).trim_end_matches('&').to_owned()
}

/// A wait of NDJSON lines that is held open.
pub(crate) struct Lines {
    body: Incoming,
    read: Vec<u8>,
    _connection: AbortOnDropHandle<hyper::Result<()>>,
}

impl Lines {
    pub(crate) async fn open(address: SocketAddr, path: &str) -> Self {
        Self::open_with(address, path, &[]).await
    }

    pub(crate) async fn open_with(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Self {
        let (mut sender, connection) = connect(address).await;
        let headers = [&[NDJSON], headers].concat();
        let response = sender.send_request(request("GET", path, &headers, String::new()));
        let response = within(response).await.unwrap();
        assert_eq!(response.status(), 200, "{response:?}");
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        document::hold("GET", path, 200, response.headers());
        Self { body: response.into_body(), read: Vec::new(), _connection: connection }
    }

    /// The next line; `None` at the end of the body.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            let frame = within(self.body.frame()).await?.expect("the stream should not be cut");
            self.read.extend(frame.into_data().unwrap());
        }
    }

    /// The next line, which has this event, verdict and reasons.
    pub(crate) async fn says(&mut self, event: &str, verdict: &str, reasons: &[&str]) -> Value {
        let line = self.next().await.unwrap_or_else(|| panic!("the stream ended before {event} {verdict}"));
        assert_eq!(line["event"], event, "{line}");
        assert_eq!(brief(&line), (verdict.to_owned(), strings(reasons)), "{line}");
        line
    }

    /// Reads until this is the reason of the only target; nothing before it is final.
    pub(crate) async fn until_reason(&mut self, reason: &str) {
        loop {
            let line = self.next().await.expect("the stream should go on");
            assert_eq!(line["event"], "status", "{line}");
            if brief(&line).1 == [reason] {
                return;
            }
        }
    }

    /// The last line, which is `done`, and after which there is nothing.
    pub(crate) async fn done(mut self) -> Value {
        loop {
            let line = self.next().await.expect("the stream ended without a final verdict");
            if line["event"] == "done" {
                assert_eq!(self.next().await, None);
                return line;
            }
            assert_eq!(line["event"], "status", "{line}");
            assert_eq!(line["verdict"], "pending", "{line}");
        }
    }
}
