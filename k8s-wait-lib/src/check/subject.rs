//! Which objects a target means: [`Scope`].

use crate::TargetError;
use k8s_wait_target::{Selector, Subject, Target};
use std::fmt;

/// One object or a set of them, in its namespace, which is `""` for a cluster-scoped kind.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The kind by its registered name, for messages.
    pub(super) kind: String,
    /// `""` for a kind whose objects live in none, as the cache has it.
    pub(super) namespace: String,
    pub(super) which: Which,
}

#[derive(Clone, Debug)]
pub(super) enum Which {
    One(String),
    Set(Selector),
}

impl Scope {
    pub(super) fn of(kind: &str, is_namespaced: bool, target: &Target) -> Result<Self, TargetError> {
        let which = match target.subject() {
            Subject::Object { name, .. } => Which::One(name.clone()),
            Subject::Set { selector, .. } => Which::Set(selector.clone()),
            Subject::Address(_) => {
                let place = if is_namespaced { "/NAMESPACE" } else { "" };
                return Err(TargetError::option(target, format!("a {kind} is written {kind}{place}/NAME")));
            }
        };
        // Every target comes with a namespace, be it the default one, so that one too many cannot be told from it.
        let namespace = if is_namespaced { target.namespace().unwrap_or("default") } else { "" };
        Ok(Self { kind: kind.to_owned(), namespace: namespace.to_owned(), which })
    }

    pub(super) fn is_set(&self) -> bool {
        matches!(self.which, Which::Set(_))
    }

    /// One of its objects, as messages name it.
    pub(super) fn named(&self, name: &str) -> String {
        match self.namespace.as_str() {
            "" => format!("{} {name}", self.kind),
            namespace => format!("{} {namespace}/{name}", self.kind),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.which {
            Which::One(name) => f.write_str(&self.named(name)),
            Which::Set(selector) if self.namespace.is_empty() => write!(f, "{}s with {selector}", self.kind),
            Which::Set(selector) => {
                write!(f, "{}s in namespace {} with {selector}", self.kind, self.namespace)
            }
        }
    }
}
