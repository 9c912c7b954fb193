//! Pods in every state that matters to somebody who waits: [`pod`].

use serde_json::{Value, json};

use super::object::{Object, SINCE, object};
use crate::json;

/// Builds a pod; see [`pod`].
#[derive(Clone, Debug, PartialEq)]
pub struct Pod(Object);

/// A pod with one container, `app`, as it is right after its creation: Pending, without conditions.
pub fn pod(name: &str) -> Pod {
    let spec = json!({
        "containers": [{ "name": "app", "image": "example.com/app:1", "imagePullPolicy": "IfNotPresent" }],
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
    });
    let status = json!({ "phase": "Pending", "qosClass": "BestEffort" });
    Pod(object("v1", "Pod", name).generation(1).with("/spec", spec).with("/status", status))
}

super::metadata!(Pod);
super::deletable!(Pod);

impl Pod {
    /// Sets the phase alone.
    #[must_use]
    pub fn phase(mut self, phase: &str) -> Self {
        self.0 = self.0.with("/status/phase", phase);
        self
    }

    /// Sets a condition, or replaces the one of the same type.
    #[must_use]
    pub fn condition(mut self, condition: &str, status: &str, reason: &str, message: &str) -> Self {
        self.0 = self.0.condition(condition, status, reason, message);
        self
    }

    /// Sets `status.observedGeneration`.
    #[must_use]
    pub fn observed(mut self, generation: i64) -> Self {
        self.0 = self.0.observed(generation);
        self
    }

    /// Running, all containers ready.
    #[must_use]
    pub fn ready(self) -> Self {
        self.scheduled()
            .phase("Running")
            .conditions("True", "", "")
            .with("/status/podIP", "10.1.0.1")
            .container("app", true, json!({ "running": { "startedAt": SINCE } }))
    }

    /// Running, but a readiness probe fails.
    #[must_use]
    pub fn not_ready(self) -> Self {
        self.scheduled()
            .phase("Running")
            .conditions("False", "ContainersNotReady", "containers with unready status: [app]")
            .with("/status/podIP", "10.1.0.1")
            .container("app", false, json!({ "running": { "startedAt": SINCE } }))
    }

    /// All containers exited with 0.
    #[must_use]
    pub fn succeeded(self) -> Self {
        self.scheduled().phase("Succeeded").conditions("False", "PodCompleted", "").container(
            "app",
            false,
            terminated("Completed", 0),
        )
    }

    /// A container exited with 1 and will not be restarted.
    #[must_use]
    pub fn failed(self) -> Self {
        self.scheduled().phase("Failed").conditions("False", "PodFailed", "").container(
            "app",
            false,
            terminated("Error", 1),
        )
    }

    /// A container exited with this code at this time, `2026-01-01T00:00:00Z`, and will not be restarted.
    #[must_use]
    pub fn exited(self, exit_code: i32, finished: &str) -> Self {
        let mut pod = self.failed();
        if let Some(container) = pod.0.last("/status/containerStatuses") {
            json::set(container, "/state/terminated/exitCode", exit_code);
            json::set(container, "/state/terminated/finishedAt", finished);
        }
        pod
    }

    /// Thrown out by its node; the leftover stays as Failed.
    #[must_use]
    pub fn evicted(self) -> Self {
        let message = "The node was low on resource: memory.";
        self.scheduled()
            .phase("Failed")
            .with("/status/reason", "Evicted")
            .with("/status/message", message)
            .condition("DisruptionTarget", "True", "TerminationByKubelet", message)
    }

    /// A container waits and cannot start: `waiting("app", "ImagePullBackOff", "Back-off pulling image ...")`.
    #[must_use]
    pub fn waiting(self, container: &str, reason: &str, message: &str) -> Self {
        let unready = format!("containers with unready status: [{container}]");
        self.scheduled().conditions("False", "ContainersNotReady", &unready).container(
            container,
            false,
            json!({ "waiting": { "reason": reason, "message": message } }),
        )
    }

    /// Running, but its container crashes again and again.
    #[must_use]
    pub fn crashlooping(self) -> Self {
        let message = "back-off 5m0s restarting failed container=app";
        let mut pod = self.phase("Running").waiting("app", "CrashLoopBackOff", message);
        if let Some(container) = pod.0.last("/status/containerStatuses") {
            json::set(container, "/restartCount", 7);
            json::set(container, "/lastState", terminated("Error", 1));
        }
        pod
    }

    /// Running once more after it exited with this code, not ready yet.
    #[must_use]
    pub fn restarted(self, exit_code: i32) -> Self {
        let mut pod = self.not_ready();
        if let Some(container) = pod.0.last("/status/containerStatuses") {
            json::set(container, "/restartCount", 1);
            json::set(container, "/lastState", terminated("Error", exit_code));
        }
        pod
    }

    /// No node takes it: `unschedulable("0/3 nodes are available: 3 Insufficient cpu.")`.
    #[must_use]
    pub fn unschedulable(self, message: &str) -> Self {
        self.phase("Pending").condition("PodScheduled", "False", "Unschedulable", message)
    }

    fn scheduled(self) -> Self {
        self.with("/spec/nodeName", "node-1")
            .with("/status/hostIP", "192.0.2.1")
            .with("/status/startTime", SINCE)
            .condition("PodScheduled", "True", "", "")
            .condition("PodReadyToStartContainers", "True", "", "")
            .condition("Initialized", "True", "", "")
    }

    fn conditions(self, ready: &str, reason: &str, message: &str) -> Self {
        self.condition("Ready", ready, reason, message).condition("ContainersReady", ready, reason, message)
    }

    fn container(mut self, name: &str, is_ready: bool, state: Value) -> Self {
        let status = json!({
            "name": name, "image": "example.com/app:1", "imageID": "", "ready": is_ready,
            "started": state.get("running").is_some(), "restartCount": 0, "state": state, "lastState": {},
        });
        self.0 = self.0.with("/status/containerStatuses", json!([status]));
        self
    }
}

fn terminated(reason: &str, exit_code: i32) -> Value {
    json!({ "terminated": {
        "exitCode": exit_code, "reason": reason, "startedAt": SINCE, "finishedAt": SINCE,
    } })
}
