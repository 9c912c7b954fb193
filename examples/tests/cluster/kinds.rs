//! Kinds that nobody registered, and those that live in no namespace.

use crate::common::cluster::cluster;
use crate::common::namespace::Namespace;
use crate::common::process::until;
use crate::common::rights::Rights;
use crate::common::scene::Scene;
use crate::common::server::Server;
use crate::common::wait::Wait;
use serde_json::{Value, json};
use std::time::Duration;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// A CustomResourceDefinition of a group of its own. Deleted when dropped.
struct Definition<'a> {
    shop: &'a Namespace,
    group: String,
}

impl<'a> Definition<'a> {
    fn create(shop: &'a Namespace) -> Self {
        let group = group(shop);
        let status = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        let schema = json!({"type": "object", "properties": {"spec": status, "status": status}});
        shop.api
            .post(
                DEFINITIONS,
                &json!({
                    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                    "metadata": {"name": format!("gadgets.{group}")},
                    "spec": {
                        "group": group, "scope": "Namespaced",
                        "names": {"kind": "Gadget", "plural": "gadgets", "singular": "gadget", "shortNames": ["gdg"]},
                        "versions": [{"name": "v1", "served": true, "storage": true,
                            "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}}],
                    },
                }),
            )
            .unwrap();
        Self { shop, group }
    }

    fn path(&self, object: &str) -> String {
        format!("/apis/{}/v1/namespaces/{}/gadgets{object}", self.group, self.shop.name)
    }

    fn make(&self, name: &str) {
        let object =
            json!({"apiVersion": format!("{}/v1", self.group), "kind": "Gadget", "metadata": {"name": name}});
        // It takes the API server a moment to serve what has been defined.
        until("the kind to be served", Duration::from_secs(30), || {
            self.shop.api.post(&self.path(""), &object).ok()
        });
    }

    fn report(&self, name: &str, status: &Value) {
        self.shop.api.patch(&self.path(&format!("/{name}/status")), &json!({ "status": status })).unwrap();
    }
}

impl Drop for Definition<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.shop.api.delete(&format!("{DEFINITIONS}/gadgets.{}", self.group)) {
            println!("gadgets.{} is left behind: {error}", self.group);
        }
    }
}

fn group(shop: &Namespace) -> String {
    format!("{}.example.com", shop.name)
}

fn ready(status: &str) -> Value {
    json!({"conditions": [{"type": "Ready", "status": status, "lastTransitionTime": "2026-01-01T00:00:00Z"}]})
}

#[test]
#[ignore = "needs a cluster"]
fn a_kind_that_is_defined_after_the_wait_began_is_waited_for() {
    let mut shop = Scene::new();
    let group = group(&shop);
    shop.allow(&group, "gadgets");
    let mut wait = shop.wait(&[&format!("gadget.{group}/one")]);
    wait.sees("gadget", "KindNotServed");
    let mut established = shop.wait(&[&format!("crd/gadgets.{group}")]);
    established.sees("crd/", "NotFound");
    let definition = Definition::create(&shop);
    established.ends(0);
    wait.sees("gadget", "NotFound");
    definition.make("one");
    wait.sees("gadget", "NoCondition");
    let mut short = shop.wait(&[&format!("gdg.v1.{group}/one?for=jsonpath={{.status.phase}}=Done")]);
    short.sees("gdg", "PathNotFound");
    definition.report("one", &ready("False"));
    wait.sees("gadget", "ConditionNotMet");
    let mut status = ready("True");
    status["phase"] = json!("Done");
    definition.report("one", &status);
    wait.ends(0);
    short.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn a_kind_that_the_server_may_not_read_is_told_with_the_right_that_is_missing() {
    let shop = Scene::new();
    let definition = Definition::create(&shop);
    definition.make("one");
    let ended = shop.wait(&[&format!("gadget.{}/one", definition.group)]).ends(4);
    assert!(ended.termination.contains(&format!("gadgets.{}", definition.group)), "{}", ended.termination);
}

#[test]
#[ignore = "needs a cluster"]
fn what_rbac_prints_for_a_kind_of_ones_own_is_enough_for_it_everywhere() {
    let shop = Namespace::new(cluster());
    let definition = Definition::create(&shop);
    definition.make("one");
    definition.report("one", &ready("True"));
    let rights = Rights::printed(&shop, &[&format!("gadgets.{}", definition.group)]);
    rights.hold(&format!("/apis/{}/v1/gadgets", definition.group));
    let server = Server::start(&rights.kubeconfig, shop.folder(), &[]);
    let wait = |target: &str| Wait::start(&server.url(), &shop.name, &[target], shop.folder());
    wait(&format!("gadget.{}/one", definition.group)).ends(0);
    let told = wait("job/migrate").ends(4).termination;
    assert!(told.contains("Forbidden") && told.contains("jobs.batch"), "{told}");
}

#[test]
#[ignore = "needs a cluster"]
fn a_namespace_is_waited_for_from_before_it_is_there_until_it_is_gone() {
    let shop = Scene::new();
    let name = format!("{}-more", shop.name);
    let path = format!("/api/v1/namespaces/{name}");
    let mut active = shop.wait(&[&format!("namespace/{name}")]);
    active.sees("namespace/", "NotFound");
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    shop.api.post("/api/v1/namespaces", &object).unwrap();
    active.ends(0);
    let mut gone = shop.wait(&[&format!("ns/{name}?for=deleted")]);
    gone.sees("ns/", "StillExists");
    shop.api.delete(&path).unwrap();
    if shop.cluster.has_controllers {
        gone.ends(0);
    } else {
        shop.wait(&[&format!("ns/{name}"), "--timeout", "1s"]).ends(1);
    }
}
