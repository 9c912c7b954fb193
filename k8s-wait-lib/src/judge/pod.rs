//! Pods: [`ready`], [`succeeded`], [`finished`].

use super::{absent, brief, stale, terminating};
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
    let gate = pod.gate.as_deref().map(brief);
    match pod.is_ready {
        true => Verdict::Ready,
        false => unready(pod, "PodNotReady", gate.as_deref().unwrap_or("condition Ready is not True")),
    }
}

fn running(pod: &Pod) -> Verdict {
    match pod.meta.is_terminating {
        true => terminating(),
        false => unready(pod, "PodRunning", "it has not ended yet"),
    }
}

/// Pending with the deepest cause that the pod itself tells, else with the code and message given.
fn unready(pod: &Pod, code: &'static str, message: &str) -> Verdict {
    match why(pod) {
        Some(why) if pod.unscheduled.is_some() => Verdict::pending("Unschedulable", why),
        Some(why) => Verdict::pending(code, why),
        None => Verdict::pending(code, message),
    }
}

fn ended(pod: &Pod, code: &'static str, message: String) -> Verdict {
    match pod.meta.controller.is_some() {
        true => Verdict::pending(code, format!("{message}; its controller may replace it")),
        false => Verdict::failed(code, message),
    }
}

fn failure(pod: &Pod) -> String {
    match ending(pod) {
        Some(why) => format!("it has failed: {why}"),
        None => "it has failed".to_owned(),
    }
}

/// Why a pod has failed, as far as it tells.
pub(super) fn ending(pod: &Pod) -> Option<String> {
    let container = pod.unready.iter().find(|container| container.has_crashed());
    match pod.reason.is_empty() {
        false => Some(pod.reason.to_string()),
        true => container.or(pod.unready.first()).map(told),
    }
}

/// Why a pod that has not ended is not ready, as far as it tells.
pub(super) fn why(pod: &Pod) -> Option<String> {
    match pod.unscheduled.as_deref() {
        Some("") => Some("no node was found for it".to_owned()),
        Some(why) => Some(format!("no node was found for it: {}", brief(why))),
        None => pod.unready.iter().min_by_key(|container| state(container)).map(told),
    }
}

/// How a pod or a container stands that is not ready, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// It does not get on by itself.
    Stuck,
    /// It runs, and is not ready.
    Unready,
    /// It starts.
    Starting,
    /// Nobody has said anything about it.
    Silent,
}

pub(super) fn standing(pod: &Pod) -> State {
    match pod.unscheduled {
        Some(_) => State::Stuck,
        None => pod.unready.iter().map(state).min().unwrap_or(State::Silent),
    }
}

fn state(container: &Container) -> State {
    match container {
        container if container.is_well() => State::Unready,
        // One that has crashed starts and runs between two crashes.
        container if container.is_starting() && !container.has_crashed() => State::Starting,
        _ => State::Stuck,
    }
}

/// What is known of a container: `container app: CrashLoopBackOff (exit code 1): back-off 5m0s restarting ...`.
fn told(container: &Container) -> String {
    let kind = if container.is_init { "init container" } else { "container" };
    let name = &container.name;
    match (&*container.reason, container.exit_code) {
        ("", Some(code)) if code != 0 => format!("{kind} {name} runs again after exit code {code}"),
        // Its status does not tell whether it is one that has to end, or a sidecar that has to start.
        ("", _) if container.is_init => format!("{kind} {name} runs, and the rest of the pod waits for it"),
        ("", _) => format!("{kind} {name} runs but is not ready"),
        (reason, code) => {
            let code = code.map(|code| format!(" (exit code {code})")).unwrap_or_default();
            format!("{kind} {name}: {reason}{code}{}", complaint(container))
        }
    }
}

/// The kubelet's message, with the image in front where it is what is missing and not in the message.
fn complaint(container: &Container) -> String {
    let (image, message) = (brief(&container.image), brief(&container.message));
    let image = Some(&image).filter(|image| !message.contains(image.as_str()));
    let parts = image.into_iter().chain([&message]).filter(|part| !part.is_empty());
    parts.map(|part| format!(": {part}")).collect()
}
