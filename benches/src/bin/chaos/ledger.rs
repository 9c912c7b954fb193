//! What was true when, and who left when: [`Ledger`]. No false verdict gets past it, and no wait is forgotten.

use std::time::{Duration, Instant};

/// One time during which a target may have been ready.
struct Interval {
    /// Just before the API server was told: it was not ready until then.
    from: Instant,
    /// When the API server had taken it.
    taken: Option<Instant>,
    /// When the API server had taken that it is no longer so.
    until: Option<Instant>,
}

/// What is waited for.
struct Truth {
    name: String,
    /// The exit status of a client that is told right.
    status: i32,
    /// For how long it has to be true.
    stable: Duration,
    intervals: Vec<Interval>,
}

/// How a client ended.
struct Exit {
    target: usize,
    at: Instant,
    /// None where a signal ended it.
    status: Option<i32>,
}

/// The truth about each target by the instant, and the exits of those who waited for it.
#[derive(Default)]
pub(crate) struct Ledger {
    truths: Vec<Truth>,
    exits: Vec<Exit>,
}

/// What the ledger has against a round.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Each verdict that was not true, in words.
    pub(crate) wrong: Vec<String>,
    /// Those who have not left.
    pub(crate) lost: usize,
    /// From the end of the fault, or from what they waited for where that was later, until the last one had left.
    pub(crate) recovery: Duration,
}

impl Ledger {
    /// A target that is not yet true. Returns its number.
    pub(crate) fn open(&mut self, name: String, status: i32, stable: Duration) -> usize {
        self.truths.push(Truth { name, status, stable, intervals: Vec::new() });
        self.truths.len() - 1
    }

    /// The API server will be told now that the target is true.
    pub(crate) fn begins(&mut self, target: usize, at: Instant) {
        let intervals = self.truths.get_mut(target).map(|truth| &mut truth.intervals);
        intervals.into_iter().for_each(|all| all.push(Interval { from: at, taken: None, until: None }));
    }

    /// The API server has taken that it is true.
    pub(crate) fn holds(&mut self, target: usize, at: Instant) {
        self.last(target).into_iter().for_each(|interval| interval.taken = Some(at));
    }

    /// The API server has taken that it is not true any more.
    pub(crate) fn breaks(&mut self, target: usize, at: Instant) {
        self.last(target).into_iter().for_each(|interval| interval.until = Some(at));
    }

    fn last(&mut self, target: usize) -> Option<&mut Interval> {
        self.truths.get_mut(target)?.intervals.last_mut()
    }

    /// Somebody who waited for the target has left.
    pub(crate) fn ended(&mut self, target: usize, at: Instant, status: Option<i32>) {
        self.exits.push(Exit { target, at, status });
    }

    /// How many have left.
    pub(crate) fn exits(&self) -> usize {
        self.exits.len()
    }

    /// The judgement over a round with so many who waited, whose fault was over at that instant.
    pub(crate) fn outcome(&self, waiters: usize, over: Instant) -> Outcome {
        let mut outcome = Outcome { lost: waiters.saturating_sub(self.exits.len()), ..Outcome::default() };
        for exit in &self.exits {
            let Some(truth) = self.truths.get(exit.target) else { continue };
            outcome.wrong.extend(truth.complaint(exit));
            let due = truth.settled().unwrap_or(over).max(over);
            outcome.recovery = outcome.recovery.max(exit.at.saturating_duration_since(due));
        }
        outcome
    }
}

impl Truth {
    /// The first instant at which somebody may have been told.
    fn earliest(&self) -> Option<Instant> {
        let mut long = self.intervals.iter().filter(|interval| {
            interval.until.is_none_or(|until| until.duration_since(interval.from) >= self.stable)
        });
        long.next().and_then(|interval| interval.from.checked_add(self.stable))
    }

    /// When everybody can be told.
    fn settled(&self) -> Option<Instant> {
        self.intervals.last().and_then(|interval| interval.taken?.checked_add(self.stable))
    }

    fn complaint(&self, exit: &Exit) -> Option<String> {
        let Self { name, status, .. } = self;
        if exit.status != Some(*status) {
            return Some(format!("{name} has to end with {status}, and ended with {:?}", exit.status));
        }
        match self.earliest() {
            None => Some(format!("{name} ended with {status}, and was never so")),
            Some(earliest) if exit.at < earliest => {
                Some(format!("{name} ended with {status} {:?} before it was so", earliest - exit.at))
            }
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A target that becomes true at 10 s and is known to be at 11 s, and one who leaves then.
    fn outcome(left: u32, status: Option<i32>) -> Outcome {
        let (mut ledger, start) = (Ledger::default(), Instant::now());
        let target = ledger.open("job/a".to_owned(), 0, Duration::ZERO);
        ledger.begins(target, start + 10 * SECOND);
        ledger.holds(target, start + 11 * SECOND);
        ledger.ended(target, start + left * SECOND, status);
        ledger.outcome(1, start + 5 * SECOND)
    }

    #[test]
    fn whoever_leaves_after_the_truth_is_right_and_takes_time() {
        let right = outcome(14, Some(0));
        assert!(right.wrong.is_empty() && right.lost == 0, "{right:?}");
        assert_eq!(right.recovery, 3 * SECOND);
        assert_eq!(outcome(10, Some(0)).recovery, Duration::ZERO);
    }

    #[test]
    fn whoever_leaves_before_it_is_true_was_told_wrong() {
        assert_eq!(outcome(9, Some(0)).wrong, ["job/a ended with 0 1s before it was so"]);
    }

    #[test]
    fn another_status_is_wrong_whenever_it_comes() {
        for status in [Some(1), Some(3), None] {
            assert_eq!(outcome(14, status).wrong.len(), 1, "{status:?}");
        }
    }

    #[test]
    fn what_was_never_true_cannot_be_told() {
        let mut ledger = Ledger::default();
        let target = ledger.open("job/a".to_owned(), 3, Duration::ZERO);
        ledger.ended(target, Instant::now(), Some(3));
        assert_eq!(ledger.outcome(1, Instant::now()).wrong, ["job/a ended with 3, and was never so"]);
    }

    #[test]
    fn whoever_has_not_left_is_lost() {
        let mut ledger = Ledger::default();
        let target = ledger.open("job/a".to_owned(), 0, Duration::ZERO);
        ledger.begins(target, Instant::now());
        assert_eq!(ledger.outcome(2, Instant::now()).lost, 2);
    }

    #[test]
    fn an_interval_that_was_too_short_to_be_stable_counts_for_nothing() {
        let (mut ledger, start) = (Ledger::default(), Instant::now());
        let target = ledger.open("pod/a".to_owned(), 0, 2 * SECOND);
        for (from, until) in [(0, Some(1)), (10, None)] {
            ledger.begins(target, start + from * SECOND);
            ledger.holds(target, start + from * SECOND);
            until.into_iter().for_each(|until| ledger.breaks(target, start + until * SECOND));
        }
        ledger.ended(target, start + 3 * SECOND, Some(0));
        ledger.ended(target, start + 11 * SECOND, Some(0));
        ledger.ended(target, start + 12 * SECOND, Some(0));
        assert_eq!(ledger.outcome(3, start).wrong.len(), 2);
    }
}
