//! Daemon sets: [`rollout`].

use super::{absent, workload};
use crate::Verdict;
use crate::object::DaemonSet;
use k8s_wait_target::Min;

/// As `kubectl rollout status`: the generation is observed, and on every node that is to run its pod the pod is updated
/// and available.
///
/// A set with strategy OnDelete, of which kubectl tells nothing, is judged by its available pods. One that no node is
/// to run is not ready, though kubectl calls it so. `min` lowers how many pods must be available; `min=0` also accepts
/// a set that no node is to run.
pub fn rollout(set: Option<&DaemonSet>, min: Option<Min>) -> Verdict {
    let Some(set) = set else { return absent() };
    match workload::counted(&set.meta, set.observed_generation, set.desired, min, "no node is to run it") {
        Ok(()) => rolled_out(set, min),
        Err(verdict) => verdict,
    }
}

fn rolled_out(set: &DaemonSet, min: Option<Min>) -> Verdict {
    let DaemonSet { desired, updated, available, is_on_delete, .. } = *set;
    let wanted = workload::needed(min.unwrap_or(Min::All), desired);
    match set {
        _ if !is_on_delete && updated < desired => {
            pending(format!("{updated} of {desired} pods are updated"))
        }
        _ if available < wanted => pending(format!("{available} of {wanted} pods are available")),
        _ => Verdict::Ready,
    }
}

fn pending(message: String) -> Verdict {
    Verdict::pending("RolloutInProgress", message)
}
