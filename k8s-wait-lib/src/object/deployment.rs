//! Deployments: [`Deployment`].

use super::wire::{Condition, ConditionType, Conditions, cached, each, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deployment {
    /// Its metadata.
    pub meta: Meta,
    /// `spec.replicas`; 1 when it is not set, as the API server defaults it.
    pub desired: i32,
    /// `status.observedGeneration`.
    pub observed_generation: Option<i64>,
    /// `status.replicas`: all of them, old ones included.
    pub replicas: i32,
    /// `status.updatedReplicas`.
    pub updated: i32,
    /// `status.availableReplicas`.
    pub available: i32,
    /// Is condition Available True?
    pub is_available: bool,
    /// The ReplicaSet that the rollout is about, as condition Progressing names it. The controller writes it nowhere
    /// else, and keeps it up to date from the moment it makes the ReplicaSet. Without a progress deadline, or while
    /// the rollout is paused, it is not told.
    pub replica_set: Option<Box<str>>,
    /// The message of condition Progressing when its reason is ProgressDeadlineExceeded.
    pub deadline_exceeded: Option<Box<str>>,
    /// The message of condition ReplicaFailure while it is True: why pods cannot be made, as an exceeded quota.
    pub replica_failure: Option<Box<str>>,
}

wire!(DeploymentWire = "apps" / "v1" "Deployment" "deployments" { spec: Spec, status: Status });

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
    updated_replicas: Option<i32>,
    available_replicas: Option<i32>,
    #[serde(deserialize_with = "each")]
    conditions: Conditions,
}

impl Cached for Deployment {
    cached!(DeploymentWire);

    fn cut(wire: DeploymentWire) -> Self {
        let mut status = wire.status;
        let exceeded = |c: &Condition| c.reason.as_deref() == Some("ProgressDeadlineExceeded");
        let progressing = status.conditions.take(ConditionType::Progressing);
        Self {
            is_available: status.conditions.take(ConditionType::Available).is_some_and(|c| c.is_true()),
            replica_set: progressing.as_ref().and_then(|c| replica_set(c.message.as_deref()?)),
            deadline_exceeded: progressing.filter(exceeded).map(|c| c.message.unwrap_or_default()),
            replica_failure: status.conditions.replica_failure(),
            meta: wire.metadata.meta,
            desired: wire.spec.replicas.unwrap_or(1),
            observed_generation: status.observed_generation,
            replicas: status.replicas.unwrap_or_default(),
            updated: status.updated_replicas.unwrap_or_default(),
            available: status.available_replicas.unwrap_or_default(),
        }
    }
}

/// The name in `ReplicaSet "web-7f9c6d5b8" is progressing.` and `Created new replica set "web-7f9c6d5b8"`, which is how
/// the controller has written it since it has had the condition.
fn replica_set(message: &str) -> Option<Box<str>> {
    let (before, rest) = message.split_once('"')?;
    let (name, _) = rest.split_once('"')?;
    let is_meant = before.ends_with("ReplicaSet ") || before.ends_with("replica set ");
    is_meant.then(|| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_replica_set_is_found_in_every_sentence_of_the_controller() {
        for message in [
            r#"Created new replica set "web-7f""#,
            r#"Found new replica set "web-7f""#,
            r#"ReplicaSet "web-7f" is progressing."#,
            r#"ReplicaSet "web-7f" has successfully progressed."#,
            r#"ReplicaSet "web-7f" has timed out progressing."#,
            r#"Failed to create new replica set "web-7f": quota "x" exceeded"#,
        ] {
            assert_eq!(replica_set(message).as_deref(), Some("web-7f"), "{message}");
        }
        for message in [r#"Deployment "web" is progressing."#, "Deployment is paused", "ReplicaSet \"web", ""]
        {
            assert_eq!(replica_set(message), None, "{message}");
        }
    }
}
