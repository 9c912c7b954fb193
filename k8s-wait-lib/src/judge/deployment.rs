//! Deployments: [`rollout`], [`available`].

use super::{absent, terminating};
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

/// What both states ask first.
fn judged(deployment: Option<&Deployment>, min: Option<Min>) -> Result<&Deployment, Verdict> {
    let Some(deployment) = deployment else { return Err(absent()) };
    let (wanted, observed) = (deployment.meta.generation, deployment.observed_generation);
    match deployment {
        _ if deployment.meta.is_terminating => Err(terminating()),
        // A status that tells no generation was never written, so it says nothing.
        _ if observed.is_none() || observed < wanted => Err(unobserved(deployment)),
        _ if deployment.desired == 0 && min != Some(Min::Count(0)) => {
            Err(Verdict::pending("ScaledToZero", "it is scaled to zero; min=0 accepts that"))
        }
        _ => Ok(deployment),
    }
}

fn unobserved(deployment: &Deployment) -> Verdict {
    let observed = deployment.observed_generation.unwrap_or_default();
    let wanted = deployment.meta.generation.unwrap_or_default();
    let message = format!("its status is of generation {observed}, its spec of generation {wanted}");
    Verdict::pending("StaleStatus", message)
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

fn not_yet(code: &'static str, deployment: &Deployment, mut message: String) -> Verdict {
    if let Some(why) = deployment.replica_failure.as_deref() {
        message.push_str(&format!("; replicas cannot be made: {why}"));
    }
    Verdict::pending(code, message)
}

fn needed(min: Min, desired: i32) -> i32 {
    i32::try_from(super::needed(min, usize::try_from(desired).unwrap_or(0))).unwrap_or(i32::MAX)
}
