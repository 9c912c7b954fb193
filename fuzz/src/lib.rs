//! What targets have in common: [`is_told`].

use k8s_wait_lib::Verdict;

/// A value in the objects that the seeds have.
pub const SECRET: &str = "s3cret";

/// Does the verdict repeat it? Then whoever may ask could read the object.
pub fn is_told(verdict: &Verdict) -> bool {
    verdict.reason().is_some_and(|reason| reason.message.contains(SECRET))
}
