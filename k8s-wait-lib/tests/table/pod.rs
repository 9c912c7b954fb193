//! One pod.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::pod;
use serde_json::{Value, json};

#[tokio::test]
async fn ready_pod() {
    hold(vec![
        not_ready("pod/web", objects![], "pending NotFound", "/web: it does not exist yet"),
        not_ready("pod/web", objects![pod("other").ready()], "pending NotFound", ""),
        not_ready("pod/web", objects![pod("web").ready().namespace("elsewhere")], "pending NotFound", ""),
        not_ready("pod/web", objects![pod("web")], "pending PodNotReady", "condition Ready is not True"),
        not_ready("pod/web", objects![pod("web").with("/status", json!({}))], "pending PodNotReady", ""),
        not_ready("pod/web", objects![pod("web").phase("Running")], "pending PodNotReady", ""),
        not_ready("pod/web", objects![pod("web").not_ready()], "pending PodNotReady", ""),
        not_ready("pod/web", objects![unknown()], "pending PodNotReady", ""),
        ready("pod/web", objects![pod("web").ready()]),
        ready("pods/web", objects![pod("web").ready()]),
        ready("po/web?for=ready", objects![pod("web").ready()]),
        not_ready(
            "pod/web",
            objects![pod("web").ready().terminating()],
            "pending Terminating",
            "being deleted",
        ),
        ready("pod/web", objects![pod("web").ready().generation(2).observed(2)]),
        not_ready(
            "pod/web",
            objects![pod("web").ready().generation(3).observed(2)],
            "pending StaleStatus",
            "its status is of generation 2, its spec of generation 3",
        ),
        not_ready("pod/web", objects![stale_condition()], "pending StaleStatus", "generation 1"),
    ])
    .await;
}

#[tokio::test]
async fn why_a_pod_is_not_ready() {
    let image = "Back-off pulling image \"example.com/app:1\"";
    let pull = || pod("web").waiting("app", "ImagePullBackOff", image);
    let scheduler = "0/3 nodes are available:\n3 Insufficient cpu. ".repeat(9);
    hold(vec![
        not_ready(
            "pod/web",
            objects![pull()],
            "pending PodNotReady",
            "/web: container app: ImagePullBackOff: Back-off pulling image \"example.com/app:1\"",
        ),
        // The image is told, whatever the kubelet says.
        not_ready(
            "pod/web",
            objects![pod("web").waiting("app", "ErrImagePull", "not found")],
            "pending PodNotReady",
            "container app: ErrImagePull: example.com/app:1: not found",
        ),
        not_ready(
            "pod/web",
            objects![pod("web").waiting("app", "InvalidImageName", "")],
            "pending PodNotReady",
            "container app: InvalidImageName: example.com/app:1",
        ),
        not_ready(
            "pod/web",
            objects![pod("web").waiting("app", "CreateContainerConfigError", "secret \"db\" not found")],
            "pending PodNotReady",
            "container app: CreateContainerConfigError: secret \"db\" not found",
        ),
        not_ready(
            "pod/web",
            objects![pod("web").restarted(3)],
            "pending PodNotReady",
            "container app runs again after exit code 3",
        ),
        not_ready(
            "pod/web",
            objects![pod("web").not_ready()],
            "pending PodNotReady",
            "container app runs but is not ready",
        ),
        not_ready(
            "pod/web",
            objects![running_init()],
            "pending PodNotReady",
            "init container migrate runs, and the rest of the pod waits for it",
        ),
        not_ready(
            "pod/web",
            objects![gated()],
            "pending PodNotReady",
            "the status of pod readiness gate \"example.com/lb\" is not \"True\", but False",
        ),
        // Somebody else's message is one line, and no longer than people read.
        not_ready(
            "pod/web",
            objects![pod("web").unschedulable(&scheduler)],
            "pending Unschedulable",
            "3 Insufficient cpu. 0/3 nodes are availa…$",
        ),
        not_ready(
            "pod/web",
            objects![pod("web").crashlooping()],
            "pending PodNotReady",
            "container app: CrashLoopBackOff (exit code 1): back-off",
        ),
        not_ready(
            "pod/web",
            objects![pod("web").unschedulable("0/3 nodes are available: 3 Insufficient cpu.")],
            "pending Unschedulable",
            "no node was found for it: 0/3 nodes",
        ),
        not_ready(
            "pod/web",
            objects![failing_init()],
            "pending PodNotReady",
            "init container migrate: Error (exit code 2)",
        ),
        not_ready(
            "pod/web",
            objects![done_init()],
            "pending PodNotReady",
            "container app: ContainerCreating",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_pod_that_has_ended_is_never_ready_again() {
    let owned = |pod: k8s_wait_testkit::build::Pod| pod.owned_by("StatefulSet", "web");
    hold(vec![
        not_ready(
            "pod/web",
            objects![pod("web").failed()],
            "failed PodFailed",
            "container app: Error (exit code 1)",
        ),
        not_ready("pod/web", objects![pod("web").evicted()], "failed PodFailed", "it has failed: Evicted"),
        not_ready(
            "pod/web",
            objects![pod("web").succeeded()],
            "failed PodSucceeded",
            "will not be ready again",
        ),
        not_ready("pod/web", objects![owned(pod("web").failed())], "pending PodFailed", "may replace it"),
        not_ready("pod/web", objects![owned(pod("web").evicted())], "pending PodFailed", "may replace it"),
        not_ready(
            "pod/web",
            objects![owned(pod("web").succeeded())],
            "pending PodSucceeded",
            "may replace it",
        ),
        not_ready("pod/web", objects![pod("web").failed().terminating()], "pending Terminating", ""),
        // What it once was does not count.
        not_ready(
            "pod/web",
            objects![pod("web").ready().phase("Failed")],
            "failed PodFailed",
            "it has failed",
        ),
    ])
    .await;
}

#[tokio::test]
async fn succeeded_pod() {
    let owned = |pod: k8s_wait_testkit::build::Pod| pod.owned_by("Job", "web");
    hold(vec![
        not_ready("pod/web?for=succeeded", objects![], "pending NotFound", ""),
        not_ready(
            "pod/web?for=succeeded",
            objects![pod("web")],
            "pending PodRunning",
            "it has not ended yet",
        ),
        not_ready("pod/web?for=succeeded", objects![pod("web").ready()], "pending PodRunning", ""),
        not_ready(
            "pod/web?for=succeeded",
            objects![pod("web").ready().terminating()],
            "pending Terminating",
            "",
        ),
        not_ready(
            "pod/web?for=succeeded",
            objects![pod("web").crashlooping()],
            "pending PodRunning",
            "CrashLoopBackOff",
        ),
        not_ready("pod/web?for=succeeded", objects![pod("web").failed()], "failed PodFailed", "exit code 1"),
        not_ready("pod/web?for=succeeded", objects![owned(pod("web").failed())], "pending PodFailed", ""),
        ready("pod/web?for=succeeded", objects![pod("web").succeeded()]),
        ready("pod/web?for=succeeded", objects![pod("web").succeeded().terminating()]),
    ])
    .await;
}

#[tokio::test]
async fn finished_pod() {
    hold(vec![
        not_ready("pod/web?for=finished", objects![], "pending NotFound", ""),
        not_ready("pod/web?for=finished", objects![pod("web")], "pending PodRunning", ""),
        not_ready("pod/web?for=finished", objects![pod("web").ready()], "pending PodRunning", ""),
        not_ready(
            "pod/web?for=finished",
            objects![pod("web").ready().terminating()],
            "pending Terminating",
            "",
        ),
        not_ready("pod/web?for=finished", objects![unknown()], "pending PodRunning", ""),
        ready("pod/web?for=finished", objects![pod("web").succeeded()]),
        ready("pod/web?for=finished", objects![pod("web").failed()]),
        ready("pod/web?for=finished", objects![pod("web").evicted()]),
    ])
    .await;
}

/// A pod whose node has gone silent.
fn unknown() -> Value {
    pod("web").phase("Unknown").condition("Ready", "Unknown", "NodeLost", "").into()
}

/// A pod whose Ready condition tells an older generation itself.
fn stale_condition() -> Value {
    let mut pod = pod("web").ready().generation(2).observed(2).build();
    for condition in pod["status"]["conditions"].as_array_mut().unwrap() {
        condition["observedGeneration"] = json!(1);
    }
    pod
}

fn running_init() -> Value {
    let init = json!([{"name": "migrate", "ready": false, "state": {"running": {}}, "lastState": {}}]);
    pod("web").waiting("app", "PodInitializing", "").with("/status/initContainerStatuses", init).into()
}

/// As the kubelet tells it of a pod whose containers are all ready.
fn gated() -> Value {
    let message = "the status of pod readiness gate \"example.com/lb\" is not \"True\", but False";
    let ready =
        json!([{"type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady", "message": message}]);
    pod("web").with("/status/conditions", ready).into()
}

fn failing_init() -> Value {
    let end = json!({"terminated": {"exitCode": 2, "reason": "Error"}});
    let init = json!([{"name": "migrate", "ready": false, "state": end, "lastState": {}}]);
    pod("web").waiting("app", "PodInitializing", "").with("/status/initContainerStatuses", init).into()
}

fn done_init() -> Value {
    let end = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
    let init = json!([{"name": "migrate", "ready": false, "state": end, "lastState": {}}]);
    pod("web").waiting("app", "ContainerCreating", "").with("/status/initContainerStatuses", init).into()
}
