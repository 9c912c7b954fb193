//! One target of the wait and what is known about it: [`Entry`].

use std::time::{Duration, Instant};

use k8s_wait_target::{DurationText, Target};

use crate::report::Row;
use crate::trouble::Trouble;
use crate::verdict::Finding;

/// The reason of a target whose own `timeout=` has passed; the server uses the same word.
pub(crate) const TIMED_OUT: &str = "TimedOut";

/// A target, its latest finding and the clocks that run for it alone.
pub(crate) struct Entry {
    target: Target,
    /// The target as people are told about it.
    text: String,
    /// The target as the server was last asked, which is what it echoes.
    asked: Option<String>,
    finding: Option<Finding>,
    /// When the target's own timeout ends, until it has.
    deadline: Option<Instant>,
    /// Since when every probe of this client has succeeded.
    ready_since: Option<Instant>,
    /// The latest pass in which this client's probe succeeded.
    passed: Option<u64>,
    /// Whether it has failed for good, as opposed to what a `status` line says in passing.
    is_hopeless: bool,
}

impl Entry {
    /// A target of which nothing is known; its own timeout begins `now`.
    pub(crate) fn new(target: Target, now: Instant) -> Self {
        let own = target.options().timeout.filter(|timeout| !timeout.is_zero());
        Self {
            text: target.to_string(),
            deadline: own.and_then(|timeout| now.checked_add(timeout)),
            target,
            asked: None,
            finding: None,
            ready_since: None,
            passed: None,
            is_hopeless: false,
        }
    }

    /// The target as people are told about it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether this client probes the target itself.
    pub(crate) fn is_local(&self) -> bool {
        self.target.is_network()
    }

    /// Whether it is ready, as far as is known.
    pub(crate) fn is_ready(&self) -> bool {
        !self.is_hopeless && self.finding.as_ref().is_some_and(Finding::is_ready)
    }

    /// Whether waiting for it cannot help any more.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.is_hopeless
    }

    /// Whether its probe has succeeded in `pass`.
    pub(crate) fn has_passed(&self, pass: u64) -> bool {
        self.passed == Some(pass)
    }

    /// Why it is not ready, in a word.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.finding.as_ref()?.reason.as_deref()
    }

    /// When its own timeout ends; `None` without one, and once it has ended.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether the server's `text` is about this target.
    pub(crate) fn is_asked_as(&self, text: &str) -> bool {
        self.asked.as_deref() == Some(text)
    }

    /// The target as the server is to be asked `now`: its own timeout is what is left of it.
    pub(crate) fn question(&mut self, now: Instant) -> String {
        let target = self.target.clone();
        let text = match (self.deadline, target.options().timeout) {
            (Some(deadline), _) => target.with_timeout(Some(left(deadline, now))).to_string(),
            (None, Some(own)) if !own.is_zero() => target.with_timeout(None).to_string(),
            _ => self.text.clone(),
        };
        self.asked = Some(text.clone());
        text
    }

    /// Takes in what the server says. True when that is news.
    pub(crate) fn learn(&mut self, finding: Finding) -> bool {
        if self.is_hopeless {
            return false;
        }
        let is_news = !self.finding.as_ref().is_some_and(|known| known.is_same_news(&finding));
        self.finding = Some(finding);
        is_news
    }

    /// Takes in the result of a probe of this client, made for `pass`. True when that is news.
    pub(crate) fn learn_probe(&mut self, finding: Finding, pass: u64, now: Instant) -> bool {
        let finding = self.steady(finding, now);
        if finding.is_ready() {
            self.passed = Some(pass);
        }
        self.learn(finding)
    }

    /// It has failed for good: nothing that is heard later counts.
    pub(crate) fn give_up(&mut self) {
        self.is_hopeless = true;
        self.deadline = None;
    }

    /// Ends its own timeout if that has passed: it gives up then, unless it is ready at that moment. True when it
    /// has given up.
    pub(crate) fn expire(&mut self, now: Instant) -> bool {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return false;
        }
        self.deadline = None;
        if !self.is_ready() && !self.is_hopeless {
            self.finding = Some(Finding::failed(TIMED_OUT, self.overdue()));
            self.is_hopeless = true;
        }
        self.is_hopeless
    }

    /// What was known goes into the message.
    fn overdue(&self) -> String {
        let own = DurationText(self.target.options().timeout.unwrap_or_default());
        let known =
            self.finding.as_ref().and_then(|finding| finding.message.as_ref().or(finding.reason.as_ref()));
        format!("not ready within its timeout of {own}: {}", known.map_or("no answer came", String::as_str))
    }

    /// What a person or a program is told. A target that has no finding has `trouble` for a reason.
    pub(crate) fn row(&self, trouble: Option<&Trouble>) -> Row {
        let finding = self.finding.clone().unwrap_or_else(|| match trouble {
            Some(trouble) if !self.is_local() => Finding::pending(trouble.reason, trouble.message.clone()),
            _ => Finding::pending("NotAnswered", "no answer yet".to_owned()),
        });
        Row { target: self.text.clone(), finding }
    }

    /// `stable=`: ready counts once it has lasted.
    fn steady(&mut self, finding: Finding, now: Instant) -> Finding {
        if !finding.is_ready() {
            self.ready_since = None;
            return finding;
        }
        let since = *self.ready_since.get_or_insert(now);
        match self.target.options().stable {
            Some(stable) if now.saturating_duration_since(since) < stable => {
                let message = format!("{}: ready, but not yet for {}", self.text, DurationText(stable));
                Finding::pending("Stabilizing", message)
            }
            _ => finding,
        }
    }
}

/// What is left until `deadline`, in the whole milliseconds that a target can say, and never none: 0 would
/// read as another thing.
fn left(deadline: Instant, now: Instant) -> Duration {
    let left = deadline.saturating_duration_since(now);
    Duration::from_millis(u64::try_from(left.as_millis()).unwrap_or(u64::MAX)).max(Duration::from_millis(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;

    fn entry(text: &str, now: Instant) -> Entry {
        Entry::new(text.parse().unwrap(), now)
    }

    fn at(now: Instant, millis: u64) -> Instant {
        now + Duration::from_millis(millis)
    }

    #[test]
    fn the_question_says_what_is_left_of_its_own_timeout() {
        let now = Instant::now();
        let mut entry = entry("job/shop/migrate?timeout=30s", now);
        let rows = [(0, "30s"), (588, "29s412ms"), (29_999, "1ms"), (40_000, "1ms")];
        for (millis, timeout) in rows {
            let question = entry.question(at(now, millis));
            assert_eq!(question, format!("job/shop/migrate?timeout={timeout}"));
            assert!(entry.is_asked_as(&question));
        }
        assert_eq!(entry.text(), "job/shop/migrate?timeout=30s");
    }

    #[test]
    fn without_a_timeout_the_question_is_the_target() {
        let now = Instant::now();
        let mut entry = entry("job/shop/migrate", now);
        assert_eq!(entry.question(at(now, 5)), "job/shop/migrate");
        assert_eq!(entry.deadline(), None);
    }

    #[test]
    fn a_timeout_passes_by_a_target_that_is_ready_then() {
        let now = Instant::now();
        let mut entry = entry("job/shop/migrate?timeout=30s", now);
        entry.learn(Finding::ready());
        assert!(!entry.expire(at(now, 30_000)));
        entry.learn(Finding::pending("NotFound", String::new()));
        assert!(!entry.expire(at(now, 40_000)));
        assert_eq!(entry.question(at(now, 40_000)), "job/shop/migrate");
    }

    #[test]
    fn a_timeout_keeps_the_deepest_cause_and_is_final() {
        let now = Instant::now();
        let mut entry = entry("job/shop/migrate?timeout=30s", now);
        entry.learn(Finding::pending("JobRunning", "job shop/migrate: 1 active".to_owned()));
        assert!(!entry.expire(at(now, 29_999)));
        assert!(entry.expire(at(now, 30_000)));
        assert!(!entry.expire(at(now, 30_001)));
        assert!(!entry.learn(Finding::ready()) && !entry.is_ready());
        let Row { finding, .. } = entry.row(None);
        assert_eq!((finding.verdict, finding.reason.as_deref()), (Verdict::Failed, Some(TIMED_OUT)));
        assert_eq!(
            finding.message.unwrap(),
            "not ready within its timeout of 30s: job shop/migrate: 1 active"
        );
    }

    #[test]
    fn a_timeout_of_zero_is_the_servers_to_understand() {
        let now = Instant::now();
        let mut entry = entry("job/shop/migrate?timeout=0", now);
        assert!(!entry.expire(at(now, 1)));
        assert_eq!(entry.question(now), "job/shop/migrate?timeout=0s");
    }

    #[test]
    fn stable_starts_over_with_every_break() {
        let now = Instant::now();
        let mut entry = entry("tcp://db:5432?stable=10s", now);
        let probe = |entry: &mut Entry, second: u64, finding: Finding| {
            entry.learn_probe(finding, 0, at(now, second * 1000));
            entry.is_ready()
        };
        assert!(!probe(&mut entry, 0, Finding::ready()));
        assert!(!probe(&mut entry, 9, Finding::ready()));
        assert!(!entry.has_passed(0));
        assert!(!probe(&mut entry, 10, Finding::pending("ConnectionRefused", String::new())));
        assert!(!probe(&mut entry, 11, Finding::ready()));
        assert!(!probe(&mut entry, 20, Finding::ready()));
        assert!(probe(&mut entry, 21, Finding::ready()));
        assert!(entry.has_passed(0));
    }

    #[test]
    fn a_target_without_an_answer_names_the_servers_trouble_unless_it_is_probed_here() {
        let now = Instant::now();
        let trouble = Trouble::new("ConnectionRefused", "refused");
        let reason = |text: &str, trouble| entry(text, now).row(trouble).finding.reason.unwrap();
        assert_eq!(reason("job/shop/migrate", Some(&trouble)), "ConnectionRefused");
        assert_eq!(reason("job/shop/migrate", None), "NotAnswered");
        assert_eq!(reason("tcp://db:5432", Some(&trouble)), "NotAnswered");
    }
}
