//! Which of the pods behind an object keeps it waiting, and why: [`blocking`]; and what of it may be given up: [`shown`].

use super::pod::{State, ending, standing, why};
use crate::object::{Phase, Pod};
use k8s_wait_target::Cause;
use std::cmp::Reverse;

/// A pod with its name.
pub type Named<'a> = (&'a str, &'a Pod);

/// What pods that have failed mean to the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failed {
    /// Nothing: they have been replaced, or will be.
    Replaced,
    /// They are what a job has come to so far.
    Told,
}

/// Is it one of those that can still become ready or end well?
pub fn is_underway(pod: &Pod) -> bool {
    !pod.meta.is_terminating && !matches!(pod.phase, Phase::Failed | Phase::Succeeded)
}

/// The most telling of the pods that are not well, with the reason, as
/// `pod web-1 (and 2 others): container app: ImagePullBackOff: Back-off pulling image "x"`.
///
/// One that does not get on by itself is told before the one that failed last, and that before those that start. Of
/// equals it is the first by name, so that the same pods give the same answer.
pub fn blocking<'a>(pods: impl IntoIterator<Item = Named<'a>>, failed: Failed) -> Option<String> {
    let blocking: Vec<_> =
        pods.into_iter().filter_map(|(name, pod)| Some((rank(pod, failed)?, name, pod))).collect();
    let (_, name, pod) = blocking.iter().min_by_key(|(rank, name, _)| (*rank, *name))?;
    Some(named((name, pod), blocking.len() - 1))
}

/// A pod that is not well, with the reason, and how many others there are.
pub fn named((name, pod): Named<'_>, others: usize) -> String {
    let others = match others {
        0 => String::new(),
        1 => " (and 1 other)".to_owned(),
        count => format!(" (and {count} others)"),
    };
    format!("pod {name}{others}: {}", told(pod))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank<'a> {
    Stuck,
    /// The later it failed, the more it tells.
    Failed(Reverse<&'a str>),
    Underway(State),
}

fn rank(pod: &Pod, failed: Failed) -> Option<Rank<'_>> {
    match pod.phase {
        Phase::Failed if failed == Failed::Told => Some(Rank::Failed(Reverse(&pod.failed_at))),
        _ if !is_underway(pod) || pod.is_ready => None,
        _ => Some(match standing(pod) {
            State::Stuck => Rank::Stuck,
            state => Rank::Underway(state),
        }),
    }
}

fn told(pod: &Pod) -> String {
    let (why, otherwise) = match pod.phase {
        Phase::Failed => (ending(pod), "it has failed"),
        _ => (why(pod), "it is not ready"),
    };
    why.unwrap_or_else(|| otherwise.to_owned())
}

/// The causes that a pod shows at this moment, each with the container that it is about, if it is about one.
pub fn shown(pod: &Pod) -> impl Iterator<Item = (Cause, &str)> {
    let unscheduled = pod.unscheduled.iter().map(|_| (Cause::Unschedulable, ""));
    let containers = pod.unready.iter().filter_map(|container| match container {
        container if container.is_looping() => Some((Cause::CrashLoop, &*container.name)),
        container if container.is_pulling() => Some((Cause::ImagePull, &*container.name)),
        _ => None,
    });
    unscheduled.chain(containers)
}
