//! Pods, whose status the tests write as a kubelet would.

use crate::common::objects::{pod, running};
use crate::common::scene::Scene;
use serde_json::json;

#[test]
#[ignore = "needs a cluster"]
fn a_pod_is_awaited_from_before_it_exists_until_it_is_ready() {
    let shop = Scene::new();
    let mut wait = shop.wait(&["pod/web"]);
    wait.sees("pod/", "NotFound");
    shop.create(&pod("web", "web"));
    wait.sees("pod/", "PodNotReady");
    shop.status("pods/web", &running(false));
    shop.status("pods/web", &running(true));
    wait.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn pods_by_selector_are_those_of_every_moment() {
    let shop = Scene::new();
    let mut wait = shop.wait(&["pod?selector=app=web,!canary"]);
    wait.sees("pod?", "NoMatch");
    shop.create(&pod("other", "db"));
    shop.status("pods/other", &running(true));
    shop.create(&pod("one", "web"));
    wait.sees("pod?", "PodNotReady");
    shop.create(&pod("two", "web"));
    shop.status("pods/one", &running(true));
    let mut other = shop.wait(&["pod?selector=app=web&min=1"]);
    assert!(other.status().success(), "one of two is ready");
    assert!(wait.is_waiting(), "one of two is not");
    shop.status("pods/two", &running(true));
    wait.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn a_pod_that_leaves_the_selection_is_waited_for_no_more() {
    let shop = Scene::new();
    for name in ["one", "two"] {
        shop.create(&pod(name, "web"));
    }
    shop.status("pods/one", &running(true));
    let mut wait = shop.wait(&["pod?selector=app=web"]);
    wait.sees("pod?", "PodNotReady");
    shop.patch("pods/two", &json!({"metadata": {"labels": {"app": "spare"}}}));
    wait.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn a_pod_that_failed_without_a_controller_ends_the_wait() {
    let shop = Scene::new();
    shop.create(&pod("once", "once"));
    let mut wait = shop.wait(&["pod/once"]);
    wait.sees("pod/", "PodNotReady");
    shop.status(
        "pods/once",
        &json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory"}),
    );
    let ended = wait.ends(3);
    assert!(ended.termination.contains("PodFailed") && ended.termination.contains("Evicted"));
}

#[test]
#[ignore = "needs a cluster"]
fn deleted_means_the_pod_that_was_there_and_not_its_namesake() {
    let shop = Scene::new();
    shop.create(&pod("old", "web"));
    let mut wait = shop.wait(&["pod/old?for=deleted"]);
    wait.sees("pod/", "StillExists");
    shop.delete("pods/old");
    shop.create(&pod("old", "web"));
    wait.ends(0);
    let mut namesake = shop.wait(&["pod/old?for=deleted"]);
    namesake.sees("pod/", "StillExists");
}
