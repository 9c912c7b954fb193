//! How waits behave: what wakes them, what ends them, and what they leave behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed, as it should"
)]

mod any;
mod causes;
#[path = "../common/mod.rs"]
mod common;
mod crowd;
mod fail_on;
#[path = "../common/fake.rs"]
mod fake;
mod leases;
mod meddling;
mod network;
mod obstacles;
mod probes;
mod slow;
mod states;
mod times;
mod together;
