//! TokenReviews: [`create`].

use http::StatusCode;
use serde_json::{Value, json};

use super::handler::Call;
use super::reply::{self, Reply};
use crate::cluster::Cluster;
use crate::status::Status;
use crate::token;

/// POST of a TokenReview: answered, and not kept.
pub(super) fn create(cluster: &Cluster, call: &Call) -> Result<Reply, Status> {
    let mut review: Value =
        serde_json::from_slice(&call.body).map_err(|error| Status::bad_request(error.to_string()))?;
    let text = |pointer: &str| review.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let audiences = review.pointer("/spec/audiences").and_then(Value::as_array);
    let audiences: Vec<String> =
        audiences.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let status = match cluster.token(&text("/spec/token")) {
        Some(token) => token.review(&audiences),
        None => token::refused("invalid bearer token"),
    };
    if let Some(review) = review.as_object_mut() {
        review.insert("metadata".to_owned(), json!({}));
        review.insert("status".to_owned(), status);
    }
    Ok(reply::json(StatusCode::CREATED, review.to_string()))
}
