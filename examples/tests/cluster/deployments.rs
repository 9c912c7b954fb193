//! Deployments, whose status comes from the Deployment controller: the tests write that of the pods.

use crate::common::objects::{deployment, running};
use crate::common::process::until;
use crate::common::scene::Scene;
use serde_json::json;
use std::time::Duration;

const REPLICAS: u32 = 2;

#[test]
#[ignore = "needs a cluster"]
fn a_deployment_is_rolled_out_when_its_pods_are_ready() {
    let shop = Scene::new();
    shop.create(&deployment("web", REPLICAS));
    report(&shop, &json!({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2}));
    let mut wait = shop.wait(&["deploy/web"]);
    wait.sees("deploy/", "RolloutInProgress");
    let mut available = shop.wait(&["deploy/web?for=available&min=1"]);
    available.sees("deploy/", "NotAvailable");
    make_pods_ready(&shop);
    report(
        &shop,
        &json!({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}),
    );
    wait.ends(0);
    available.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn a_deployment_that_is_scaled_to_zero_is_not_ready_unless_that_is_asked_for() {
    let shop = Scene::new();
    shop.create(&deployment("web", 0));
    report(&shop, &json!({"observedGeneration": 1}));
    let mut wait = shop.wait(&["deployment/web", "--timeout", "2s"]);
    wait.sees("deployment/", "ScaledToZero");
    wait.ends(1);
    shop.wait(&["deployment/web?min=0"]).ends(0);
}

/// What the Deployment controller would say, where there is none.
fn report(shop: &Scene, status: &serde_json::Value) {
    if !shop.cluster.has_controllers {
        shop.status("deployments/web", status);
    }
}

fn make_pods_ready(shop: &Scene) {
    if !shop.cluster.has_controllers {
        return;
    }
    let pods = until("the deployment's pods", Duration::from_secs(60), || {
        let pods = shop.list("pods?labelSelector=app=web");
        (pods.len() == REPLICAS as usize).then_some(pods)
    });
    for pod in pods {
        shop.status(&format!("pods/{}", pod["metadata"]["name"].as_str().unwrap()), &running(true));
    }
}
