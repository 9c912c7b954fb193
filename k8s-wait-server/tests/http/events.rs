//! `--events-after`: pods are told by Events of Kubernetes that they wait.

use super::cycles::waiting;
use crate::support::{Lines, Server, until};
use k8s_wait_server::{Auth, Settings};
use k8s_wait_testkit::build::namespace;
use k8s_wait_testkit::{Api, Fault, ResourceType, Token};
use serde_json::{Value, json};
use std::time::Duration;

const EVENTS: &str = "events";
const SOON: Duration = Duration::from_millis(1);

/// An API that takes Events and knows tokens of three pods and one of none, and a server that tells pods that wait.
async fn stage(after: Duration) -> (Api, Server) {
    let api = Api::start().await.unwrap();
    api.apply(namespace("shop")).unwrap();
    api.serve(ResourceType::new("events.k8s.io/v1", "Event", "events").without_status());
    let token = || Token::of_service_account("shop", "default").for_audience("k8s-wait");
    for name in ["a", "b", "c"] {
        api.accept_token(&format!("of-{name}"), token().in_pod(&format!("{name}-0")));
    }
    api.accept_token("of-nobody", token());
    let settings =
        Settings { auth: Auth::Token(Vec::new()), events_after: Some(after), ..Settings::default() };
    let server = Server::with(&api, settings).await;
    (api, server)
}

async fn hold(server: &Server, token: &str, target: &str) -> Lines {
    let authorization = format!("Bearer of-{token}");
    let headers = [("authorization", authorization.as_str()), ("k8s-wait-pod", "b-0")];
    Lines::open_with(server.address, &format!("/v1/wait?target={target}"), &headers).await
}

/// The Events that there are.
async fn said(api: &Api) -> Vec<Value> {
    let client = k8s_wait_lib::client(kube::Config::new(api.url().parse().unwrap())).unwrap();
    let path = "/apis/events.k8s.io/v1/namespaces/shop/events";
    let request = warp::http::Request::get(path).body(Vec::new()).unwrap();
    let list: Value = client.request(request).await.unwrap();
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn who_waits_for_long_is_told_so_once_and_who_cannot_be_told_from_others_is_not() {
    let (api, server) = stage(SOON).await;
    // Without a pod in its token: it says that it is b-0, as anybody could.
    let _nobody = hold(&server, "nobody", "job/other").await;
    let _first = hold(&server, "a", "job/migrate").await;
    until(async || api.count("create", EVENTS) == 1).await;
    // It lost its connection, and waits a second time.
    let _second = hold(&server, "a", "job/migrate").await;
    until(async || api.count("create", EVENTS) == 2).await;
    let events = said(&api).await;
    assert_eq!(events.len(), 1, "{events:?}");
    // Who has been told is told no second time, while others are.
    let _other = hold(&server, "b", "job/migrate").await;
    until(async || said(&api).await.len() == 2).await;
    assert_eq!(api.count("create", EVENTS), 3);
    let event = &events[0];
    assert_eq!(
        event["regarding"],
        json!({"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "a-0", "uid": "uid-of-a-0"})
    );
    let words = ["reason", "type", "action", "reportingController"].map(|key| event[key].as_str().unwrap());
    assert_eq!(words, ["StillWaiting", "Warning", "Waiting", "k8s-wait"]);
    let note = event["note"].as_str().unwrap();
    let rest = note.strip_prefix("it has waited for ").unwrap();
    assert!(rest.contains(" s for job/shop/migrate: NotFound: "), "{note}");
    let time = event["eventTime"].as_str().unwrap();
    assert!(time.len() == "2026-01-01T00:00:00.000000Z".len() && time.ends_with('Z'), "{time}");
}

#[tokio::test]
async fn who_waits_in_vain_is_told_so_at_once() {
    let (api, server) = stage(Duration::from_secs(3600)).await;
    waiting(&api, "shop", "a");
    waiting(&api, "shop", "b");
    let _a = hold(&server, "a", "service/b").await;
    let _b = hold(&server, "b", "service/a").await;
    let _c = hold(&server, "c", "service/a").await;
    until(async || api.count("create", EVENTS) == 2 && said(&api).await.len() == 2).await;
    let events = said(&api).await;
    let mut pods: Vec<&str> =
        events.iter().map(|event| event["regarding"]["name"].as_str().unwrap()).collect();
    pods.sort_unstable();
    assert_eq!(pods, ["a-0", "b-0"]);
    for event in events {
        assert_eq!(event["reason"], "Cycle");
        let note = event["note"].as_str().unwrap();
        assert!(
            note.ends_with("service/shop/a needs statefulset/shop/a; none of them can go first"),
            "{note}"
        );
    }
}

#[tokio::test]
async fn an_event_that_is_refused_keeps_nothing_from_those_after_it() {
    let (api, server) = stage(SOON).await;
    let fault = api.inject(Fault::status(403).verb("create").on(EVENTS));
    let mut a = hold(&server, "a", "job/migrate").await;
    until(async || api.count("create", EVENTS) == 1).await;
    fault.clear();
    let _b = hold(&server, "b", "job/migrate").await;
    until(async || said(&api).await.len() == 1).await;
    assert_eq!(said(&api).await[0]["regarding"]["name"], "b-0");
    assert_eq!(a.next().await.unwrap()["verdict"], "pending", "who waits has nothing to do with it");
}
