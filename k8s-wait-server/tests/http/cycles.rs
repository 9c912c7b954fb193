//! Pods that wait for one another are told so.

use crate::support::{Lines, NDJSON, Server, client_in_pod, until, within};
use k8s_wait_server::{Auth, Settings};
use k8s_wait_testkit::build::{pod, service, slice};
use k8s_wait_testkit::{Api, Token};
use serde_json::{Value, json};

/// A service with one pod, which waits in an init container.
pub(crate) fn waiting(api: &Api, namespace: &str, name: &str) {
    let pod = pod(&format!("{name}-0")).label("app", name).owned_by("StatefulSet", name);
    api.apply(pod.waiting("app", "PodInitializing", "").namespace(namespace)).unwrap();
    api.apply(service(name).selector("app", name).namespace(namespace)).unwrap();
    api.apply(slice(name).namespace(namespace)).unwrap();
}

async fn hold(server: &Server, pod: &str, target: &str) -> Lines {
    let path = format!("/v1/wait?namespace=shop&target={target}");
    Lines::open_with(server.address, &path, &[NDJSON, ("k8s-wait-pod", pod)]).await
}

/// The next line of that event.
pub(crate) async fn line(lines: &mut Lines, event: &str) -> Value {
    loop {
        let line = within(lines.next()).await.expect("one more line");
        if line["event"] == event {
            return line;
        }
    }
}

const ROUND: &str = "statefulset/shop/a waits for service/shop/b, service/shop/b needs statefulset/shop/b, \
                     statefulset/shop/b waits for service/shop/a, service/shop/a needs statefulset/shop/a; \
                     none of them can go first";

async fn entries(server: &Server) -> Vec<Value> {
    server.get("/v1/waiters").await.json()["waiters"].as_array().unwrap().clone()
}

#[tokio::test]
async fn two_that_wait_for_one_another_are_told_and_go_on_once_it_is_resolved() {
    let api = Api::start().await.unwrap();
    waiting(&api, "shop", "a");
    waiting(&api, "shop", "b");
    let server = Server::start(&api).await;
    let (mut a, mut b) = (hold(&server, "a-0", "service/b").await, hold(&server, "b-0", "service/a").await);
    let mut c = hold(&server, "c-0", "service/a").await;
    for lines in [&mut a, &mut b] {
        assert_eq!(
            line(lines, "cycle").await,
            json!({"event": "cycle", "reason": "Cycle", "message": ROUND})
        );
    }
    let listed = entries(&server).await;
    let cycles: Vec<&Value> = listed.iter().map(|entry| &entry["cycle"]).collect();
    assert_eq!(cycles, [&json!(ROUND), &json!(ROUND), &Value::Null]);
    assert_eq!(
        listed[2]["cause"]["pod"], "b-0",
        "c waits for a, which waits for b, which waits for a: {listed:?}"
    );
    let metrics = server.get("/metrics").await;
    for series in ["k8s_wait_cycles 1\n", "k8s_wait_waits_in_cycles 2\n"] {
        assert!(metrics.text().contains(series), "{}", metrics.text());
    }
    // Somebody makes b's pod start without its wait.
    api.apply(pod("b-0").label("app", "b").owned_by("StatefulSet", "b").ready().namespace("shop")).unwrap();
    api.apply(slice("b").endpoint("10.0.0.1").namespace("shop")).unwrap();
    assert_eq!(line(&mut a, "done").await["verdict"], "ready");
    until(async || server.get("/metrics").await.text().contains("k8s_wait_cycles 0\n")).await;
    assert!(entries(&server).await.iter().all(|entry| entry.get("cycle").is_none()));
    api.apply(slice("a").endpoint("10.0.0.2").namespace("shop")).unwrap();
    for lines in [&mut b, &mut c] {
        let mut next = within(lines.next()).await.unwrap();
        while next["event"] != "done" {
            assert_ne!(next["event"], "cycle", "{next}");
            next = within(lines.next()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn our_client_says_so_in_its_log() {
    let api = Api::start().await.unwrap();
    waiting(&api, "shop", "web");
    waiting(&api, "shop", "db");
    let web = pod("web-0")
        .label("app", "web")
        .label("pod-template-hash", "7f9c")
        .owned_by("ReplicaSet", "web-7f9c");
    api.apply(web.waiting("app", "PodInitializing", "").namespace("shop")).unwrap();
    let server = Server::start(&api).await;
    let _db = hold(&server, "db-0", "service/web").await;
    let words = format!("--server http://{} --timeout 4s service/db", server.address);
    let (status, said) = client_in_pod(Some("web-0"), &words).await;
    assert_eq!(status, 1, "{said}");
    // As the book has it, but for the time.
    let (_, line) = include_str!("../../../docs/src/examples/cycle.txt").split_once("s  ").unwrap();
    assert!(said.contains(line), "{said}");
}

#[tokio::test]
async fn who_may_not_ask_about_a_namespace_is_not_told_of_it() {
    let api = Api::start().await.unwrap();
    for (namespace, name) in [("shop", "a"), ("till", "b"), ("bank", "c")] {
        waiting(&api, namespace, name);
        let token =
            Token::of_service_account(namespace, "x").in_pod(&format!("{name}-0")).for_audience("k8s-wait");
        api.accept_token(&format!("token-of-{namespace}"), token);
    }
    let rules = ["shop=till", "till=bank", "bank=*", "till=shop"];
    let auth = Auth::Token(rules.iter().map(|rule| rule.parse().unwrap()).collect());
    let server = Server::with(&api, Settings { auth, ..Settings::default() }).await;
    let hold = async |namespace: &str, target: &str| {
        let bearer = format!("Bearer token-of-{namespace}");
        let path = format!("/v1/wait?target={target}");
        Lines::open_with(server.address, &path, &[NDJSON, ("authorization", &bearer)]).await
    };
    let mut shop = hold("shop", "service/till/b").await;
    let mut till = hold("till", "service/bank/c").await;
    let mut bank = hold("bank", "service/shop/a").await;
    let message =
        async |lines: &mut Lines| line(lines, "cycle").await["message"].as_str().unwrap().to_owned();
    let hidden = "it waits for pods that wait for it, by way of namespaces that it may not be told of";
    assert_eq!(message(&mut shop).await, hidden);
    let whole = "statefulset/bank/c waits for service/shop/a, service/shop/a needs statefulset/shop/a, \
                 statefulset/shop/a waits for service/till/b, service/till/b needs statefulset/till/b, \
                 statefulset/till/b waits for service/bank/c, service/bank/c needs statefulset/bank/c; none of them can go first";
    for lines in [&mut till, &mut bank] {
        assert_eq!(message(lines).await, whole);
    }
    let seen = async |namespace: &str| {
        let bearer = format!("Bearer token-of-{namespace}");
        let path = "/v1/waiters?namespace=shop";
        server.ask("GET", path, &[("authorization", &bearer)], "").await.json()["waiters"][0]["cycle"].clone()
    };
    assert_eq!((seen("shop").await, seen("bank").await), (json!(hidden), json!(whole)));
}
