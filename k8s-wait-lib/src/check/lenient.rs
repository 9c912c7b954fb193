//! Waiting although it has failed: [`Lenient`].

use super::{Evaluation, Request};
use crate::Verdict;
use crate::watch::Watches;
use async_trait::async_trait;

/// A request whose object may fail and be replaced: what another one calls failed is pending here.
///
/// What keeps us from knowing, as a right that is missing, stays what it is: no other object mends that.
pub(crate) struct Lenient(pub(crate) Box<dyn Request>);

#[async_trait]
impl Request for Lenient {
    async fn evaluate(&mut self, watches: &Watches) -> Evaluation {
        let mut evaluation = self.0.evaluate(watches).await;
        if let Ok(Verdict::Failed(reason)) = evaluation.verdict {
            evaluation.verdict = Ok(Verdict::Pending(reason));
        }
        evaluation
    }
}
