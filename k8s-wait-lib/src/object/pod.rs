//! Pods: [`Pod`].

use super::wire::{Condition, ConditionType, Conditions, Gather, Text, cached, each, part, wire};
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
    #[serde(deserialize_with = "each")]
    conditions: Conditions,
    #[serde(deserialize_with = "each")]
    init_container_statuses: Init,
    #[serde(deserialize_with = "each")]
    container_statuses: Main,
}

/// What is kept of the init containers.
#[derive(Clone, Debug, Default)]
struct Init(Containers);

/// What is kept of the other ones.
#[derive(Clone, Debug, Default)]
struct Main(Containers);

#[derive(Clone, Debug, Default)]
struct Containers {
    unready: Vec<Container>,
    /// When the last of them ended.
    last_end: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerStatus<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    image: Text<'a>,
    ready: bool,
    #[serde(borrow, deserialize_with = "part")]
    state: State<'a>,
    #[serde(borrow, deserialize_with = "part")]
    last_state: State<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State<'a> {
    #[serde(borrow)]
    waiting: Option<Waiting<'a>>,
    #[serde(borrow)]
    terminated: Option<Terminated<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Waiting<'a> {
    #[serde(borrow, deserialize_with = "part")]
    reason: Text<'a>,
    #[serde(borrow, deserialize_with = "part")]
    message: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated<'a> {
    exit_code: i32,
    #[serde(borrow, deserialize_with = "part")]
    reason: Text<'a>,
    #[serde(borrow, deserialize_with = "part")]
    finished_at: Text<'a>,
}

impl<'de> Gather<'de> for Init {
    type Item = ContainerStatus<'de>;

    /// An init container that ended well is done, though it is not "ready" any more.
    fn gather(&mut self, status: ContainerStatus<'de>) {
        let is_done = status.has_succeeded();
        self.0.note(&status, true, status.ready || is_done);
    }
}

impl<'de> Gather<'de> for Main {
    type Item = ContainerStatus<'de>;

    fn gather(&mut self, status: ContainerStatus<'de>) {
        self.0.note(&status, false, status.ready);
    }
}

impl Containers {
    fn note(&mut self, status: &ContainerStatus<'_>, is_init: bool, is_ready: bool) {
        if let Some(end) = &status.state.terminated
            && *end.finished_at > *self.last_end
        {
            self.last_end = (*end.finished_at).into();
        }
        if !is_ready {
            self.unready.push(status.container(is_init));
        }
    }
}

impl Cached for Pod {
    cached!(PodWire);

    fn cut(wire: PodWire) -> Self {
        let mut status = wire.status;
        let (Init(init), Main(main)) = (status.init_container_statuses, status.container_statuses);
        let ready = status.conditions.take(ConditionType::Ready);
        let scheduled = status.conditions.take(ConditionType::PodScheduled);
        Self {
            meta: wire.metadata.meta,
            phase: status.phase,
            reason: status.reason.unwrap_or_default(),
            is_ready: ready.as_ref().is_some_and(Condition::is_true),
            gate: ready.as_ref().filter(|c| is_gated(c)).and_then(|c| c.message.clone()),
            observed_generation: ready.and_then(|c| c.observed_generation).or(status.observed_generation),
            unscheduled: scheduled.filter(is_unschedulable).map(|c| c.message.unwrap_or_default()),
            failed_at: match status.phase {
                Phase::Failed => init.last_end.max(main.last_end),
                _ => Box::default(),
            },
            unready: init.unready.into_iter().chain(main.unready).collect(),
        }
    }

    fn group(&self) -> Option<&str> {
        self.meta.controller.as_deref().map(|controller| &*controller.key)
    }
}

/// A pod that is held back on purpose (SchedulingGated) has not been looked at yet.
fn is_unschedulable(scheduled: &Condition) -> bool {
    scheduled.is_false() && scheduled.reason.as_deref() == Some("Unschedulable")
}

/// As the kubelet says it (pkg/kubelet/status/generate.go).
fn is_gated(ready: &Condition) -> bool {
    ready.is_false() && ready.reason.as_deref() == Some("ReadinessGatesNotReady")
}

impl ContainerStatus<'_> {
    fn has_succeeded(&self) -> bool {
        self.state.terminated.as_ref().is_some_and(|end| end.exit_code == 0)
    }

    fn container(&self, is_init: bool) -> Container {
        // One that runs again has no reason, though it has ended before.
        let end = self.state.terminated.as_ref();
        let exit_code = end.or(self.last_state.terminated.as_ref()).map(|end| end.exit_code);
        let (reason, message): (&str, &str) = match (&self.state.waiting, end) {
            (Some(waiting), _) => (&waiting.reason, &waiting.message),
            (None, Some(end)) => (&end.reason, ""),
            (None, None) => ("", ""),
        };
        Container {
            name: (*self.name).into(),
            is_init,
            reason: reason.into(),
            message: message.into(),
            exit_code,
            image: if is_pull(reason) { (*self.image).into() } else { Box::default() },
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
