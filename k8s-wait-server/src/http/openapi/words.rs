//! Texts that are not any text: [`Target`], [`Namespace`], [`Mode`], [`Duration`], [`Verdict`].
//!
//! The server reads them from strings, and writes them as strings; these say which strings they are.
#![allow(dead_code, reason = "their schemas are read, and nothing is made of them")]

use k8s_wait_lib::target::MAX_TARGET_LENGTH;
use schemars::JsonSchema;

/// What to wait for, as in `job/shop/migrate` or `pod?selector=app=web&min=2`.
#[derive(JsonSchema)]
#[schemars(example = "job/shop/migrate", extend("format" = "k8s-wait-target"))]
pub(crate) struct Target(#[schemars(length(min = 1, max = MAX_TARGET_LENGTH))] String);

/// A DNS label.
#[derive(JsonSchema)]
pub(crate) struct Namespace(
    #[schemars(length(max = 63), regex(pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))] String,
);

/// `all` targets, or `any` of them.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum Mode {
    All,
    Any,
}

/// As in `1h`, `1m30s` and `500ms`; a number alone is seconds.
#[derive(JsonSchema)]
#[schemars(extend("format" = "k8s-wait-duration"))]
pub(crate) struct Duration(
    #[schemars(length(min = 1), regex(pattern = "^([0-9]+|([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$"))]
    String,
);

/// `failed` is final, and `pending` is not.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Ready,
    Pending,
    Failed,
}
