//! `/metrics`: [`metrics`].

use super::App;
use super::problem::Problem;
use crate::auth::{About, Caller, Readers};
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

/// Lets those in who may read this.
pub(super) fn admit(
    readers: Readers,
    caller: &Result<Caller, Problem>,
    what: &str,
    app: &App,
) -> Result<(), Problem> {
    match readers {
        Readers::All => Ok(()),
        Readers::None => Err(Problem::no_such_path()),
        Readers::Token => {
            let caller = caller.as_ref().map_err(Problem::clone)?;
            if app.admission.allows(caller, About::Cluster) {
                return Ok(());
            }
            let from = caller.namespace().unwrap_or("*");
            Err(Problem::forbidden(format!(
                "{caller} may not read the {what}; the server's --allow {from}=* would let it"
            )))
        }
    }
}
