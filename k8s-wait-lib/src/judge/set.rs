//! Sets of objects, by label selector: [`judge`].

use crate::{Reason, Verdict};
use k8s_wait_target::Min;

/// How a set came out.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Objects that the selector matches.
    pub matched: usize,
    /// Verdicts over those that count, each with the object's name in its message.
    pub counted: Vec<Verdict>,
}

/// At least `min` of the objects that count are ready: all of them unless said otherwise, and at least one.
///
/// Failed once so many have failed that those left cannot make `min`, unless there were too few to begin with: more
/// may come. An empty set is pending.
pub fn judge(tally: &Tally, min: Option<Min>) -> Verdict {
    let total = tally.counted.len();
    if total == 0 {
        return empty(tally.matched);
    }
    let needed = super::needed(min.unwrap_or(Min::All), total).max(1);
    let ready = tally.counted.iter().filter(|verdict| verdict.is_ready()).count();
    let failed = tally.counted.iter().filter(|verdict| verdict.is_failed()).count();
    let progress = format!("{ready} of {total} are ready, {needed} needed");
    match ready >= needed {
        true => Verdict::Ready,
        false if total >= needed && total - failed < needed => {
            Verdict::Failed(cause(tally, progress, Verdict::is_failed))
        }
        false => Verdict::Pending(cause(tally, progress, Verdict::is_pending)),
    }
}

fn empty(matched: usize) -> Verdict {
    match matched {
        0 => Verdict::pending("NoMatch", "nothing matches the selector yet"),
        _ => {
            let message = format!(
                "none of the {matched} that match the selector counts: they have ended or are being deleted"
            );
            Verdict::pending("NoneLeft", message)
        }
    }
}

/// The progress with the first verdict that explains it.
fn cause(tally: &Tally, progress: String, explains: fn(&Verdict) -> bool) -> Reason {
    match tally.counted.iter().find(|verdict| explains(verdict)).and_then(Verdict::reason) {
        Some(reason) => Reason::new(reason.code.clone(), format!("{progress}; {}", reason.message)),
        None => Reason::new("TooFew", progress),
    }
}
