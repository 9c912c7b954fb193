//! Daemon sets: [`DaemonSet`].

use super::wire::{cached, part, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a daemon set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DaemonSet {
    /// Its metadata.
    pub meta: Meta,
    /// Are pods updated only when somebody deletes them? (`spec.updateStrategy` OnDelete.)
    pub is_on_delete: bool,
    /// `status.observedGeneration`.
    pub observed_generation: Option<i64>,
    /// `status.desiredNumberScheduled`: nodes that are to run its pod.
    pub desired: i32,
    /// `status.updatedNumberScheduled`: those of them that run the updated pod.
    pub updated: i32,
    /// `status.numberAvailable`: those of them whose pod is available.
    pub available: i32,
}

wire!(DaemonSetWire = "apps" / "v1" "DaemonSet" "daemonsets" { spec: Spec, status: Status });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    #[serde(deserialize_with = "part")]
    update_strategy: Strategy,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Strategy {
    #[serde(rename = "type")]
    type_: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: Option<i64>,
    desired_number_scheduled: Option<i32>,
    updated_number_scheduled: Option<i32>,
    number_available: Option<i32>,
}

impl Cached for DaemonSet {
    cached!(DaemonSetWire);

    fn cut(wire: DaemonSetWire) -> Self {
        let status = wire.status;
        Self {
            meta: wire.metadata.meta,
            is_on_delete: wire.spec.update_strategy.type_.as_deref() == Some("OnDelete"),
            observed_generation: status.observed_generation,
            desired: status.desired_number_scheduled.unwrap_or_default(),
            updated: status.updated_number_scheduled.unwrap_or_default(),
            available: status.number_available.unwrap_or_default(),
        }
    }
}
