//! EndpointSlices: [`EndpointSlice`].

use super::wire::{cached, part, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// The label that names the service of a slice.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// What is kept of an EndpointSlice; its group is the service that it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointSlice {
    /// Its metadata.
    pub meta: Meta,
    /// Its endpoints.
    pub endpoints: Box<[Endpoint]>,
    /// The ports that each of its endpoints serves.
    pub ports: Box<[EndpointPort]>,
}

/// One of `endpoints`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// What tells it from others: the object behind it where one is named, else its first address.
    pub identity: Box<str>,
    /// `conditions.ready`; a missing one counts as true, as the API reference says.
    pub is_ready: bool,
    /// `conditions.terminating`.
    pub is_terminating: bool,
}

/// One of `ports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EndpointPort {
    /// The name of the service's port.
    pub name: Option<Box<str>>,
    /// The port that the endpoint listens on; `None` for all ports.
    pub port: Option<i32>,
}

wire!(SliceWire = "discovery.k8s.io" / "v1" "EndpointSlice" "endpointslices" {
    endpoints: Vec<WireEndpoint>,
    ports: Vec<EndpointPort>,
});

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireEndpoint {
    #[serde(deserialize_with = "part")]
    addresses: Vec<Box<str>>,
    #[serde(deserialize_with = "part")]
    conditions: Conditions,
    #[serde(deserialize_with = "part")]
    target_ref: TargetRef,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Conditions {
    ready: Option<bool>,
    terminating: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TargetRef {
    kind: Option<Box<str>>,
    namespace: Option<Box<str>>,
    name: Option<Box<str>>,
}

impl Cached for EndpointSlice {
    cached!(SliceWire);

    fn cut(wire: SliceWire) -> Self {
        Self {
            meta: wire.metadata.meta,
            endpoints: wire.endpoints.into_iter().map(Endpoint::from).collect(),
            ports: wire.ports.into_boxed_slice(),
        }
    }

    fn group(&self) -> Option<&str> {
        self.meta.labels.get(SERVICE_NAME)
    }
}

impl From<WireEndpoint> for Endpoint {
    fn from(wire: WireEndpoint) -> Self {
        let address = wire.addresses.into_iter().next().unwrap_or_default();
        Self {
            identity: wire.target_ref.identity().unwrap_or(address),
            is_ready: wire.conditions.ready.unwrap_or(true),
            is_terminating: wire.conditions.terminating.unwrap_or(false),
        }
    }
}

impl TargetRef {
    /// A pod with an IPv4 and an IPv6 address stands in two slices, and is one endpoint.
    fn identity(&self) -> Option<Box<str>> {
        let (kind, name) = (self.kind.as_deref()?, self.name.as_deref()?);
        Some(format!("{kind}/{}/{name}", self.namespace.as_deref().unwrap_or_default()).into())
    }
}
