//! Why it is not ready, down to the container: the tests write what a kubelet would.

use crate::common::objects::{controlled_job, deployment, pod};
use crate::common::process::until;
use crate::common::scene::Scene;
use serde_json::{Value, json};
use std::time::Duration;

/// The status of a pod whose container waits for a reason.
fn waiting(reason: &str, message: &str) -> Value {
    json!({"phase": "Pending", "containerStatuses": [{
        "name": "main", "image": "registry.example/absent:1", "imageID": "", "ready": false, "restartCount": 3,
        "started": false, "state": {"waiting": {"reason": reason, "message": message}}}]})
}

/// The pods that a controller has made, once there are as many.
fn made(shop: &Scene, selector: &str, count: usize) -> Vec<String> {
    let pods = until("the controller's pods", Duration::from_secs(60), || {
        let pods = shop.list(&format!("pods?labelSelector={selector}"));
        (pods.len() == count).then_some(pods)
    });
    pods.iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "needs a cluster"]
fn a_service_names_the_pod_whose_image_cannot_be_pulled() {
    let shop = Scene::new();
    let ports = json!([{"port": 80}]);
    shop.create(&json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": ports}}));
    shop.create(&pod("web-1", "web"));
    let mut wait = shop.wait(&["service/web", "--timeout", "5s"]);
    shop.status("pods/web-1", &waiting("ImagePullBackOff", "Back-off pulling image"));
    wait.sees("service/", "NoEndpoints");
    let ended = wait.ends(1);
    for part in ["pod web-1", "container main", "ImagePullBackOff"] {
        assert!(ended.termination.contains(part), "{part} in {}", ended.termination);
    }
}

#[test]
#[ignore = "needs a cluster"]
fn a_deployment_whose_pod_crashes_again_and_again_is_given_up_where_that_is_asked_for() {
    let shop = Scene::new();
    if !shop.cluster.has_controllers {
        return;
    }
    shop.create(&deployment("web", 1));
    let pods = made(&shop, "app=web", 1);
    let mut patient = shop.wait(&["deploy/web"]);
    patient.sees("deploy/", "RolloutInProgress");
    let wait = shop.wait(&["deploy/web?fail-on=crashloop&grace=1s"]);
    shop.status(
        &format!("pods/{}", pods[0]),
        &waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container"),
    );
    let ended = wait.ends(3);
    assert!(
        ended.termination.contains(&pods[0]) && ended.termination.contains("CrashLoop"),
        "{}",
        ended.termination
    );
    assert!(patient.is_waiting());
}

#[test]
#[ignore = "needs a cluster"]
fn a_job_that_failed_names_its_pod_and_the_exit_code() {
    let shop = Scene::new();
    if !shop.cluster.has_controllers {
        return;
    }
    shop.create(&controlled_job("migrate"));
    let pods = made(&shop, "job-name=migrate", 1);
    let wait = shop.wait(&["job/migrate"]);
    let end = json!({"exitCode": 7, "reason": "Error", "message": "s3cret", "startedAt": "2026-01-01T00:00:00Z",
        "finishedAt": "2026-01-01T00:00:01Z"});
    let status = json!({"phase": "Failed", "containerStatuses": [{"name": "main", "image": "i", "imageID": "",
        "ready": false, "restartCount": 0, "state": {"terminated": end}}]});
    shop.status(&format!("pods/{}", pods[0]), &status);
    let ended = wait.ends(3);
    for part in ["BackoffLimitExceeded", &pods[0], "container main", "exit code 7"] {
        assert!(ended.termination.contains(part), "{part} in {}", ended.termination);
    }
    assert!(!ended.output.contains("s3cret"), "what a container wrote at its end may be its log");
}

#[test]
#[ignore = "needs a cluster"]
fn a_rollout_is_told_by_its_own_pods_and_given_up_for_no_others() {
    let shop = Scene::new();
    if !shop.cluster.has_controllers {
        return;
    }
    shop.create(&deployment("web", 1));
    let old = made(&shop, "app=web", 1).remove(0);
    shop.status(&format!("pods/{old}"), &waiting("CrashLoopBackOff", "back-off"));
    shop.patch(
        "deployments/web",
        &json!({"spec": {"template": {"metadata": {"annotations": {"round": "2"}}}}}),
    );
    let new = made(&shop, "app=web", 2).into_iter().find(|name| *name != old).unwrap();
    let mut patient = shop.wait(&["deploy/web?fail-on=crashloop&grace=1s"]);
    until("the new pod to be told", Duration::from_secs(60), || {
        let message = patient.sees("deploy/", "RolloutInProgress");
        message.contains(&format!("; pod {new}: it is not ready")).then_some(())
    });
    shop.status(&format!("pods/{new}"), &waiting("ErrImagePull", "not found"));
    let ended = shop.wait(&["deploy/web?fail-on=imagepull&grace=1s"]).ends(3);
    let told = format!("; pod {new}: container main: ErrImagePull");
    assert!(ended.termination.contains(&told), "{}", ended.termination);
    assert!(patient.is_waiting(), "the pod that crashes is of the rollout before");
}
