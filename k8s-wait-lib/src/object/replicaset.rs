//! Replica sets: [`ReplicaSet`].

use super::wire::{Conditions, cached, each, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a replica set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplicaSet {
    /// Its metadata.
    pub meta: Meta,
    /// `spec.replicas`; 1 when it is not set, as the API server defaults it.
    pub desired: i32,
    /// `status.observedGeneration`.
    pub observed_generation: Option<i64>,
    /// `status.replicas`: all of them, those that it no longer wants included.
    pub replicas: i32,
    /// `status.readyReplicas`.
    pub ready: i32,
    /// The message of condition ReplicaFailure while it is True: why pods cannot be made, as an exceeded quota.
    pub replica_failure: Option<Box<str>>,
}

wire!(ReplicaSetWire = "apps" / "v1" "ReplicaSet" "replicasets" { spec: Spec, status: Status });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    replicas: Option<i32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: Option<i64>,
    replicas: Option<i32>,
    ready_replicas: Option<i32>,
    #[serde(deserialize_with = "each")]
    conditions: Conditions,
}

impl Cached for ReplicaSet {
    cached!(ReplicaSetWire);

    fn cut(wire: ReplicaSetWire) -> Self {
        let mut status = wire.status;
        Self {
            meta: wire.metadata.meta,
            desired: wire.spec.replicas.unwrap_or(1),
            observed_generation: status.observed_generation,
            replicas: status.replicas.unwrap_or_default(),
            ready: status.ready_replicas.unwrap_or_default(),
            replica_failure: status.conditions.replica_failure(),
        }
    }
}
