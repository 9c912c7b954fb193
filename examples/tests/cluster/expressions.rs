//! Conditions and expressions over what the API server really writes.

use crate::common::objects::{deployment, pod, running};
use crate::common::scene::Scene;
use serde_json::json;

#[test]
#[ignore = "needs a cluster"]
fn a_condition_is_awaited_as_kubectl_wait_does() {
    let shop = Scene::new();
    let mut wait = shop.wait(&["pod/web?for=condition=Ready"]);
    wait.sees("pod/", "NotFound");
    shop.create(&pod("web", "web"));
    let mut unready = shop.wait(&["pod/web?for=condition=ready=false"]);
    shop.status("pods/web", &running(false));
    wait.sees("pod/", "ConditionNotMet");
    assert!(unready.status().success(), "letter case does not matter");
    shop.status("pods/web", &running(true));
    wait.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn paths_and_cel_read_the_object() {
    let shop = Scene::new();
    shop.create(&deployment("web", 2));
    shop.wait(&["deploy/web?for=jsonpath={.spec.replicas}=2"]).ends(0);
    shop.wait(&["deploy/web?for=jsonpath=$.spec.template.spec.containers[?@.name=='main'].image"]).ends(0);
    shop.wait(&["deploy/web?for=cel=self.spec.replicas == 2 %26%26 self.metadata.name == 'web'"]).ends(0);
    let mut path = shop.wait(&["deploy/web?for=jsonpath={.spec.replicas}>=3"]);
    path.sees("deploy/", "PathNotMet");
    let mut cel = shop.wait(&["deploy/web?for=cel=self.spec.replicas > 2"]);
    cel.sees("deploy/", "CelNotMet");
    shop.patch("deployments/web", &json!({"spec": {"replicas": 3}}));
    if !shop.cluster.has_controllers {
        shop.status("deployments/web", &json!({"observedGeneration": 2}));
    }
    path.ends(0);
    cel.ends(0);
}
