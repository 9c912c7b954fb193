//! `POST /inject` of the webhook: [`injecting`].

use super::problem::Problem;
use super::{body, with_methods};
use crate::inject::{Inject, review};
use crate::limits::Limits;
use parking_lot::Mutex;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use warp::reply::Response;
use warp::{Filter, Reply};

/// The most bytes of questions that are there at once. Whoever reaches the port may ask, and must not take the memory of those
/// who wait.
const ALL_BYTES: usize = 32 * 1024 * 1024;
/// What both bounds are called in the metrics: they have no flag.
const LIMIT: &str = "review-bytes";

/// Where questions are answered.
struct Desk {
    inject: Inject,
    room: Semaphore,
    /// JSON takes many times its length once it is read: one question at a time.
    turn: Mutex<()>,
    patience: Duration,
}

/// All paths of the webhook.
pub(crate) fn injecting(
    inject: Inject,
    limits: &Limits,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + use<> {
    let desk =
        Desk { inject, room: Semaphore::new(ALL_BYTES), turn: Mutex::new(()), patience: limits.read_timeout };
    let (desk, most) = (Arc::new(desk), limits.body_bytes);
    let path = warp::path!("inject")
        .and(warp::post())
        .and(warp::body::content_length_limit(most))
        .and(warp::header("content-length"))
        .and(warp::body::stream())
        .then(move |length, body| {
            let desk = Arc::clone(&desk);
            async move { desk.answer(length, body).await.unwrap_or_else(Problem::into_response) }
        })
        .boxed();
    let paths = with_methods("POST", path, (most, LIMIT));
    paths.recover(|_| async { Ok::<_, Infallible>(Problem::no_such_path().into_response()) }).unify()
}

impl Desk {
    async fn answer(
        &self,
        length: u32,
        body: impl futures::Stream<Item = Result<impl bytes::Buf, warp::Error>>,
    ) -> Result<Response, Problem> {
        let Ok(Ok(_room)) = timeout(self.patience, self.room.acquire_many(length)).await else {
            let detail =
                format!("the questions that are being read have {ALL_BYTES} bytes already; ask again");
            return Err(Problem::busy(detail, 1).over(LIMIT));
        };
        let body = body::read(body, self.patience).await?;
        let _turn = self.turn.lock();
        let answer = review(&body, &self.inject).map_err(Problem::bad)?;
        Ok(warp::reply::json(&answer).into_response())
    }
}
