//! One target in the course of its wait: [`Slot`].

use super::{Obstacles, TargetReport};
use crate::check::{Evaluation, Recheck, Request};
use crate::watch::{Signal, Watches};
use crate::{CheckError, CheckRegistry, TargetError, Verdict};
use futures::FutureExt;
use futures::future::{BoxFuture, select_all};
use k8s_wait_target::{DurationText, Target};
use std::fmt;
use std::future::pending;
use std::time::Duration;
use tokio::time::Instant;

/// A target in the course of its wait.
pub(super) struct Slot {
    target: String,
    look: Look,
    verdict: Verdict,
    /// Is the verdict news to whoever reads the reports?
    is_news: bool,
    is_unsynced: bool,
    /// Does it have to be looked at whatever its verdict says?
    is_doubted: bool,
    recheck: Recheck,
    /// When the change came in that led to the last look, if its verdict is news.
    changed_at: Option<std::time::Instant>,
    obstacles: Obstacles,
    /// When to look again, changes aside.
    due: Option<Instant>,
    /// Its own timeout, and when that is over.
    timeout: Option<(Duration, Instant)>,
}

/// A look at a target. It takes its request along, so that it goes on whether somebody waits for its end or not.
enum Look {
    /// None is under way.
    Idle(Box<dyn Request>),
    UnderWay(BoxFuture<'static, (Box<dyn Request>, Evaluation)>),
    /// There will be none any more.
    Over,
}

impl Slot {
    pub(super) fn new(
        registry: &CheckRegistry,
        target: Target,
        namespace: &str,
        now: Instant,
    ) -> Result<Self, TargetError> {
        let target = target.in_namespace(namespace);
        let timeout = target.options().timeout;
        Ok(Self {
            look: Look::Idle(registry.parse(&target)?),
            verdict: unjudged(&target),
            target: target.to_string(),
            is_news: true,
            is_unsynced: true,
            is_doubted: true,
            recheck: Recheck::default(),
            changed_at: None,
            obstacles: Obstacles::default(),
            due: None,
            timeout: timeout.and_then(|timeout| Some((timeout, now.checked_add(timeout)?))),
        })
    }

    pub(super) fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    pub(super) fn is_news(&self) -> bool {
        self.is_news
    }

    pub(super) fn is_unsynced(&self) -> bool {
        self.is_unsynced
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.look, Look::UnderWay(_))
    }

    /// Does its verdict hold at this moment, as far as anybody can know?
    pub(super) fn is_certain(&self) -> bool {
        !self.is_under_way() && !self.is_doubted && !self.has_changed()
    }

    /// Does its verdict hold for as long as nothing changes, and has nothing changed?
    pub(super) fn is_current(&self) -> bool {
        self.is_certain() && self.due.is_none() && self.timeout.is_none()
    }

    fn has_changed(&self) -> bool {
        self.recheck.signals.iter().any(|signal| signal.has_changed())
    }

    /// Is it to be looked at once more?
    pub(super) fn is_doubted(&self) -> bool {
        self.is_doubted
    }

    /// Asks for one more look at what can change without a signal.
    pub(super) fn doubt(&mut self) {
        self.is_doubted |= self.due.is_some() || self.is_under_way();
    }

    /// Begins a look if one is due, takes in what has come of the one that is under way, and ends with its timeout.
    pub(super) fn advance(&mut self, watches: &Watches, now: Instant) {
        if self.is_doubted || self.has_changed() || self.due.is_some_and(|due| due <= now) {
            self.begin(watches);
        }
        if let Look::UnderWay(look) = &mut self.look
            && let Some((request, evaluation)) = look.now_or_never()
        {
            self.take(request, evaluation);
        }
        self.expire(now);
    }

    fn begin(&mut self, watches: &Watches) {
        match std::mem::replace(&mut self.look, Look::Over) {
            Look::Idle(mut request) => {
                let watches = watches.clone();
                self.is_doubted = false;
                let changed_at = self.recheck.signals.iter().filter_map(Signal::changed_at).max();
                self.changed_at = changed_at.or(self.changed_at);
                self.look = Look::UnderWay(Box::pin(async move {
                    let evaluation = request.evaluate(&watches).await;
                    (request, evaluation)
                }));
            }
            other => self.look = other,
        }
    }

    /// Until there is something for [`Slot::advance`] to do, times aside.
    pub(super) async fn stir(&mut self) {
        let (request, evaluation) = match &mut self.look {
            Look::UnderWay(look) => look.await,
            _ => return any(self.recheck.signals.iter_mut().map(|signal| Box::pin(signal.changed()))).await,
        };
        self.take(request, evaluation);
    }

    /// When there will be.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let due = self.due.filter(|_| !self.is_under_way());
        due.into_iter().chain(self.timeout.map(|(_, at)| at)).min()
    }

    fn take(&mut self, request: Box<dyn Request>, evaluation: Evaluation) {
        let Evaluation { verdict, recheck, obstacles } = evaluation;
        self.look = Look::Idle(request);
        self.due = recheck.after.and_then(|pause| Instant::now().checked_add(pause));
        self.recheck = recheck;
        self.obstacles.set(obstacles);
        self.is_unsynced = matches!(verdict, Err(CheckError::NotSynced { .. }));
        self.become_known(verdict.unwrap_or_else(|error| Verdict::from(error).about(&self.target)));
        self.changed_at = self.changed_at.filter(|_| self.is_news);
    }

    /// The time is up before it could be asked once more: the last yes tells nothing.
    pub(super) fn give_up(&mut self) {
        if !self.is_certain() {
            self.become_known(unjudged(&self.target));
        }
    }

    /// Ends it with its own timeout, for good.
    fn expire(&mut self, now: Instant) {
        let Some((timeout, _)) = self.timeout.filter(|(_, at)| *at <= now) else { return };
        self.timeout = None;
        if let Verdict::Pending(reason) = &self.verdict {
            let message =
                format!("not ready within its timeout of {}: {}", DurationText(timeout), reason.message);
            self.become_known(Verdict::failed("TimedOut", message));
            (self.look, self.recheck, self.due) = (Look::Over, Recheck::default(), None);
            (self.is_unsynced, self.is_doubted) = (false, false);
            self.obstacles.set(Vec::new());
        }
    }

    fn become_known(&mut self, verdict: Verdict) {
        self.is_news |= verdict != self.verdict;
        self.verdict = verdict;
    }

    pub(super) fn report(&mut self) -> TargetReport {
        let is_news = std::mem::take(&mut self.is_news);
        let changed_at = self.changed_at.take().filter(|_| is_news);
        TargetReport {
            target: self.target.clone(),
            verdict: self.verdict.clone(),
            is_news,
            changed_at,
            obstacles: self.obstacles.clone(),
        }
    }

    /// To whoever reads the reports from now on everything is news.
    pub(super) fn begin_anew(&mut self) {
        self.is_news = true;
    }
}

/// Ends with the first of them; never where there is none.
pub(super) async fn any<F: Future<Output = ()> + Unpin>(futures: impl Iterator<Item = F>) {
    let futures: Vec<_> = futures.collect();
    match futures.is_empty() {
        true => pending().await,
        false => drop(select_all(futures).await),
    }
}

fn unjudged(target: impl fmt::Display) -> Verdict {
    Verdict::pending("NotJudged", format!("{target}: there is no answer yet"))
}
