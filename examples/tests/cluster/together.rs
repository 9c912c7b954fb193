//! Several targets in one wait, and timeouts.

use crate::common::objects::{
    complete, deployment, endpoints, failed, job, pod, running, service, slice, working,
};
use crate::common::scene::Scene;
use serde_json::json;

#[test]
#[ignore = "needs a cluster"]
fn all_have_to_be_ready_at_the_same_moment() {
    let shop = Scene::new();
    shop.create(&pod("web", "web"));
    shop.create(&job("migrate"));
    shop.create(&service("db"));
    shop.create(&slice("db-1", "db", false));
    shop.create(&deployment("none", 0));
    if !shop.cluster.has_controllers {
        shop.status("deployments/none", &json!({"observedGeneration": 1}));
    }
    let mut wait = shop.wait(&["pod/web", "job/migrate", "service/db", "deployment/none?min=0"]);
    wait.sees("deployment/", "Ready");
    shop.status("pods/web", &running(true));
    wait.sees("pod/", "Ready");
    shop.patch("endpointslices/db-1", &json!({"endpoints": endpoints(true)}));
    wait.sees("service/", "Ready");
    shop.status("pods/web", &running(false));
    wait.sees("pod/", "PodNotReady");
    shop.status("jobs/migrate", &complete());
    wait.sees("job/", "Ready");
    assert!(wait.is_waiting(), "each was ready once, but never all");
    shop.status("pods/web", &running(true));
    wait.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn one_is_enough_for_any_and_one_failure_is_not() {
    let shop = Scene::new();
    shop.create(&job("a"));
    shop.create(&job("b"));
    let mut wait = shop.wait(&["--any", "job/a", "job/b", "service/none"]);
    wait.sees(&format!("job/{}/b", shop.name), "JobNotStarted");
    shop.status("jobs/a", &failed());
    wait.sees(&format!("job/{}/a", shop.name), "BackoffLimitExceeded");
    shop.status("jobs/b", &complete());
    wait.ends(0);
    shop.wait(&["job/a", "job/b"]).ends(3);
    shop.wait(&["--any", "job/a"]).ends(3);
}

#[test]
#[ignore = "needs a cluster"]
fn time_runs_out_for_the_wait_and_for_a_target_of_its_own() {
    let shop = Scene::new();
    shop.create(&job("slow"));
    shop.status("jobs/slow", &working(0));
    let ended = shop.wait(&["job/slow", "pod/none", "--timeout", "1s"]).ends(1);
    for reason in ["JobRunning", "NotFound"] {
        assert!(ended.termination.contains(reason), "{}", ended.termination);
    }
    let ended = shop.wait(&["job/slow?timeout=1s"]).ends(1);
    assert!(ended.termination.contains("TimedOut"), "{}", ended.termination);
}
