//! Ready for so long without a break: [`Stable`].

use super::{Evaluation, Request};
use crate::Verdict;
use crate::watch::Watches;
use async_trait::async_trait;
use k8s_wait_target::DurationText;
use std::time::Duration;
use tokio::time::Instant;

/// A request that is ready once another one has been for so long; any other verdict in between starts it over.
pub(crate) struct Stable {
    inner: Box<dyn Request>,
    needed: Duration,
    since: Option<Instant>,
}

impl Stable {
    pub(crate) fn new(inner: Box<dyn Request>, needed: Duration) -> Self {
        Self { inner, needed, since: None }
    }
}

#[async_trait]
impl Request for Stable {
    async fn evaluate(&mut self, watches: &Watches) -> Evaluation {
        let mut evaluation = self.inner.evaluate(watches).await;
        if evaluation.verdict != Ok(Verdict::Ready) {
            self.since = None;
            return evaluation;
        }
        let lasted = self.since.get_or_insert_with(Instant::now).elapsed();
        if let Some(left) = self.needed.checked_sub(lasted).filter(|left| !left.is_zero()) {
            let message = format!("ready, but not yet for {}", DurationText(self.needed));
            evaluation.verdict = Ok(Verdict::pending("Stabilizing", message));
            evaluation.recheck.after = Some(evaluation.recheck.after.map_or(left, |after| after.min(left)));
        }
        evaluation
    }
}
