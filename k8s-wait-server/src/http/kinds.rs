//! `/v1/kinds`: [`list`].

use super::App;
use k8s_wait_lib::Kind;
use serde::Serialize;
use std::sync::Arc;
use warp::Reply;
use warp::reply::Response;

/// What can be waited for.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(super) struct Kinds<'a> {
    kinds: Vec<Entry<'a>>,
}

/// A kind, and what it understands.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Kind"))]
struct Entry<'a> {
    kind: &'a str,
    aliases: &'a [String],
    /// The first is the default.
    states: &'a [String],
    options: &'a [String],
    /// The resources that are read.
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
