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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verdicts() -> impl Strategy<Value = Vec<Verdict>> {
        let verdict = prop_oneof![
            Just(Verdict::Ready),
            Just(Verdict::pending("P", "p")),
            Just(Verdict::failed("F", "f")),
        ];
        prop::collection::vec(verdict, 0..12)
    }

    fn min() -> impl Strategy<Value = Option<Min>> {
        prop::option::of(prop_oneof![
            (0..14u32).prop_map(Min::Count),
            (1..=100u8).prop_map(Min::Percent),
            Just(Min::All),
        ])
    }

    fn judged(counted: &[Verdict], min: Option<Min>) -> Verdict {
        judge(&Tally { matched: counted.len(), counted: counted.to_vec() }, min)
    }

    fn count(verdicts: &[Verdict], is: fn(&Verdict) -> bool) -> usize {
        verdicts.iter().filter(|verdict| is(verdict)).count()
    }

    proptest! {
        #[test]
        fn order_does_not_matter(
            (one, other) in verdicts().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            min in min(),
        ) {
            prop_assert_eq!(judged(&one, min).word(), judged(&other, min).word());
        }

        #[test]
        fn another_pending_object_never_makes_a_set_ready(mut all in verdicts(), min in min()) {
            let before = judged(&all, min);
            all.push(Verdict::pending("P", "p"));
            prop_assert!(before.is_ready() || !judged(&all, min).is_ready());
        }

        #[test]
        fn a_set_is_ready_by_what_is_ready_in_it(all in verdicts(), min in min()) {
            let (ready, total) = (count(&all, Verdict::is_ready), all.len());
            if judged(&all, min).is_ready() {
                prop_assert!(ready > 0);
                match min {
                    None | Some(Min::All) => prop_assert_eq!(ready, total),
                    Some(Min::Count(least)) => prop_assert!(ready >= least as usize),
                    Some(Min::Percent(share)) => prop_assert!(ready * 100 >= total * usize::from(share)),
                }
            }
        }

        #[test]
        fn a_set_fails_only_when_those_left_are_too_few(all in verdicts(), min in min()) {
            let healed: Vec<_> = all
                .iter()
                .map(|verdict| if verdict.is_failed() { verdict.clone() } else { Verdict::Ready })
                .collect();
            let is_lost = judged(&all, min).is_failed();
            prop_assert!(!(is_lost && judged(&healed, min).is_ready()));
            prop_assert!(!is_lost || count(&all, Verdict::is_failed) > 0);
        }
    }
}
