//! Judges: pure functions from what is known of an object to a [`Verdict`].
//!
//! No IO, no clock, no async. `None`, the absent object, is an input and not an error. A message says what is wrong
//! with the object without naming it; whoever asks puts the name in front.
//!
//! ```
//! use k8s_wait_lib::judge::{job, set};
//!
//! assert!(job::complete(None).is_pending());
//! assert!(set::judge(&set::Tally::default(), None).is_pending());
//! ```

pub mod behind;
pub mod cause;
pub mod cel;
pub mod condition;
pub mod customresourcedefinition;
pub mod daemonset;
pub mod deployment;
mod document;
pub mod job;
pub mod jsonpath;
pub mod namespace;
pub mod persistentvolumeclaim;
pub mod pod;
pub mod replicaset;
pub mod service;
pub mod set;
pub mod statefulset;
mod workload;

use crate::Verdict;
use k8s_wait_target::{Min, Missing};

/// The verdict over an object that is not there.
pub fn absent() -> Verdict {
    Verdict::pending("NotFound", "it does not exist yet")
}

/// The verdict over an object that is not there, as a target's `missing` has it.
pub fn missing(missing: Missing) -> Verdict {
    match missing {
        Missing::Wait => absent(),
        Missing::Fail => {
            Verdict::failed("NotFound", "it does not exist, and missing=fail does not wait for it")
        }
        Missing::Ready => Verdict::Ready,
    }
}

/// Is the object there? One that is being deleted still is.
pub fn exists<T: ?Sized>(object: Option<&T>) -> Verdict {
    if object.is_some() { Verdict::Ready } else { absent() }
}

/// The verdict over a status that was made for an older spec, as `kubectl wait` has it: only a generation that is
/// told can be behind.
fn stale(generation: Option<i64>, observed: Option<i64>) -> Option<Verdict> {
    let (generation, observed) = (generation?, observed?);
    (observed < generation).then(|| {
        let message = format!("its status is of generation {observed}, its spec of generation {generation}");
        Verdict::pending("StaleStatus", message)
    })
}

fn terminating() -> Verdict {
    Verdict::pending("Terminating", "it is being deleted")
}

/// What somebody else says, as a part of one sentence: on one line, and not longer than people read.
fn brief(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(LONGEST) {
        words.truncate(end);
        words.push('…');
    }
    words
}

/// The most characters that are told of somebody else's message.
const LONGEST: usize = 200;

/// How many of `total` a `min` asks for; a share is rounded up.
pub(crate) fn needed(min: Min, total: usize) -> usize {
    match min {
        Min::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
        Min::Percent(share) => (total * usize::from(share)).div_ceil(100),
        Min::All => total,
    }
}
