//! The pods that are in a target's way: [`Needs`].

use super::owner::owner;
use k8s_wait_lib::Obstacle;
use k8s_wait_lib::object::Pod;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is in a target's way, however that is known.
#[derive(Clone, Debug)]
pub(crate) enum Needs<'a> {
    /// As this server sees it.
    Seen(Arc<[Obstacle]>),
    /// As another replica has told it.
    Told(&'a [Need]),
}

/// Pods of which a target needs all but so many, for another replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct Need {
    pub(crate) namespace: String,
    pub(crate) pods: Vec<NeededPod>,
    pub(crate) spare: usize,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct NeededPod {
    pub(crate) name: String,
    pub(crate) owner: String,
}

/// The same, to be looked at.
pub(super) struct Group<'a> {
    pub(super) namespace: &'a str,
    pub(super) pods: Vec<(&'a str, Owner<'a>)>,
    pub(super) spare: usize,
}

/// To what a pod belongs; it takes time to say.
pub(super) enum Owner<'a> {
    Seen(&'a Pod),
    Told(&'a str),
}

impl Default for Needs<'_> {
    fn default() -> Self {
        Self::Seen([].into())
    }
}

impl Needs<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Seen(obstacles) => obstacles.is_empty(),
            Self::Told(needs) => needs.is_empty(),
        }
    }

    /// Each of them is enough to keep a target from being ready.
    pub(super) fn groups(&self) -> Vec<Group<'_>> {
        match self {
            Self::Seen(obstacles) => obstacles.iter().map(Group::from).collect(),
            Self::Told(needs) => needs.iter().map(Group::from).collect(),
        }
    }

    /// For another replica.
    pub(crate) fn to_tell(&self) -> Vec<Need> {
        let told = |group: Group<'_>| {
            let pods = group.pods.into_iter().map(|(name, owner)| NeededPod {
                name: name.to_owned(),
                owner: owner.name(group.namespace, name),
            });
            Need { namespace: group.namespace.to_owned(), pods: pods.collect(), spare: group.spare }
        };
        self.groups().into_iter().map(told).collect()
    }
}

impl<'a> From<&'a Obstacle> for Group<'a> {
    fn from(obstacle: &'a Obstacle) -> Self {
        let pods = obstacle.pods.iter().map(|(name, pod)| (&**name, Owner::Seen(pod)));
        Self { namespace: &obstacle.namespace, pods: pods.collect(), spare: obstacle.spare }
    }
}

impl<'a> From<&'a Need> for Group<'a> {
    fn from(need: &'a Need) -> Self {
        let pods = need.pods.iter().map(|pod| (pod.name.as_str(), Owner::Told(&pod.owner)));
        Self { namespace: &need.namespace, pods: pods.collect(), spare: need.spare }
    }
}

impl Owner<'_> {
    pub(super) fn name(&self, namespace: &str, pod: &str) -> String {
        match self {
            Self::Seen(object) => owner(namespace, pod, object),
            Self::Told(name) => (*name).to_owned(),
        }
    }
}
