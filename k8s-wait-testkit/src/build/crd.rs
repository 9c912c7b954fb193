//! Definitions of custom resources: [`crd`].

use serde_json::json;

use super::object::{Object, object};

/// Builds a definition of custom resources; see [`crd`].
#[derive(Clone, Debug, PartialEq)]
pub struct CustomResourceDefinition(Object);

/// A definition that the API server has not looked at yet: `crd("cert-manager.io", "Certificate", "certificates")`.
///
/// To have the API serve the kind as well, there is `Api::serve`.
pub fn crd(group: &str, kind: &str, plural: &str) -> CustomResourceDefinition {
    let names = json!({
        "kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": kind.to_lowercase(),
    });
    let schema =
        json!({ "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } });
    let version = json!({ "name": "v1", "served": true, "storage": true, "schema": schema });
    let spec = json!({
        "group": group, "names": names, "scope": "Namespaced", "conversion": { "strategy": "None" },
        "versions": [version],
    });
    let name = format!("{plural}.{group}");
    let definition = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", &name).generation(1);
    let status =
        json!({ "storedVersions": ["v1"], "acceptedNames": { "kind": "", "plural": "" }, "conditions": [] });
    CustomResourceDefinition(definition.with("/spec", spec).with("/status", status))
}

super::cluster_metadata!(CustomResourceDefinition);

impl CustomResourceDefinition {
    /// Sets a condition, or replaces the one of the same type.
    #[must_use]
    pub fn condition(mut self, condition: &str, status: &str, reason: &str, message: &str) -> Self {
        self.0 = self.0.condition(condition, status, reason, message);
        self
    }

    /// Its names are accepted and its kind is served.
    #[must_use]
    pub fn established(self) -> Self {
        self.condition("NamesAccepted", "True", "NoConflicts", "no conflicts found").condition(
            "Established",
            "True",
            "InitialNamesAccepted",
            "the initial names have been accepted",
        )
    }

    /// Its names are accepted, and its kind is about to be served.
    #[must_use]
    pub fn installing(self) -> Self {
        self.condition("NamesAccepted", "True", "NoConflicts", "no conflicts found").condition(
            "Established",
            "False",
            "Installing",
            "the initial names have been accepted",
        )
    }

    /// Another definition has this name already; what is established stays so.
    #[must_use]
    pub fn names_taken(self, name: &str) -> Self {
        let message = format!("{name:?} is already in use");
        let is_established = |condition: &serde_json::Value| condition["type"] == "Established";
        let conditions = self.0.json().pointer("/status/conditions").and_then(|list| list.as_array());
        let is_new = !conditions.into_iter().flatten().any(is_established);
        let taken = self.condition("NamesAccepted", "False", "PluralConflict", &message);
        match is_new {
            true => taken.condition("Established", "False", "NotAccepted", "not all names are accepted"),
            false => taken,
        }
    }

    /// Being deleted, with what was made of it.
    #[must_use]
    pub fn terminating(mut self) -> Self {
        self.0 = self.0.terminating();
        let message = "CustomResource deletion is in progress";
        self.condition("Terminating", "True", "InstanceDeletionInProgress", message)
    }
}
