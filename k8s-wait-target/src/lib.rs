//! The words in which k8s-wait is told what to wait for.
//!
//! [`Target`] is the entry point: it is parsed from text and written back as text. Client and server read
//! targets with this one crate, so a word means the same on both sides and a typo is refused before any
//! server is reached.
//!
//! What is *not* here: which kinds, aliases and states exist. `po/web?for=happy` is well formed; the registry
//! of k8s-wait-lib knows that `po` is a pod and that pods have no state `happy`.

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
pub use error::{DurationError, ParseError, SelectorError};
pub use name::{is_dns_label, is_dns_subdomain};
pub use options::Options;
pub use quantity::{Min, Port};
pub use selector::Selector;
pub use statuses::Statuses;
pub use target::{MAX_TARGET_LENGTH, Subject, Target};
