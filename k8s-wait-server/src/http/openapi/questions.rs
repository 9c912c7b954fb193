//! What is asked: [`Questions`] by a query or by a body, and other parameters.

use super::answers::of;
use super::schemas::Schemas;
use crate::http::POD;
use serde_json::{Value, json};

/// How `/v1/check` and `/v1/wait` are asked.
pub(super) struct Questions<'a>(pub(super) &'a Schemas);

impl Questions<'_> {
    pub(super) fn of_a_check(&self) -> Vec<Value> {
        let target = json!({
            "name": "target", "in": "query", "required": true, "style": "form", "explode": true,
            "description": "Once for each target; 100 at most (`--max-targets`).",
            "schema": self.0.asked("targets"),
        });
        vec![target, self.parameter("namespace", of("Namespace")), self.parameter("mode", of("Mode"))]
    }

    pub(super) fn of_a_wait(&self) -> Vec<Value> {
        let [timeout, token] = [("timeout", of("Duration")), ("token", json!({"type": "string"}))]
            .map(|(field, schema)| self.parameter(field, schema));
        [self.of_a_check(), vec![timeout, token, pod()]].concat()
    }

    /// What is a field of the body too, where it may be `null`.
    fn parameter(&self, field: &str, schema: Value) -> Value {
        let description = self.0.asked(field).get("description").cloned().unwrap_or_default();
        query(field, description, schema)
    }
}

/// The body of a POST.
pub(super) fn body() -> Value {
    json!({
        "description": "64 KiB at most (`--max-body-bytes`).",
        "required": true,
        "content": {"application/json": {"schema": of("Question")}},
    })
}

/// In which pod a client is, as it says itself.
pub(super) fn pod() -> Value {
    json!({
        "name": POD, "in": "header", "schema": {"type": "string"},
        "description": "The pod that waits, for those who look at who waits. What is no name of a pod is ignored.",
    })
}

/// Who waits, in part.
pub(super) fn filter() -> Vec<Value> {
    let namespace = json!({"anyOf": [of("Namespace"), {"const": ""}]});
    let text = "Those that have it in their namespace, their pod, their targets or their reasons.";
    vec![
        query("namespace", "Those of this namespace.".into(), namespace),
        query("text", text.into(), json!({"type": "string"})),
    ]
}

/// The object that k8s-when-ready is asked about.
pub(super) fn object() -> Vec<Value> {
    let path = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}});
    let uptime = "For how many seconds, up to 3600, it has to be so without a break.";
    vec![path("namespace"), path("name"), query("uptime", uptime.into(), json!({"type": "number"}))]
}

fn query(name: &str, description: Value, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}
