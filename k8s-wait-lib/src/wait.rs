//! Waiting for several targets together: [`Wait`].

mod obstacles;
mod slot;

pub use obstacles::{Obstacle, Obstacles};

use crate::watch::Watches;
use crate::{CheckRegistry, Mode, TargetError, Verdict};
use futures::{Stream, stream};
use k8s_wait_target::Target;
use slot::{Slot, any};
use std::convert::Infallible;
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
    /// Until then the first report waits for first lists; `None` once it has been made, or is late.
    first_word: Option<Instant>,
    /// Have all of them come out ready, so that they are looked at once more?
    is_confirming: bool,
    is_over: bool,
}

/// How a wait stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct TargetReport {
    /// The target with its namespace, as [`Target`] displays it.
    pub target: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Has it changed since the report before?
    pub is_news: bool,
    /// When the change of an object, or the list, came in that made it news; `None` where it is none, and where it became
    /// news by a probe, or with time.
    pub changed_at: Option<std::time::Instant>,
    /// What is in its way.
    pub obstacles: Obstacles,
}

/// What can be said of a wait at one moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Not ready, and not failed.
    Open,
    /// Ready, unless something has changed meanwhile.
    Doubtful,
    /// Ready or failed, for certain.
    Decided,
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
            is_confirming: false,
            is_over: false,
        })
    }

    /// The next report: how it stands (where a watch has only just been opened, after its first list or half a second
    /// without one), then whenever a target's verdict changes. `None` after the final one.
    ///
    /// A target that takes long to be looked at does not hold up the others. May be dropped and called again; looks
    /// that were under way then go on.
    pub async fn next(&mut self) -> Option<Report> {
        if self.is_over {
            return None;
        }
        loop {
            self.advance().await;
            let now = Instant::now();
            let is_late = self.deadline.is_some_and(|at| at <= now);
            self.first_word = self.first_word.filter(|until| *until > now);
            let standing = self.standing();
            if is_late || standing == Standing::Decided || (standing == Standing::Open && self.has_news()) {
                self.is_over = is_late || standing == Standing::Decided;
                self.first_word = None;
                return Some(self.report(standing));
            }
            self.sleep(self.deadline.into_iter().chain(self.first_word).min()).await;
        }
    }

    /// All reports, the final one last.
    pub fn reports(self) -> impl Stream<Item = Report> + Send {
        stream::unfold(self, |mut wait| async move { wait.next().await.map(|report| (report, wait)) })
    }

    /// How it stands after one look, without waiting for anything, final or not. The next report tells all of it as news.
    pub async fn glance(&mut self) -> Report {
        self.advance().await;
        let standing = self.standing();
        self.is_over = standing == Standing::Decided;
        let report = self.report(standing);
        self.slots.iter_mut().for_each(Slot::begin_anew);
        report
    }

    /// How it stands now. Where a watch has only just been opened, that is after its first list, or after five
    /// seconds without one. It is over then.
    pub async fn now(&mut self) -> Report {
        let until = Instant::now() + PATIENCE;
        loop {
            self.advance().await;
            let standing = self.standing();
            let is_known = match standing {
                Standing::Decided => true,
                Standing::Doubtful => false,
                Standing::Open => !self.is_unsynced(),
            };
            if until <= Instant::now() || is_known && !self.is_looking() {
                self.is_over = true;
                return self.report(standing);
            }
            self.sleep(Some(until)).await;
        }
    }

    /// Goes on looking without a word and without an end, so that nothing is missed while nobody reads the reports.
    ///
    /// May be dropped at any time; what has come of it is in the next report.
    pub async fn keep_watch(&mut self) -> Infallible {
        self.is_confirming = false;
        loop {
            self.look();
            self.sleep(None).await;
        }
    }

    /// Reports to somebody who knows nothing yet, and gives up `timeout` from now: the next report has all targets as
    /// news, also when the final one has been made. What was seen so far (`stable`, what has to be `deleted`, the targets'
    /// own timeouts) stays.
    pub fn begin_anew(&mut self, timeout: Option<Duration>) {
        self.deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        (self.is_confirming, self.is_over) = (false, false);
        self.slots.iter_mut().for_each(Slot::begin_anew);
    }

    /// Does the last report still hold? So it does for as long as nothing that it was made from has changed; of what is
    /// probed, or goes by time, nobody can tell.
    pub fn is_current(&self) -> bool {
        self.slots.iter().all(Slot::is_current)
    }

    /// Looks at what is due, and once more at what changes without a signal when all come out ready: probes may be as old as
    /// their interval.
    async fn advance(&mut self) {
        self.look();
        if self.mode == Mode::All && self.verdict().is_ready() && !self.is_confirming {
            self.is_confirming = true;
            self.slots.iter_mut().for_each(Slot::doubt);
            if self.slots.iter().any(Slot::is_doubted) {
                // Elsewhere it would cost those whom nobody doubts a turn of the runtime, just before they are told.
                tokio::task::yield_now().await;
                self.look();
            }
        }
        self.is_confirming &= self.verdict().is_ready();
    }

    fn look(&mut self) {
        let now = Instant::now();
        self.slots.iter_mut().for_each(|slot| slot.advance(&self.watches, now));
    }

    /// Is a look under way?
    fn is_looking(&self) -> bool {
        self.slots.iter().any(Slot::is_under_way)
    }

    fn is_unsynced(&self) -> bool {
        self.slots.iter().any(Slot::is_unsynced)
    }

    fn has_news(&self) -> bool {
        match self.first_word {
            Some(_) => !self.is_unsynced(),
            None => self.slots.iter().any(Slot::is_news),
        }
    }

    /// A signal may come at any moment: whoever decides something by this asks once.
    fn standing(&self) -> Standing {
        match self.verdict() {
            Verdict::Pending(_) => Standing::Open,
            Verdict::Failed(_) => Standing::Decided,
            Verdict::Ready if self.is_certain() => Standing::Decided,
            Verdict::Ready => Standing::Doubtful,
        }
    }

    /// Is what makes it ready so still? It must have been looked at and not have changed since: with [`Mode::All`] each
    /// of them, so that they are true together, with [`Mode::Any`] one.
    fn is_certain(&self) -> bool {
        let mut ready = self.slots.iter().filter(|slot| slot.verdict().is_ready());
        match self.mode {
            Mode::All => ready.all(Slot::is_certain),
            Mode::Any => ready.any(Slot::is_certain),
        }
    }

    fn verdict(&self) -> Verdict {
        self.mode.fold(self.slots.iter().map(Slot::verdict))
    }

    fn report(&mut self, standing: Standing) -> Report {
        if standing == Standing::Doubtful {
            // The time is up. What never stands still for long enough cannot be called ready.
            self.slots.iter_mut().filter(|slot| slot.verdict().is_ready()).for_each(Slot::give_up);
        }
        let verdict = self.verdict();
        Report { verdict, targets: self.slots.iter_mut().map(Slot::report).collect(), is_final: self.is_over }
    }

    /// Until something concerns a target, or `until`.
    async fn sleep(&mut self, until: Option<Instant>) {
        let until = self.slots.iter().filter_map(Slot::next_due).chain(until).min();
        let stirs = self.slots.iter_mut().map(|slot| Box::pin(slot.stir()));
        tokio::select! {
            () = at(until) => {}
            () = any(stirs) => {}
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
