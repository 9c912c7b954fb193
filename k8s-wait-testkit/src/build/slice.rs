//! EndpointSlices, endpoint by endpoint: [`slice()`].

use serde_json::{Value, json};

use super::object::{Object, object};
use crate::json;

/// Builds an EndpointSlice; see [`slice()`].
#[derive(Clone, Debug, PartialEq)]
pub struct Slice(Object);

/// An empty slice of this service, named `SERVICE-1`.
pub fn slice(service: &str) -> Slice {
    let slice = object("discovery.k8s.io/v1", "EndpointSlice", &format!("{service}-1"))
        .generation(1)
        .label("kubernetes.io/service-name", service)
        .label("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io")
        .with("/addressType", "IPv4")
        .with("/endpoints", json!([]))
        .with("/ports", json!([]));
    Slice(slice)
}

super::metadata!(Slice);

impl Slice {
    /// Gives the slice a name of its own, for services with several slices.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.with("/metadata/name", name)
    }

    /// Adds a TCP port that all endpoints of the slice serve.
    #[must_use]
    pub fn port(mut self, name: &str, port: u16) -> Self {
        self.0 = self.0.push("/ports", json!({ "name": name, "port": port, "protocol": "TCP" }));
        self
    }

    /// Adds a ready endpoint; what follows is about it.
    #[must_use]
    pub fn endpoint(mut self, address: &str) -> Self {
        let conditions = json!({ "ready": true, "serving": true, "terminating": false });
        let endpoint = json!({ "addresses": [address], "conditions": conditions, "nodeName": "node-1" });
        self.0 = self.0.push("/endpoints", endpoint);
        self
    }

    /// The last endpoint is not ready.
    #[must_use]
    pub fn not_ready(self) -> Self {
        self.conditions(json!({ "ready": false, "serving": false, "terminating": false }))
    }

    /// The last endpoint is on its way out: still serving, never ready.
    #[must_use]
    pub fn terminating(self) -> Self {
        self.conditions(json!({ "ready": false, "serving": true, "terminating": true }))
    }

    /// The last endpoint says nothing about itself; the API reference has a missing `ready` count as true.
    #[must_use]
    pub fn unknown(self) -> Self {
        self.conditions(json!({}))
    }

    /// The last endpoint is this pod.
    #[must_use]
    pub fn target_pod(self, name: &str) -> Self {
        let namespace =
            json::at(self.0.json(), "/metadata/namespace").as_str().unwrap_or("default").to_owned();
        let pod = json!({ "kind": "Pod", "namespace": namespace, "name": name });
        self.last_endpoint("targetRef", pod)
    }

    fn conditions(self, conditions: Value) -> Self {
        self.last_endpoint("conditions", conditions)
    }

    fn last_endpoint(mut self, field: &str, value: Value) -> Self {
        if let Some(endpoint) = self.0.last("/endpoints") {
            json::set(endpoint, &format!("/{field}"), value);
        }
        self
    }
}
