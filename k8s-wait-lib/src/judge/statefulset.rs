//! Stateful sets: [`rollout`].

use super::behind::{Behind, Pods};
use super::{absent, workload};
use crate::Verdict;
use crate::object::StatefulSet;
use k8s_wait_target::Min;

/// As `kubectl rollout status`: the generation is observed, the replicas from the partition on are updated, and all
/// replicas are ready.
///
/// Stricter than kubectl in two: a set with strategy OnDelete, of which kubectl tells nothing, is judged by its ready
/// replicas; and replicas that a smaller set no longer wants must be gone, for they are counted among the ready ones.
/// `min` lowers how many replicas must be ready; `min=0` also accepts a set that is scaled to zero.
pub fn rollout(set: Option<&StatefulSet>, min: Option<Min>) -> Verdict {
    let Some(set) = set else { return absent() };
    match workload::counted(&set.meta, set.observed_generation, set.desired, min, "it is scaled to zero") {
        Ok(()) => rolled_out(set, min),
        Err(verdict) => verdict,
    }
}

/// The pods of a stateful set, of which the rollout needs all, or `min`. While it goes on, those of the revision before
/// may get better by being replaced.
pub fn pods<'a>(set: &'a StatefulSet, _: &str, min: Option<Min>) -> Option<Behind<'a>> {
    let revision = Some(&*set.update_revision).filter(|revision| !set.is_on_delete && !revision.is_empty());
    Some(Behind::Pods(Pods { revision, ..Pods::replicas(set.desired, min) }))
}

fn rolled_out(set: &StatefulSet, min: Option<Min>) -> Verdict {
    let StatefulSet { desired, replicas, ready, .. } = *set;
    let wanted = workload::needed(min.unwrap_or(Min::All), desired);
    match not_updated(set) {
        Some(message) => pending(message),
        None if replicas > desired => {
            pending(format!("{} replicas too many are pending termination", replicas - desired))
        }
        None if ready < wanted => pending(format!("{ready} of {wanted} replicas are ready")),
        None => Verdict::Ready,
    }
}

/// What is still to be updated, if anything is.
fn not_updated(set: &StatefulSet) -> Option<String> {
    let StatefulSet { desired, updated, .. } = *set;
    match set.partition {
        _ if set.is_on_delete => None,
        // No API server leaves it out; kubectl goes by the revisions then.
        None => (set.current_revision != set.update_revision)
            .then(|| format!("{updated} of {desired} replicas are updated")),
        Some(partition) => {
            let wanted = desired.saturating_sub(partition).max(0);
            (updated < wanted).then(|| format!("{updated} of {wanted} replicas are updated"))
        }
    }
}

fn pending(message: String) -> Verdict {
    Verdict::pending("RolloutInProgress", message)
}
