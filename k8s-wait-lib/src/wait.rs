//! Waiting for several targets together: [`Wait`].

use crate::check::{Evaluation, Recheck, Request};
use crate::watch::Watches;
use crate::{CheckError, CheckRegistry, Mode, TargetError, Verdict};
use futures::future::{join_all, select_all};
use futures::{Stream, stream};
use k8s_wait_target::{DurationText, Target};
use std::fmt;
use std::future::pending;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How long [`Wait::now`] gives a watch that was just opened to bring its first list.
const PATIENCE: Duration = Duration::from_secs(5);

/// For so long a wait keeps to itself that a watch which was just opened has brought nothing yet.
const FIRST_WORD: Duration = Duration::from_millis(500);

/// What to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The targets; none at all is never ready.
    pub targets: Vec<Target>,
    /// The namespace of those that name none.
    pub namespace: String,
    /// How they are judged together.
    pub mode: Mode,
    /// When to give up; `None` never.
    pub timeout: Option<Duration>,
}

/// One wait: evaluates its targets, reports what changed, sleeps until something that concerns them does.
///
/// Dropping it leaves nothing behind.
pub struct Wait {
    watches: Watches,
    mode: Mode,
    slots: Vec<Slot>,
    deadline: Option<Instant>,
    /// Until then the first report waits for first lists; `None` once it has been made.
    first_word: Option<Instant>,
    is_over: bool,
}

/// A target in the course of its wait.
struct Slot {
    target: String,
    request: Box<dyn Request>,
    verdict: Verdict,
    /// Is the verdict news to whoever reads the reports?
    is_news: bool,
    is_unsynced: bool,
    recheck: Recheck,
    /// When to evaluate it next, changes aside.
    due: Option<Instant>,
    /// Its own timeout, and when that is over.
    timeout: Option<(Duration, Instant)>,
}

/// How a wait stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// All targets as one.
    pub verdict: Verdict,
    /// Each target, in the order of the plan.
    pub targets: Vec<TargetReport>,
    /// Nothing comes after it: it is ready, it has failed, or the time is up.
    pub is_final: bool,
}

/// How a target stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetReport {
    /// The target with its namespace, as [`Target`] displays it.
    pub target: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Has it changed since the report before?
    pub is_news: bool,
}

impl Wait {
    /// A wait that has not begun; it begins when it is first polled.
    ///
    /// # Errors
    ///
    /// The first target that cannot be waited for. Nothing has been watched by then.
    pub fn new(registry: &CheckRegistry, watches: &Watches, plan: Plan) -> Result<Self, TargetError> {
        let now = Instant::now();
        let slots = plan.targets.into_iter().map(|target| Slot::new(registry, target, &plan.namespace, now));
        Ok(Self {
            watches: watches.clone(),
            mode: plan.mode,
            slots: slots.collect::<Result<_, _>>()?,
            // A time too far to be told is never.
            deadline: plan.timeout.and_then(|timeout| now.checked_add(timeout)),
            first_word: Some(now + FIRST_WORD),
            is_over: false,
        })
    }

    /// The next report: how it stands (where a watch has only just been opened, after its first list or half a second
    /// without one), then whenever a target's verdict changes. `None` after the final one.
    ///
    /// May be dropped and called again; a probe that was under way then begins anew.
    pub async fn next(&mut self) -> Option<Report> {
        if self.is_over {
            return None;
        }
        loop {
            self.settle(self.deadline).await;
            self.is_over =
                !self.verdict().is_pending() || self.deadline.is_some_and(|at| at <= Instant::now());
            if self.is_over || self.has_news() {
                self.first_word = None;
                return Some(self.report());
            }
            self.sleep(self.deadline.into_iter().chain(self.first_word).min()).await;
        }
    }

    fn has_news(&self) -> bool {
        match self.first_word {
            Some(until) => until <= Instant::now() || !self.is_unsynced(),
            None => self.slots.iter().any(|slot| slot.is_news),
        }
    }

    fn is_unsynced(&self) -> bool {
        self.slots.iter().any(|slot| slot.is_unsynced)
    }

    /// All reports, the final one last.
    pub fn reports(self) -> impl Stream<Item = Report> + Send {
        stream::unfold(self, |mut wait| async move { wait.next().await.map(|report| (report, wait)) })
    }

    /// How it stands now. Where a watch has only just been opened, that is after its first list, or after five
    /// seconds without one.
    pub async fn now(mut self) -> Report {
        let until = Instant::now() + PATIENCE;
        loop {
            self.settle(Some(until)).await;
            if until <= Instant::now() || !self.is_unsynced() || !self.verdict().is_pending() {
                self.is_over = true;
                return self.report();
            }
            self.sleep(Some(until)).await;
        }
    }

    /// Evaluates what is due, and goes on until what comes out holds for all targets at the same moment. Probes that
    /// have not ended `until` then are given up.
    async fn settle(&mut self, until: Option<Instant>) {
        self.evaluate(until).await;
        let mut probed = false;
        while self.verdict().is_ready() && self.mode == Mode::All {
            // Probes may be as old as their interval: ask them once more beside what is known of the objects.
            if !probed {
                self.slots.iter_mut().for_each(Slot::probe_again);
                probed = true;
            } else if !self.slots.iter().any(Slot::has_changed) {
                // Nothing has changed since before the first of them was read, so they are true together.
                return;
            } else if until.is_some_and(|at| at <= Instant::now()) {
                // Objects that never stand still for long enough cannot be called ready together.
                self.slots.iter_mut().filter(|slot| slot.has_changed()).for_each(Slot::give_up);
                return;
            }
            tokio::task::yield_now().await;
            self.evaluate(until).await;
        }
    }

    async fn evaluate(&mut self, until: Option<Instant>) {
        let now = Instant::now();
        let due = self.slots.iter_mut().filter(|slot| slot.is_due(now));
        join_all(due.map(|slot| slot.evaluate(&self.watches, until))).await;
        self.slots.iter_mut().for_each(|slot| slot.expire(Instant::now()));
    }

    fn verdict(&self) -> Verdict {
        self.mode.fold(self.slots.iter().map(|slot| &slot.verdict))
    }

    fn report(&mut self) -> Report {
        let verdict = self.verdict();
        Report { verdict, targets: self.slots.iter_mut().map(Slot::report).collect(), is_final: self.is_over }
    }

    /// Until something concerns a target, or `until`.
    async fn sleep(&mut self, until: Option<Instant>) {
        let until = self.slots.iter().filter_map(Slot::next_due).chain(until).min();
        let signals = self.slots.iter_mut().flat_map(|slot| &mut slot.recheck.signals);
        let changes: Vec<_> = signals.map(|signal| Box::pin(signal.changed())).collect();
        tokio::select! {
            () = at(until) => {}
            () = any(changes) => {}
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

async fn any(changes: Vec<impl Future<Output = ()> + Unpin>) {
    match changes.is_empty() {
        true => pending().await,
        false => drop(select_all(changes).await),
    }
}

impl Slot {
    fn new(
        registry: &CheckRegistry,
        target: Target,
        namespace: &str,
        now: Instant,
    ) -> Result<Self, TargetError> {
        let target = target.in_namespace(namespace);
        let timeout = target.options().timeout;
        Ok(Self {
            request: registry.parse(&target)?,
            verdict: unjudged(&target),
            target: target.to_string(),
            is_news: true,
            is_unsynced: true,
            recheck: Recheck::default(),
            due: Some(now),
            timeout: timeout.and_then(|timeout| Some((timeout, now.checked_add(timeout)?))),
        })
    }

    fn is_due(&self, now: Instant) -> bool {
        self.has_changed() || self.due.is_some_and(|due| due <= now)
    }

    fn has_changed(&self) -> bool {
        self.recheck.signals.iter().any(|signal| signal.has_changed())
    }

    fn probe_again(&mut self) {
        if self.due.is_some() {
            self.due = Some(Instant::now());
        }
    }

    fn next_due(&self) -> Option<Instant> {
        self.due.into_iter().chain(self.timeout.map(|(_, at)| at)).min()
    }

    async fn evaluate(&mut self, watches: &Watches, until: Option<Instant>) {
        let until = self.timeout.map(|(_, at)| at).into_iter().chain(until).min();
        let evaluation = tokio::select! {
            // What needs no time is judged even when there is none left.
            biased;
            evaluation = self.request.evaluate(watches) => evaluation,
            () = at(until) => return self.give_up(),
        };
        self.take(evaluation);
    }

    /// The time is up while it is being probed: the last reason why not still tells something, the last yes nothing.
    fn give_up(&mut self) {
        self.is_unsynced = false;
        if !self.verdict.is_pending() {
            self.become_known(unjudged(&self.target));
        }
    }

    fn take(&mut self, Evaluation { verdict, recheck }: Evaluation) {
        self.due = recheck.after.and_then(|pause| Instant::now().checked_add(pause));
        self.recheck = recheck;
        self.is_unsynced = matches!(verdict, Err(CheckError::NotSynced { .. }));
        self.become_known(verdict.unwrap_or_else(|error| Verdict::from(error).about(&self.target)));
    }

    /// Ends it with its own timeout, for good.
    fn expire(&mut self, now: Instant) {
        let Some((timeout, _)) = self.timeout.filter(|(_, at)| *at <= now) else { return };
        self.timeout = None;
        if let Verdict::Pending(reason) = &self.verdict {
            let message =
                format!("not ready within its timeout of {}: {}", DurationText(timeout), reason.message);
            self.become_known(Verdict::failed("TimedOut", message));
            (self.recheck, self.due) = (Recheck::default(), None);
        }
    }

    fn become_known(&mut self, verdict: Verdict) {
        self.is_news |= verdict != self.verdict;
        self.verdict = verdict;
    }

    fn report(&mut self) -> TargetReport {
        let is_news = std::mem::take(&mut self.is_news);
        TargetReport { target: self.target.clone(), verdict: self.verdict.clone(), is_news }
    }
}

fn unjudged(target: impl fmt::Display) -> Verdict {
    Verdict::pending("NotJudged", format!("{target}: there is no answer yet"))
}
