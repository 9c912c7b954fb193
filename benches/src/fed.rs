//! Watches of pods that are fed by hand, without sockets: [`Fed`].

use bytes::Bytes;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::{Stream, StreamExt, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use k8s_wait_lib::object::Pod;
use k8s_wait_lib::watch::{Lease, Signal};
use k8s_wait_lib::{CheckError, Watches, judge};
use k8s_wait_testkit::build::pod;
use kube::Client;
use kube::client::Body;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;

/// The end of a streamed list.
const END: &str = r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
/// How many pods a ReplicaSet has.
const REPLICAS: usize = 10;

/// Pods as clusters have them, of some 8 KiB each, as lines of a watch.
pub struct Pods {
    template: String,
    namespaces: usize,
}

impl Pods {
    /// Pods spread over so many namespaces, ten of them in each ReplicaSet.
    #[must_use]
    pub fn new(namespaces: usize) -> Self {
        let fields: Value =
            (0..100).map(|n| (format!("f:field-{n}"), json!({"f:value": {}, "f:name": {}}))).collect();
        let variables: Vec<Value> = (0..60)
            .map(|n| json!({"name": format!("VARIABLE_{n}"), "value": "of thirty bytes, as they are"}))
            .collect();
        let pod = pod("=NAME=")
            .namespace("=SPACE=")
            .label("app.kubernetes.io/name", "web")
            .label("app.kubernetes.io/instance", "web")
            .label("app.kubernetes.io/component", "backend")
            .label("app.kubernetes.io/managed-by", "Helm")
            .label("pod-template-hash", "=HASH=")
            .owned_by("ReplicaSet", "web-=HASH=")
            .ready()
            .with("/metadata/uid", "=UID=")
            .with("/metadata/resourceVersion", "8")
            .with("/metadata/managedFields", json!([{"manager": "kubelet", "fieldsV1": fields}]))
            .with("/spec/containers", json!([{"name": "app", "image": "app:1", "env": variables}]));
        Self { template: pod.build().to_string(), namespaces }
    }

    /// Namespace and name of a pod.
    #[must_use]
    pub fn key(&self, number: usize) -> (String, String) {
        (format!("namespace-{}", number % self.namespaces), format!("web-{}-{number:05}", self.hash(number)))
    }

    fn hash(&self, number: usize) -> String {
        let set = number / self.namespaces / REPLICAS;
        format!("{:x}", 0x7000_0000 + set * self.namespaces + number % self.namespaces)
    }

    /// An event over a pod, which is ready or not.
    #[must_use]
    pub fn line(&self, event: &str, number: usize, is_ready: bool) -> Bytes {
        let (namespace, name) = self.key(number);
        let pod = self.template.replace("=NAME=", &name).replace("=SPACE=", &namespace);
        let pod = pod.replace("=HASH=", &self.hash(number));
        let pod = pod.replace("=UID=", &format!("5f2d8a52-3c5e-4a0e-9a0b-{number:012x}"));
        let pod = if is_ready { pod } else { pod.replace(r#""Running""#, r#""Failed""#) };
        format!("{{\"type\":\"{event}\",\"object\":{pod}}}\n").into()
    }

    /// The lines of a streamed list.
    #[must_use]
    pub fn list(&self, count: usize) -> Vec<Bytes> {
        (0..count).map(|number| self.line("ADDED", number, true)).collect()
    }
}

/// Watches of pods that bring what they are given: a list when they are opened, and then each line that is sent.
pub struct Fed {
    /// The watches.
    pub watches: Watches,
    sender: Arc<Mutex<Option<UnboundedSender<Bytes>>>>,
}

impl Fed {
    /// Watches whose list is these lines. Must be called within a tokio runtime.
    #[must_use]
    pub fn new(list: Arc<Vec<Bytes>>) -> Self {
        let sender = Arc::new(Mutex::new(None));
        let line = Arc::clone(&sender);
        let service = tower::service_fn(move |_: Request<Body>| {
            let (sender, later) = unbounded();
            *line.lock() = Some(sender);
            let frames =
                listed(Arc::clone(&list)).chain(later).map(|line| Ok::<_, Infallible>(Frame::data(line)));
            std::future::ready(Ok::<_, Infallible>(Response::new(StreamBody::new(frames))))
        });
        Self { watches: Watches::new(Client::new(service, "default")), sender }
    }

    /// The watch of pods. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// None: all namespaces are watched.
    pub fn pods(&self) -> Result<Lease<Pod>, CheckError> {
        self.watches.lease(&(), "namespace-0")
    }

    /// Sends a line to the watch, which must be open.
    pub fn send(&self, line: Bytes) {
        if let Some(sender) = &*self.sender.lock() {
            let _ = sender.unbounded_send(line);
        }
    }
}

fn listed(list: Arc<Vec<Bytes>>) -> impl Stream<Item = Bytes> {
    let count = list.len();
    let lines = stream::iter((0..count).filter_map(move |number| list.get(number).cloned()));
    lines.chain(stream::iter([Bytes::from(format!("{END}\n"))]))
}

/// Ends when a pod is ready, or is not any more.
pub async fn until(pods: &Lease<Pod>, (namespace, name): &(String, String), is_ready: bool) {
    loop {
        let mut signal: Signal = pods.on_object(namespace, name);
        let verdict = pods.object(namespace, name).judge(|pod| judge::pod::ready(pod.as_deref()));
        if verdict.is_ok_and(|verdict| verdict.is_ready() == is_ready) {
            return;
        }
        signal.changed().await;
    }
}
