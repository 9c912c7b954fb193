//! What an operator sees and sets: probes, rights, and every flag that is not about sockets.

use crate::support::{Server, asks, strings, until, within};
use k8s_wait_server::{Network, Settings, StartError};
use k8s_wait_testkit::build::{job, pod, service};
use k8s_wait_testkit::{Api, Fault};
use std::time::Duration;
use tokio::net::TcpListener;

#[tokio::test]
async fn it_is_alive_and_ready() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    for path in ["/livez", "/healthz"] {
        assert_eq!((server.get(path).await.status, server.get(path).await.text()), (200, "ok\n"));
    }
    until(async || server.get("/readyz").await.status == 200).await;
    // It has asked once, and has no reason to ask again.
    assert_eq!(api.requests().iter().filter(|request| request.path == "/version").count(), 1);
}

#[tokio::test]
async fn it_starts_without_an_api_server_and_recovers_by_itself() {
    let api = Api::start().await.unwrap();
    api.stop().await;
    let server = Server::start(&api).await;
    let unready = server.get("/readyz").await;
    assert_eq!((unready.status, unready.text()), (503, "the API server has not answered yet\n"));
    assert_eq!(server.get("/livez").await.status, 200);
    server.get("/v1/check?target=job/migrate").await.is(503, "pending", &["ApiUnavailable"]);
    let mut lines = server.lines("/v1/wait?target=job/migrate").await;
    lines.says("status", "pending", &["ApiUnavailable"]).await;

    api.apply(job("migrate").complete()).unwrap();
    api.resume().await.unwrap();
    assert_eq!(lines.done().await["verdict"], "ready");
    until(async || server.get("/readyz").await.status == 200).await;
}

#[tokio::test]
async fn readiness_does_not_flap_with_the_api_server() {
    let api = Api::start().await.unwrap();
    api.apply(pod("web").ready()).unwrap();
    let server = Server::start(&api).await;
    server.get("/v1/check?target=pod/web").await.is(200, "ready", &[""]);
    until(async || server.get("/readyz").await.status == 200).await;

    api.stop().await;
    until(async || server.get("/v1/check?target=pod/web").await.status == 503).await;
    // What is known may be out of date, so it is not called ready; whoever asks is told why.
    server.get("/v1/check?target=pod/web").await.is(503, "pending", &["ApiUnavailable"]);
    assert_eq!(server.get("/readyz").await.status, 200);

    api.resume().await.unwrap();
    until(async || server.get("/v1/check?target=pod/web").await.status == 200).await;
    assert_eq!(server.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn an_api_server_that_refuses_its_version_has_answered() {
    let api = Api::start().await.unwrap();
    api.inject(Fault::status(403).verb("get")).forget();
    let server = Server::start(&api).await;
    until(async || server.get("/readyz").await.status == 200).await;
}

#[tokio::test]
async fn an_api_server_in_trouble_has_not_answered() {
    let api = Api::start().await.unwrap();
    for code in [401, 429, 500, 503] {
        api.inject(Fault::status(code).verb("get").times(1)).forget();
        let server = Server::start(&api).await;
        until(async || api.requests().iter().any(|request| request.status == Some(code))).await;
        assert_eq!(server.get("/readyz").await.status, 503, "{code}");
    }
}

#[tokio::test]
async fn a_missing_right_is_named() {
    let api = Api::start().await.unwrap();
    api.inject(Fault::status(403).on("pods")).forget();
    let server = Server::start(&api).await;
    let answer = server.get("/v1/check?target=pod/shop/web").await;
    answer.is(424, "failed", &["Forbidden"]);
    let message = "pod/shop/web: no right to watch pods in all namespaces; a Role or ClusterRole has to grant it to this ServiceAccount";
    assert_eq!(answer.json()["targets"][0]["message"], message);
    // Other kinds are none the worse for it.
    server.get("/v1/check?target=job/shop/x").await.is(503, "pending", &["NotFound"]);
}

#[tokio::test]
async fn only_the_namespaces_that_are_named_are_watched() {
    let api = Api::start().await.unwrap();
    api.apply(pod("web").namespace("shop").ready()).unwrap();
    api.inject(Fault::status(403).in_namespace("bank")).forget();
    let namespaces = Some(["shop", "bank"].map(str::to_owned).into());
    let server = Server::with(&api, Settings { namespaces, ..Settings::default() }).await;
    server.get("/v1/check?target=pod/shop/web").await.is(200, "ready", &[""]);

    let elsewhere = server.get("/v1/check?target=pod/attic/web").await;
    elsewhere.is(424, "failed", &["NamespaceNotWatched"]);
    let message = elsewhere.json()["targets"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("namespace attic is not watched here, only bank, shop"), "{message}");

    let refused = server.get("/v1/check?target=pod/bank/web").await;
    refused.is(424, "failed", &["Forbidden"]);
    let message = refused.json()["targets"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("no right to watch pods in namespace bank;"), "{message}");
    let asked = api.requests().into_iter().filter(|request| request.resource == "pods");
    assert!(asked.into_iter().all(|request| request.namespace.is_some()));
}

#[tokio::test]
async fn preloaded_kinds_are_watched_from_the_start_and_kept() {
    let api = Api::start().await.unwrap();
    let preload = strings(&["job", "svc"]);
    let settings = Settings { preload, linger: Duration::from_millis(1), ..Settings::default() };
    let server = Server::with(&api, settings).await;
    until(async || ["jobs", "services", "endpointslices"].iter().all(|kind| api.watches_open(kind) == 1))
        .await;
    assert_eq!(api.count("watch", "pods"), 0);
    // The linger of a watch that was not preloaded is over; those of the preloaded ones never begins.
    server.get("/v1/check?target=job/x").await.is(503, "pending", &["NotFound"]);
    server.get("/v1/check?target=pod/x").await.is(503, "pending", &["NotFound"]);
    until(async || api.watches_open("pods") == 0).await;
    assert_eq!((api.watches_open("jobs"), api.count("list", "jobs")), (1, 1));
}

#[tokio::test]
async fn an_unknown_kind_cannot_be_preloaded() {
    let api = Api::start().await.unwrap();
    let settings = Settings { preload: strings(&["job", "gadget"]), ..Settings::default() };
    let error = Server::with(&api, settings).await.ended().await.unwrap_err();
    assert!(matches!(error, StartError::Preload(_)));
    let expected = "--preload: kind \"gadget\" is unknown; known are pod, job, deployment, statefulset, ";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[tokio::test]
async fn one_waiter_too_many_comes_back_later() {
    let api = Api::start().await.unwrap();
    let server = Server::with(&api, Settings { max_waiters: 2, ..Settings::default() }).await;
    let mut lines = server.lines("/v1/wait?target=job/x").await;
    lines.until_reason("NotFound").await;
    let single = tokio::spawn(server.asking("/v1/wait?target=job/x&timeout=1h"));
    let is_full = async || {
        let answer = server.get("/v1/wait?target=job/x&timeout=0").await;
        assert_eq!(answer.status, 503);
        answer.header("content-type") == "application/problem+json"
    };
    until(is_full).await;

    let refused = server.get("/v1/wait?target=job/x").await;
    assert_eq!(refused.problem(503), "2 wait here already, which is the limit; try again");
    assert_eq!(refused.header("retry-after"), "5");
    // Whoever asks nonsense is told so, and a look takes no place.
    server.get("/v1/wait?target=x").await.problem(400);
    server.get("/v1/check?target=job/x").await.is(503, "pending", &["NotFound"]);
    let legacy = server.get("/job/default/x").await.json();
    assert_eq!(legacy["error"], "2 wait here already, which is the limit; try again");

    // Each way to leave frees the place.
    drop(lines);
    until(async || !is_full().await).await;
    let _lines = server.lines("/v1/wait?target=job/x").await;
    until(is_full).await;
    single.abort();
    until(async || !is_full().await).await;
    let single = tokio::spawn(server.asking("/v1/wait?target=job/x"));
    until(is_full).await;
    api.apply(job("x").complete()).unwrap();
    within(single).await.unwrap().is(200, "ready", &[""]);
    until(async || server.get("/v1/wait?target=job/x").await.status == 200).await;
}

#[tokio::test]
async fn the_server_connects_where_it_is_allowed_to_and_nowhere_else() {
    let api = Api::start().await.unwrap();
    let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = open.local_addr().unwrap().port();
    let network = Network::new(["127.0.0.0/8"].map(|rule| rule.parse().unwrap()).into());
    let server = Server::with(&api, Settings { network, ..Settings::default() }).await;
    let check = async |target: &str| server.get(&asks("/v1/check", &[target], "")).await;

    check(&format!("tcp://127.0.0.1:{port}")).await.is(200, "ready", &[""]);
    drop(open);
    check(&format!("tcp://127.0.0.1:{port}")).await.is(503, "pending", &["NotConnected"]);
    for elsewhere in ["10.0.0.1:80", "[::1]:80", "169.254.169.254:80", "[::ffff:10.0.0.1]:80"] {
        let answer = check(&format!("tcp://{elsewhere}")).await;
        answer.is(424, "failed", &["NetworkNotAllowed"]);
        assert!(answer.text().contains("--allow-network"), "{}", answer.text());
    }
    let kinds = server.get("/v1/kinds").await.json();
    let kinds = kinds["kinds"].as_array().unwrap().iter().map(|kind| kind["kind"].as_str().unwrap());
    assert!(kinds.collect::<Vec<_>>().join(" ").contains("tcp http https dns"));
}

/// What a name in `--allow-network` allows is that name, whatever it resolves to.
#[tokio::test]
async fn a_host_is_allowed_by_its_name_and_a_range_by_its_addresses() {
    let api = Api::start().await.unwrap();
    let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = open.local_addr().unwrap().port();
    for (rule, by_name, by_address) in [
        ("localhost", "ready", "failed"),
        ("127.0.0.1", "ready", "ready"),
        ("10.0.0.0/8", "failed", "failed"),
    ] {
        let network = Network::new(vec![rule.parse().unwrap()]);
        let server = Server::with(&api, Settings { network, ..Settings::default() }).await;
        let verdict = async |target: &str| {
            let answer = server.get(&asks("/v1/check", &[target], "")).await.json();
            answer["verdict"].as_str().unwrap().to_owned()
        };
        assert_eq!(verdict(&format!("tcp://localhost:{port}?connect-timeout=30s")).await, by_name, "{rule}");
        assert_eq!(verdict("dns://localhost?connect-timeout=30s").await, by_name, "{rule}");
        assert_eq!(verdict(&format!("tcp://127.0.0.1:{port}")).await, by_address, "{rule}");
        let https = verdict(&format!("https://127.0.0.1:{port}/?connect-timeout=50ms")).await;
        assert_eq!(https == "failed", by_address == "failed", "{rule}");
    }
}

#[tokio::test]
async fn an_unused_watch_lingers_and_closes() {
    let api = Api::start().await.unwrap();
    api.apply(service("db")).unwrap();
    let server =
        Server::with(&api, Settings { linger: Duration::from_millis(50), ..Settings::default() }).await;
    let mut lines = server.lines("/v1/wait?target=service/db").await;
    lines.until_reason("NoEndpoints").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((api.watches_open("services"), api.watches_open("endpointslices")), (1, 1));
    drop(lines);
    until(async || api.watches_open("services") + api.watches_open("endpointslices") == 0).await;
    server.get("/v1/check?target=service/db").await.is(503, "pending", &["NoEndpoints"]);
    assert_eq!(api.count("list", "services"), 2);
}

#[tokio::test]
async fn questions_share_a_watch_that_lingers() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    for _ in 0..5 {
        server.get("/v1/check?target=job/x").await.is(503, "pending", &["NotFound"]);
    }
    assert_eq!((api.count("list", "jobs"), api.watches_open("jobs")), (1, 1));
}
