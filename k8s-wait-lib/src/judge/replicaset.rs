//! Replica sets: [`ready`].

use super::{absent, workload};
use crate::Verdict;
use crate::object::ReplicaSet;
use k8s_wait_target::Min;

/// The generation is observed, all replicas that are wanted are ready, and no others are left.
///
/// `min` lowers how many must be ready; `min=0` also accepts a set that is scaled to zero, as those of a deployment's
/// older revisions are.
pub fn ready(set: Option<&ReplicaSet>, min: Option<Min>) -> Verdict {
    let Some(set) = set else { return absent() };
    match workload::counted(&set.meta, set.observed_generation, set.desired, min, "it is scaled to zero") {
        Ok(()) => counted(set, min),
        Err(verdict) => verdict,
    }
}

fn counted(set: &ReplicaSet, min: Option<Min>) -> Verdict {
    let ReplicaSet { desired, replicas, ready, .. } = *set;
    let wanted = workload::needed(min.unwrap_or(Min::All), desired);
    match set {
        _ if replicas > desired => {
            pending(set, format!("{} replicas too many are pending termination", replicas - desired))
        }
        _ if ready < wanted => pending(set, format!("{ready} of {wanted} replicas are ready")),
        _ => Verdict::Ready,
    }
}

fn pending(set: &ReplicaSet, message: String) -> Verdict {
    workload::pending("ReplicasNotReady", message, set.replica_failure.as_deref())
}
