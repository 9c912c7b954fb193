//! `POST /inject` of the webhook: [`injecting`].

use super::problem::Problem;
use super::{body, with_methods};
use crate::inject::{Inject, review};
use crate::limits::Limits;
use std::convert::Infallible;
use std::sync::Arc;
use warp::reply::Response;
use warp::{Filter, Reply};

/// All paths of the webhook.
pub(crate) fn injecting(
    inject: Arc<Inject>,
    limits: &Limits,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + use<> {
    let (patience, most) = (limits.read_timeout, limits.body_bytes);
    let answer = move |body| {
        let inject = Arc::clone(&inject);
        async move { body::read(body, patience).await.and_then(|body| answer(&body, &inject)) }
    };
    let path = warp::path!("inject")
        .and(warp::post())
        .and(warp::body::content_length_limit(most))
        .and(warp::body::stream())
        .then(answer)
        .map(|answer: Result<Response, Problem>| answer.unwrap_or_else(Problem::into_response))
        .boxed();
    let paths = with_methods("POST", path, most);
    paths.recover(|_| async { Ok::<_, Infallible>(Problem::no_such_path().into_response()) }).unify()
}

fn answer(body: &[u8], inject: &Inject) -> Result<Response, Problem> {
    let answer = review(body, inject).map_err(Problem::bad)?;
    Ok(warp::reply::json(&answer).into_response())
}
