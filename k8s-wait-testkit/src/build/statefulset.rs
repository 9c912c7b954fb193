//! Stateful sets, through a rollout: [`statefulset`].

use serde_json::json;

use super::object::{Object, object};
use crate::json;

/// Builds a stateful set; see [`statefulset`].
#[derive(Clone, Debug, PartialEq)]
pub struct StatefulSet(Object);

/// A stateful set of one replica that the controller has not seen yet.
pub fn statefulset(name: &str) -> StatefulSet {
    let labels = json!({ "app": name });
    let pod = json!({ "containers": [{ "name": "app", "image": "example.com/app:1" }] });
    let spec = json!({
        "replicas": 1, "selector": { "matchLabels": labels }, "serviceName": name,
        "podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10,
        "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } },
        "persistentVolumeClaimRetentionPolicy": { "whenDeleted": "Retain", "whenScaled": "Retain" },
        "template": { "metadata": { "labels": labels }, "spec": pod },
    });
    let set = object("apps/v1", "StatefulSet", name).generation(1);
    StatefulSet(set.with("/spec", spec).with("/status", json!({ "replicas": 0, "availableReplicas": 0 })))
}

super::metadata!(StatefulSet);
super::deletable!(StatefulSet);

impl StatefulSet {
    /// Sets `spec.replicas`, what is wanted.
    #[must_use]
    pub fn replicas(self, replicas: i32) -> Self {
        self.with("/spec/replicas", replicas)
    }

    /// Sets the partition of the rolling update: pods with a lower ordinal stay as they are.
    #[must_use]
    pub fn partition(self, ordinal: i32) -> Self {
        self.with("/spec/updateStrategy/rollingUpdate/partition", ordinal)
    }

    /// Sets the update strategy OnDelete: pods are updated when somebody deletes them.
    #[must_use]
    pub fn on_delete(self) -> Self {
        self.with("/spec/updateStrategy", json!({ "type": "OnDelete" }))
    }

    /// Sets `status.replicas`, all pods that were made and are still there.
    #[must_use]
    pub fn current(self, replicas: i32) -> Self {
        self.with("/status/replicas", replicas)
    }

    /// Sets `status.updatedReplicas`, and `currentReplicas` to the others.
    #[must_use]
    pub fn updated(self, replicas: i32) -> Self {
        let current = json::at(self.0.json(), "/status/replicas").as_i64().unwrap_or(0);
        let others = current.saturating_sub(replicas.into()).max(0);
        self.with("/status/updatedReplicas", replicas).with("/status/currentReplicas", others)
    }

    /// Sets `status.readyReplicas`, and `availableReplicas` along with it.
    #[must_use]
    pub fn ready(self, replicas: i32) -> Self {
        self.with("/status/readyReplicas", replicas).with("/status/availableReplicas", replicas)
    }

    /// Sets `status.currentRevision` and `status.updateRevision`, which are the same when no update is under way.
    #[must_use]
    pub fn revisions(self, current: &str, update: &str) -> Self {
        self.with("/status/currentRevision", current).with("/status/updateRevision", update)
    }

    /// Sets `status.observedGeneration`.
    #[must_use]
    pub fn observed(mut self, generation: i64) -> Self {
        self.0 = self.0.observed(generation);
        self
    }

    /// The rollout is done: the generation observed and every wanted replica of one revision and ready.
    #[must_use]
    pub fn rolled_out(self) -> Self {
        let number = |pointer: &str| json::at(self.0.json(), pointer).as_i64().unwrap_or(1);
        let generation = number("/metadata/generation");
        let wanted = i32::try_from(number("/spec/replicas")).unwrap_or(1);
        let revision = format!("{}-1", json::text(self.0.json(), "/metadata/name"));
        let set = self.current(wanted).updated(wanted).with("/status/currentReplicas", wanted).ready(wanted);
        set.revisions(&revision, &revision).with("/status/collisionCount", 0).observed(generation)
    }
}
