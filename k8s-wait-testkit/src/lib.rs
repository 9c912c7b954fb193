//! A small Kubernetes API in the process, with faults on request: for tests, benches and demos.
//!
//! [`Api::start`] opens it on a loopback port. The test writes objects with [`Api::create`], [`Api::apply`] and
//! [`Api::patch_status`], from the builders in [`build`] or any JSON; the code under test talks HTTP to it, with
//! kube's client or `kubectl`. [`Api::inject`], [`Api::drop_watches`], [`Api::restart`] and the like make bad days,
//! and [`Api::requests`] and [`Api::count`] tell what was asked.
//!
//! ```
//! use k8s_wait_testkit::{Api, Fault, build::pod};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let api = Api::start().await?;
//! api.create(pod("web-0").namespace("shop").label("app", "web").ready())?;
//!
//! let client = kube::Client::try_from(kube::Config::new(api.url().parse()?))?;
//! let pods = kube::Api::<k8s_openapi::api::core::v1::Pod>::namespaced(client, "shop");
//! let web = pods.get("web-0").await?;
//! assert_eq!(web.status.and_then(|status| status.phase).as_deref(), Some("Running"));
//!
//! let refusal = api.inject(Fault::status(403).on("pods").verb("list"));
//! assert!(pods.list(&Default::default()).await.is_err());
//! drop(refusal);
//! assert_eq!(pods.list(&Default::default()).await?.items.len(), 1);
//! assert_eq!(api.count("list", "pods"), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # What it is
//!
//! For the kinds in its table, and those that [`Api::serve`] adds, it answers get, list, watch, create, update,
//! patch, delete, deletecollection and the status subresource as a kube-apiserver does: selectors, pages of one
//! moment, resourceVersions from one counter, watches with bookmarks, streamed lists and 410, generations,
//! finalizers, conflicts, `kubectl get`'s tables, discovery, and errors as `kind: Status` with the real texts.
//!
//! # What it is not
//!
//! - There are no schemas: nothing is validated beyond metadata, and nothing defaulted but the first status.
//! - There are no controllers: nothing moves unless the test moves it. Owners' dependents stay, pods do not run;
//!   only a deleted namespace takes its objects along.
//! - Grace periods and propagation policies are ignored. Server-side apply creates or merges, without ownership of
//!   fields, and so without conflicts and without removal of what a manager no longer names.
//! - Everybody may do everything, and no token of a request is looked at; refusals are [`Fault`]s. TokenReviews tell of
//!   tokens what [`Api::accept_token`] was told.
//! - Bodies are JSON. `kubectl create deployment` and its siblings, which send protobuf, get 415;
//!   `kubectl create -f`, `apply`, `run` and `replace` send JSON. Dry runs are refused.
//! - Legacy watches (`/api/v1/watch/...`) and subresources other than status are not served.

mod api;
pub mod build;
mod cluster;
mod columns;
mod fault;
mod json;
mod patch;
mod request;
mod resource;
mod selector;
mod server;
mod status;
mod store;
mod token;
mod watches;

pub use api::{Api, Memory};
pub use fault::{Fault, FaultGuard};
pub use request::Request;
pub use resource::ResourceType;
pub use status::Status;
pub use token::Token;

/// The README's example, which is run as those of the documentation are.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
