//! `/openapi.json`: [`document`], this API as OpenAPI 3.1 for programs.
//!
//! It is made from the types that are written and read, by [`text`], when a developer runs `cargo xtask generate`. The server
//! holds what was made, and none of what makes it.

#[cfg(feature = "openapi")]
mod answers;
#[cfg(feature = "openapi")]
mod made;
#[cfg(feature = "openapi")]
mod paths;
#[cfg(feature = "openapi")]
mod questions;
#[cfg(feature = "openapi")]
mod schemas;
#[cfg(feature = "openapi")]
pub(super) mod words;

#[cfg(feature = "openapi")]
pub use made::text;
use warp::Reply;
use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

const DOCUMENT: &str = include_str!("../../openapi.json");

/// The document, which is the same for everybody.
pub(super) fn document() -> Response {
    let mut response = DOCUMENT.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
