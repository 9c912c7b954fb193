//! Bad days of the API server: no wrong verdict at any time, no hang, and all waits end once it is over.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed, as it should"
)]

#[path = "../common/mod.rs"]
mod common;
mod ends;
#[path = "../common/fake.rs"]
mod fake;
mod lists;
mod outage;
mod restart;
mod rights;
mod silence;
mod witness;
