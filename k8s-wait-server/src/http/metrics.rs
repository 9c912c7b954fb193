//! `/metrics`: [`metrics`].

use super::App;
use super::problem::Problem;
use crate::auth::{About, Caller, Readers};
use std::sync::Arc;
use warp::Reply;
use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

/// What OpenMetrics 1.0 is called.
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// All metrics, for those who may read them.
pub(super) fn metrics(caller: Result<Caller, Problem>, app: Arc<App>) -> Response {
    let text = admit(caller, &app).and_then(|()| {
        let failed =
            |error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("there are no metrics: {error}"));
        app.metrics.text().map_err(failed)
    });
    match text {
        Ok(text) => warp::reply::with_header(text, CONTENT_TYPE, OPEN_METRICS).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn admit(caller: Result<Caller, Problem>, app: &App) -> Result<(), Problem> {
    match app.metrics_readers {
        Readers::All => Ok(()),
        Readers::None => Err(Problem::no_such_path()),
        Readers::Token => {
            let caller = caller?;
            if app.admission.allows(&caller, About::Cluster) {
                return Ok(());
            }
            let from = caller.namespace().unwrap_or("*");
            Err(Problem::forbidden(format!(
                "{caller} may not read the metrics; the server's --allow {from}=* would let it"
            )))
        }
    }
}
