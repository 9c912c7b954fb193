//! Lists: selectors, pages, resourceVersions, and the shapes of answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

mod support;

use k8s_wait_testkit::build::{job, object, pod};
use k8s_wait_testkit::{Api, ResourceType};
use serde_json::{Value, json};
use support::{get, post};

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

async fn three_pods() -> Api {
    let api = Api::start().await.unwrap();
    api.create(pod("a").label("app", "web").ready()).unwrap();
    api.create(pod("b").label("app", "web").phase("Pending")).unwrap();
    api.create(pod("c").namespace("shop").label("app", "db").ready()).unwrap();
    api
}

#[tokio::test]
async fn lists_are_of_a_namespace_or_the_cluster() {
    let api = three_pods().await;
    assert_eq!(names(&get(&api, "/api/v1/pods").await.1), ["a", "b", "c"]);
    assert_eq!(names(&get(&api, "/api/v1/namespaces/shop/pods").await.1), ["c"]);
    let (code, empty) = get(&api, "/api/v1/namespaces/nowhere/pods").await;
    assert_eq!((code, names(&empty).len()), (200, 0));
}

#[tokio::test]
async fn selectors_select() {
    let api = three_pods().await;
    for (query, expected) in [
        ("labelSelector=app%3Dweb", &["a", "b"][..]),
        ("labelSelector=app+in+(db,other)", &["c"]),
        ("fieldSelector=status.phase%3DRunning", &["a", "c"]),
        ("fieldSelector=spec.nodeName%3D", &["b"]),
        ("fieldSelector=metadata.name%3Da,metadata.namespace%3Ddefault", &["a"]),
        ("labelSelector=app%3Dweb&fieldSelector=status.phase!%3DRunning", &["b"]),
    ] {
        assert_eq!(names(&get(&api, &format!("/api/v1/pods?{query}")).await.1), expected, "{query}");
    }
    assert_eq!(get(&api, "/api/v1/pods?labelSelector=a%3D%3D%3D").await.0, 400);
}

#[tokio::test]
async fn pages_show_one_moment() {
    let api = three_pods().await;
    let (_, first) = get(&api, "/api/v1/pods?limit=1").await;
    assert_eq!(names(&first), ["a"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 2);
    api.delete("pods", "default", "b").unwrap();
    api.create(pod("bb")).unwrap();
    api.apply(pod("c").namespace("shop").label("app", "new")).unwrap();
    let token = first["metadata"]["continue"].as_str().unwrap();
    let (_, second) = get(&api, &format!("/api/v1/pods?limit=5&continue={token}")).await;
    assert_eq!(names(&second), ["b", "c"]);
    assert_eq!(second["items"][1]["metadata"]["labels"]["app"], "db");
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    assert_eq!(second["metadata"]["continue"], Value::Null);
}

#[tokio::test]
async fn a_page_after_compaction_has_expired() {
    let api = three_pods().await;
    let (_, first) = get(&api, "/api/v1/pods?limit=1").await;
    let token = first["metadata"]["continue"].as_str().unwrap();
    api.compact();
    let (code, status) = get(&api, &format!("/api/v1/pods?limit=1&continue={token}")).await;
    assert_eq!((code, &status["reason"]), (410, &json!("Expired")));
    assert_eq!(get(&api, "/api/v1/pods?continue=abc").await.0, 400);
}

#[tokio::test]
async fn resource_versions_of_lists() {
    let api = three_pods().await;
    let (_, list) = get(&api, "/api/v1/pods").await;
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    api.create(pod("d")).unwrap();
    let count = async |query: String| names(&get(&api, &format!("/api/v1/pods?{query}")).await.1).len();
    assert_eq!(count(format!("resourceVersion={version}&resourceVersionMatch=Exact")).await, 3);
    assert_eq!(count(format!("resourceVersion={version}&resourceVersionMatch=NotOlderThan")).await, 4);
    assert_eq!(count("resourceVersion=0&limit=1".into()).await, 4);
    let (code, status) = get(&api, "/api/v1/pods?resourceVersion=999999").await;
    assert_eq!((code, &status["reason"]), (504, &json!("Timeout")));
    assert!(
        status["message"]
            .as_str()
            .unwrap()
            .starts_with("Timeout: Too large resource version: 999999, current:")
    );
    assert_eq!(get(&api, "/api/v1/pods?resourceVersion=abc").await.0, 400);
    assert_eq!(get(&api, "/api/v1/pods?resourceVersionMatch=Exact").await.0, 422);
    assert_eq!(get(&api, "/api/v1/pods?sendInitialEvents=true").await.0, 422);
}

#[tokio::test]
async fn items_of_built_in_kinds_have_no_type_of_their_own() {
    let api = three_pods().await;
    let (_, list) = get(&api, "/api/v1/pods").await;
    assert_eq!((&list["kind"], &list["items"][0]["kind"]), (&json!("PodList"), &Value::Null));
    api.serve(ResourceType::new("cert-manager.io/v1", "Certificate", "certificates"));
    api.create(object("cert-manager.io/v1", "Certificate", "web").condition("Ready", "True", "", ""))
        .unwrap();
    let (_, list) = get(&api, "/apis/cert-manager.io/v1/certificates").await;
    assert_eq!(list["items"][0]["kind"], "Certificate");
    assert!(api.get("certificates.cert-manager.io", "default", "web").is_some());
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let api = three_pods().await;
    let (code, status) = get(&api, "/api/v1/namespaces/shop/pods/none").await;
    assert_eq!((code, status["message"].as_str().unwrap()), (404, "pods \"none\" not found"));
    let (_, status) = get(&api, "/apis/apps/v1/namespaces/shop/deployments/none").await;
    assert_eq!(status["message"], "deployments.apps \"none\" not found");
    assert_eq!(get(&api, "/api/v1/namespaces/shop/nothing").await.1["reason"], "NotFound");
    assert_eq!(get(&api, "/nothing").await.0, 404);
    assert_eq!(post(&api, "/api/v1/namespaces/shop/pods/c", json!({})).await.0, 405);
}

#[tokio::test]
async fn discovery_names_what_is_served() {
    let api = Api::start().await.unwrap();
    assert_eq!(get(&api, "/version").await.1["major"], "1");
    assert_eq!(get(&api, "/api").await.1["versions"], json!(["v1"]));
    let (_, core) = get(&api, "/api/v1").await;
    let pods =
        core["resources"].as_array().unwrap().iter().find(|resource| resource["name"] == "pods").unwrap();
    assert_eq!(pods["shortNames"], json!(["po"]));
    let (_, groups) = get(&api, "/apis").await;
    let groups: Vec<_> = groups["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
    assert!(groups.contains(&&json!("apps")), "{groups:?}");
    assert_eq!(get(&api, "/apis/none/v1").await.0, 404);
    assert_eq!(get(&api, "/livez").await.0, 200);
    let client = support::client(&api);
    let found = kube::discovery::Discovery::new(client.clone()).run().await.unwrap();
    assert!(
        found.groups().flat_map(|group| group.recommended_resources()).any(|(kind, _)| kind.kind == "Job")
    );
    let found = kube::discovery::Discovery::new(client).run_aggregated().await.unwrap();
    assert!(
        found.groups().flat_map(|group| group.recommended_resources()).any(|(kind, _)| kind.kind == "Job")
    );
}

#[tokio::test]
async fn requests_are_recorded() {
    let api = three_pods().await;
    api.create(job("migrate")).unwrap();
    get(&api, "/api/v1/namespaces/shop/pods?limit=5").await;
    get(&api, "/apis/batch/v1/namespaces/default/jobs/none").await;
    let requests = api.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|request| {
            (request.verb.as_str(), request.resource.as_str(), request.namespace.as_deref(), request.status)
        })
        .collect();
    assert_eq!(
        seen,
        [("list", "pods", Some("shop"), Some(200)), ("get", "jobs", Some("default"), Some(404))]
    );
    assert_eq!(requests[0].path, "/api/v1/namespaces/shop/pods?limit=5");
    assert_eq!((api.count("list", "pods"), api.count("list", "jobs")), (1, 0));
}
