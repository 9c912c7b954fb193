//! What stands before the routes on every connection: [`gate`].

use crate::http::{Limit, Refusal, is_probe, too_many};
use crate::limits::Limits;
use crate::metrics::{Metrics, route};
use crate::peers::Peer;
use futures::TryFutureExt;
use futures::future::{Either, ready};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use warp::http::HeaderMap;
use warp::http::header::{CONNECTION, HeaderName, HeaderValue};
use warp::reply::Response;

/// By what a request is known on both sides, in the logs of both.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The most characters of it.
const LONGEST_ID: usize = 64;

/// `routes` for a connection that has just begun: requests beyond the peer's allowance are refused, the others know whose
/// they are, and the first answer after the connection has become too old closes it.
pub(crate) fn gate<S>(
    routes: S,
    peer: Arc<Peer>,
    limits: &Limits,
    metrics: &Arc<Metrics>,
) -> impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send> + use<S>
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send>,
{
    let (rate, end) = (limits.requests_per_second, end(limits.connection_age));
    let metrics = Arc::clone(metrics);
    service_fn(move |mut request: Request<Incoming>| {
        let (metrics, route) = (Arc::clone(&metrics), route(request.uri().path()));
        let id = id(request.headers());
        let is_over = !peer.take();
        request.extensions_mut().insert(Arc::clone(&peer));
        // The kubelet may have the address of one who asks too much, and must not take a busy server for a dead one.
        let answer = match is_over && !is_probe(request.uri().path()) {
            true => Either::Left(ready(Ok(too_many(rate)))),
            false => Either::Right(routes.call(request)),
        };
        answer.map_ok(move |answer| {
            count(&metrics, route, &answer);
            note(id.as_ref(), route, &answer);
            last(with_id(answer, id), end)
        })
    })
}

fn count(metrics: &Metrics, route: &'static str, answer: &Response) {
    metrics.answered(route, answer.status().as_u16());
    if let Some(Limit(flag)) = answer.extensions().get() {
        metrics.limited(flag);
    }
}

/// What the other side calls the request: up to 64 letters, digits, dots, dashes and underscores. What is anything else is
/// passed over, and stands in no log.
fn id(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let id = headers.get(REQUEST_ID)?;
    let is_id = (1..=LONGEST_ID).contains(&id.len()) && id.as_bytes().iter().all(is_plain);
    is_id.then(|| id.clone())
}

fn note(id: Option<&HeaderValue>, route: &'static str, answer: &Response) {
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    match answer.extensions().get() {
        Some(Refusal(detail)) => log::debug!(request = id, problem = &**detail; "refused"),
        None => log::debug!(request = id, route, status = answer.status().as_u16(); "answered"),
    }
}

fn with_id(mut answer: Response, id: Option<HeaderValue>) -> Response {
    if let Some(id) = id {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    answer
}

/// The answer, which says that it is the last one where the time of its connection is over.
fn last(mut answer: Response, end: Option<Instant>) -> Response {
    if end.is_some_and(|end| end <= Instant::now()) {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// When a connection that begins now is too old: after this age, a tenth more or less. `None` is never.
fn end(age: Duration) -> Option<Instant> {
    // Without randomness they end together, which is better than not to serve.
    let share = getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX));
    Instant::now().checked_add(age - age / 10)?.checked_add((age / 5).mul_f64(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn connections_that_came_together_do_not_go_together() {
        let begun = Instant::now();
        let ages: Vec<_> = (0..1_000).map(|_| end(Duration::from_secs(7_200)).unwrap() - begun).collect();
        let (least, most) = (ages.iter().min().unwrap(), ages.iter().max().unwrap());
        assert!(*least >= Duration::from_secs(6_480) && *most <= Duration::from_secs(7_920));
        assert!(*most - *least > Duration::from_secs(1_000), "{least:?} to {most:?}");
    }

    #[tokio::test]
    async fn an_age_without_end_is_none() {
        assert_eq!(end(Duration::MAX), None);
    }
}
