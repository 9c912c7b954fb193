//! Namespaces: [`namespace`].

use serde_json::json;

use super::object::{Object, object};

/// Builds a namespace; see [`namespace`].
#[derive(Clone, Debug, PartialEq)]
pub struct Namespace(Object);

/// A namespace that is there: phase Active.
pub fn namespace(name: &str) -> Namespace {
    let namespace = object("v1", "Namespace", name).label("kubernetes.io/metadata.name", name);
    let spec = json!({ "finalizers": ["kubernetes"] });
    Namespace(namespace.with("/spec", spec).with("/status", json!({ "phase": "Active" })))
}

super::cluster_metadata!(Namespace);

impl Namespace {
    /// Sets `status.phase`.
    #[must_use]
    pub fn phase(self, phase: &str) -> Self {
        self.with("/status/phase", phase)
    }

    /// Being deleted, with what is in it.
    #[must_use]
    pub fn terminating(mut self) -> Self {
        self.0 = self.0.terminating();
        self.phase("Terminating")
    }
}
