//! A node that runs nothing: [`Node`] says of its pods what a kubelet would.

use super::api::refusal;
use super::namespace::Namespace;
use serde_json::{Value, json};

/// A node on which the pods of a namespace seem to run.
pub(crate) struct Node<'a> {
    shop: &'a Namespace,
    name: String,
    /// Counts how often it has acted.
    turn: u32,
}

impl<'a> Node<'a> {
    pub(crate) fn new(shop: &'a Namespace) -> Self {
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": shop.name}});
        shop.api.post("/api/v1/nodes", &node).unwrap();
        let mut node = Self { shop, name: shop.name.clone(), turn: 0 };
        node.act();
        node
    }

    /// Takes pods that have no node yet, lets all that have not ended run and be ready, and ends those that have to go.
    pub(crate) fn act(&mut self) {
        self.turn += 1;
        self.beat();
        for pod in self.shop.list("pods") {
            let name = pod["metadata"]["name"].as_str().unwrap();
            let has_ended = ["Succeeded", "Failed"].iter().any(|phase| pod["status"]["phase"] == *phase);
            if pod["metadata"].get("deletionTimestamp").is_some() {
                is_done(self.shop.api.delete(&self.shop.path(&format!("pods/{name}?gracePeriodSeconds=0"))));
            } else if pod["spec"].get("nodeName").is_none() {
                self.take(name);
            } else if !has_ended && !is_ready(&pod) {
                self.run(name);
            }
        }
    }

    /// The pods that run, but none of a Deployment: those are started by hand.
    pub(crate) fn started(&self) -> Option<Value> {
        let pods = self.shop.list("pods").into_iter();
        pods.filter(|pod| pod["status"]["phase"] == "Running")
            .find(|pod| pod["metadata"].get("ownerReferences").is_none())
    }

    /// Ends a pod.
    pub(crate) fn end(&self, pod: &Value, has_succeeded: bool) {
        let phase = if has_succeeded { "Succeeded" } else { "Failed" };
        self.shop
            .status(&format!("pods/{}", pod["metadata"]["name"].as_str().unwrap()), &json!({"phase": phase}));
    }

    /// A node that is not heard of is taken for dead, and its pods for not ready. Another time is as good as the right one.
    fn beat(&self) {
        let time = format!(
            "2026-01-01T{:02}:{:02}:{:02}Z",
            self.turn / 3600 % 24,
            self.turn / 60 % 60,
            self.turn % 60
        );
        let ready = json!({"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": time,
            "lastTransitionTime": "2026-01-01T00:00:00Z"});
        let path = format!("/api/v1/nodes/{}/status", self.name);
        self.shop.api.patch(&path, &json!({"status": {"conditions": [ready]}})).unwrap();
    }

    fn take(&self, pod: &str) {
        let binding = json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod},
            "target": {"apiVersion": "v1", "kind": "Node", "name": self.name}});
        is_done(self.shop.api.post(&self.shop.path(&format!("pods/{pod}/binding")), &binding));
    }

    fn run(&self, pod: &str) {
        let address = format!("10.1.{}.{}", self.turn / 250 % 250 + 1, self.turn % 250 + 1);
        let conditions: Vec<Value> = ["PodScheduled", "Initialized", "ContainersReady", "Ready"]
            .map(|kind| json!({"type": kind, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}))
            .into();
        let status = json!({"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": conditions});
        is_done(
            self.shop.api.patch(&self.shop.path(&format!("pods/{pod}/status")), &json!({"status": status})),
        );
    }
}

/// Pods come and go while we look at a list of them.
fn is_done(result: Result<Value, kube::Error>) {
    assert!(result.is_ok() || [Some(404), Some(409)].contains(&refusal(result)), "a pod cannot be changed");
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.shop.api.delete(&format!("/api/v1/nodes/{}", self.name)) {
            println!("node {} is left behind: {error}", self.name);
        }
    }
}
