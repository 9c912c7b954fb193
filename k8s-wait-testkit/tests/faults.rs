//! Bad days, one by one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

mod support;

use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use k8s_wait_testkit::build::{deployment, pod};
use k8s_wait_testkit::{Api, Fault, Memory};
use kube::client::Body;
use serde_json::json;
use support::{Next, client, get, until, watch};

const PODS: &str = "/api/v1/pods";
const WATCH: &str = "/api/v1/pods?watch=1";

async fn one_pod() -> Api {
    let api = Api::start().await.unwrap();
    api.create(pod("web-0").ready()).unwrap();
    api
}

async fn is_refused(api: &Api) -> bool {
    let address = api.url().replace("http://", "");
    tokio::net::TcpStream::connect(address).await.is_err()
}

#[tokio::test]
async fn a_403_names_verb_resource_and_scope() {
    let api = one_pod().await;
    let guard = api.inject(Fault::status(403).verb("list"));
    let (code, status) = get(&api, "/api/v1/namespaces/shop/pods").await;
    let user = "User \"system:serviceaccount:k8s-wait:k8s-wait-server\"";
    let message = format!(
        "pods is forbidden: {user} cannot list resource \"pods\" in API group \"\" in the namespace \"shop\""
    );
    assert_eq!((code, &status["message"], &status["reason"]), (403, &json!(message), &json!("Forbidden")));
    let (_, status) = get(&api, "/apis/apps/v1/deployments").await;
    let message = format!(
        "deployments.apps is forbidden: {user} cannot list resource \"deployments\" in API group \"apps\" at the cluster scope"
    );
    assert_eq!(status["message"], json!(message));
    assert_eq!(get(&api, "/api/v1/namespaces/default/pods/web-0").await.0, 200);
    drop(guard);
    assert_eq!(get(&api, PODS).await.0, 200);
}

#[tokio::test]
async fn faults_are_narrowed() {
    let api = one_pod().await;
    api.create(deployment("web")).unwrap();
    let _guard = api.inject(Fault::status(500).on("pods").in_namespace("shop"));
    assert_eq!(get(&api, "/api/v1/namespaces/shop/pods").await.0, 500);
    assert_eq!(get(&api, "/api/v1/namespaces/default/pods").await.0, 200);
    assert_eq!(get(&api, PODS).await.0, 200);
    assert_eq!(get(&api, "/apis/apps/v1/deployments").await.0, 200);
}

#[tokio::test]
async fn faults_happen_so_often_and_can_be_cleared_or_forgotten() {
    let api = one_pod().await;
    let guard = api.inject(Fault::status(429).retry_after(1).times(2));
    let codes = [get(&api, PODS).await.0, get(&api, PODS).await.0, get(&api, PODS).await.0];
    assert_eq!(codes, [429, 429, 200]);
    guard.clear();
    api.inject(Fault::status(401)).clear();
    assert_eq!(get(&api, PODS).await.0, 200);
    api.inject(Fault::status(401)).forget();
    let (code, status) = get(&api, PODS).await;
    assert_eq!((code, &status["message"]), (401, &json!("Unauthorized")));
    assert_eq!(get(&api, "/version").await.0, 401);
}

#[tokio::test]
async fn retry_after_is_a_header() {
    let api = one_pod().await;
    let _guard = api.inject(Fault::status(429).retry_after(7));
    let response = client(&api).send(http::Request::get(PODS).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()["retry-after"], "7");
}

#[tokio::test]
async fn every_status_is_a_status() {
    let api = one_pod().await;
    for code in [400, 401, 403, 404, 410, 418, 429, 500, 502, 503, 504] {
        let _guard = api.inject(Fault::status(code));
        let (is, status) = get(&api, PODS).await;
        assert_eq!((is, &status["kind"], &status["code"]), (code, &json!("Status"), &json!(code)));
    }
}

#[tokio::test]
async fn answers_are_late_or_never_come() {
    let api = one_pod().await;
    let guard = api.inject(Fault::delay(Duration::from_millis(200)));
    let begin = Instant::now();
    assert_eq!(get(&api, PODS).await.0, 200);
    assert!(begin.elapsed() >= Duration::from_millis(200));
    drop(guard);
    let _guard = api.inject(Fault::hang().on("pods"));
    let arrived = async {
        until("the second list arrives", || api.count("list", "pods") == 2).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    tokio::select! {
        _ = get(&api, PODS) => panic!("it was answered"),
        () = arrived => {}
    }
    assert_eq!(api.requests().last().unwrap().status, None);
}

#[tokio::test]
async fn a_list_breaks_off() {
    let api = one_pod().await;
    let _guard = api.inject(Fault::truncated_list());
    let response = client(&api).send(http::Request::get(PODS).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.into_body().collect().await.is_err());
}

#[tokio::test]
async fn an_event_is_cut_in_half() {
    let api = one_pod().await;
    let mut open = watch(&api, WATCH).await;
    assert_eq!(open.event().await, "ADDED web-0");
    let _guard = api.inject(Fault::half_event().times(1));
    api.create(pod("web-1")).unwrap();
    let Next::Cut(half) = open.next().await else { panic!("no cut") };
    assert!(half.starts_with("{\"type\":\"ADDED\",\"object\":{") && !half.ends_with('}'), "{half}");
    let mut next = watch(&api, WATCH).await;
    assert_eq!(next.event().await, "ADDED web-0");
}

#[tokio::test]
async fn an_error_comes_inside_of_the_stream() {
    let api = one_pod().await;
    let mut open = watch(&api, WATCH).await;
    assert_eq!(open.event().await, "ADDED web-0");
    let _guard = api.inject(Fault::watch_error(410));
    for lines in [&mut open, &mut watch(&api, WATCH).await] {
        let Next::Event(error) = lines.next().await else { panic!("no event") };
        assert_eq!((&error["type"], &error["object"]["reason"]), (&json!("ERROR"), &json!("Expired")));
        assert_eq!(lines.next().await, Next::End);
    }
}

#[tokio::test]
async fn the_api_goes_away_and_comes_back() {
    let api = one_pod().await;
    let mut open = watch(&api, WATCH).await;
    assert_eq!(open.event().await, "ADDED web-0");
    api.stop().await;
    assert_eq!(open.next().await, Next::Cut(String::new()));
    assert!(is_refused(&api).await);
    api.create(pod("web-1")).unwrap();
    api.resume().await.unwrap();
    api.resume().await.unwrap();
    assert_eq!(get(&api, PODS).await.1["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_restart_remembers_all_or_some_or_nothing() {
    let api = one_pod().await;
    let (_, list) = get(&api, PODS).await;
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let path = format!("{WATCH}&resourceVersion={version}");
    let mut open = watch(&api, &path).await;
    api.restart(Memory::Kept).await.unwrap();
    assert_eq!(open.next().await, Next::Cut(String::new()));
    api.create(pod("web-1")).unwrap();
    assert_eq!(watch(&api, &path).await.event().await, "ADDED web-1");
    api.restart(Memory::HistoryLost).await.unwrap();
    assert_eq!(watch(&api, &path).await.event().await, "ERROR");
    assert_eq!(get(&api, PODS).await.1["items"].as_array().unwrap().len(), 2);
    api.restart(Memory::AllLost).await.unwrap();
    let (_, list) = get(&api, PODS).await;
    assert!(list["items"].as_array().unwrap().is_empty());
    assert!(list["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap() < 10);
}

#[tokio::test]
async fn everything_ends_with_the_last_handle() {
    let api = one_pod().await;
    let other = api.clone();
    let address = api.url().replace("http://", "");
    let mut open = watch(&api, WATCH).await;
    assert_eq!(open.event().await, "ADDED web-0");
    drop(api);
    assert_eq!(get(&other, PODS).await.0, 200);
    drop(other);
    assert_eq!(open.next().await, Next::Cut(String::new()));
    until("the port is closed", || std::net::TcpStream::connect(&address).is_err()).await;
}
