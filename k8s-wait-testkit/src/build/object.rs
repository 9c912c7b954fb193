//! Any object at all: [`object`], on which the other builders stand.

use serde_json::{Value, json};

use crate::json;

/// When a condition of a built object changed last.
pub(super) const SINCE: &str = "2026-01-01T00:00:00Z";

/// Builds an object of any kind; see [`object`].
#[derive(Clone, Debug, PartialEq)]
pub struct Object(Value);

/// An object of any kind: `object("cert-manager.io/v1", "Certificate", "web")`.
pub fn object(api_version: &str, kind: &str, name: &str) -> Object {
    Object(json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": name } }))
}

impl Object {
    /// Puts the object into this namespace; without it, a namespaced object is in `default`.
    #[must_use]
    pub fn namespace(self, namespace: &str) -> Self {
        self.with("/metadata/namespace", namespace)
    }

    /// Adds a label.
    #[must_use]
    pub fn label(self, key: &str, value: &str) -> Self {
        self.with(&format!("/metadata/labels/{}", json::escaped(key)), value)
    }

    /// Adds an annotation.
    #[must_use]
    pub fn annotation(self, key: &str, value: &str) -> Self {
        self.with(&format!("/metadata/annotations/{}", json::escaped(key)), value)
    }

    /// Sets `metadata.generation`.
    #[must_use]
    pub fn generation(self, generation: i64) -> Self {
        self.with("/metadata/generation", generation)
    }

    /// Sets `status.observedGeneration`.
    #[must_use]
    pub fn observed(self, generation: i64) -> Self {
        self.with("/status/observedGeneration", generation)
    }

    /// Names the controller that owns the object (`controller: true`).
    #[must_use]
    pub fn owned_by(self, kind: &str, name: &str) -> Self {
        let owner = json!([{
            "apiVersion": owner_api_version(kind), "kind": kind, "name": name,
            "uid": format!("uid-of-{name}"), "controller": true, "blockOwnerDeletion": true,
        }]);
        self.with("/metadata/ownerReferences", owner)
    }

    /// Marks the object as being deleted, as one with a grace period or a finalizer is.
    #[must_use]
    pub fn terminating(self) -> Self {
        self.with("/metadata/deletionTimestamp", SINCE).with("/metadata/deletionGracePeriodSeconds", 30)
    }

    /// Sets a condition, or replaces the one of the same type.
    #[must_use]
    pub fn condition(mut self, condition: &str, status: &str, reason: &str, message: &str) -> Self {
        let mut entry = json!({ "type": condition, "status": status, "lastTransitionTime": SINCE });
        for (key, text) in [("/reason", reason), ("/message", message)] {
            if !text.is_empty() {
                json::set(&mut entry, key, text);
            }
        }
        json::edit(&mut self.0, "/status/conditions", |place| {
            let mut conditions = take_list(place);
            conditions.retain(|other| json::text(other, "/type") != condition);
            conditions.push(entry);
            *place = conditions.into();
        });
        self
    }

    /// Sets any field, by JSON pointer; objects on the way are made: `with("/spec/nodeName", "node-1")`.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        json::set(&mut self.0, pointer, value);
        self
    }

    /// Adds an entry to the list at this JSON pointer.
    #[must_use]
    pub(super) fn push(mut self, pointer: &str, entry: Value) -> Self {
        json::edit(&mut self.0, pointer, |place| {
            let mut list = take_list(place);
            list.push(entry);
            *place = list.into();
        });
        self
    }

    /// The last entry of the list at this JSON pointer, for changes.
    pub(super) fn last(&mut self, pointer: &str) -> Option<&mut Value> {
        self.0.pointer_mut(pointer)?.as_array_mut()?.last_mut()
    }

    pub(super) fn json(&self) -> &Value {
        &self.0
    }

    /// The object as JSON.
    pub fn build(&self) -> Value {
        self.0.clone()
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        object.0
    }
}

/// Takes the list out of this place; anything else counts as an empty one.
fn take_list(place: &mut Value) -> Vec<Value> {
    match place.take() {
        Value::Array(list) => list,
        _ => Vec::new(),
    }
}

fn owner_api_version(kind: &str) -> &'static str {
    match kind {
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => "apps/v1",
        "Job" | "CronJob" => "batch/v1",
        _ => "v1",
    }
}
