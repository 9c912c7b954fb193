//! The chart and the kustomize overlays, without a cluster: what they make, that they make the same, and what they refuse.
//!
//! `cargo test -p k8s-wait-examples --test deploy -- --ignored`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may fail"
)]

#[path = "common/helm.rs"]
mod helm;
#[path = "common/pages.rs"]
#[allow(dead_code, reason = "the tests of the documents use the rest")]
mod pages;

mod deploy {
    mod dependency;
    mod documents;
    mod notes;
    mod objects;
    mod optional;
    mod refusals;
    mod same;
    mod values;
}
