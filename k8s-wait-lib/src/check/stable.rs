//! Ready for so long without a break: [`Stable`].
//!
//! What is read of caches is gone over change by change, so that what was not ready in between two looks is seen, and
//! nothing but that starts the time over: an object may change as often as it likes while it stays ready.

use super::due::{Due, left};
use super::{Evaluation, Request};
use crate::watch::{Past, Watches};
use crate::{CheckError, Verdict};
use async_trait::async_trait;
use k8s_wait_target::{DurationText, Target};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A request that is ready once another one has been for so long; any other verdict in between starts it over.
pub(crate) struct Stable {
    inner: Box<dyn Request>,
    /// The target, as messages name it.
    subject: String,
    needed: Duration,
    since: Option<Instant>,
    due: Due,
    breaks: Breaks,
    past: Arc<Past>,
}

/// How often it was not ready any more.
#[derive(Default)]
struct Breaks {
    count: usize,
    /// The last reason.
    why: String,
}

impl Stable {
    pub(crate) fn new(inner: Box<dyn Request>, target: &Target, needed: Duration) -> Self {
        let subject = target.clone().with_stable(None).with_timeout(None).to_string();
        let (due, breaks) = (Due::default(), Breaks::default());
        Self { inner, subject, needed, since: None, due, breaks, past: Arc::default() }
    }

    fn start_over(&mut self, why: &str) {
        if self.since.take().is_some() {
            self.breaks.count += 1;
            self.breaks.why = why.to_owned();
        }
    }

    /// For how long it still has to be ready; `None` when that is over.
    fn left(&mut self, is_late: bool) -> Option<Duration> {
        let lasted = self.since.get_or_insert_with(Instant::now).elapsed();
        Some(left(self.needed.saturating_sub(lasted), is_late)).filter(|left| !left.is_zero())
    }

    fn stabilizing(&self) -> Verdict {
        let needed = DurationText(self.needed);
        let message = match &self.breaks {
            Breaks { count: 0, .. } => format!("ready, but not yet for {needed}"),
            Breaks { count, why } => {
                let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
                format!(
                    "ready again, but not yet for {needed} without a break; it was not {times}, last: {why}"
                )
            }
        };
        Verdict::pending("Stabilizing", message).about(&self.subject)
    }
}

#[async_trait]
impl Request for Stable {
    async fn evaluate(&mut self, watches: &Watches) -> Evaluation {
        let watches = watches.seen_through(&self.past);
        // Asked before anything is probed, which may take its time.
        let is_late = self.due.is_late();
        loop {
            if !self.past.step() {
                self.start_over("WatchBroken");
            }
            let mut evaluation = self.inner.evaluate(&watches).await;
            let is_ready = evaluation.verdict == Ok(Verdict::Ready);
            if !is_ready {
                self.start_over(code(&evaluation.verdict));
            }
            let left = if is_ready { self.left(is_late) } else { None };
            self.due.set(left);
            // What is ahead is gone over at once; a verdict that is not ready is told first.
            match self.past.is_ahead() {
                true if is_ready => tokio::task::yield_now().await,
                true => {
                    evaluation.recheck.after = Some(Duration::ZERO);
                    return evaluation;
                }
                false => {
                    if let Some(left) = left {
                        evaluation.verdict = Ok(self.stabilizing());
                        let after = evaluation.recheck.after.map_or(left, |after| after.min(left));
                        evaluation.recheck.after = Some(after);
                    }
                    return evaluation;
                }
            }
        }
    }
}

fn code(verdict: &Result<Verdict, CheckError>) -> &str {
    match verdict {
        Ok(verdict) => verdict.reason().map_or("Ready", |reason| &reason.code),
        Err(error) => error.code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Recheck;
    use std::sync::atomic::{AtomicBool, Ordering};

    const SECOND: Duration = Duration::from_secs(1);

    struct Switch(Arc<AtomicBool>);

    #[async_trait]
    impl Request for Switch {
        async fn evaluate(&mut self, _: &Watches) -> Evaluation {
            let unready = || Verdict::pending("PodNotReady", "it is not ready");
            let verdict = if self.0.load(Ordering::SeqCst) { Verdict::Ready } else { unready() };
            Evaluation::new(Ok(verdict), Recheck::default())
        }
    }

    /// Stable for ten seconds, looked at once; what makes it ready; and nothing that is watched.
    async fn begun() -> (Stable, Arc<AtomicBool>, Watches) {
        let is_ready = Arc::new(AtomicBool::new(true));
        let target = "pod/shop/a?stable=10s".parse().unwrap();
        let mut stable = Stable::new(Box::new(Switch(Arc::clone(&is_ready))), &target, 10 * SECOND);
        let config = kube::Config::new("http://127.0.0.1:1".parse().unwrap());
        let watches = Watches::new(crate::client(config).unwrap());
        assert_eq!(stable.evaluate(&watches).await.recheck.after, Some(10 * SECOND));
        (stable, is_ready, watches)
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_in_time_is_believed() {
        let (mut stable, _, watches) = begun().await;
        tokio::time::advance(10 * SECOND).await;
        assert_eq!(stable.evaluate(&watches).await.verdict, Ok(Verdict::Ready));
    }

    /// As after a stop of the process: its clocks have run out, and what changed meanwhile is still to be read.
    #[tokio::test(start_paused = true)]
    async fn a_look_that_comes_late_waits_for_what_is_still_to_be_read() {
        let (mut stable, is_ready, watches) = begun().await;
        tokio::time::advance(60 * SECOND).await;
        let late = stable.evaluate(&watches).await;
        assert_eq!((late.verdict.unwrap().is_ready(), late.recheck.after), (false, Some(SECOND)));
        is_ready.store(false, Ordering::SeqCst);
        assert!(stable.evaluate(&watches).await.verdict.unwrap().is_pending());
        is_ready.store(true, Ordering::SeqCst);
        assert_eq!(stable.evaluate(&watches).await.recheck.after, Some(10 * SECOND), "it starts over");
    }

    #[tokio::test(start_paused = true)]
    async fn what_stayed_ready_is_ready_after_the_next_look() {
        let (mut stable, _, watches) = begun().await;
        tokio::time::advance(60 * SECOND).await;
        assert!(stable.evaluate(&watches).await.verdict.unwrap().is_pending());
        tokio::time::advance(SECOND).await;
        assert_eq!(stable.evaluate(&watches).await.verdict, Ok(Verdict::Ready));
    }
}
