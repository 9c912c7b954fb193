//! Services: [`Service`].

use super::wire::{cached, list, part, wire};
use super::{Cached, Labels, Meta};
use k8s_wait_target::Selector;
use serde::Deserialize;

/// What is kept of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service {
    /// Its metadata.
    pub meta: Meta,
    /// `spec.externalName` of a service of type ExternalName.
    pub external_name: Option<Box<str>>,
    /// `spec.ports`.
    pub ports: Box<[ServicePort]>,
    /// Is it of type LoadBalancer?
    pub is_load_balancer: bool,
    /// Does `status.loadBalancer.ingress` hold an address or a host name?
    pub has_ingress: bool,
    /// `spec.selector`; none where somebody else makes the slices.
    pub selector: Option<Selector>,
}

/// One of `spec.ports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ServicePort {
    /// Its name; none when it is the only one.
    pub name: Option<Box<str>>,
    /// The port that the service listens on; its endpoints may serve it on another.
    pub port: i32,
}

wire!(ServiceWire = "" / "v1" "Service" "services" { spec: Spec, status: Status });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    #[serde(rename = "type")]
    type_: Option<String>,
    external_name: Option<Box<str>>,
    #[serde(deserialize_with = "list")]
    ports: Vec<ServicePort>,
    selector: Labels,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    #[serde(deserialize_with = "part")]
    load_balancer: LoadBalancer,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct LoadBalancer {
    #[serde(deserialize_with = "list")]
    ingress: Vec<Ingress>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Ingress {
    ip: Option<Box<str>>,
    hostname: Option<Box<str>>,
}

impl Ingress {
    fn is_assigned(&self) -> bool {
        [&self.ip, &self.hostname].into_iter().flatten().any(|address| !address.is_empty())
    }
}

impl Cached for Service {
    cached!(ServiceWire);

    fn cut(wire: ServiceWire) -> Self {
        let spec = wire.spec;
        let is_external = spec.type_.as_deref() == Some("ExternalName");
        Self {
            meta: wire.metadata.meta,
            external_name: is_external.then(|| spec.external_name.unwrap_or_default()),
            ports: spec.ports.into_boxed_slice(),
            is_load_balancer: spec.type_.as_deref() == Some("LoadBalancer"),
            has_ingress: wire.status.load_balancer.ingress.iter().any(Ingress::is_assigned),
            // An empty one is no selector, and one that is none cannot have been accepted.
            selector: spec.selector.to_string().parse().ok(),
        }
    }
}
