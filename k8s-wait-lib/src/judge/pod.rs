//! Pods: [`ready`], [`succeeded`], [`finished`].

use super::{absent, stale, terminating};
use crate::Verdict;
use crate::object::{Container, Phase, Pod};

/// Condition Ready is True and the pod is not terminating.
///
/// A pod that has failed or succeeded never becomes ready again: failed, unless a controller owns it and makes
/// another one under the same name, as a StatefulSet does.
pub fn ready(pod: Option<&Pod>) -> Verdict {
    let Some(pod) = pod else { return absent() };
    match pod.phase {
        _ if pod.meta.is_terminating => terminating(),
        Phase::Failed => ended(pod, "PodFailed", failure(pod)),
        Phase::Succeeded => {
            ended(pod, "PodSucceeded", "it has ended well and will not be ready again".into())
        }
        _ => stale(pod.meta.generation, pod.observed_generation).unwrap_or_else(|| readiness(pod)),
    }
}

/// Phase Succeeded.
pub fn succeeded(pod: Option<&Pod>) -> Verdict {
    let Some(pod) = pod else { return absent() };
    match pod.phase {
        Phase::Succeeded => Verdict::Ready,
        Phase::Failed => ended(pod, "PodFailed", failure(pod)),
        _ => running(pod),
    }
}

/// Phase Succeeded or Failed.
pub fn finished(pod: Option<&Pod>) -> Verdict {
    let Some(pod) = pod else { return absent() };
    match pod.phase {
        Phase::Succeeded | Phase::Failed => Verdict::Ready,
        _ => running(pod),
    }
}

/// Of a set, the pods that can still become ready.
pub fn counts_for_ready(pod: &Pod) -> bool {
    counts_for_succeeded(pod) && pod.phase != Phase::Succeeded
}

/// Of a set, the pods that can still succeed or have.
pub fn counts_for_succeeded(pod: &Pod) -> bool {
    counts_for_finished(pod) && pod.phase != Phase::Failed
}

/// Of a set, the pods that can still finish or have: a terminating one is on its way out.
pub fn counts_for_finished(pod: &Pod) -> bool {
    !pod.meta.is_terminating
}

fn readiness(pod: &Pod) -> Verdict {
    if pod.is_ready { Verdict::Ready } else { unready(pod, "PodNotReady", "condition Ready is not True") }
}

fn running(pod: &Pod) -> Verdict {
    match pod.meta.is_terminating {
        true => terminating(),
        false => unready(pod, "PodRunning", "it has not ended yet"),
    }
}

/// Pending with the deepest cause that the pod itself tells, else with the code and message given.
fn unready(pod: &Pod, code: &'static str, message: &str) -> Verdict {
    if let Some(why) = pod.unscheduled.as_deref() {
        return Verdict::pending("Unschedulable", format!("no node was found for it: {why}"));
    }
    match pod.unready.iter().find(|container| !container.reason.is_empty()) {
        Some(container) => Verdict::pending(code, told(container)),
        None => Verdict::pending(code, message),
    }
}

fn ended(pod: &Pod, code: &'static str, message: String) -> Verdict {
    match pod.meta.is_controlled {
        true => Verdict::pending(code, format!("{message}; its controller may replace it")),
        false => Verdict::failed(code, message),
    }
}

fn failure(pod: &Pod) -> String {
    let container = pod.unready.iter().find(|container| container.exit_code.is_some_and(|code| code != 0));
    match container.or(pod.unready.first()) {
        _ if !pod.reason.is_empty() => format!("it has failed: {}", pod.reason),
        Some(container) => format!("it has failed: {}", told(container)),
        None => "it has failed".to_owned(),
    }
}

/// What is known of a container: `container app: ImagePullBackOff (exit code 1): Back-off pulling image ...`.
fn told(container: &Container) -> String {
    let kind = if container.is_init { "init container" } else { "container" };
    let mut text = format!("{kind} {}: {}", container.name, container.reason);
    if let Some(code) = container.exit_code {
        text.push_str(&format!(" (exit code {code})"));
    }
    if !container.message.is_empty() {
        text.push_str(": ");
        text.push_str(&container.message);
    }
    text
}
