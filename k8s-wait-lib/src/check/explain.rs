//! Causes for objects that are judged one by one: [`Explain`].

use super::Kind;
use super::cause::{Causes, Explained};
use crate::judge::behind::Behind;
use crate::object::{Cached, Pod};
use crate::watch::Watches;
use crate::{TargetError, Verdict};
use k8s_wait_target::{Min, Subject, Target};
use std::any::Any;
use std::sync::Arc;

/// The pods behind an object, for a state and its `min`.
pub(super) type PodsBehind<V> = for<'a> fn(&'a V, &str, Option<Min>) -> Option<Behind<'a>>;

/// The causes of a request whose objects are judged one by one.
pub(super) struct Explain<V> {
    /// As owner references have it.
    kind: String,
    pods: PodsBehind<V>,
    state: String,
    min: Option<Min>,
    pub(super) causes: Causes,
}

impl<V> Explain<V> {
    pub(super) fn new(kind: &str, pods: PodsBehind<V>, state: &str, target: &Target) -> Self {
        let options = target.options();
        // In a set, `min` counts its objects.
        let min = options.min.filter(|_| matches!(target.subject(), Subject::Object { .. }));
        let (kind, state) = (kind.to_owned(), state.to_owned());
        Self { kind, pods, state, min, causes: Causes::new(target) }
    }

    /// The verdict over one object with what the pods behind it tell.
    pub(super) fn one<S: Cached<View = V>>(
        &mut self,
        watches: &Watches,
        (namespace, name): (&str, &str),
        (object, is_live): (&Arc<S>, bool),
        verdict: Verdict,
    ) -> Verdict {
        if verdict.is_ready() {
            return verdict;
        }
        let Some(behind) = (self.pods)(object.view(), &self.state, self.min) else { return verdict };
        let (kind, uid) = (&*self.kind, &*object.meta().uid);
        let pod = (Arc::clone(object) as Arc<dyn Any + Send + Sync>).downcast::<Pod>().ok();
        let object = Explained { kind, namespace, name, uid, is_live, pod: pod.as_ref() };
        self.causes.explain(watches, object, &behind, verdict)
    }
}

/// Refuses `fail-on` in a state to which pods have nothing to say.
pub(super) fn refuse(kind: &Kind, target: &Target) -> Result<(), TargetError> {
    let state = target.options().state.as_deref().or(kind.states.first().map(String::as_str));
    match target.options().fail_on {
        None => Ok(()),
        Some(_) => {
            let problem =
                format!("fail-on means nothing to state {} of a {}", state.unwrap_or_default(), kind.name);
            Err(TargetError::option(target, problem))
        }
    }
}
