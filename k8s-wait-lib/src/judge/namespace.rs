//! Namespaces: [`active`].

use super::{absent, terminating};
use crate::Verdict;
use crate::object::Namespace;

/// Phase Active.
pub fn active(namespace: Option<&Namespace>) -> Verdict {
    let Some(namespace) = namespace else { return absent() };
    match namespace {
        _ if namespace.meta.is_terminating => terminating(),
        _ if namespace.is_active => Verdict::Ready,
        _ => Verdict::pending("NotActive", "its phase is not Active"),
    }
}
