//! Pods: [`Pod`].

use super::wire::{Condition, cached, condition, list, part, wire};
use super::{Cached, Meta};
use serde::Deserialize;

/// What is kept of a pod; its group is the controller that owns it, as `ReplicaSet/web-7f9c6d5b8`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pod {
    /// Its metadata.
    pub meta: Meta,
    /// `status.phase`.
    pub phase: Phase,
    /// `status.reason`, as `Evicted`.
    pub reason: Box<str>,
    /// Is condition Ready True?
    pub is_ready: bool,
    /// The generation that the Ready condition was made for, if the cluster tells.
    pub observed_generation: Option<i64>,
    /// Why no node was found for it: the message of condition PodScheduled while it is False.
    pub unscheduled: Option<Box<str>>,
    /// Which readiness gate holds it back while its containers are ready: the kubelet's message of condition Ready.
    pub gate: Option<Box<str>>,
    /// The containers that are not ready, init containers first.
    pub unready: Box<[Container]>,
    /// When the last of its containers ended, as the API writes times in UTC; empty unless it has failed.
    pub failed_at: Box<str>,
}

/// `status.phase` of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum Phase {
    /// Not all containers have started.
    Pending,
    /// At least one container runs or is about to.
    Running,
    /// All containers ended well and will not start again.
    Succeeded,
    /// All containers ended, one of them badly.
    Failed,
    /// The node does not say, or no phase is set yet.
    #[default]
    #[serde(other)]
    Unknown,
}

/// A container that is not ready, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Container {
    /// Its name.
    pub name: Box<str>,
    /// Is it an init container?
    pub is_init: bool,
    /// Why it waits or ended, as `ImagePullBackOff` or `Error`; empty while it runs.
    pub reason: Box<str>,
    /// The kubelet's message to why it waits. What a container wrote at its own end is not kept: with
    /// `FallbackToLogsOnError` that is the end of its log.
    pub message: Box<str>,
    /// The exit code of its last end.
    pub exit_code: Option<i32>,
    /// Its image, while that is what it waits for.
    pub image: Box<str>,
}

impl Container {
    /// Does it wait for its image?
    pub fn is_pulling(&self) -> bool {
        is_pull(&self.reason)
    }

    /// Does it wait to be started once more, after it has ended again and again?
    pub fn is_looping(&self) -> bool {
        &*self.reason == "CrashLoopBackOff"
    }

    /// Does it wait for nothing but its turn?
    pub fn is_starting(&self) -> bool {
        matches!(&*self.reason, "ContainerCreating" | "PodInitializing")
    }

    /// Did it end badly the last time that it ended?
    pub fn has_crashed(&self) -> bool {
        self.exit_code.is_some_and(|code| code != 0)
    }

    /// Does it run, or has it just ended well?
    pub fn is_well(&self) -> bool {
        matches!(&*self.reason, "" | "Completed") && !self.has_crashed()
    }
}

/// Is that why a container waits for its image? These are all that the kubelet and the container runtime interface have.
fn is_pull(reason: &str) -> bool {
    matches!(
        reason,
        "ErrImagePull"
            | "ImagePullBackOff"
            | "ErrImageNeverPull"
            | "InvalidImageName"
            | "ImageInspectError"
            | "RegistryUnavailable"
            | "SignatureValidationFailed"
    )
}

wire!(PodWire = "" / "v1" "Pod" "pods" { status: Status });

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    #[serde(deserialize_with = "part")]
    phase: Phase,
    reason: Option<Box<str>>,
    observed_generation: Option<i64>,
    #[serde(deserialize_with = "list")]
    conditions: Vec<Condition>,
    #[serde(deserialize_with = "list")]
    init_container_statuses: Vec<ContainerStatus>,
    #[serde(deserialize_with = "list")]
    container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerStatus {
    name: Box<str>,
    image: Box<str>,
    ready: bool,
    #[serde(deserialize_with = "part")]
    state: State,
    #[serde(deserialize_with = "part")]
    last_state: State,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: Option<Box<str>>,
    message: Option<Box<str>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    exit_code: i32,
    reason: Option<Box<str>>,
    finished_at: Option<Box<str>>,
}

impl Cached for Pod {
    cached!(PodWire);

    fn cut(wire: PodWire) -> Self {
        let mut status = wire.status;
        let ready = condition(&mut status.conditions, "Ready");
        let scheduled = condition(&mut status.conditions, "PodScheduled");
        Self {
            meta: wire.metadata.meta,
            phase: status.phase,
            reason: status.reason.unwrap_or_default(),
            is_ready: ready.as_ref().is_some_and(Condition::is_true),
            gate: ready.as_ref().filter(|c| is_gated(c)).and_then(|c| c.message.clone()),
            observed_generation: ready.and_then(|c| c.observed_generation).or(status.observed_generation),
            unscheduled: scheduled.filter(is_unschedulable).map(|c| c.message.unwrap_or_default()),
            failed_at: match status.phase {
                Phase::Failed => {
                    let containers = status.init_container_statuses.iter().chain(&status.container_statuses);
                    last_end(containers).unwrap_or_default().into()
                }
                _ => Box::default(),
            },
            unready: unready(status.init_container_statuses, status.container_statuses),
        }
    }

    fn group(&self) -> Option<&str> {
        self.meta.controller.as_deref().map(|controller| &*controller.key)
    }
}

/// A pod that is held back on purpose (SchedulingGated) has not been looked at yet.
fn is_unschedulable(scheduled: &Condition) -> bool {
    scheduled.status == "False" && scheduled.reason.as_deref() == Some("Unschedulable")
}

/// As the kubelet says it (pkg/kubelet/status/generate.go).
fn is_gated(ready: &Condition) -> bool {
    ready.status == "False" && ready.reason.as_deref() == Some("ReadinessGatesNotReady")
}

fn last_end<'a>(containers: impl Iterator<Item = &'a ContainerStatus>) -> Option<&'a str> {
    let ends = containers.filter_map(|status| status.state.terminated.as_ref());
    ends.filter_map(|end| end.finished_at.as_deref()).max()
}

fn unready(init: Vec<ContainerStatus>, main: Vec<ContainerStatus>) -> Box<[Container]> {
    // An init container that ended well is done, though it is not "ready" any more.
    let init = init.into_iter().filter(|status| !status.ready && !status.has_succeeded());
    let main = main.into_iter().filter(|status| !status.ready);
    init.map(|status| status.into_container(true))
        .chain(main.map(|status| status.into_container(false)))
        .collect()
}

impl ContainerStatus {
    fn has_succeeded(&self) -> bool {
        self.state.terminated.as_ref().is_some_and(|end| end.exit_code == 0)
    }

    fn into_container(self, is_init: bool) -> Container {
        // One that runs again has no reason, though it has ended before.
        let end = self.state.terminated;
        let exit_code = end.as_ref().or(self.last_state.terminated.as_ref()).map(|end| end.exit_code);
        let (reason, message) = match (self.state.waiting, end) {
            (Some(waiting), _) => (waiting.reason, waiting.message),
            (None, Some(end)) => (end.reason, None),
            (None, None) => (None, None),
        };
        let reason = reason.unwrap_or_default();
        Container {
            name: self.name,
            is_init,
            image: if is_pull(&reason) { self.image } else { Box::default() },
            reason,
            message: message.unwrap_or_default(),
            exit_code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn cut(status: Value) -> Pod {
        Pod::cut(serde_json::from_value(json!({"metadata": {"name": "web"}, "status": status})).unwrap())
    }

    #[test]
    fn a_container_that_runs_again_has_no_reason() {
        let crash = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
        let status = json!({"name": "app", "ready": false, "state": {"running": {}}, "lastState": crash});
        let pod = cut(json!({"containerStatuses": [status]}));
        let [container] = &*pod.unready else { panic!("{pod:?}") };
        assert_eq!((&*container.reason, container.exit_code), ("", Some(1)));
    }

    #[test]
    fn a_pod_that_is_held_back_is_not_unschedulable() {
        let pod = |reason| {
            let scheduled =
                json!({"type": "PodScheduled", "status": "False", "reason": reason, "message": "m"});
            cut(json!({"conditions": [scheduled]}))
        };
        assert_eq!(pod("SchedulingGated").unscheduled, None);
        assert_eq!(pod("Unschedulable").unscheduled.as_deref(), Some("m"));
    }
}
