//! What is asked of objects: [`Goal`].

use super::Judge;
use super::subject::Scope;
use crate::judge::{self, set::Tally};
use crate::object::Cached;
use crate::{TargetError, Verdict};
use k8s_wait_target::{Min, Missing, Options, Subject, Target};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is asked of an object.
pub(super) enum Goal<S: Cached> {
    Judged {
        judge: Judge<S::View>,
        counts: fn(&S::View) -> bool,
        missing: Missing,
    },
    /// The objects that were there when the wait began are gone; one made later under the same name is another one.
    Deleted {
        /// Their UIDs, once known: what a watch that is down has cached may be long gone, and what is there unknown.
        pinned: Option<BTreeSet<Box<str>>>,
    },
}

impl<S: Cached> Goal<S> {
    pub(super) fn judged(judge: Judge<S::View>, counts: fn(&S::View) -> bool, options: &Options) -> Self {
        Self::Judged { judge, counts, missing: options.missing.unwrap_or_default() }
    }

    /// State `exists` or `deleted`.
    pub(super) fn presence(target: &Target, state: &str) -> Result<Self, TargetError> {
        let options = target.options();
        match state {
            _ if options.missing.is_some() => {
                let problem = format!("missing means nothing to state {state}, which is about just that");
                Err(TargetError::option(target, problem))
            }
            "deleted" => Ok(Self::Deleted { pinned: None }),
            _ => Ok(Self::judged(Arc::new(judge::exists), |_| true, options)),
        }
    }

    /// Notes what has to go, the first time that this is known.
    pub(super) fn pin<'a>(&mut self, objects: impl IntoIterator<Item = &'a S>) {
        if let Self::Deleted { pinned: pinned @ None } = self {
            *pinned = Some(objects.into_iter().map(|object| object.meta().uid.clone()).collect());
        }
    }

    pub(super) fn one(&self, object: Option<&S>) -> Verdict {
        match self {
            Self::Judged { missing, .. } if object.is_none() && *missing != Missing::Wait => {
                judge::missing(*missing)
            }
            Self::Judged { judge, .. } => judge(object.map(S::view)),
            Self::Deleted { pinned } => deleted(pinned.as_ref(), object.as_slice()),
        }
    }

    /// Each verdict over an object is explained before it is counted.
    pub(super) fn set(
        &self,
        scope: &Scope,
        objects: &[(Arc<str>, Arc<S>)],
        min: Option<Min>,
        mut explain: impl FnMut(&str, &Arc<S>, Verdict) -> Verdict,
    ) -> Verdict {
        match self {
            Self::Judged { missing, .. } if objects.is_empty() && *missing != Missing::Wait => {
                judge::missing(*missing)
            }
            Self::Judged { judge, counts, .. } => {
                let counted = objects.iter().filter(|(_, object)| counts(object.view()));
                let counted = counted.map(|(name, object)| {
                    explain(name, object, judge(Some(object.view()))).about(scope.named(name))
                });
                judge::set::judge(&Tally { matched: objects.len(), counted: counted.collect() }, min)
            }
            Self::Deleted { pinned } => {
                let objects: Vec<&S> = objects.iter().map(|(_, object)| object.as_ref()).collect();
                deleted(pinned.as_ref(), &objects)
            }
        }
    }
}

pub(super) fn deleted<S: Cached>(pinned: Option<&BTreeSet<Box<str>>>, objects: &[&S]) -> Verdict {
    let is_left = |object: &&&S| pinned.is_none_or(|pinned| pinned.contains(&object.meta().uid));
    let left = objects.iter().filter(is_left).count();
    let total = pinned.map_or(objects.len(), BTreeSet::len);
    Verdict::ready_if(left == 0, "StillExists", || match total {
        1 => "it is still there".to_owned(),
        _ => format!("{left} of {total} are still there"),
    })
}

/// Refuses `min` where nothing is counted.
pub(super) fn check_min(
    target: &Target,
    kind: &str,
    state: &str,
    takes_min: bool,
) -> Result<(), TargetError> {
    let is_set = matches!(target.subject(), Subject::Set { .. });
    match target.options().min {
        Some(_) if !takes_min => {
            let what = if is_set { format!("a set of {kind}s") } else { format!("one {kind}") };
            Err(TargetError::option(target, format!("min means nothing to state {state} of {what}")))
        }
        Some(Min::Count(0)) if is_set => {
            Err(TargetError::option(target, "min of a set is at least 1: an empty set is never ready"))
        }
        _ => Ok(()),
    }
}
