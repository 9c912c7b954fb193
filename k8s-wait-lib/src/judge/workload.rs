//! What judges of workloads ask before they count pods: [`counted`], and how many of them are [`needed`].

use super::terminating;
use crate::Verdict;
use crate::object::Meta;
use k8s_wait_target::Min;

/// Whether its pods are to be counted at all: not while it is being deleted, nor by a status of an older spec, nor when
/// none are wanted, unless `min=0`.
///
/// `emptiness` says why none are wanted.
pub(super) fn counted(
    meta: &Meta,
    observed: Option<i64>,
    desired: i32,
    min: Option<Min>,
    emptiness: &str,
) -> Result<(), Verdict> {
    match min {
        _ if meta.is_terminating => Err(terminating()),
        // A status that tells no generation was never written, so it says nothing.
        _ if observed.is_none() || observed < meta.generation => Err(unobserved(meta, observed)),
        Some(Min::Count(0)) => Ok(()),
        _ if desired == 0 => {
            Err(Verdict::pending("ScaledToZero", format!("{emptiness}; min=0 accepts that")))
        }
        _ => Ok(()),
    }
}

fn unobserved(meta: &Meta, observed: Option<i64>) -> Verdict {
    let (observed, wanted) = (observed.unwrap_or_default(), meta.generation.unwrap_or_default());
    let message = format!("its status is of generation {observed}, its spec of generation {wanted}");
    Verdict::pending("StaleStatus", message)
}

/// How many of the `desired` ones `min` asks for.
pub(super) fn needed(min: Min, desired: i32) -> i32 {
    i32::try_from(super::needed(min, usize::try_from(desired).unwrap_or(0))).unwrap_or(i32::MAX)
}

/// A verdict that is pending, with what keeps pods from being made, if that is known.
pub(super) fn pending(code: &'static str, mut message: String, replica_failure: Option<&str>) -> Verdict {
    if let Some(why) = replica_failure {
        message.push_str(&format!("; replicas cannot be made: {why}"));
    }
    Verdict::pending(code, message)
}
