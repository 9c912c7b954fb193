//! Services of every sort: [`service`].

use serde_json::json;

use super::object::{Object, object};
use crate::json;

/// Builds a service; see [`service`].
#[derive(Clone, Debug, PartialEq)]
pub struct Service(Object);

/// A ClusterIP service without selector and ports.
pub fn service(name: &str) -> Service {
    let spec = json!({
        "type": "ClusterIP", "clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10"],
        "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster", "sessionAffinity": "None",
    });
    let status = json!({ "loadBalancer": {} });
    Service(object("v1", "Service", name).with("/spec", spec).with("/status", status))
}

super::metadata!(Service);
super::deletable!(Service);

impl Service {
    /// Adds a label that the pods of the service have.
    #[must_use]
    pub fn selector(self, key: &str, value: &str) -> Self {
        let key = json::escaped(key);
        self.with(&format!("/spec/selector/{key}"), value)
    }

    /// Adds a TCP port.
    #[must_use]
    pub fn port(mut self, name: &str, port: u16) -> Self {
        let port = json!({ "name": name, "port": port, "protocol": "TCP", "targetPort": port });
        self.0 = self.0.push("/spec/ports", port);
        self
    }

    /// No cluster IP: DNS answers with the pods' addresses.
    #[must_use]
    pub fn headless(self) -> Self {
        self.with("/spec/clusterIP", "None").with("/spec/clusterIPs", json!(["None"]))
    }

    /// An alias for a name outside of the cluster: no cluster IP, no EndpointSlices.
    #[must_use]
    pub fn external_name(self, name: &str) -> Self {
        let spec = json!({ "type": "ExternalName", "externalName": name, "sessionAffinity": "None" });
        self.with("/spec", spec)
    }

    /// A load balancer that has no address yet; give it one with [`ingress`](Service::ingress).
    #[must_use]
    pub fn load_balancer(self) -> Self {
        self.with("/spec/type", "LoadBalancer").with("/spec/externalTrafficPolicy", "Cluster")
    }

    /// The load balancer got this address.
    #[must_use]
    pub fn ingress(mut self, ip: &str) -> Self {
        self.0 = self.0.push("/status/loadBalancer/ingress", json!({ "ip": ip, "ipMode": "VIP" }));
        self
    }
}
