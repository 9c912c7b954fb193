//! The words in which k8s-wait is told what to wait for.
//!
//! [`Target`] is the entry point: it is parsed from text and written back as text. Client and server read
//! targets with this one crate, so a word means the same on both sides and a typo is refused before any
//! server is reached.
//!
//! ```
//! use k8s_wait_target::{Min, ParseError, Subject, Target};
//! use std::time::Duration;
//!
//! let target: Target = "service/shop/db?port=5432&stable=10s".parse()?;
//! assert_eq!((target.kind(), target.namespace()), ("service", Some("shop")));
//! assert_eq!(target.options().stable, Some(Duration::from_secs(10)));
//!
//! let target: Target = "pod?selector=app in (web,api)&min=2".parse()?;
//! let Subject::Set { selector, .. } = target.subject() else { panic!("it is a set") };
//! assert!(selector.matches(|key| (key == "app").then_some("api")));
//! assert_eq!(target.options().min, Some(Min::Count(2)));
//!
//! let error = "pod/web?tiemout=5m".parse::<Target>().unwrap_err();
//! assert!(error.to_string().contains("tiemout"));
//! # Ok::<(), ParseError>(())
//! ```
//!
//! # The nouns
//!
//! - [`Target`], what to wait for: a [`Subject`], which is an object, a set with its [`Selector`], or an [`Address`] of
//!   the network; a namespace; and [`Options`].
//! - The values of options: [`Min`], [`Port`], [`Missing`], [`OnFailure`], [`FailOn`] with its [`Cause`]s, [`Statuses`].
//! - Durations as people write them: [`parse_duration`], and [`DurationText`] for the way back.
//! - [`ParseError`], [`SelectorError`] and [`DurationError`] are one sentence each: what is wrong, where it stands, and
//!   what would be right.
//!
//! # What is not here
//!
//! Which kinds, aliases and states exist. `po/web?for=happy` is well formed; the registry of k8s-wait-lib knows that
//! `po` is a pod and that pods have no state `happy`.

mod address;
mod choice;
mod duration;
mod error;
mod escape;
mod label;
mod name;
mod options;
mod quantity;
mod query;
mod selector;
mod statuses;
mod syntax;
mod target;

pub use address::Address;
pub use choice::{Cause, FailOn, Missing, OnFailure};
pub use duration::{DurationText, parse_duration};
pub use error::{DurationError, ParseError, SelectorError, quoted};
pub use name::{is_dns_label, is_dns_subdomain};
pub use options::Options;
pub use quantity::{Min, Port};
pub use selector::Selector;
pub use statuses::Statuses;
pub use target::{MAX_TARGET_LENGTH, MAX_TARGETS, Subject, Target};

/// The README's example, which is run as those of the documentation are.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
