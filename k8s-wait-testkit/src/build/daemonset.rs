//! Daemon sets, through a rollout: [`daemonset`].

use serde_json::json;

use super::object::{Object, object};
use crate::json;

/// Builds a daemon set; see [`daemonset`].
#[derive(Clone, Debug, PartialEq)]
pub struct DaemonSet(Object);

/// A daemon set that the controller has not seen yet: all counts are zero.
pub fn daemonset(name: &str) -> DaemonSet {
    let labels = json!({ "app": name });
    let pod = json!({ "containers": [{ "name": "app", "image": "example.com/app:1" }] });
    let spec = json!({
        "selector": { "matchLabels": labels }, "revisionHistoryLimit": 10,
        "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 0, "maxUnavailable": 1 } },
        "template": { "metadata": { "labels": labels }, "spec": pod },
    });
    let status = json!({
        "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0,
    });
    let set = object("apps/v1", "DaemonSet", name).generation(1);
    DaemonSet(set.with("/spec", spec).with("/status", status))
}

super::metadata!(DaemonSet);
super::deletable!(DaemonSet);

impl DaemonSet {
    /// Sets `status.desiredNumberScheduled`, the nodes that are to run its pod.
    #[must_use]
    pub fn nodes(self, nodes: i32) -> Self {
        self.with("/status/desiredNumberScheduled", nodes)
    }

    /// Sets the update strategy OnDelete: pods are updated when somebody deletes them.
    #[must_use]
    pub fn on_delete(self) -> Self {
        self.with("/spec/updateStrategy", json!({ "type": "OnDelete" }))
    }

    /// Sets `status.currentNumberScheduled`, the nodes that run its pod, updated or not.
    #[must_use]
    pub fn current(self, nodes: i32) -> Self {
        self.with("/status/currentNumberScheduled", nodes)
    }

    /// Sets `status.updatedNumberScheduled`.
    #[must_use]
    pub fn updated(self, nodes: i32) -> Self {
        self.with("/status/updatedNumberScheduled", nodes)
    }

    /// Sets `status.numberReady`.
    #[must_use]
    pub fn ready(self, nodes: i32) -> Self {
        self.with("/status/numberReady", nodes)
    }

    /// Sets `status.numberAvailable`, and `numberUnavailable` to the others.
    #[must_use]
    pub fn available(self, nodes: i32) -> Self {
        let wanted = json::at(self.0.json(), "/status/desiredNumberScheduled").as_i64().unwrap_or(0);
        let others = wanted.saturating_sub(nodes.into()).max(0);
        self.with("/status/numberAvailable", nodes).with("/status/numberUnavailable", others)
    }

    /// Sets `status.observedGeneration`.
    #[must_use]
    pub fn observed(mut self, generation: i64) -> Self {
        self.0 = self.0.observed(generation);
        self
    }

    /// The rollout is done on so many nodes: the generation observed, the pod updated and available.
    #[must_use]
    pub fn rolled_out(self, nodes: i32) -> Self {
        let generation = json::at(self.0.json(), "/metadata/generation").as_i64().unwrap_or(1);
        self.nodes(nodes).current(nodes).updated(nodes).ready(nodes).available(nodes).observed(generation)
    }
}
