//! HTTP in front of `k8s-wait-lib`: [`run`] serves it on a socket until it is told to stop.
//!
//! Whoever calls [`run`] owns the socket and the stop signal. [`Settings`] are the flags, [`read`] makes them from a
//! command line and an environment. [`wait`] is the client's work without a server elsewhere.

mod args;
mod connection;
mod contact;
mod direct;
mod http;
mod network;
mod rbac;
mod serve;
mod waiters;

#[doc(hidden)]
pub use args::command_line;
pub use args::{Order, Settings, Usage, read};
pub use direct::wait;
pub use network::{Network, NetworkRule};
pub use serve::{StartError, run};
