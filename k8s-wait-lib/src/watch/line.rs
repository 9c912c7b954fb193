//! The line to the API server, on which silence and a break are noticed: [`attentive`].

use bytes::Bytes;
use futures::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use kube::Client;
use kube::client::Body;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use thiserror::Error;
use tokio::time::{Instant, timeout, timeout_at};
use tower::BoxError;

/// How long the API server keeps a watch open, in seconds.
pub(crate) const WATCH_SECONDS: u32 = 50;
/// A watch that is still open so long after its end was due has died without a word, and its cache has been out of
/// date since nobody knows when. Less than the five seconds after which kube would quietly go on with it.
const OVERDUE: Duration = Duration::from_secs(3);
/// An API server answers a watch at once, events or not. While it does not, nobody watches.
const WATCH_PATIENCE: Duration = Duration::from_secs(5);

/// A watch that ends in good order so soon, and has brought nothing, has not watched. Once may be a server that stops;
/// twice in a row is somebody in between who does not understand watches, and would be asked again without a pause.
const TOO_SHORT: Duration = Duration::from_secs(1);

/// What kube does not tell, or takes for a proper end.
#[derive(Debug, Error)]
enum Fault {
    #[error("no answer to the watch within {} s", WATCH_PATIENCE.as_secs())]
    Unanswered,
    #[error("the watch has not ended in time, so its connection is dead")]
    Overdue,
    /// Without what broke it: kube looks through sources and texts for what it would take for a proper end.
    #[error("the watch broke off")]
    Broken,
    #[error("the watch ended as soon as it had begun, time and again")]
    TooShort,
}

/// The same client for one watch, whose requests fail where they break off, are not answered, or do not end when they should.
///
/// kube goes on quietly after most of these from where it was, while the cache is believed to be up to date.
pub(crate) fn attentive(client: &Client) -> Client {
    let (client, namespace) = (client.clone(), client.default_namespace().to_owned());
    let was_short = Arc::<AtomicBool>::default();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (client, was_short) = (client.clone(), Arc::clone(&was_short));
        async move { send(&client, request, was_short).await }
    });
    Client::new(service, namespace)
}

type Answer = Response<UnsyncBoxBody<Bytes, BoxError>>;

async fn send(
    client: &Client,
    request: Request<Body>,
    was_short: Arc<AtomicBool>,
) -> Result<Answer, BoxError> {
    let query = request.uri().query().unwrap_or_default();
    if !query.contains("watch=true") {
        return Ok(client.send(request).await?.map(|body| body.map_err(BoxError::from).boxed_unsync()));
    }
    // The first list is bounded by whoever reads it.
    let answer = match query.contains("sendInitialEvents=true") {
        true => client.send(most_recent(request)?).await?,
        false => timeout(WATCH_PATIENCE, client.send(request)).await.map_err(|_| Fault::Unanswered)??,
    };
    // A refusal is told by its status, whatever its body.
    let is_empty = answer.status().is_success();
    Ok(answer.map(|body| {
        let stream = Frames { body, begin: Instant::now(), is_empty, was_short };
        let frames = stream::try_unfold(stream, |mut stream| async move {
            Ok::<_, Fault>(stream.next().await?.map(|frame| (frame, stream)))
        });
        StreamBody::new(frames).map_err(BoxError::from).boxed_unsync()
    }))
}

/// The same list, but as it is now. kube asks for version 0, which is whatever the API server at the other end has
/// cached, and after a change of servers that may be older than what was already known; no version is a read that is
/// consistent, as the API reference has it ("Get State and Start at Most Recent").
fn most_recent(mut request: Request<Body>) -> Result<Request<Body>, BoxError> {
    let uri = request.uri().to_string();
    *request.uri_mut() = uri.replacen("&resourceVersion=0", "", 1).parse()?;
    Ok(request)
}

/// What a watch brings.
struct Frames {
    body: Body,
    begin: Instant,
    is_empty: bool,
    /// Was the one before too short?
    was_short: Arc<AtomicBool>,
}

impl Frames {
    async fn next(&mut self) -> Result<Option<Frame<Bytes>>, Fault> {
        let end = self.begin + Duration::from_secs(WATCH_SECONDS.into()) + OVERDUE;
        let frame = match timeout_at(end, self.body.frame()).await {
            Ok(frame) => frame.transpose().map_err(|_| Fault::Broken)?,
            Err(_) => return Err(Fault::Overdue),
        };
        self.is_empty &= frame.is_none();
        if frame.is_none() {
            let is_short = self.is_empty && self.begin.elapsed() < TOO_SHORT;
            if self.was_short.swap(is_short, Ordering::Relaxed) && is_short {
                return Err(Fault::TooShort);
            }
        }
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_streamed_list_is_asked_for_as_it_is_now() {
        let uri = "/api/v1/pods?&watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0";
        let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
        let query = most_recent(request).unwrap().uri().query().unwrap().to_owned();
        assert_eq!(query, "&watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    }
}
