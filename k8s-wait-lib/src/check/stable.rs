//! Ready for so long without a break: [`Stable`].
//!
//! What is read of caches is gone over change by change, so that what was not ready in between two looks is seen, and
//! nothing but that starts the time over: an object may change as often as it likes while it stays ready.

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
        Self { inner, subject, needed, since: None, breaks: Breaks::default(), past: Arc::default() }
    }

    fn start_over(&mut self, why: &str) {
        if self.since.take().is_some() {
            self.breaks.count += 1;
            self.breaks.why = why.to_owned();
        }
    }

    /// For how long it still has to be ready; `None` when that is over.
    fn left(&mut self) -> Option<Duration> {
        let lasted = self.since.get_or_insert_with(Instant::now).elapsed();
        self.needed.checked_sub(lasted).filter(|left| !left.is_zero())
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
        loop {
            if !self.past.step() {
                self.start_over("WatchBroken");
            }
            let mut evaluation = self.inner.evaluate(&watches).await;
            let is_ready = evaluation.verdict == Ok(Verdict::Ready);
            if !is_ready {
                self.start_over(code(&evaluation.verdict));
            }
            let left = if is_ready { self.left() } else { None };
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
