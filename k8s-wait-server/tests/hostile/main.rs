//! Clients that mean harm: what they try, and what comes of it. `docs/src/security.md` has the table of these tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests may, and are no API"
)]

mod elsewhere;
mod kinds;
mod large;
mod many;
mod names;
mod slow;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod unread;

use k8s_wait_server::{Limits, Settings};
use support::Server;

/// Settings with other limits.
fn limited(limits: Limits) -> Settings {
    Settings { limits, ..Settings::default() }
}

/// A server with nothing behind it.
async fn lonely(limits: Limits) -> Server {
    Server::at("http://127.0.0.1:1", limited(limits)).await
}
