//! Deployments, through a rollout: [`deployment`].

use serde_json::json;

use super::object::{Object, SINCE, object};
use crate::json;

/// Builds a deployment; see [`deployment`].
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment(Object);

/// A deployment of one replica that the deployment controller has not seen yet: an empty status.
pub fn deployment(name: &str) -> Deployment {
    let labels = json!({ "app": name });
    let pod = json!({ "containers": [{ "name": "app", "image": "example.com/app:1" }] });
    let spec = json!({
        "replicas": 1, "selector": { "matchLabels": labels }, "progressDeadlineSeconds": 600,
        "revisionHistoryLimit": 10,
        "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" } },
        "template": { "metadata": { "labels": labels }, "spec": pod },
    });
    let deployment = object("apps/v1", "Deployment", name).generation(1);
    Deployment(deployment.with("/spec", spec).with("/status", json!({})))
}

super::metadata!(Deployment);
super::deletable!(Deployment);

impl Deployment {
    /// Sets `spec.replicas`, what is wanted.
    #[must_use]
    pub fn replicas(self, replicas: i32) -> Self {
        self.with("/spec/replicas", replicas)
    }

    /// Sets `status.replicas`, old and new pods together.
    #[must_use]
    pub fn current(self, replicas: i32) -> Self {
        self.with("/status/replicas", replicas)
    }

    /// Sets `status.updatedReplicas`; without a word about them, these are all the pods there are.
    #[must_use]
    pub fn updated(self, replicas: i32) -> Self {
        let current = json::at(self.0.json(), "/status/replicas").as_i64().unwrap_or(0);
        self.with("/status/updatedReplicas", replicas).with("/status/replicas", current.max(replicas.into()))
    }

    /// Sets `status.readyReplicas`.
    #[must_use]
    pub fn ready(self, replicas: i32) -> Self {
        self.with("/status/readyReplicas", replicas)
    }

    /// Sets `status.availableReplicas`.
    #[must_use]
    pub fn available(self, replicas: i32) -> Self {
        self.with("/status/availableReplicas", replicas)
    }

    /// Sets `status.observedGeneration`.
    #[must_use]
    pub fn observed(mut self, generation: i64) -> Self {
        self.0 = self.0.observed(generation);
        self
    }

    /// Sets `status.observedGeneration`; the same as [`observed`](Deployment::observed).
    #[must_use]
    pub fn observed_generation(self, generation: i64) -> Self {
        self.observed(generation)
    }

    /// Sets a condition, or replaces the one of the same type.
    #[must_use]
    pub fn condition(mut self, condition: &str, status: &str, reason: &str, message: &str) -> Self {
        let changed = json!(SINCE);
        self.0 = self.0.condition(condition, status, reason, message);
        if let Some(condition) = self.0.last("/status/conditions") {
            json::set(condition, "/lastUpdateTime", changed);
        }
        self
    }

    /// In the middle of a rollout to this ReplicaSet, of which the deployment controller tells in a condition alone.
    #[must_use]
    pub fn rolling_out(self, replica_set: &str) -> Self {
        let (_, generation) = self.wanted();
        let message = format!("ReplicaSet {replica_set:?} is progressing.");
        self.observed(generation).condition("Progressing", "True", "ReplicaSetUpdated", &message)
    }

    /// The rollout is done: the generation observed and every wanted replica updated and available.
    #[must_use]
    pub fn rolled_out(self) -> Self {
        let (wanted, generation) = self.wanted();
        self.updated(wanted)
            .current(wanted)
            .ready(wanted)
            .available(wanted)
            .observed(generation)
            .condition(
                "Available",
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.",
            )
            .condition(
                "Progressing",
                "True",
                "NewReplicaSetAvailable",
                "ReplicaSet has successfully progressed.",
            )
    }

    /// The rollout has failed: no progress within `spec.progressDeadlineSeconds`.
    #[must_use]
    pub fn progress_deadline_exceeded(self) -> Self {
        let (_, generation) = self.wanted();
        self.observed(generation)
            .condition(
                "Available",
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
            )
            .condition(
                "Progressing",
                "False",
                "ProgressDeadlineExceeded",
                "ReplicaSet has timed out progressing.",
            )
    }

    fn wanted(&self) -> (i32, i64) {
        let number = |pointer: &str| json::at(self.0.json(), pointer).as_i64();
        let replicas = number("/spec/replicas").and_then(|replicas| replicas.try_into().ok());
        (replicas.unwrap_or(1), number("/metadata/generation").unwrap_or(1))
    }
}
