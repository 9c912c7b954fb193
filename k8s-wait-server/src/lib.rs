//! HTTP in front of `k8s-wait-lib`: [`run`] serves it on a socket until it is told to stop.
//!
//! Whoever calls [`run`] owns the socket and the stop signal. [`Settings`] are the flags, [`read`] makes them from a
//! command line and an environment. [`wait`] is the client's work without a server elsewhere.
//!
//! ```
//! use k8s_wait_server::{Settings, run};
//! use k8s_wait_testkit::{Api, build::job};
//! use tokio::net::TcpListener;
//! use tokio::sync::oneshot;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A Kubernetes API in this process; elsewhere it is `kube::Config::infer().await?`.
//! let api = Api::start().await?;
//! api.create(job("migrate").namespace("shop").complete())?;
//! let client = k8s_wait_lib::client(kube::Config::new(api.url().parse()?))?;
//!
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let url = format!("http://{}", listener.local_addr()?);
//! let (stop, stopped) = oneshot::channel::<()>();
//! let stopped = async { drop(stopped.await) };
//! let served = tokio::spawn(run(listener, client, Settings::default(), stopped));
//!
//! // What an init container does.
//! let waited = tokio::task::spawn_blocking(move || {
//!     let arguments = ["--server", &url, "--timeout", "1m", "job/shop/migrate"].map(Into::into);
//!     k8s_wait_client::run(&arguments, &k8s_wait_client::Process, &mut Vec::new(), &mut Vec::new())
//! });
//! assert_eq!(waited.await?, 0);
//! drop(stop);
//! served.await??;
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! What a version promises is the program: flags, paths, fields, reasons. The functions here are what its binary and its
//! tests are made of, and may change in any version. To wait from a Rust program there is k8s-wait-lib.

mod args;
mod auth;
mod connection;
mod contact;
mod direct;
mod events;
mod gate;
mod graph;
mod http;
mod inject;
mod limits;
mod metrics;
mod network;
mod peers;
mod places;
mod rbac;
mod replicas;
mod serve;
mod tls;

#[doc(hidden)]
pub use args::command_line;
pub use args::{LogFormat, Order, Settings, Usage, read};
pub use auth::{AllowRule, Auth, Readers, Reading};
pub use direct::wait;
#[cfg(feature = "openapi")]
#[doc(hidden)]
pub use http::openapi;
pub use inject::{Container, Inject, Invalid, Manifest, Written};
pub use limits::Limits;
pub use network::{Network, NetworkRule};
pub use replicas::Siblings;
pub use serve::{Listeners, StartError, run};
pub use tls::Tls;
