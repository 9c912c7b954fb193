//! Services: [`Service`].

use super::wire::{cached, list, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Its metadata.
    pub meta: Meta,
    /// `spec.externalName` of a service of type ExternalName.
    pub external_name: Option<Box<str>>,
    /// `spec.ports`.
    pub ports: Box<[ServicePort]>,
}

/// One of `spec.ports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ServicePort {
    /// Its name; none when it is the only one.
    pub name: Option<Box<str>>,
    /// The port that the service listens on; its endpoints may serve it on another.
    pub port: i32,
}

wire!(ServiceWire = "" / "v1" "Service" "services" { spec: Spec });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    #[serde(rename = "type")]
    type_: Option<String>,
    external_name: Option<Box<str>>,
    #[serde(deserialize_with = "list")]
    ports: Vec<ServicePort>,
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
        }
    }
}
