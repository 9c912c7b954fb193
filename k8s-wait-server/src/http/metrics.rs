//! `/metrics`: [`metrics`].

use super::App;
use super::permit::admit;
use super::problem::Problem;
use crate::auth::Caller;
use std::sync::Arc;
use warp::Reply;
use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

/// What OpenMetrics 1.0 is called.
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// All metrics, for those who may read them.
pub(super) fn metrics(caller: Result<Caller, Problem>, app: Arc<App>) -> Response {
    let text = admit(app.readers.metrics, &caller, "metrics", &app).and_then(|()| {
        app.metrics.text().map_err(|error| Problem::failed(format!("there are no metrics: {error}")))
    });
    match text {
        Ok(text) => warp::reply::with_header(text, CONTENT_TYPE, OPEN_METRICS).into_response(),
        Err(problem) => problem.into_response(),
    }
}
