//! The guides of the book: their manifests are what they are said to be, and what they tell people to type is understood.
//!
//! `cargo test -p k8s-wait-examples --test recipes`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may fail"
)]

#[path = "common/pages.rs"]
#[allow(dead_code, reason = "the tests of the documents use the rest")]
mod pages;

mod recipes {
    mod annotated;
    mod clients;
    mod commands;
    mod manifests;
    mod migrating;
    mod shown;
    mod words;
}
