//! What keeps a check from answering: [`CheckError`], and what is wrong with a target: [`TargetError`].

use crate::Verdict;
use k8s_wait_target::ParseError;
use std::fmt;
use thiserror::Error;

/// What keeps us from knowing: facts about us, never about the target.
///
/// None of them reads as ready. [`Verdict::from`] says which are pending and which are failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The first list of a watch is not in yet.
    #[error("the first list of {resource} is not in yet")]
    NotSynced {
        /// The resource with its scope, as in `pods in namespace shop`.
        resource: String,
    },
    /// The API server cannot be reached, or answers with an error: what is known may be out of date.
    #[error("the API server cannot be asked about {resource} at the moment: {error}")]
    Unavailable {
        /// The resource with its scope.
        resource: String,
        /// The last thing that went wrong.
        error: String,
    },
    /// The cluster serves no such kind, or none that can be watched. A CustomResourceDefinition may still come.
    #[error("the cluster serves no kind {kind} that can be watched, yet")]
    KindNotServed {
        /// The kind as the target has it.
        kind: String,
    },
    /// A right is missing.
    #[error("no right to {verb} {resource}; a Role or ClusterRole has to grant it to this ServiceAccount")]
    Forbidden {
        /// The verb: `list` or `watch`.
        verb: &'static str,
        /// The resource with its scope.
        resource: String,
    },
    /// The namespace is none of those that are watched.
    #[error("namespace {namespace} is not watched here, only {watched}")]
    NamespaceNotWatched {
        /// The namespace that was asked for.
        namespace: String,
        /// The ones that are watched, separated by commas.
        watched: String,
    },
    /// The kind's objects are in no namespace, and who asks may ask about namespaces alone.
    #[error("{kind} is in no namespace, and you may ask about namespaces alone")]
    ClusterScoped {
        /// The kind as the target has it.
        kind: String,
    },
}

impl CheckError {
    /// CamelCase and stable, as in a verdict's reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSynced { .. } => "NotSynced",
            Self::Unavailable { .. } => "ApiUnavailable",
            Self::KindNotServed { .. } => "KindNotServed",
            Self::Forbidden { .. } => "Forbidden",
            Self::NamespaceNotWatched { .. } => "NamespaceNotWatched",
            Self::ClusterScoped { .. } => "ClusterScoped",
        }
    }
}

impl From<CheckError> for Verdict {
    /// Unsure is pending; what only an operator can change is failed.
    fn from(error: CheckError) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            CheckError::NotSynced { .. }
            | CheckError::Unavailable { .. }
            | CheckError::KindNotServed { .. } => Self::pending(code, message),
            CheckError::Forbidden { .. }
            | CheckError::NamespaceNotWatched { .. }
            | CheckError::ClusterScoped { .. } => Self::failed(code, message),
        }
    }
}

/// Why a target cannot be waited for: a mistake of the caller, found before anything is watched.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TargetError {
    /// It is not written as a target.
    #[error(transparent)]
    Syntax(#[from] ParseError),
    /// Nobody registered this kind.
    #[error("target {target:?}: kind {kind:?} is unknown; known are {known}")]
    UnknownKind {
        /// The target as written.
        target: String,
        /// Its kind.
        kind: String,
        /// The kinds that are known, separated by commas.
        known: String,
    },
    /// The kind has no such state.
    #[error("target {target:?}: a {kind} has no state {state:?}; it has {known}")]
    UnknownState {
        /// The target as written.
        target: String,
        /// The kind by its registered name.
        kind: String,
        /// What was asked for.
        state: String,
        /// The states of the kind, separated by commas.
        known: String,
    },
    /// An option that means nothing here, or a value that makes no sense here.
    #[error("target {target:?}: {problem}")]
    Option {
        /// The target as written.
        target: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl TargetError {
    /// An option's problem, said about `target`.
    pub fn option(target: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self::Option { target: target.to_string(), problem: problem.into() }
    }
}

/// Why a kind cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Two checks want the same word.
    #[error("kind {0:?} is registered already")]
    Taken(String),
    /// There is no such kind.
    #[error("kind {kind:?} is unknown; known are {known}")]
    Unknown {
        /// The word that was asked for.
        kind: String,
        /// The kinds that are known, separated by commas.
        known: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_keeps_us_from_knowing_reads_as_ready() {
        let resource = || "pods in namespace shop".to_owned();
        let pending = [
            CheckError::NotSynced { resource: resource() },
            CheckError::Unavailable { resource: resource(), error: "connection refused".into() },
        ];
        let failed = [
            CheckError::Forbidden { verb: "list", resource: resource() },
            CheckError::NamespaceNotWatched { namespace: "b".into(), watched: "a".into() },
            CheckError::ClusterScoped { kind: "node.v1".into() },
        ];
        assert!(pending.into_iter().map(Verdict::from).all(|verdict| verdict.is_pending()));
        assert!(failed.into_iter().map(Verdict::from).all(|verdict| verdict.is_failed()));
    }

    #[test]
    fn a_missing_right_names_verb_resource_and_namespace() {
        let error = CheckError::Forbidden { verb: "list", resource: "pods in namespace shop".into() };
        assert!(error.to_string().starts_with("no right to list pods in namespace shop;"), "{error}");
    }
}
