//! Jobs: [`Job`].

use super::wire::{Condition, ConditionType, Conditions, cached, each, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job {
    /// Its metadata.
    pub meta: Meta,
    /// `spec.completions`; `None` for a work queue.
    pub completions: Option<i32>,
    /// `spec.suspend`.
    pub is_suspended: bool,
    /// Has `status.startTime` been set?
    pub has_started: bool,
    /// Pods that run.
    pub active: i32,
    /// Pods that succeeded.
    pub succeeded: i32,
    /// Pods that failed, retried ones included.
    pub failed: i32,
    /// Is condition Complete True?
    pub is_complete: bool,
    /// Reason and message of condition Failed while it is True.
    pub failure: Option<(Box<str>, Box<str>)>,
    /// Reason and message of condition FailureTarget while it is True: it has failed and its pods are being ended.
    pub failure_target: Option<(Box<str>, Box<str>)>,
}

wire!(JobWire = "batch" / "v1" "Job" "jobs" { spec: Spec, status: Status });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    completions: Option<i32>,
    suspend: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    start_time: Option<serde::de::IgnoredAny>,
    active: Option<i32>,
    succeeded: Option<i32>,
    failed: Option<i32>,
    #[serde(deserialize_with = "each")]
    conditions: Conditions,
}

impl Cached for Job {
    cached!(JobWire);

    fn cut(wire: JobWire) -> Self {
        let mut status = wire.status;
        let mut holding = |type_| status.conditions.take(type_).filter(Condition::is_true);
        Self {
            is_complete: holding(ConditionType::Complete).is_some(),
            failure: holding(ConditionType::Failed).map(Condition::into_reason),
            failure_target: holding(ConditionType::FailureTarget).map(Condition::into_reason),
            meta: wire.metadata.meta,
            completions: wire.spec.completions,
            is_suspended: wire.spec.suspend.unwrap_or_default(),
            has_started: status.start_time.is_some(),
            active: status.active.unwrap_or_default(),
            succeeded: status.succeeded.unwrap_or_default(),
            failed: status.failed.unwrap_or_default(),
        }
    }
}
