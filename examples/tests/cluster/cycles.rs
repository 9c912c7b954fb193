//! Pods that wait for one another, as controllers have made them.

use crate::common::objects::{deployment, stateful_set};
use crate::common::process::until;
use crate::common::scene::Scene;
use serde_json::json;
use std::time::Duration;

/// The pods that a controller has made, once there are as many.
fn made(shop: &Scene, app: &str, count: usize) -> Vec<String> {
    let pods = until("the controller's pods", Duration::from_secs(60), || {
        let pods = shop.list(&format!("pods?labelSelector=app={app}"));
        (pods.len() == count).then_some(pods)
    });
    pods.iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "needs a cluster"]
fn a_deployment_and_a_stateful_set_that_wait_for_one_another_are_told_and_a_way_out_is_enough() {
    let shop = Scene::new();
    if !shop.cluster.has_controllers {
        return;
    }
    for workload in [deployment("web", 2), stateful_set("db", 1, 0), stateful_set("own", 1, 0)] {
        shop.create(&workload);
    }
    for app in ["web", "db", "own"] {
        let ports = json!([{"port": 80}]);
        let spec = json!({"selector": {"app": app}, "ports": ports});
        shop.create(&json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": app}, "spec": spec}));
    }
    let (web, db) = (made(&shop, "web", 2), made(&shop, "db", 1));
    let mut first = shop.wait_in(&web[0], &["service/db"]);
    let mut last = shop.wait_in(&db[0], &["service/web"]);
    first.sees("service/", "NoEndpoints");
    last.sees("service/", "NoEndpoints");
    // The other pod of web may start: that is a way out. By the time that a pod which waits for itself is told so, it has been
    // looked at.
    let own = made(&shop, "own", 1);
    shop.wait_in(&own[0], &["service/own"]).tells("cycle");
    assert!(!first.has_told("cycle") && !last.has_told("cycle"));
    let mut second = shop.wait_in(&web[1], &["service/db"]);
    for wait in [&mut first, &mut second, &mut last] {
        wait.tells("cycle");
    }
    let namespace = &shop.name;
    let sentence = format!(
        "deployment/{namespace}/web waits for service/{namespace}/db, service/{namespace}/db needs statefulset/{namespace}/db, \
         statefulset/{namespace}/db waits for service/{namespace}/web, service/{namespace}/web needs deployment/{namespace}/web; \
         none of them can go first"
    );
    let (status, listed) = shop.server.get("/v1/waiters");
    assert_eq!(status, 200);
    assert_eq!(listed.matches(&sentence).count(), 3, "{listed}");
    assert!(shop.server.log().contains("pods wait for one another"), "{}", shop.server.log());
    // Somebody takes db's wait out.
    drop(last);
    until("the end of the cycle", Duration::from_secs(30), || {
        shop.server.get("/metrics").1.contains("k8s_wait_cycles 0\n").then_some(())
    });
    assert!(first.is_waiting() && second.is_waiting(), "that alone makes nothing ready");
}
