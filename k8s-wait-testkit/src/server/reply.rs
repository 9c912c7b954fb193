//! Answers: JSON bodies, Status errors, and bodies that break off.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;

use crate::status::Status;

/// The body of every answer.
pub(crate) type Body = UnsyncBoxBody<Bytes, Cut>;
/// Every answer.
pub(crate) type Reply = Response<Body>;

/// Ends a connection in the middle of a body.
#[derive(Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("cut on purpose")
    }
}

impl std::error::Error for Cut {}

/// A JSON body that is there already.
pub(crate) fn json(code: StatusCode, body: impl Into<Bytes>) -> Reply {
    typed(code, "application/json", body)
}

pub(crate) fn typed(code: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let body = Full::new(body.into()).map_err(|never: Infallible| match never {}).boxed_unsync();
    with_type(code, media_type, body)
}

/// A body that grows while the client reads.
pub(crate) fn streamed(
    media_type: &'static str,
    lines: impl Stream<Item = Result<Bytes, Cut>> + Send + 'static,
) -> Reply {
    let frames = StreamBody::new(lines.map(|line| line.map(Frame::data)));
    with_type(StatusCode::OK, media_type, frames.boxed_unsync())
}

fn with_type(code: StatusCode, media_type: &'static str, body: Body) -> Reply {
    let mut reply = Response::new(body);
    *reply.status_mut() = code;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    reply
}

pub(crate) fn error(status: &Status) -> Reply {
    let code = StatusCode::from_u16(status.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = json(code, status.to_value().to_string());
    if let Some(after) = status.retry_after() {
        reply.headers_mut().insert(RETRY_AFTER, after.as_secs().into());
    }
    reply
}

/// The first half of this answer's body, and then nothing.
pub(crate) async fn truncated(reply: Reply) -> Reply {
    let (head, body) = reply.into_parts();
    let whole = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    let frames = stream::iter([Ok(half)]).chain(cut());
    let body = StreamBody::new(frames.map(|part| part.map(Frame::data))).boxed_unsync();
    Response::from_parts(head, body)
}

/// The end of a body that breaks off, after what was sent before has reached the socket.
pub(crate) fn cut() -> impl Stream<Item = Result<Bytes, Cut>> {
    stream::once(async {
        tokio::task::yield_now().await;
        Err(Cut)
    })
}
