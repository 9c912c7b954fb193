//! What tests with real processes share. Most of them begin with a [`Scene`](scene::Scene).

pub mod api;
pub mod cluster;
pub mod namespace;
pub mod objects;
mod pki;
pub mod plane;
pub mod process;
pub mod rights;
pub mod scene;
pub mod server;
pub mod wait;
