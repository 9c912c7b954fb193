//! The server's sockets and its process: what bad clients, stop signals and bad flags do to it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests may, and are no API"
)]

mod clients;
mod direct;
mod process;
mod program;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod webhook;
