//! What tests with real processes share. Most of them begin with a [`Scene`](scene::Scene).

pub(crate) mod api;
pub(crate) mod cluster;
pub(crate) mod helm;
pub(crate) mod namespace;
pub(crate) mod node;
pub(crate) mod plane;
pub(crate) mod process;
pub(crate) mod release;
pub(crate) mod rights;
pub(crate) mod scene;
pub(crate) mod server;
pub(crate) mod wait;
pub(crate) mod webhook;

pub(crate) use k8s_wait_examples::objects;
