//! Says when something in Kubernetes is ready.
//!
//! A [`Check`] knows one kind of thing that can be waited for; a [`CheckRegistry`] holds them by name. [`Watches`]
//! watch the cluster once for everybody who waits. A [`Wait`] puts them together: targets in, [`Report`]s out, each
//! with a [`Verdict`].
//!
//! ```no_run
//! use k8s_wait_lib::{CheckRegistry, Mode, Plan, Wait, Watches};
//!
//! # async fn main_job() -> Result<(), Box<dyn std::error::Error>> {
//! let client = k8s_wait_lib::client(kube::Config::infer().await?)?;
//! let plan = Plan {
//!     targets: vec!["service/db?port=5432".parse()?, "job/migrate".parse()?],
//!     namespace: "shop".to_owned(),
//!     mode: Mode::All,
//!     timeout: Some(std::time::Duration::from_secs(300)),
//! };
//! let mut wait = Wait::new(&CheckRegistry::standard()?, &Watches::new(client), plan)?;
//! while let Some(report) = wait.next().await {
//!     println!("{}: {:?}", report.verdict.word(), report.verdict.reason());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What does not happen
//!
//! - Nothing is ready by default: not an empty selection, not an absent object, not a status that is older than its
//!   spec, not a list that has not come in, not a forbidden one.
//! - Nothing polls the API server, and no question asked reaches it: answers come from shared watches.
//! - No HTTP server and no wire format: that is the business of whoever embeds this.

pub mod check;
mod error;
pub mod judge;
pub mod object;
mod registry;
mod verdict;
mod wait;
pub mod watch;

pub use check::{
    AnyCheck, Check, DnsCheck, Evaluation, HttpCheck, Kind, ObjectCheck, Reach, Recheck, Request,
    ServiceCheck, TcpCheck,
};
pub use error::{CheckError, RegistryError, TargetError};
pub use k8s_wait_target as target;
pub use k8s_wait_target::Target;
pub use registry::CheckRegistry;
pub use verdict::{Mode, Reason, Verdict};
pub use wait::{Plan, Report, TargetReport, Wait};
pub use watch::Watches;

/// A client as [`Watches`] want it.
///
/// kube's default one retries 429, 503 and 504 by itself, for minutes in the end, in which a watch looks alive that is
/// not. The watches have a back-off of their own.
///
/// # Errors
///
/// When the configuration does not make a client, as when a certificate cannot be read.
pub fn client(mut config: kube::Config) -> kube::Result<kube::Client> {
    config.default_retry = false;
    kube::Client::try_from(config)
}
