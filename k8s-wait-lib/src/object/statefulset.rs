//! Stateful sets: [`StatefulSet`].

use super::wire::{cached, part, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a stateful set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatefulSet {
    /// Its metadata.
    pub meta: Meta,
    /// `spec.replicas`; 1 when it is not set, as the API server defaults it.
    pub desired: i32,
    /// Are pods updated only when somebody deletes them? (`spec.updateStrategy` OnDelete.)
    pub is_on_delete: bool,
    /// `spec.updateStrategy.rollingUpdate.partition`: pods with a lower ordinal are not updated. The API server
    /// defaults it to 0.
    pub partition: Option<i32>,
    /// `status.observedGeneration`.
    pub observed_generation: Option<i64>,
    /// `status.replicas`: all of them, those that a smaller set no longer wants included.
    pub replicas: i32,
    /// `status.readyReplicas`, of whatever revision.
    pub ready: i32,
    /// `status.updatedReplicas`: those of `update_revision`.
    pub updated: i32,
    /// `status.currentRevision`: what pods that are not updated are made from.
    pub current_revision: Box<str>,
    /// `status.updateRevision`: what pods that are updated are made from. The current one when the update is done.
    pub update_revision: Box<str>,
}

wire!(StatefulSetWire = "apps" / "v1" "StatefulSet" "statefulsets" { spec: Spec, status: Status });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    replicas: Option<i32>,
    #[serde(deserialize_with = "part")]
    update_strategy: Strategy,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Strategy {
    #[serde(rename = "type")]
    type_: Option<String>,
    #[serde(deserialize_with = "part")]
    rolling_update: RollingUpdate,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct RollingUpdate {
    partition: Option<i32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: Option<i64>,
    replicas: Option<i32>,
    ready_replicas: Option<i32>,
    updated_replicas: Option<i32>,
    current_revision: Option<Box<str>>,
    update_revision: Option<Box<str>>,
}

impl Cached for StatefulSet {
    cached!(StatefulSetWire);

    fn cut(wire: StatefulSetWire) -> Self {
        let (strategy, status) = (wire.spec.update_strategy, wire.status);
        Self {
            meta: wire.metadata.meta,
            desired: wire.spec.replicas.unwrap_or(1),
            is_on_delete: strategy.type_.as_deref() == Some("OnDelete"),
            partition: strategy.rolling_update.partition,
            observed_generation: status.observed_generation,
            replicas: status.replicas.unwrap_or_default(),
            ready: status.ready_replicas.unwrap_or_default(),
            updated: status.updated_replicas.unwrap_or_default(),
            current_revision: status.current_revision.unwrap_or_default(),
            update_revision: status.update_revision.unwrap_or_default(),
        }
    }
}
