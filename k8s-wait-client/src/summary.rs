//! How a wait ended: [`Summary`].

use std::time::Duration;

use k8s_wait_target::DurationText;

use crate::report::Row;
use crate::verdict::Verdict;
use crate::wire::Mode;

/// Why the wait is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// What was asked for is true.
    Ready,
    /// The total timeout has passed.
    TimedOut,
    /// A target's own timeout has passed, and nothing worse happened.
    OwnTimeout,
    /// A target has failed for good.
    Failed,
    /// A target cannot be looked at: the server lacks a right.
    Forbidden,
    /// The server lets this caller not ask.
    Refused(String),
    /// The server rejects the question.
    Rejected(String),
    /// A signal with that number.
    Signal(i32),
}

/// The end of a wait, with everything that is told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) ending: Ending,
    pub(crate) elapsed: Duration,
    pub(crate) mode: Mode,
    pub(crate) total: usize,
    /// The targets that were not ready; none where the wait was.
    pub(crate) unmet: Vec<Row>,
    pub(crate) exits: Exits,
}

/// Whose exit statuses the callers count on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exits {
    /// Our own.
    Own,
    /// Those of k8s-when-ready, which knows 0, 1 for a wait in vain, and 2 for what should not have happened.
    WhenReady,
}

impl Exits {
    /// The exit status that says the same as our `code`. Those of signals are the same everywhere.
    fn of(self, code: u8) -> u8 {
        match (self, code) {
            (Self::WhenReady, 3) => 1,
            (Self::WhenReady, 4) => 2,
            _ => code,
        }
    }
}

impl Summary {
    /// The exit status: see `--help`.
    pub(crate) fn code(&self) -> u8 {
        self.exits.of(self.own_code())
    }

    fn own_code(&self) -> u8 {
        match &self.ending {
            Ending::Ready => 0,
            Ending::TimedOut | Ending::OwnTimeout => 1,
            Ending::Rejected(_) => 2,
            Ending::Failed => 3,
            Ending::Forbidden | Ending::Refused(_) => 4,
            Ending::Signal(number) => stopped(*number),
        }
    }

    /// The verdict on the whole wait.
    pub(crate) fn verdict(&self) -> Verdict {
        match &self.ending {
            Ending::Ready => Verdict::Ready,
            Ending::TimedOut | Ending::Signal(_) => Verdict::Pending,
            Ending::OwnTimeout
            | Ending::Failed
            | Ending::Forbidden
            | Ending::Refused(_)
            | Ending::Rejected(_) => Verdict::Failed,
        }
    }

    /// Why it is over, in one sentence.
    pub(crate) fn sentence(&self) -> String {
        match &self.ending {
            Ending::Ready => self.success(),
            Ending::TimedOut => format!("timed out after {}: {}", self.time(), self.missing()),
            Ending::OwnTimeout => format!("a target's own timeout has passed: {}", self.missing()),
            Ending::Failed => format!("failed, waiting longer cannot help: {}", self.missing()),
            Ending::Forbidden => {
                format!("the server lacks a right, waiting longer cannot help: {}", self.missing())
            }
            Ending::Refused(detail) => format!("the server refuses to answer: {detail}"),
            Ending::Rejected(detail) => format!("the server rejects the question: {detail}"),
            Ending::Signal(number) => {
                format!("stopped by {} after {}: {}", name(*number), self.time(), self.missing())
            }
        }
    }

    fn success(&self) -> String {
        match (self.mode, self.total) {
            (_, 1) => "the target is ready".to_owned(),
            (Mode::All, total) => format!("all {total} targets are ready"),
            (Mode::Any, total) => format!("one of {total} targets is ready, which is enough"),
        }
    }

    fn missing(&self) -> String {
        format!("{} of {} not ready", self.unmet.len(), targets(self.total))
    }

    /// Whole seconds, but for the first ten: a timeout may be shorter than one.
    fn time(&self) -> DurationText {
        let millis = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX);
        let step = if millis < 10_000 { 100 } else { 1000 };
        DurationText(Duration::from_millis(millis / step * step))
    }
}

/// A number of targets, as people say it.
pub(crate) fn targets(count: usize) -> String {
    if count == 1 { "1 target".to_owned() } else { format!("{count} targets") }
}

/// The exit status of a process that a signal has ended.
pub(crate) fn stopped(signal: i32) -> u8 {
    128_u8.saturating_add(u8::try_from(signal).unwrap_or(u8::MAX))
}

/// What people call a signal.
pub(crate) fn name(signal: i32) -> String {
    match signal {
        signal_hook::consts::SIGTERM => "SIGTERM".to_owned(),
        signal_hook::consts::SIGINT => "SIGINT".to_owned(),
        other => format!("signal {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Finding;

    fn summary(ending: Ending) -> Summary {
        let row = Row {
            target: "job/shop/migrate".to_owned(),
            finding: Finding::pending("NotFound", String::new()),
        };
        let unmet = if ending == Ending::Ready { Vec::new() } else { vec![row] };
        Summary {
            ending,
            elapsed: Duration::from_millis(300_012),
            mode: Mode::All,
            total: 2,
            unmet,
            exits: Exits::Own,
        }
    }

    #[test]
    fn each_ending_has_the_documented_status_and_a_sentence() {
        let rows = [
            (Ending::Ready, 0, "all 2 targets are ready"),
            (Ending::TimedOut, 1, "timed out after 5m: 1 of 2 targets not ready"),
            (Ending::OwnTimeout, 1, "a target's own timeout has passed: 1 of 2 targets not ready"),
            (Ending::Rejected("no".to_owned()), 2, "the server rejects the question: no"),
            (Ending::Failed, 3, "failed, waiting longer cannot help: 1 of 2 targets not ready"),
            (
                Ending::Forbidden,
                4,
                "the server lacks a right, waiting longer cannot help: 1 of 2 targets not ready",
            ),
            (Ending::Refused("no".to_owned()), 4, "the server refuses to answer: no"),
            (Ending::Signal(2), 130, "stopped by SIGINT after 5m: 1 of 2 targets not ready"),
            (Ending::Signal(15), 143, "stopped by SIGTERM after 5m: 1 of 2 targets not ready"),
        ];
        for (ending, code, sentence) in rows {
            let summary = summary(ending);
            assert_eq!((summary.code(), summary.sentence().as_str()), (code, sentence));
            assert_eq!(summary.code() == 0, summary.verdict() == Verdict::Ready, "only ready is 0");
        }
    }

    #[test]
    fn a_short_time_is_told_in_tenths() {
        for (millis, text) in [(203, "200ms"), (1_599, "1s500ms"), (9_999, "9s900ms"), (10_999, "10s")] {
            let summary = Summary { elapsed: Duration::from_millis(millis), ..summary(Ending::TimedOut) };
            assert_eq!(summary.sentence(), format!("timed out after {text}: 1 of 2 targets not ready"));
        }
    }

    #[test]
    fn success_says_how_many_were_asked_for() {
        let mut ready = summary(Ending::Ready);
        ready.mode = Mode::Any;
        assert_eq!(ready.sentence(), "one of 2 targets is ready, which is enough");
        ready.total = 1;
        assert_eq!(ready.sentence(), "the target is ready");
    }
}
