//! Persistent volume claims: [`bound`].

use super::{absent, terminating};
use crate::Verdict;
use crate::object::PersistentVolumeClaim;

/// Phase Bound. Lost is failed: the volume is gone, and the claim is never bound to another one.
pub fn bound(claim: Option<&PersistentVolumeClaim>) -> Verdict {
    let Some(claim) = claim else { return absent() };
    match claim {
        _ if claim.meta.is_terminating => terminating(),
        _ if claim.is_bound => Verdict::Ready,
        _ if claim.is_lost => Verdict::failed("ClaimLost", "the volume that it was bound to is gone"),
        _ => Verdict::pending("NotBound", "it is not bound to a volume yet"),
    }
}
