//! The body of a request: [`read`].

use super::problem::Problem;
use bytes::{Buf, Bytes, BytesMut};
use futures::{Stream, TryStreamExt};
use k8s_wait_lib::target::DurationText;
use std::time::Duration;
use tokio::time::timeout;
use warp::http::StatusCode;

/// The whole body, whose length has been looked at before, if it is there within `patience`. The header's time has ended
/// where the body begins.
pub(super) async fn read(
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
    patience: Duration,
) -> Result<Bytes, Problem> {
    match timeout(patience, collect(body)).await {
        Ok(body) => body.map_err(|error| Problem::bad(format!("the body cannot be read: {error}"))),
        Err(_) => {
            let detail = format!("the body was not there within {}", DurationText(patience));
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail).over("read-timeout"))
        }
    }
}

async fn collect(body: impl Stream<Item = Result<impl Buf, warp::Error>>) -> Result<Bytes, warp::Error> {
    let body = body.try_fold(BytesMut::new(), async |mut whole, part| {
        bytes::BufMut::put(&mut whole, part);
        Ok(whole)
    });
    body.await.map(BytesMut::freeze)
}
