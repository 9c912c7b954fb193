//! An API of pods without sockets, so that its time can be paused: [`Fake`].

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep};

/// How the API answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should.
    Well,
    /// With this status, to everything.
    Refuse(u16),
    /// With 429, and the wish to be left alone for so many seconds.
    Busy(u32),
    /// With this status to what only goes on with a watch; lists are fine.
    RefuseWatches(u16),
    /// Not at all.
    Silent,
    /// `sendInitialEvents` is answered with this status: 422 where the feature gate is off, 500 on an old etcd.
    NoStreaming(u16),
    /// `sendInitialEvents` is not understood and left out, as before Kubernetes 1.27.
    OldStreaming,
    /// Lists, streamed or not, are begun and never ended.
    HungLists,
    /// What only goes on with a watch is 200 and ends at once, as from a proxy that does not understand it.
    ShortWatches,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub at: Instant,
    pub query: String,
}

#[derive(Clone)]
pub struct Fake {
    state: Arc<Mutex<State>>,
}

struct State {
    mood: Mood,
    version: u64,
    pods: BTreeMap<String, Value>,
    history: Vec<(u64, String)>,
    watchers: Vec<UnboundedSender<String>>,
    /// Connections that died without a word: nothing comes on them any more, not even an end.
    stalled: Vec<UnboundedSender<String>>,
    /// Bumped to kill the watches that are open.
    stalls: u64,
    asked: Vec<Asked>,
}

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

impl Fake {
    pub fn new() -> Self {
        let state = State {
            mood: Mood::Well,
            version: 100,
            pods: BTreeMap::new(),
            history: Vec::new(),
            watchers: Vec::new(),
            stalled: Vec::new(),
            stalls: 0,
            asked: Vec::new(),
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    pub fn client(&self) -> Client {
        let fake = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let fake = fake.clone();
            async move { Ok::<_, Infallible>(fake.answer(request.uri().query().unwrap_or_default()).await) }
        });
        Client::new(service, "default")
    }

    pub fn mood(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// Creates or changes a pod in namespace `shop`.
    pub fn put(&self, pod: impl Into<Value>) {
        let mut pod: Value = pod.into();
        let mut state = self.state.lock().unwrap();
        state.version += 1;
        pod["metadata"]["resourceVersion"] = json!(state.version.to_string());
        pod["metadata"]["namespace"] = json!("shop");
        let name = pod["metadata"]["name"].as_str().unwrap().to_owned();
        let known = state.pods.insert(name, pod.clone()).is_some();
        state.tell(if known { "MODIFIED" } else { "ADDED" }, &pod);
    }

    pub fn delete(&self, name: &str) {
        let mut state = self.state.lock().unwrap();
        let Some(mut pod) = state.pods.remove(name) else { return };
        state.version += 1;
        pod["metadata"]["resourceVersion"] = json!(state.version.to_string());
        state.tell("DELETED", &pod);
    }

    /// Nothing but a sign of life on every open watch.
    pub fn bookmark(&self) {
        let mut state = self.state.lock().unwrap();
        state.version += 1;
        let metadata = json!({"resourceVersion": state.version.to_string()});
        let event = event("BOOKMARK", &json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}));
        state.watchers.retain(|watcher| watcher.send(event.clone()).is_ok());
    }

    /// Ends every open watch without an error.
    pub fn end_watches(&self) {
        self.state.lock().unwrap().watchers.clear();
    }

    /// Silences every open watch.
    pub fn stall_watches(&self) {
        let mut state = self.state.lock().unwrap();
        let silenced = std::mem::take(&mut state.watchers);
        state.stalled.extend(silenced);
        state.stalls += 1;
    }

    /// Breaks every open watch with an error inside of its stream.
    pub fn break_watches(&self, code: u16) {
        let mut state = self.state.lock().unwrap();
        let event = json!({"type": "ERROR", "object": status(code)}).to_string();
        state.watchers.drain(..).for_each(|watcher| drop(watcher.send(event.clone())));
    }

    pub fn watchers(&self) -> usize {
        self.state.lock().unwrap().watchers.iter().filter(|watcher| !watcher.is_closed()).count()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Whole lists so far, streamed or not.
    pub fn lists(&self) -> usize {
        let is_list =
            |asked: &Asked| !asked.query.contains("watch=true") || asked.query.contains("sendInitialEvents");
        self.asked().iter().filter(|asked| is_list(asked)).count()
    }

    async fn answer(&self, query: &str) -> Answer {
        let mood = {
            let mut state = self.state.lock().unwrap();
            state.asked.push(Asked { at: Instant::now(), query: query.to_owned() });
            state.mood
        };
        let (is_watch, is_streamed) = (query.contains("watch=true"), query.contains("sendInitialEvents"));
        match mood {
            Mood::Silent => std::future::pending().await,
            Mood::Refuse(code) => refused(code),
            Mood::Busy(seconds) => whole(429, &busy(seconds)),
            Mood::RefuseWatches(code) if is_watch && !is_streamed => refused(code),
            Mood::NoStreaming(code) if is_streamed => refused(code),
            Mood::RefuseWatches(_) if is_streamed => refused(422),
            Mood::HungLists if is_streamed => streamed(begun()),
            Mood::HungLists if !is_watch => std::future::pending().await,
            Mood::ShortWatches if is_watch && !is_streamed => {
                sleep(Duration::from_millis(1)).await;
                streamed(stream::empty())
            }
            Mood::OldStreaming if is_streamed => streamed(self.watch(query, false)),
            _ if is_watch => streamed(self.watch(query, is_streamed)),
            _ => whole(200, &self.list()),
        }
    }

    fn list(&self) -> Value {
        let state = self.state.lock().unwrap();
        let items: Vec<_> = state.pods.values().collect();
        let metadata = json!({"resourceVersion": state.version.to_string()});
        json!({"apiVersion": "v1", "kind": "PodList", "metadata": metadata, "items": items})
    }

    /// A watch: all pods first where it starts from zero, else what came after; then what comes.
    fn watch(&self, query: &str, is_marked: bool) -> impl Stream<Item = String> + Send + use<> {
        let since = parameter(query, "resourceVersion");
        let (sender, receiver) = unbounded_channel();
        let mut state = self.state.lock().unwrap();
        match since {
            0 => state.pods.values().for_each(|pod| drop(sender.send(event("ADDED", pod)))),
            _ => state
                .history
                .iter()
                .filter(|(at, _)| *at > since)
                .for_each(|(_, event)| drop(sender.send(event.clone()))),
        }
        if is_marked {
            drop(sender.send(state.mark()));
        }
        state.watchers.push(sender);
        let time = Duration::from_secs(parameter(query, "timeoutSeconds"));
        let (fake, stalls) = (self.clone(), state.stalls);
        let end = async move {
            sleep(time).await;
            if fake.state.lock().unwrap().stalls != stalls {
                std::future::pending::<()>().await;
            }
        };
        arriving(receiver).take_until(Box::pin(end))
    }
}

impl State {
    fn tell(&mut self, kind: &str, pod: &Value) {
        let event = event(kind, pod);
        self.history.push((self.version, event.clone()));
        self.watchers.retain(|watcher| watcher.send(event.clone()).is_ok());
    }

    fn mark(&self) -> String {
        let annotations = json!({"k8s.io/initial-events-end": "true"});
        let metadata = json!({"resourceVersion": self.version.to_string(), "annotations": annotations});
        event("BOOKMARK", &json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}))
    }
}

fn event(kind: &str, object: &Value) -> String {
    json!({"type": kind, "object": object}).to_string()
}

fn parameter(query: &str, name: &str) -> u64 {
    let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    pair.and_then(|(_, value)| value.parse().ok()).unwrap_or_default()
}

fn arriving(events: UnboundedReceiver<String>) -> impl Stream<Item = String> + Send {
    stream::unfold(events, |mut events| async move { Some((events.recv().await?, events)) })
}

/// One pod that is ready, and not a word more.
fn begun() -> impl Stream<Item = String> + Send {
    let pod =
        k8s_wait_testkit::build::pod("web").namespace("shop").with("/metadata/resourceVersion", "1").ready();
    stream::iter([event("ADDED", &pod.build())]).chain(stream::pending())
}

fn streamed(lines: impl Stream<Item = String> + Send + 'static) -> Answer {
    let frames = lines.map(|line| Ok(Frame::data(Bytes::from(line + "\n"))));
    Response::new(StreamBody::new(frames).boxed_unsync())
}

fn whole(code: u16, body: &Value) -> Answer {
    let body = Full::from(body.to_string()).boxed_unsync();
    Response::builder().status(code).header("content-type", "application/json").body(body).unwrap()
}

fn refused(code: u16) -> Answer {
    whole(code, &status(code))
}

fn busy(seconds: u32) -> Value {
    let mut status = status(429);
    status["details"] = json!({"retryAfterSeconds": seconds});
    status
}

fn status(code: u16) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
        "message": format!("the API answers {code}"), "reason": "Reason", "code": code,
    })
}
