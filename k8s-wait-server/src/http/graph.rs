//! `/v1/graph`: [`graph`], for the other replicas.

use super::App;
use super::outlook::snapshot;
use super::permit::permit_everything;
use super::problem::Problem;
use super::roster::in_pieces;
use crate::auth::Caller;
use std::sync::Arc;
use warp::Reply;
use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

/// Those who wait here and need pods, for those who may ask about everything.
pub(super) fn graph(caller: Result<Caller, Problem>, app: Arc<App>) -> Response {
    match caller.and_then(|caller| told(&caller, &app)) {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

fn told(caller: &Caller, app: &App) -> Result<Response, Problem> {
    permit_everything(caller, "ask about all namespaces", app)?;
    let place = app.roster.read(None)?;
    // Texts and numbers always serialise.
    let text = serde_json::to_vec(&snapshot(&app.roster, app.replicas.own())).unwrap_or_default();
    let mut response = in_pieces(text, place);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
