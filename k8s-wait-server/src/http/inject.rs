//! `POST /inject` of the webhook: [`injecting`].

use super::problem::Problem;
use super::{body, with_methods};
use crate::inject::{Inject, review};
use crate::limits::Limits;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

/// Questions of so many bytes are read as they come: nearly all are, and must not stand behind large ones that are announced
/// and do not come.
const SMALL: u32 = 128 * 1024;
/// The most bytes of larger questions that are there at once. Whoever reaches the port may ask, and must not take the memory of
/// those who wait.
const ROOM: usize = 16 * 1024 * 1024;
/// The most values of a question: one of a few bytes can take a hundred times as much memory once it is read.
const MOST_VALUES: usize = 50_000;
/// What these bounds are called in the metrics: they have no flag.
const LIMIT: &str = "review-bytes";

/// Where questions are answered.
struct Desk {
    inject: Inject,
    room: Semaphore,
    /// One question at a time is in memory as values.
    turn: Mutex<()>,
    patience: Duration,
}

/// All paths of the webhook.
pub(crate) fn injecting(
    inject: Inject,
    limits: &Limits,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + use<> {
    let desk =
        Desk { inject, room: Semaphore::new(ROOM), turn: Mutex::new(()), patience: limits.read_timeout };
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
        let room = if length > SMALL { length } else { 0 };
        let Ok(Ok(_room)) = timeout(self.patience, self.room.acquire_many(room)).await else {
            let detail =
                format!("the large questions that are being read have {ROOM} bytes already; ask again");
            return Err(Problem::busy(detail, 1).over(LIMIT));
        };
        let body = body::read(body, self.patience).await?;
        if values(&body) > MOST_VALUES {
            let detail = format!("the question has more than {MOST_VALUES} values");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail).over(LIMIT));
        }
        let _turn = self.turn.lock().await;
        let answer = review(&body, &self.inject).map_err(Problem::bad)?;
        Ok(warp::reply::json(&answer).into_response())
    }
}

/// How many values JSON has at most: none begins but after one of these, outside of strings.
fn values(json: &[u8]) -> usize {
    let (mut is_string, mut is_escaped, mut count) = (false, false, 0);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_string,
            b'"' => is_string = !is_string,
            b'{' | b'[' | b',' | b':' if !is_string => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn values_are_counted_outside_of_strings() {
        for (json, count) in [
            ("1", 0),
            ("[[0],[0]]", 4),
            (r#"{"a": {}, "b": [1, 2]}"#, 7),
            (r#"{"a{[,:": "\\\"{,,,"}"#, 2),
            (r#"["\\", 1]"#, 2),
            ("[\\\"a,b\"", 1),
        ] {
            assert_eq!(values(json.as_bytes()), count, "{json}");
        }
    }
}
