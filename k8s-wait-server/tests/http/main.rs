//! The server in this process over the testkit's API, asked by a plain HTTP client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests may, and are no API"
)]

mod crowd;
mod cycles;
mod documented;
mod events;
mod faults;
mod foreign;
mod legacy;
mod metrics;
mod operation;
mod page;
mod questions;
mod refusals;
mod replicas;
mod resumed;
mod silence;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod waiters;
