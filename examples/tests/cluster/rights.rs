//! The manifests that we ship: accepted as they are, with rights that are enough and no more.

use crate::common::api::refusal;
use crate::common::cluster::cluster;
use crate::common::namespace::Namespace;
use crate::common::objects::{complete, job, pod};
use crate::common::rights::{Rights, documents, rules, shipped};
use crate::common::server::Server;
use crate::common::wait::Wait;
use serde_json::{Value, json};

const APPLICATION: &str = include_str!("../../manifests/app.yaml");
const COMMAND: &str = include_str!("../../manifests/command.yaml");
const DEPENDENCIES: &str = include_str!("../../manifests/dependencies.yaml");

#[test]
#[ignore = "needs a cluster"]
fn the_manifests_are_accepted_as_they_are() {
    let shop = Namespace::new(cluster());
    let examples = [APPLICATION, COMMAND, DEPENDENCIES].into_iter().flat_map(documents);
    for object in examples.chain(shipped()) {
        let kind = object["kind"].as_str().unwrap().to_lowercase();
        let path = match kind.as_str() {
            "namespace" => "/api/v1/namespaces".to_owned(),
            "clusterrole" | "clusterrolebinding" => format!("/apis/rbac.authorization.k8s.io/v1/{kind}s"),
            _ => shop.path(&format!("{kind}s")),
        };
        try_out(&shop, &path, &object);
    }
}

#[test]
#[ignore = "needs a cluster"]
fn server_and_client_run_where_pods_are_restricted() {
    let shop = Namespace::new(cluster());
    let _account = Rights::none(&shop);
    shop.restrict();
    let pods = shop.path("pods");
    let refused = shop.api.post(&format!("{pods}?dryRun=All"), &pod("careless", "any"));
    assert_eq!(refusal(refused), Some(403), "the namespace is restricted");
    let server = shipped().into_iter().find_map(|object| object.pointer("/spec/template/spec").cloned());
    // Of the application, the container that is ours.
    let client = json!({"containers": documents(APPLICATION)[0]["spec"]["initContainers"]});
    for spec in [server.expect("a Deployment is shipped"), client] {
        try_out(&shop, &pods, &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec}));
    }
}

#[test]
#[ignore = "needs a cluster"]
fn the_shipped_rights_read_what_is_checked_and_nothing_else() {
    let shop = Namespace::new(cluster());
    let rights = Rights::shipped(&shop);
    for rule in rules() {
        assert_eq!(rule["verbs"], json!(["list", "watch"]), "{rule}");
        let named = rule
            .as_object()
            .unwrap()
            .keys()
            .all(|key| ["apiGroups", "resources", "verbs"].contains(&key.as_str()));
        assert!(named, "{rule}");
    }
    let server = rights.api();
    for resource in ["pods", "services", "jobs", "deployments", "endpointslices"] {
        server.get(&shop.path(resource)).unwrap();
    }
    assert_eq!(refusal(server.get(&shop.path("secrets"))), Some(403));
    assert_eq!(refusal(server.get(&shop.path("events"))), Some(403));
    assert_eq!(refusal(server.post(&shop.path("pods"), &pod("web", "web"))), Some(403));
    assert_eq!(refusal(server.delete(&shop.path("pods/web"))), Some(403));
}

#[test]
#[ignore = "needs a cluster"]
fn what_rbac_prints_for_a_kind_is_enough_for_it_and_for_no_other() {
    let shop = Namespace::new(cluster());
    let rights = Rights::printed(&shop, &["--namespaces", &shop.name, "job"]);
    rights.hold(&shop.path("jobs"));
    let server = Server::start(&rights.kubeconfig, shop.folder(), &["--namespaces", &shop.name]);
    let wait = |target: &str| Wait::start(&server.url(), &shop.name, &[target], shop.folder());
    shop.create(&job("migrate"));
    let mut pending = wait("job/migrate");
    pending.sees("job/", "JobNotStarted");
    shop.status("jobs/migrate", &complete());
    pending.ends(0);
    let told = wait("deployment/web").ends(4).termination;
    let missing = format!("deployments.apps in namespace {}", shop.name);
    assert!(told.contains("Forbidden") && told.contains("no right to ") && told.contains(&missing), "{told}");
}

/// Has the object checked as if it were created.
fn try_out(shop: &Namespace, path: &str, object: &Value) {
    let mut object = object.clone();
    object["metadata"]["namespace"] = Value::Null;
    // A cluster may have it already, under the name that we ship.
    object["metadata"]["name"] = json!(format!("{}-try", shop.name));
    let result = shop.api.post(&format!("{path}?dryRun=All&fieldValidation=Strict"), &object);
    assert!(result.is_ok(), "{object}: {}", result.unwrap_err());
}
