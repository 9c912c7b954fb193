//! Says when something in Kubernetes is ready.
//!
//! A [`Wait`] takes targets and gives [`Report`]s, each with a [`Verdict`]: ready, pending or failed, with a reason. What it
//! needs is a [`CheckRegistry`], which knows the kinds, and [`Watches`], which watch the cluster once for everybody who
//! waits.
//!
//! ```
//! use k8s_wait_lib::{CheckRegistry, Mode, Plan, Wait, Watches};
//! use k8s_wait_testkit::{Api, build::job};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A Kubernetes API in this process; elsewhere it is `kube::Config::infer().await?`.
//! let api = Api::start().await?;
//! let config = kube::Config::new(api.url().parse()?);
//!
//! let watches = Watches::new(k8s_wait_lib::client(config)?);
//! let plan = Plan {
//!     targets: vec!["job/migrate".parse()?],
//!     namespace: "shop".to_owned(),
//!     mode: Mode::All,
//!     timeout: None,
//! };
//! let mut wait = Wait::new(&CheckRegistry::standard()?, &watches, plan)?;
//!
//! let report = wait.next().await.ok_or("there is a first report")?;
//! assert_eq!(report.verdict.reason().map(|reason| &*reason.code), Some("NotFound"));
//!
//! api.create(job("migrate").namespace("shop").complete())?;
//! let report = wait.next().await.ok_or("there is a last report")?;
//! assert!(report.verdict.is_ready() && report.is_final);
//! # Ok(())
//! # }
//! ```
//!
//! # The nouns
//!
//! - [`Target`], what to wait for, and [`Plan`], which puts several together with a default namespace and a deadline.
//! - [`Verdict`] is a fact about a target: ready, pending or failed, the last two with a [`Reason`]. [`CheckError`] is what
//!   keeps us from knowing; it turns into pending or failed, never into ready. [`Mode`] makes one verdict of many.
//! - [`Check`] knows one kind of thing that can be waited for. It parses a target once into a [`Request`], which is
//!   evaluated as often as something changes. [`ObjectCheck`] is the check of any resource type, given a judge.
//! - [`judge`] has the judges: pure functions from an object, or its absence, to a verdict.
//! - [`object`] has what is kept of each resource type while it is decoded, so that memory goes with what judges read.
//! - [`watch`] has the shared watches: opened at the first use, kept through disconnects and restarts of the API server,
//!   never trusted before their first list, closed five minutes after their last use.
//!
//! # A kind of one's own
//!
//! A judge over its Rust type is enough:
//!
//! ```
//! use k8s_openapi::api::coordination::v1::Lease;
//! use k8s_wait_lib::object::Whole;
//! use k8s_wait_lib::{CheckRegistry, ObjectCheck, RegistryError, Verdict, judge};
//!
//! let held = |lease: Option<&Lease>| match lease {
//!     None => judge::absent(),
//!     Some(lease) => {
//!         let spec = lease.spec.as_ref();
//!         let is_held = spec.is_some_and(|spec| spec.holder_identity.is_some());
//!         Verdict::ready_if(is_held, "NotHeld", || "nobody holds it".to_owned())
//!     }
//! };
//! let mut registry = CheckRegistry::standard()?;
//! registry.register(ObjectCheck::<Whole<Lease>>::new("lease", ["leases"]).state("held", held))?;
//!
//! let kind = registry.kind("leases").map(|kind| kind.reads.join(", "));
//! assert_eq!(kind.as_deref(), Some("leases.coordination.k8s.io"));
//! # Ok::<(), RegistryError>(())
//! ```
//!
//! Kinds that nobody registered can be waited for all the same, by their group: see [`AnyCheck`].
//!
//! # Features
//!
//! - `earliest` (default) is that of `k8s-openapi`: an application that has chosen an API version itself turns it off.
//! - `https` (default): `https://` targets, with rustls and the system's certificates.
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
pub use wait::{Obstacle, Obstacles, Plan, Report, TargetReport, Wait};
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

/// The README's example, which is run as those of the documentation are.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
