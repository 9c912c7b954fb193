//! Which pods stand behind an object, and how many of them it needs: [`Behind`].

use super::cause::{Failed, is_underway};
use super::needed;
use crate::object::Pod;
use k8s_wait_target::{Min, Selector};

/// What stands behind an object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Behind<'a> {
    /// Nothing: it is a pod itself.
    Itself(&'a Pod),
    /// Other pods.
    Pods(Pods<'a>),
}

/// The pods behind an object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pods<'a> {
    /// Which they are.
    pub of: PodsOf<'a>,
    /// How many there are to be, those included that do not exist yet; without it, those that do.
    pub total: Option<usize>,
    /// How many of them have to be well for the object to come to what is asked of it.
    pub min: Min,
    /// What those mean that have failed.
    pub failed: Failed,
    /// Those of any other revision are to be replaced: they may be told of, and are not what it fails on. It is their
    /// label `controller-revision-hash`.
    pub revision: Option<&'a str>,
}

/// How pods are found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PodsOf<'a> {
    /// The object is their controller.
    Controlled,
    /// The ReplicaSet of this name is their controller.
    ReplicaSet(&'a str),
    /// This selector matches them.
    Selected(&'a Selector),
    /// These are their names.
    Named(Vec<Box<str>>),
}

impl<'a> Behind<'a> {
    /// `total` pods of which so many are needed.
    pub fn some(of: PodsOf<'a>, total: usize, needed: usize) -> Self {
        Self::Pods(Pods::some(of, total, needed))
    }

    /// `replicas` pods whose controller the object is, of which `min` are needed, or all.
    pub fn replicas(replicas: i32, min: Option<Min>) -> Self {
        Self::Pods(Pods::replicas(replicas, min))
    }
}

impl<'a> Pods<'a> {
    /// `total` pods of which so many are needed.
    pub fn some(of: PodsOf<'a>, total: usize, needed: usize) -> Self {
        let min = Min::Count(u32::try_from(needed).unwrap_or(u32::MAX));
        Self { of, total: Some(total), min, failed: Failed::Replaced, revision: None }
    }

    /// `replicas` pods whose controller the object is, of which `min` are needed, or all.
    pub fn replicas(replicas: i32, min: Option<Min>) -> Self {
        let total = usize::try_from(replicas).unwrap_or_default();
        Self::some(PodsOf::Controlled, total, needed(min.unwrap_or(Min::All), total))
    }

    /// Is it one that the object can be failed by?
    pub(crate) fn counts(&self, pod: &Pod) -> bool {
        let revision = pod.meta.labels.get("controller-revision-hash");
        is_underway(pod) && (self.revision.is_none() || self.revision == revision)
    }

    /// How many of `count` that exist and have not ended it can do without. Where it needs more than there are, others are to
    /// come; whether they do better nobody knows before all of these are lost.
    pub(crate) fn spare(&self, count: usize) -> usize {
        let total = self.total.unwrap_or(count);
        total.checked_sub(needed(self.min, total)).unwrap_or_else(|| count.saturating_sub(1))
    }

    /// Are so many lost, of `count` that exist and have not ended, that the others are too few?
    pub(crate) fn are_too_few_without(&self, lost: usize, count: usize) -> bool {
        let total = self.total.unwrap_or(count);
        lost > 0 && total.saturating_sub(lost) < needed(self.min, total)
    }
}
