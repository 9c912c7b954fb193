//! Namespaces: [`Namespace`].

use super::wire::{cached, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Namespace {
    /// Its metadata.
    pub meta: Meta,
    /// Is its phase Active?
    pub is_active: bool,
}

wire!(NamespaceWire = "" / "v1" "Namespace" "namespaces" in ClusterResourceScope { status: Status });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: Option<String>,
}

impl Cached for Namespace {
    cached!(NamespaceWire);

    fn cut(wire: NamespaceWire) -> Self {
        Self { meta: wire.metadata.meta, is_active: wire.status.phase.as_deref() == Some("Active") }
    }
}
