//! Writes: what an API server accepts, refuses, fills in and keeps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

mod support;

use k8s_wait_testkit::build::{deployment, job, namespace, object, pod, service};
use k8s_wait_testkit::{Api, ResourceType};
use serde_json::{Value, json};
use support::{delete, get, patch, post, put};

const PODS: &str = "/api/v1/namespaces/default/pods";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(metadata: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata })
}

fn version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
}

fn generation(object: &Value) -> i64 {
    object["metadata"]["generation"].as_i64().unwrap()
}

#[tokio::test]
async fn a_created_object_is_filled_in() {
    let api = Api::start().await.unwrap();
    let (code, created) = post(&api, PODS, pod("a").ready().generation(7).build()).await;
    assert_eq!(code, 201);
    let metadata = &created["metadata"];
    assert_eq!((&metadata["namespace"], &metadata["generation"]), (&json!("default"), &json!(1)));
    assert_eq!(metadata["uid"].as_str().unwrap().len(), 36);
    assert!(metadata["creationTimestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(created["status"], json!({ "phase": "Pending", "qosClass": "BestEffort" }));
    assert_eq!(api.get("pods", "default", "a"), Some(created));
    assert_eq!(post(&api, MAPS, map(json!({ "name": "m" }))).await.1["metadata"]["generation"], Value::Null);
}

#[tokio::test]
async fn what_is_in_no_namespace_loses_the_one_it_names() {
    let api = Api::start().await.unwrap();
    let mut body = namespace("web").build();
    body["metadata"]["namespace"] = json!("default");
    let (code, created) = post(&api, "/api/v1/namespaces", body.clone()).await;
    assert_eq!((code, &created["metadata"]["namespace"]), (201, &Value::Null));
    assert_eq!(put(&api, "/api/v1/namespaces/web", body.clone()).await.0, 200);
    assert_eq!(api.apply(body).unwrap()["metadata"]["namespace"], Value::Null);
    assert_eq!(get(&api, "/api/v1/namespaces/web").await.1["status"]["phase"], "Active");
    assert_eq!(delete(&api, "/api/v1/namespaces").await.0, 405, "namespaces are deleted one by one");
    assert_eq!(delete(&api, "/api/v1/namespaces/web").await.0, 200);
}

#[tokio::test]
async fn names_are_generated() {
    let api = Api::start().await.unwrap();
    let (_, one) = post(&api, MAPS, map(json!({ "generateName": "gen-" }))).await;
    let (_, other) = post(&api, MAPS, map(json!({ "generateName": "gen-" }))).await;
    let name = one["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("gen-") && name.len() == 9, "{name}");
    assert_ne!(one["metadata"]["name"], other["metadata"]["name"]);
}

#[tokio::test]
async fn bad_creations_are_refused() {
    let api = Api::start().await.unwrap();
    post(&api, MAPS, map(json!({ "name": "there" }))).await;
    for (body, code, message) in [
        (map(json!({ "name": "there" })), 409, "configmaps \"there\" already exists"),
        (
            map(json!({})),
            422,
            "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required",
        ),
        (
            map(json!({ "name": "A_b" })),
            422,
            "ConfigMap \"A_b\" is invalid: metadata.name: Invalid value: \"A_b\": a lowercase",
        ),
        (
            map(json!({ "name": "a", "namespace": "other" })),
            400,
            "the namespace of the provided object does not match",
        ),
        (map(json!({ "name": "a", "resourceVersion": "4" })), 500, "resourceVersion should not be set"),
        (map(json!({ "name": "a", "labels": "none" })), 400, "ConfigMap in version \"v1\" cannot be handled"),
        (map(json!("a")), 400, "ConfigMap in version \"v1\" cannot be handled"),
        (pod("a").build(), 400, "Pod in version \"v1\" cannot be handled as a ConfigMap"),
        (json!([]), 400, "the object provided is unrecognized"),
    ] {
        let (is, status) = post(&api, MAPS, body.clone()).await;
        assert_eq!(is, code, "{body}");
        assert!(status["message"].as_str().unwrap().starts_with(message), "{status}");
    }
    let (code, status) = post(&api, "/api/v1/namespaces/nope/pods", pod("a").build()).await;
    assert_eq!((code, status["message"].as_str().unwrap()), (404, "namespaces \"nope\" not found"));
    assert_eq!(support::send(&api, "POST", MAPS, "application/yaml", &json!({})).await.0, 415);
}

#[tokio::test]
async fn an_update_needs_the_newest_version() {
    let api = Api::start().await.unwrap();
    let (_, created) = post(&api, MAPS, map(json!({ "name": "m" }))).await;
    let mut changed = created.clone();
    changed["data"] = json!({ "a": "b" });
    let path = format!("{MAPS}/m");
    assert_eq!(put(&api, &path, changed.clone()).await.0, 200);
    let (code, status) = put(&api, &path, changed).await;
    assert_eq!((code, &status["reason"]), (409, &json!("Conflict")));
    assert_eq!(put(&api, &path, map(json!({ "name": "m" }))).await.0, 200);
    assert_eq!(put(&api, &path, map(json!({ "name": "other" }))).await.0, 400);
    assert_eq!(put(&api, &path, map(json!({ "name": "m", "uid": "x" }))).await.0, 409);
    assert_eq!(put(&api, &format!("{MAPS}/none"), map(json!({ "name": "none" }))).await.0, 404);
}

#[tokio::test]
async fn the_status_is_a_part_of_its_own() {
    let api = Api::start().await.unwrap();
    let path = "/apis/batch/v1/namespaces/default/jobs";
    let (_, created) = post(&api, path, job("j").complete().build()).await;
    assert_eq!(created["status"], json!({}));
    let path = format!("{path}/j");
    let body = json!({ "spec": { "suspend": true }, "status": { "active": 1 } });
    let (_, main) = patch(&api, &path, "merge-patch+json", body.clone()).await;
    assert_eq!((&main["spec"]["suspend"], &main["status"], generation(&main)), (&json!(true), &json!({}), 2));
    let body = json!({ "spec": { "suspend": false }, "status": { "active": 1 } });
    let (_, status) = patch(&api, &format!("{path}/status"), "merge-patch+json", body).await;
    assert_eq!((&status["spec"]["suspend"], generation(&status)), (&json!(true), 2));
    assert_eq!(status["status"], json!({ "active": 1 }));
    assert_eq!(get(&api, &format!("{path}/status")).await.1, status);
    let (code, _) = patch(&api, &format!("{MAPS}/m/status"), "merge-patch+json", json!({})).await;
    assert_eq!(code, 404);
}

#[tokio::test]
async fn what_changes_nothing_is_no_write() {
    let api = Api::start().await.unwrap();
    let (_, created) = post(&api, PODS, pod("a").build()).await;
    let (_, same) = patch(&api, &format!("{PODS}/a"), "merge-patch+json", json!({ "metadata": {} })).await;
    assert_eq!(same, created);
    assert_eq!(put(&api, &format!("{PODS}/a"), created.clone()).await.1, created);
}

#[tokio::test]
async fn the_four_patches() {
    let api = Api::start().await.unwrap();
    api.create(deployment("web")).unwrap();
    let path = "/apis/apps/v1/namespaces/default/deployments/web";
    let containers = |object: &Value| object["spec"]["template"]["spec"]["containers"].clone();
    let side = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "side" }] } } } });
    let (_, strategic) = patch(&api, path, "strategic-merge-patch+json", side.clone()).await;
    assert_eq!(containers(&strategic).as_array().unwrap().len(), 2);
    let (_, merged) = patch(&api, path, "merge-patch+json", side).await;
    assert_eq!(containers(&merged), json!([{ "name": "side" }]));
    let replace = json!([{ "op": "replace", "path": "/spec/replicas", "value": 4 }]);
    let (_, replaced) = patch(&api, path, "json-patch+json", replace).await;
    assert_eq!((&replaced["spec"]["replicas"], generation(&replaced)), (&json!(4), 4));
    let missing = json!([{ "op": "replace", "path": "/spec/nothing/at/all", "value": 4 }]);
    assert_eq!(patch(&api, path, "json-patch+json", missing).await.0, 422);
    assert_eq!(patch(&api, path, "json-patch+json", json!({})).await.0, 400);
    assert_eq!(patch(&api, path, "foo", json!({})).await.0, 415);
    assert_eq!(patch(&api, path, "merge-patch+json", json!({ "metadata": { "name": "x" } })).await.0, 400);
    assert_eq!(
        patch(&api, path, "merge-patch+json", json!({ "metadata": { "resourceVersion": "1" } })).await.0,
        409
    );
}

#[tokio::test]
async fn server_side_apply_creates_or_merges() {
    let api = Api::start().await.unwrap();
    let path = format!("{MAPS}/m?fieldManager=test");
    let body = |data: Value| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "m" }, "data": data });
    let (code, created) = patch(&api, &path, "apply-patch+yaml", body(json!({ "a": "1" }))).await;
    assert_eq!((code, &created["metadata"]["name"]), (201, &json!("m")));
    let (code, merged) = patch(&api, &path, "apply-patch+yaml", body(json!({ "b": "2" }))).await;
    assert_eq!((code, &merged["data"]), (200, &json!({ "a": "1", "b": "2" })));
    assert_eq!(patch(&api, &format!("{MAPS}/m"), "apply-patch+yaml", body(json!({}))).await.0, 422);
}

#[tokio::test]
async fn custom_resources_have_rules_of_their_own() {
    let api = Api::start().await.unwrap();
    api.serve(ResourceType::new("cert-manager.io/v1", "Certificate", "certificates").short("cert"));
    let certificate =
        object("cert-manager.io/v1", "Certificate", "web").condition("Ready", "True", "Issued", "");
    api.create(certificate.clone()).unwrap();
    let path = "/apis/cert-manager.io/v1/namespaces/default/certificates/web";
    assert_eq!(patch(&api, path, "strategic-merge-patch+json", json!({})).await.0, 415);
    assert_eq!(put(&api, path, certificate.build()).await.0, 422);
}

#[tokio::test]
async fn deletions_answer_as_the_kind_does() {
    let api = Api::start().await.unwrap();
    api.create(pod("a")).unwrap();
    api.create(deployment("web")).unwrap();
    let (_, object) = delete(&api, &format!("{PODS}/a")).await;
    assert_eq!(object["kind"], "Pod");
    assert!(object["metadata"]["deletionTimestamp"].is_string());
    let (code, status) = delete(&api, "/apis/apps/v1/namespaces/default/deployments/web").await;
    assert_eq!(
        (code, &status["status"], &status["details"]["group"]),
        (200, &json!("Success"), &json!("apps"))
    );
    assert_eq!(delete(&api, &format!("{PODS}/a")).await.0, 404);
}

#[tokio::test]
async fn finalizers_hold_an_object() {
    let api = Api::start().await.unwrap();
    post(&api, PODS, pod("a").with("/metadata/finalizers", json!(["x/y"])).build()).await;
    let path = format!("{PODS}/a");
    let (_, held) = delete(&api, &path).await;
    assert!(held["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(version(&delete(&api, &path).await.1), version(&held));
    let (code, _) =
        patch(&api, &path, "merge-patch+json", json!({ "metadata": { "finalizers": null } })).await;
    assert_eq!((code, api.get("pods", "default", "a")), (200, None));
}

#[tokio::test]
async fn preconditions_protect_from_deleting_another() {
    let api = Api::start().await.unwrap();
    api.create(pod("a")).unwrap();
    let options = json!({ "preconditions": { "uid": "other" } });
    let (code, status) =
        support::send(&api, "DELETE", &format!("{PODS}/a"), "application/json", &options).await;
    assert_eq!((code, &status["reason"]), (409, &json!("Conflict")));
}

#[tokio::test]
async fn collections_and_namespaces_are_emptied() {
    let api = Api::start().await.unwrap();
    for name in ["a", "b"] {
        api.create(pod(name).namespace("shop").label("name", name)).unwrap();
    }
    let (_, deleted) = delete(&api, "/api/v1/namespaces/shop/pods?labelSelector=name%3Da").await;
    assert_eq!(deleted["items"].as_array().unwrap().len(), 1);
    assert!(api.get("pods", "shop", "a").is_none() && api.get("pods", "shop", "b").is_some());
    api.delete("namespaces", "", "shop").unwrap();
    assert!(api.get("pods", "shop", "b").is_none());
}

#[tokio::test]
async fn a_dry_run_is_refused() {
    let api = Api::start().await.unwrap();
    assert_eq!(post(&api, &format!("{MAPS}?dryRun=All"), map(json!({ "name": "m" }))).await.0, 400);
    assert_eq!(api.get("configmaps", "default", "m"), None);
}

#[tokio::test]
async fn the_tests_own_hand_sets_everything() {
    let api = Api::start().await.unwrap();
    let created = api.create(deployment("web").namespace("shop").generation(3).observed(2)).unwrap();
    assert_eq!((generation(&created), &created["status"]["observedGeneration"]), (3, &json!(2)));
    assert!(api.get("namespaces", "", "shop").is_some());
    let scaled = deployment("web").namespace("shop").replicas(5).generation(3);
    assert_eq!(generation(&api.apply(scaled).unwrap()), 3);
    let terminating = api.apply(pod("a").terminating()).unwrap();
    assert!(terminating["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(api.create(pod("a")).unwrap_err().code(), 409);
    assert_eq!(api.create(json!({ "kind": "Unknown" })).unwrap_err().code(), 400);
    assert_eq!(api.create(json!("nothing")).unwrap_err().code(), 400);
    assert_eq!(api.patch_status("pods", "default", "none", json!({})).unwrap_err().code(), 404);
    assert_eq!(api.delete("nothing", "", "x").unwrap_err().code(), 404);
}

#[tokio::test]
async fn apply_replaces_and_counts_generations() {
    let api = Api::start().await.unwrap();
    let plain = |replicas| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" }, "spec": { "replicas": replicas },
        })
    };
    let first = api.apply(plain(1)).unwrap();
    let same = api.apply(plain(1)).unwrap();
    let second = api.apply(plain(2)).unwrap();
    assert_eq!((version(&same), generation(&same)), (version(&first), 1));
    assert_eq!((version(&second) > version(&first), generation(&second)), (true, 2));
    assert_eq!(second["metadata"]["uid"], first["metadata"]["uid"]);
    let status =
        api.patch_status("deployments", "default", "web", json!({ "replicas": 2, "gone": null })).unwrap();
    assert_eq!((&status["status"], generation(&status)), (&json!({ "replicas": 2 }), 2));
    assert_eq!(api.apply(service("db")).unwrap()["metadata"]["generation"], Value::Null);
}
