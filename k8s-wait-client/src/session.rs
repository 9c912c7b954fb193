//! One wait as a state machine without IO and without a clock: [`Session`].
//!
//! It is told what happened and when, and says what to do. Two rules shape it:
//!
//! - Ready means ready *at the same moment*. The server sees to that for what it watches. A target that this client
//!   probes is probed once more after everything else became ready, and where that fails, the server is asked again
//!   once all probes succeed: only a server's "ready" that is followed by one pass of successful probes counts.
//! - A probed target that has answered is left alone until that pass. Databases count connections that open and
//!   close, and some lock such a host out.

use std::time::{Duration, Instant};

use crate::connection::Connection;
use crate::entry::{Entry, TIMED_OUT};
use crate::report::{Line, Row, State};
use crate::settings::Settings;
use crate::summary::{Ending, Exits, Summary};
use crate::trouble::Trouble;
use crate::verdict::{Finding, Verdict};
use crate::wire::{Ask, Closing, Mode, Told, Word};

/// So long nothing is said at most.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// The longest that the server holds one question.
const LONGEST_QUESTION: Duration = Duration::from_secs(3600);
/// Reasons of targets that the server must not look at.
const FORBIDDEN: [&str; 3] = ["Forbidden", "NamespaceNotWatched", "ClusterScoped"];

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// The server has something to say.
    Word(Word),
    /// The question to the server is over.
    Closed(Closing),
    /// The target number `index` was probed, for `pass`.
    Probed { index: usize, pass: u64, finding: Finding },
    /// A signal with that number.
    Signal(i32),
}

/// Something to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Tell people.
    Say(Line),
    /// Ask the server; ends with [`Event::Closed`]. There is never more than one question open.
    Ask(Ask),
    /// Probe every network target now, and those that do not answer again and again.
    Probe(u64),
    /// Leave.
    End(Summary),
}

/// A wait that is going on.
pub(crate) struct Session {
    mode: Mode,
    namespace: String,
    entries: Vec<Entry>,
    connection: Connection,
    /// The latest pass of probes, counted from 1, and whether its outcome decides.
    pass: u64,
    is_passing: bool,
    started: Instant,
    deadline: Option<Instant>,
    /// When something was said last.
    spoke: Instant,
    is_over: bool,
    exits: Exits,
    actions: Vec<Action>,
}

impl Session {
    /// A wait that begins `now`.
    pub(crate) fn new(settings: &Settings, random: fn() -> u32, now: Instant) -> Self {
        Self {
            mode: settings.mode,
            namespace: settings.namespace.clone(),
            entries: settings.targets.iter().map(|target| Entry::new(target.clone(), now)).collect(),
            connection: Connection::new(random),
            pass: 1,
            is_passing: false,
            started: now,
            deadline: settings.timeout.and_then(|timeout| now.checked_add(timeout)),
            spoke: now,
            is_over: false,
            exits: settings.exits,
            actions: Vec::new(),
        }
    }

    /// Since when the wait goes on.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// How things stand: every target, ready or not.
    pub(crate) fn state(&self) -> State {
        let trouble = self.connection.trouble();
        let rows = self.entries.iter().map(|entry| entry.row(trouble)).collect();
        State { rows, trouble: trouble.cloned() }
    }

    /// The first things to do, once `start` was told.
    pub(crate) fn begin(&mut self, start: Line, now: Instant) -> Vec<Action> {
        self.say(start, now);
        self.ask(now);
        // Without a question to the server the first probes may decide already.
        self.is_passing = self.connection.is_absent();
        if self.probes().next().is_some() {
            self.actions.push(Action::Probe(self.pass));
        }
        std::mem::take(&mut self.actions)
    }

    /// What to do because of `event`.
    pub(crate) fn on(&mut self, event: Event, now: Instant) -> Vec<Action> {
        match event {
            Event::Word(Word::Targets(told)) => self.learn(&told, now),
            Event::Word(Word::Cycle(message)) => self.say(Line::Cycle(message), now),
            Event::Closed(closing) => self.close(closing, now),
            Event::Probed { index, pass, finding } => self.probed(index, pass, finding, now),
            Event::Signal(number) => self.end(Ending::Signal(number), now),
        }
        self.tick(now)
    }

    /// What to do because time has passed.
    pub(crate) fn tick(&mut self, now: Instant) -> Vec<Action> {
        self.expire(now);
        self.give_up_if_hopeless(now);
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.end(Ending::TimedOut, now);
        }
        if self.connection.due().is_some_and(|due| due <= now) {
            self.ask(now);
        }
        if now.saturating_duration_since(self.spoke) >= HEARTBEAT {
            self.beat(now);
        }
        std::mem::take(&mut self.actions)
    }

    /// When [`tick`](Self::tick) is due, if nothing happens before.
    pub(crate) fn wakeup(&self) -> Option<Instant> {
        let own = self.entries.iter().filter_map(Entry::deadline).min();
        let heartbeat = self.spoke.checked_add(HEARTBEAT);
        [self.deadline, own, heartbeat, self.connection.due()].into_iter().flatten().min()
    }

    // What the server says.

    fn learn(&mut self, told: &[Told], now: Instant) {
        if self.connection.heard() {
            self.say(Line::Reachable, now);
        }
        for told in told {
            for index in 0..self.entries.len() {
                self.update(index, now, |entry| {
                    entry.is_asked_as(&told.target) && entry.learn(told.finding())
                });
            }
        }
    }

    fn close(&mut self, closing: Closing, now: Instant) {
        match closing {
            Closing::Ready(told) => self.close_ready(&told, now),
            Closing::Failed(told) => self.close_failed(&told, now),
            Closing::Pending { told, retry_after } => {
                self.learn(&told, now);
                self.connection.rest(retry_after, now);
            }
            Closing::Lost { trouble, retry_after } => {
                self.lose(trouble, now);
                self.connection.rest(retry_after, now);
            }
            Closing::Rejected(detail) => self.end(Ending::Rejected(detail), now),
            Closing::Refused(detail) => self.end(Ending::Refused(detail), now),
        }
    }

    fn close_ready(&mut self, told: &[Told], now: Instant) {
        self.learn(told, now);
        self.connection.answered();
        match self.mode {
            Mode::Any => self.end(Ending::Ready, now),
            Mode::All if self.probes().next().is_none() => self.end(Ending::Ready, now),
            Mode::All if self.is_each_probe_ready() => self.begin_pass(),
            // The answer grows old while the probes fail: it is asked for again when they succeed.
            Mode::All => {}
        }
    }

    fn close_failed(&mut self, told: &[Told], now: Instant) {
        self.learn(told, now);
        self.connection.close();
        for told in told.iter().filter(|told| told.finding().verdict == Verdict::Failed) {
            self.entries.iter_mut().filter(|entry| entry.is_asked_as(&told.target)).for_each(Entry::give_up);
        }
    }

    fn lose(&mut self, trouble: Trouble, now: Instant) {
        log::debug!("{}: {}", trouble.reason, trouble.message);
        if self.connection.lose(trouble.clone(), now) {
            self.say(Line::Unreachable(trouble), now);
        }
    }

    // What this client's own probes say.

    fn probed(&mut self, index: usize, pass: u64, finding: Finding, now: Instant) {
        // A probe that was under way when a pass began says nothing about the time after that.
        if pass < self.pass || !self.entries.get(index).is_some_and(Entry::is_local) {
            return;
        }
        self.update(index, now, |entry| entry.learn_probe(finding, pass, now));
        let is_ready = self.entries.get(index).is_some_and(Entry::is_ready);
        match self.mode {
            Mode::Any if is_ready => self.end(Ending::Ready, now),
            Mode::Any => {}
            Mode::All => self.judge_pass(is_ready, now),
        }
    }

    fn judge_pass(&mut self, is_ready: bool, now: Instant) {
        self.is_passing &= is_ready;
        if self.is_passing {
            return self.end_pass(now);
        }
        if !self.is_each_probe_ready() {
            return;
        }
        if self.connection.is_absent() {
            self.begin_pass();
        } else if self.connection.is_answered() {
            self.ask(now);
        }
    }

    fn begin_pass(&mut self) {
        self.pass += 1;
        self.is_passing = true;
        self.actions.push(Action::Probe(self.pass));
    }

    fn end_pass(&mut self, now: Instant) {
        if self.probes().all(|entry| entry.has_passed(self.pass)) {
            self.end(Ending::Ready, now);
        }
    }

    fn is_each_probe_ready(&self) -> bool {
        self.probes().all(Entry::is_ready)
    }

    fn probes(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_local())
    }

    // What time does.

    fn ask(&mut self, now: Instant) {
        let open = self.entries.iter_mut().filter(|entry| !entry.is_local() && !entry.is_hopeless());
        let mut targets: Vec<String> = Vec::new();
        for question in open.map(|entry| entry.question(now)) {
            // Two that differ in their own timeouts alone are one question when those have passed.
            if !targets.contains(&question) {
                targets.push(question);
            }
        }
        if targets.is_empty() {
            return self.connection.close();
        }
        self.connection.open(now);
        let timeout = self.question_timeout(now);
        self.actions.push(Action::Ask(Ask {
            targets,
            namespace: self.namespace.clone(),
            mode: self.mode,
            timeout,
        }));
    }

    /// What is left, rounded up: it is this side that ends on time.
    fn question_timeout(&self, now: Instant) -> Duration {
        let Some(deadline) = self.deadline else { return LONGEST_QUESTION };
        let left = deadline.saturating_duration_since(now);
        let is_broken = left.subsec_nanos() > 0;
        Duration::from_secs(left.as_secs().saturating_add(u64::from(is_broken))).min(LONGEST_QUESTION)
    }

    fn expire(&mut self, now: Instant) {
        for index in 0..self.entries.len() {
            self.update(index, now, |entry| entry.expire(now));
        }
    }

    fn give_up_if_hopeless(&mut self, now: Instant) {
        let mut verdicts = self.entries.iter().map(Entry::is_hopeless);
        let is_hopeless = match self.mode {
            Mode::All => verdicts.any(|is_hopeless| is_hopeless),
            Mode::Any => verdicts.all(|is_hopeless| is_hopeless),
        };
        if is_hopeless {
            self.end(self.failure(), now);
        }
    }

    fn failure(&self) -> Ending {
        let reasons = || self.entries.iter().filter(|entry| entry.is_hopeless()).map(Entry::reason);
        if reasons().any(|reason| reason.is_some_and(|reason| FORBIDDEN.contains(&reason))) {
            Ending::Forbidden
        } else if reasons().all(|reason| reason == Some(TIMED_OUT)) {
            Ending::OwnTimeout
        } else {
            Ending::Failed
        }
    }

    fn beat(&mut self, now: Instant) {
        let waiting = self.unmet();
        self.say(Line::Waiting { waiting, trouble: self.connection.trouble().cloned() }, now);
    }

    // What is told.

    fn update(&mut self, index: usize, now: Instant, change: impl FnOnce(&mut Entry) -> bool) {
        let Some(entry) = self.entries.get_mut(index) else { return };
        if change(entry) {
            let row = entry.row(None);
            self.say(Line::Status(row), now);
        }
    }

    fn say(&mut self, line: Line, now: Instant) {
        if !self.is_over {
            self.spoke = now;
            self.actions.push(Action::Say(line));
        }
    }

    fn end(&mut self, ending: Ending, now: Instant) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        let unmet = match &ending {
            Ending::Ready => Vec::new(),
            Ending::Refused(detail) => self.unanswered("Refused", detail),
            Ending::Rejected(detail) => self.unanswered("Rejected", detail),
            _ => self.unmet(),
        };
        let elapsed = now.saturating_duration_since(self.started);
        let summary =
            Summary { ending, elapsed, mode: self.mode, total: self.entries.len(), unmet, exits: self.exits };
        self.actions.push(Action::End(summary));
    }

    /// The server's no is the deepest cause there is, whatever was known about its targets before.
    fn unanswered(&self, reason: &str, detail: &str) -> Vec<Row> {
        let mut unmet = self.unmet();
        let asked =
            |row: &&mut Row| self.entries.iter().any(|entry| !entry.is_local() && entry.text() == row.target);
        for row in unmet.iter_mut().filter(asked) {
            row.finding = Finding::failed(reason, detail.to_owned());
        }
        unmet
    }

    fn unmet(&self) -> Vec<Row> {
        let trouble = self.connection.trouble();
        self.entries.iter().filter(|entry| !entry.is_ready()).map(|entry| entry.row(trouble)).collect()
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
