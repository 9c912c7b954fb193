//! Events of Kubernetes about pods that wait: [`Events`].
//!
//! An Event is named after its pod and its reason, so that there is one of each, whoever has said it: the API server takes no
//! second one of that name for as long as it keeps the first, an hour by default.

use crate::contact::root;
use jiff::Timestamp;
use kube::Client;
use ring::digest::{SHA256, digest};
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::task::AbortOnDropHandle;
use warp::http::header::CONTENT_TYPE;
use warp::http::{Request, StatusCode};

/// So many wait for their turn at most.
const PLACES: usize = 256;
/// The pause between two of them: ten in a second at most.
const PAUSE: Duration = Duration::from_millis(100);
/// How long the API server may take for one.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest note that the API server takes, in bytes.
const NOTE_BYTES: usize = 1024;
/// Who says it.
const CONTROLLER: &str = "k8s-wait";

/// What is said about pods. Each is tried once: who has not been told so reads the log of its client.
pub(crate) struct Events {
    said: Sender<Event>,
    instance: String,
    _sending: AbortOnDropHandle<()>,
}

/// A pod that the API server knows.
#[derive(Clone, Copy)]
pub(crate) struct Pod<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) uid: &'a str,
}

struct Event {
    namespace: String,
    body: Value,
}

impl Events {
    /// Says it by way of this client, as the replica of that name.
    pub(crate) fn new(client: Client, instance: &str) -> Self {
        let (said, events) = channel(PLACES);
        let sending = AbortOnDropHandle::new(tokio::spawn(send(client, events)));
        Self { said, instance: instance.to_owned(), _sending: sending }
    }

    /// Says it about the pod, soon. `false` where so much has to be said first that it should be said again later.
    #[must_use]
    pub(crate) fn say(&self, pod: Pod<'_>, reason: &str, note: &str) -> bool {
        let event = Event { namespace: pod.namespace.to_owned(), body: self.body(pod, reason, note) };
        self.said.try_send(event).is_ok()
    }

    fn body(&self, pod: Pod<'_>, reason: &str, note: &str) -> Value {
        json!({
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"namespace": pod.namespace, "name": name(pod, reason)},
            "eventTime": format!("{:.6}", Timestamp::now()),
            "reportingController": CONTROLLER,
            "reportingInstance": self.instance,
            "action": "Waiting",
            "type": "Warning",
            "reason": reason,
            "note": beginning(note),
            "regarding": {
                "apiVersion": "v1", "kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": pod.uid,
            },
        })
    }
}

/// As much of a text as fits into a note.
fn beginning(text: &str) -> &str {
    let end = (0..=NOTE_BYTES.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// The same for the same pod and reason, and for no others.
fn name(pod: Pod<'_>, reason: &str) -> String {
    let digest = digest(&SHA256, format!("{}/{reason}", pod.uid).as_bytes());
    let half = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{CONTROLLER}-{half}")
}

async fn send(client: Client, mut events: Receiver<Event>) {
    let mut turns = interval(PAUSE);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = String::new();
    while let Some(event) = events.recv().await {
        turns.tick().await;
        let error = create(&client, event).await.err().unwrap_or_default();
        if error != told && !error.is_empty() {
            log::warn!(error = error.as_str(); "pods that wait cannot be told so by Events");
        }
        told = error;
    }
}

/// The error has nothing of the pod, so that the log has it once for all of them.
async fn create(client: &Client, event: Event) -> Result<(), String> {
    let path = format!("/apis/events.k8s.io/v1/namespaces/{}/events", event.namespace);
    let request = Request::post(path).header(CONTENT_TYPE, "application/json");
    let request = request.body(event.body.to_string().into_bytes()).map_err(|error| error.to_string())?;
    let said = timeout(PATIENCE, client.request::<IgnoredAny>(request)).await;
    match said.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))? {
        Ok(_) => Ok(()),
        // It has been said.
        Err(kube::Error::Api(status)) if status.code == StatusCode::CONFLICT.as_u16() => Ok(()),
        Err(kube::Error::Api(status)) if status.code == StatusCode::FORBIDDEN.as_u16() => {
            Err("no right to create events.events.k8s.io there; a role has to grant it to this server's ServiceAccount".to_owned())
        }
        Err(kube::Error::Api(status)) => Err(format!("{} {}", status.code, status.reason)),
        Err(error) => Err(root(&error).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: Pod<'_> = Pod { namespace: "shop", name: "web-0", uid: "1" };

    #[test]
    fn each_pod_and_reason_has_one_name_that_an_object_may_have() {
        let said = name(POD, "Cycle");
        assert_eq!(said, name(Pod { name: "other", ..POD }, "Cycle"), "a UID says which pod");
        assert_ne!(said, name(Pod { uid: "2", ..POD }, "Cycle"), "a later pod of that name is another one");
        assert_ne!(said, name(POD, "StillWaiting"));
        assert!(k8s_wait_lib::target::is_dns_label(&said), "{said}");
    }

    #[test]
    fn a_note_is_as_long_as_the_api_server_takes() {
        assert_eq!(beginning("short"), "short");
        assert_eq!(beginning(&"a".repeat(2000)).len(), 1024);
        assert_eq!(beginning(&"\u{20ac}".repeat(2000)).len(), 1023, "no character is cut in two");
    }
}
