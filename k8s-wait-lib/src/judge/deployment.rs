//! Deployments: [`rollout`], [`available`].

use super::behind::{Behind, PodsOf};
use super::workload::needed;
use super::{absent, workload};
use crate::Verdict;
use crate::object::Deployment;
use k8s_wait_target::Min;

/// As `kubectl rollout status`: the generation is observed, all replicas are updated, old ones are gone, and those
/// that are there are available. Reason ProgressDeadlineExceeded: failed.
///
/// `min` lowers how many of them must be available; `min=0` also accepts a deployment that is scaled to zero.
pub fn rollout(deployment: Option<&Deployment>, min: Option<Min>) -> Verdict {
    match judged(deployment, min) {
        Ok(deployment) => rolled_out(deployment, min),
        Err(verdict) => verdict,
    }
}

/// Condition Available is True with the generation observed; with `min`, so many replicas are available.
pub fn available(deployment: Option<&Deployment>, min: Option<Min>) -> Verdict {
    match judged(deployment, min) {
        Ok(deployment) => availability(deployment, min),
        Err(verdict) => verdict,
    }
}

/// The pods of the ReplicaSet that the rollout is about: those of older ones are on their way out, in whatever state
/// they are. A rollout needs all of them, or `min`; anything else may be had of older ones as well, and any one pod
/// may make it.
pub fn pods<'a>(deployment: &'a Deployment, state: &str, min: Option<Min>) -> Option<Behind<'a>> {
    let pods = PodsOf::ReplicaSet(deployment.replica_set.as_deref()?);
    let [desired, replicas] =
        [deployment.desired, deployment.replicas].map(|n| usize::try_from(n).unwrap_or(0));
    Some(match state {
        "rollout" => Behind::some(pods, desired, super::needed(min.unwrap_or(Min::All), desired)),
        _ => Behind::some(pods, desired.max(replicas), min.map_or(1, |min| super::needed(min, desired))),
    })
}

/// What both states ask first.
fn judged(deployment: Option<&Deployment>, min: Option<Min>) -> Result<&Deployment, Verdict> {
    let deployment = deployment.ok_or_else(absent)?;
    let Deployment { meta, observed_generation, desired, .. } = deployment;
    workload::counted(meta, *observed_generation, *desired, min, "it is scaled to zero")?;
    Ok(deployment)
}

fn rolled_out(deployment: &Deployment, min: Option<Min>) -> Verdict {
    let Deployment { desired, replicas, updated, available, .. } = *deployment;
    let wanted = min.map_or(updated, |min| needed(min, desired));
    if let Some(message) = deployment.deadline_exceeded.as_deref() {
        return Verdict::failed(
            "ProgressDeadlineExceeded",
            format!("it exceeded its progress deadline: {message}"),
        );
    }
    match deployment {
        _ if updated < desired => pending(deployment, format!("{updated} of {desired} replicas are updated")),
        _ if replicas > updated => {
            pending(deployment, format!("{} old replicas are pending termination", replicas - updated))
        }
        _ if available < wanted => {
            pending(deployment, format!("{available} of {wanted} replicas are available"))
        }
        _ => Verdict::Ready,
    }
}

fn availability(deployment: &Deployment, min: Option<Min>) -> Verdict {
    let Deployment { desired, available, is_available, .. } = *deployment;
    let wanted = min.map_or(desired, |min| needed(min, desired));
    let holds = if min.is_some() { available >= wanted } else { is_available };
    match holds {
        true => Verdict::Ready,
        false => {
            not_yet("NotAvailable", deployment, format!("{available} of {wanted} replicas are available"))
        }
    }
}

fn pending(deployment: &Deployment, message: String) -> Verdict {
    not_yet("RolloutInProgress", deployment, message)
}

fn not_yet(code: &'static str, deployment: &Deployment, message: String) -> Verdict {
    workload::pending(code, message, deployment.replica_failure.as_deref())
}
