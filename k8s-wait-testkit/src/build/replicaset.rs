//! Replica sets: [`replicaset`].

use serde_json::json;

use super::object::{Object, object};
use crate::json;

/// Builds a replica set; see [`replicaset`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaSet(Object);

/// A replica set of one replica that the controller has not seen yet.
pub fn replicaset(name: &str) -> ReplicaSet {
    let labels = json!({ "app": name });
    let pod = json!({ "containers": [{ "name": "app", "image": "example.com/app:1" }] });
    let spec = json!({
        "replicas": 1, "selector": { "matchLabels": labels },
        "template": { "metadata": { "labels": labels }, "spec": pod },
    });
    let set = object("apps/v1", "ReplicaSet", name).generation(1);
    ReplicaSet(set.with("/spec", spec).with("/status", json!({ "replicas": 0 })))
}

super::metadata!(ReplicaSet);
super::deletable!(ReplicaSet);

impl ReplicaSet {
    /// Sets `spec.replicas`, what is wanted.
    #[must_use]
    pub fn replicas(self, replicas: i32) -> Self {
        self.with("/spec/replicas", replicas)
    }

    /// Sets `status.replicas`, all pods that are there.
    #[must_use]
    pub fn current(self, replicas: i32) -> Self {
        self.with("/status/replicas", replicas).with("/status/fullyLabeledReplicas", replicas)
    }

    /// Sets `status.readyReplicas`, and `availableReplicas` along with it.
    #[must_use]
    pub fn ready(self, replicas: i32) -> Self {
        self.with("/status/readyReplicas", replicas).with("/status/availableReplicas", replicas)
    }

    /// Sets `status.observedGeneration`.
    #[must_use]
    pub fn observed(mut self, generation: i64) -> Self {
        self.0 = self.0.observed(generation);
        self
    }

    /// Sets a condition, or replaces the one of the same type.
    #[must_use]
    pub fn condition(mut self, condition: &str, status: &str, reason: &str, message: &str) -> Self {
        self.0 = self.0.condition(condition, status, reason, message);
        self
    }

    /// The generation observed, and every wanted replica there and ready.
    #[must_use]
    pub fn all_ready(self) -> Self {
        let number = |pointer: &str| json::at(self.0.json(), pointer).as_i64().unwrap_or(1);
        let generation = number("/metadata/generation");
        let wanted = i32::try_from(number("/spec/replicas")).unwrap_or(1);
        self.current(wanted).ready(wanted).observed(generation)
    }
}
