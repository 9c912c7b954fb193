//! Stateful sets, whose status comes from the StatefulSet controller: the tests write that of the pods.

use crate::common::objects::{running, stateful_set};
use crate::common::process::until;
use crate::common::scene::Scene;
use serde_json::{Value, json};
use std::time::Duration;

const REPLICAS: u32 = 3;

/// Makes every pod ready that is not, until the set has this many of the revision that is wanted, all ready.
fn keep_pods_ready(shop: &Scene, updated: u64) -> Value {
    until("the set's pods to be ready", Duration::from_secs(60), || {
        for pod in shop.list("pods?labelSelector=app=db") {
            let is_ready =
                pod.pointer("/status/conditions").and_then(Value::as_array).is_some_and(|conditions| {
                    conditions
                        .iter()
                        .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
                });
            if !is_ready {
                let path = shop.path(&format!("pods/{}/status", pod["metadata"]["name"].as_str().unwrap()));
                // It may be on its way out.
                let _ = shop.api.patch(&path, &json!({"status": running(true)}));
            }
        }
        let set = shop.api.get(&shop.path("statefulsets/db")).unwrap();
        let status = &set["status"];
        let is_done = status["observedGeneration"] == set["metadata"]["generation"]
            && status["readyReplicas"] == json!(REPLICAS)
            && status["updatedReplicas"].as_u64().unwrap_or_default() == updated;
        is_done.then_some(set)
    })
}

#[test]
#[ignore = "needs a cluster"]
fn a_partitioned_update_is_rolled_out_when_those_beyond_the_partition_are_updated() {
    let shop = Scene::new();
    shop.create(&stateful_set("db", REPLICAS, 2));
    if !shop.cluster.has_controllers {
        let status = json!({"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "currentReplicas": 3,
            "updatedReplicas": 3, "currentRevision": "a", "updateRevision": "a"});
        shop.status("statefulsets/db", &status);
        shop.wait(&["sts/db"]).ends(0);
        return;
    }
    let mut first = shop.wait(&["sts/db"]);
    first.sees("sts/", "RolloutInProgress");
    keep_pods_ready(&shop, 3);
    first.ends(0);
    let image = json!({"spec": {"template": {"metadata": {"annotations": {"example.com/round": "2"}}}}});
    shop.patch("statefulsets/db", &image);
    let mut second = shop.wait(&["statefulset/db"]);
    second.sees("statefulset/", "RolloutInProgress");
    keep_pods_ready(&shop, 1);
    second.ends(0);
    // Without the partition the others are still to come.
    let whole = json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}});
    shop.patch("statefulsets/db", &whole);
    let mut third = shop.wait(&["sts/db"]);
    third.sees("sts/", "RolloutInProgress");
    keep_pods_ready(&shop, 3);
    third.ends(0);
}
