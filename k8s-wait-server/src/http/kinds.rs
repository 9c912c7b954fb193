//! `/v1/kinds`: [`list`].

use super::App;
use k8s_wait_lib::Kind;
use serde::Serialize;
use std::sync::Arc;
use warp::Reply;
use warp::reply::Response;

#[derive(Serialize)]
struct Kinds<'a> {
    kinds: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    kind: &'a str,
    aliases: &'a [String],
    /// The first is the default.
    states: &'a [String],
    options: &'a [String],
    reads: &'a [String],
}

impl<'a> From<&'a Kind> for Entry<'a> {
    fn from(kind: &'a Kind) -> Self {
        Self {
            kind: &kind.name,
            aliases: &kind.aliases,
            states: &kind.states,
            options: &kind.options,
            reads: &kind.reads,
        }
    }
}

/// The registered kinds.
pub(super) fn list(app: Arc<App>) -> Response {
    let kinds = app.kinds().map(Entry::from).collect();
    warp::reply::json(&Kinds { kinds }).into_response()
}
