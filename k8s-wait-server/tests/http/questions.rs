//! `/v1/check` and `/v1/wait`: what is answered to what is asked well.

use crate::support::{Server, asks, brief, strings, until, within};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{job, pod};
use serde_json::json;

async fn shop() -> (Api, Server) {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    (api, server)
}

#[tokio::test]
async fn check_tells_how_it_stands() {
    let (api, server) = shop().await;
    api.apply(job("migrate").namespace("shop").active(1)).unwrap();
    api.apply(job("lost").namespace("shop").failed("BackoffLimitExceeded")).unwrap();
    api.apply(pod("web").namespace("shop").ready()).unwrap();

    let pending = server.get("/v1/check?target=job/shop/migrate").await;
    pending.is(503, "pending", &["JobRunning"]);
    assert_eq!(pending.header("retry-after"), "1");
    assert_eq!(
        pending.text(),
        r#"{"verdict":"pending","targets":[{"target":"job/shop/migrate","verdict":"pending","reason":"JobRunning","message":"job shop/migrate: 1 active, 0 of 1 succeeded"}]}"#
    );
    let ready = server.get("/v1/check?target=pod/shop/web").await;
    ready.is(200, "ready", &[""]);
    assert_eq!(
        ready.text(),
        r#"{"verdict":"ready","targets":[{"target":"pod/shop/web","verdict":"ready"}]}"#
    );
    assert_eq!(ready.header("retry-after"), "");
    let failed = server.get("/v1/check?target=job/shop/lost").await;
    failed.is(424, "failed", &["BackoffLimitExceeded"]);
    assert_eq!(failed.header("retry-after"), "");
    server.get("/v1/check?target=pod/shop/nobody").await.is(503, "pending", &["NotFound"]);
}

#[tokio::test]
async fn several_targets_are_judged_as_their_mode_says() {
    let (api, server) = shop().await;
    api.apply(pod("web").ready()).unwrap();
    api.apply(job("lost").failed("DeadlineExceeded")).unwrap();
    let check = async |targets: &[&str], rest| server.get(&asks("/v1/check", targets, rest)).await;

    check(&["pod/web", "job/none"], "").await.is(503, "pending", &["", "NotFound"]);
    check(&["pod/web", "job/none", "job/lost"], "").await.is(
        424,
        "failed",
        &["", "NotFound", "DeadlineExceeded"],
    );
    check(&["job/lost", "job/none"], "mode=any").await.is(503, "pending", &["DeadlineExceeded", "NotFound"]);
    check(&["job/lost", "pod/web"], "mode=any").await.is(200, "ready", &["DeadlineExceeded", ""]);
    check(&["job/lost"], "mode=any").await.is(424, "failed", &["DeadlineExceeded"]);
}

#[tokio::test]
async fn a_target_without_a_namespace_is_in_that_of_the_question() {
    let (api, server) = shop().await;
    api.apply(pod("web").namespace("shop").ready()).unwrap();
    let asked = async |path: &str| server.get(path).await.json()["targets"][0]["target"].clone();

    server.get("/v1/check?target=pod/web&namespace=shop").await.is(200, "ready", &[""]);
    server.get("/v1/check?target=pod/web").await.is(503, "pending", &["NotFound"]);
    server.get("/v1/check?target=pod/shop/web&namespace=other").await.is(200, "ready", &[""]);
    assert_eq!(asked("/v1/check?target=pod/web").await, "pod/default/web");
    assert_eq!(asked("/v1/check?target=pod/web%3Fnamespace%3Dshop").await, "pod/shop/web");
}

#[tokio::test]
async fn a_body_asks_what_a_query_asks() {
    let (api, server) = shop().await;
    api.apply(pod("web").namespace("shop").label("app", "web").ready()).unwrap();
    let target = "pods?selector=app in (web,db)&min=1";
    let body = json!({"targets": [target], "namespace": "shop", "mode": "any", "timeout": 1});
    for (path, timeout) in [("/v1/check", ""), ("/v1/wait", "&timeout=1s")] {
        let by_query = server.get(&asks(path, &[target], &format!("namespace=shop&mode=any{timeout}"))).await;
        let by_body = server.post(path, &body).await;
        by_query.is(200, "ready", &[""]);
        assert_eq!(by_query.text(), by_body.text());
    }
}

#[tokio::test]
async fn a_wait_is_held_until_it_is_ready() {
    let (api, server) = shop().await;
    let waiting = tokio::spawn(server.asking("/v1/wait?target=job/migrate"));
    // The question has come in when the watch is open.
    until(async || api.watches_open("jobs") == 1).await;
    api.apply(job("migrate").active(1)).unwrap();
    assert!(!waiting.is_finished());
    api.apply(job("migrate").complete()).unwrap();
    within(waiting).await.unwrap().is(200, "ready", &[""]);
}

#[tokio::test]
async fn a_wait_is_held_until_it_has_failed() {
    let (api, server) = shop().await;
    let waiting = tokio::spawn(server.asking("/v1/wait?target=job/migrate"));
    until(async || api.watches_open("jobs") == 1).await;
    api.apply(job("migrate").failed("BackoffLimitExceeded")).unwrap();
    within(waiting).await.unwrap().is(424, "failed", &["BackoffLimitExceeded"]);
}

#[tokio::test]
async fn a_wait_whose_time_is_up_is_pending() {
    let (api, server) = shop().await;
    api.apply(job("migrate").suspended()).unwrap();
    // Opens the watch, so that what is known now is known in time.
    server.get("/v1/check?target=job/migrate").await.is(503, "pending", &["JobSuspended"]);
    for timeout in ["0", "10ms"] {
        let answer = server.get(&asks("/v1/wait", &["job/migrate"], &format!("timeout={timeout}"))).await;
        answer.is(503, "pending", &["JobSuspended"]);
        assert_eq!(answer.header("retry-after"), "1");
    }
    let lines = server.lines("/v1/wait?target=job/migrate&timeout=10ms").await;
    assert_eq!(brief(&lines.done().await), ("pending".to_owned(), strings(&["JobSuspended"])));
}

#[tokio::test]
async fn a_target_may_have_a_deadline_of_its_own() {
    let (_api, server) = shop().await;
    let answer = server.get(&asks("/v1/wait", &["pod/web?timeout=10ms"], "")).await;
    answer.is(424, "failed", &["TimedOut"]);
}

#[tokio::test]
async fn lines_hold_what_changed_and_the_last_one_everything() {
    let (api, server) = shop().await;
    api.apply(job("migrate").active(1)).unwrap();
    server.get(&asks("/v1/check", &["job/migrate", "pod/web"], "")).await;
    let mut lines = server.lines(&asks("/v1/wait", &["job/migrate", "pod/web"], "")).await;
    let first = lines.says("status", "pending", &["JobRunning", "NotFound"]).await;
    assert_eq!(first["targets"][0]["target"], "job/default/migrate");

    api.apply(pod("web").ready()).unwrap();
    let second = lines.says("status", "pending", &[""]).await;
    assert_eq!(second["targets"][0]["target"], "pod/default/web");

    api.apply(job("migrate").complete()).unwrap();
    let last = lines.says("done", "ready", &["", ""]).await;
    assert_eq!(last["targets"][0]["target"], "job/default/migrate");
    assert_eq!(lines.next().await, None);
}

#[tokio::test]
async fn lines_of_a_failure_end_with_it() {
    let (api, server) = shop().await;
    api.apply(job("migrate").failed("BackoffLimitExceeded")).unwrap();
    let lines = server.lines(&asks("/v1/wait", &["job/migrate", "pod/web"], "")).await;
    let last = lines.done().await;
    assert_eq!(last["verdict"], "failed");
    assert_eq!(last["targets"][0]["reason"], "BackoffLimitExceeded");
}

#[tokio::test]
async fn targets_that_are_ready_in_turn_are_not_ready() {
    let (api, server) = shop().await;
    api.apply(pod("a").ready()).unwrap();
    api.apply(pod("b").not_ready()).unwrap();
    let mut lines = server.lines(&asks("/v1/wait", &["pod/a", "pod/b"], "")).await;
    while brief(&lines.next().await.unwrap()).1 != ["", "PodNotReady"] {}
    api.apply(pod("a").not_ready()).unwrap();
    lines.says("status", "pending", &["PodNotReady"]).await;
    api.apply(pod("b").ready()).unwrap();
    lines.says("status", "pending", &[""]).await;
    api.apply(pod("a").ready()).unwrap();
    lines.says("done", "ready", &["", ""]).await;
}

#[tokio::test]
async fn a_wait_that_is_taken_up_again_remembers_what_had_to_go() {
    let (api, server) = shop().await;
    api.apply(pod("web")).unwrap();
    let path = asks("/v1/wait", &["pod/web?for=deleted"], "");
    let mut lines = server.lines(&path).await;
    let line = lines.says("status", "pending", &["StillExists"]).await;
    let token = line["token"].as_str().unwrap().to_owned();
    drop(lines);
    api.delete("pods", "default", "web").unwrap();
    api.create(pod("web")).unwrap();
    // Whoever comes without the token means the new one.
    let found = async || server.get(&asks("/v1/wait", &["pod/web?for=deleted"], "timeout=0")).await;
    until(async || found().await.json()["targets"][0]["reason"] == "StillExists").await;
    let body = json!({"targets": ["pod/web?for=deleted"], "token": token});
    server.post("/v1/wait", &body).await.is(200, "ready", &[""]);
    assert_eq!(server.lines(&format!("{path}&token={token}")).await.done().await["verdict"], "ready");
}

#[tokio::test]
async fn the_kinds_are_listed() {
    let (_api, server) = shop().await;
    let answer = server.get("/v1/kinds").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let kinds = answer.json();
    let names: Vec<_> =
        kinds["kinds"].as_array().unwrap().iter().map(|kind| kind["kind"].as_str().unwrap()).collect();
    let registry = k8s_wait_lib::CheckRegistry::kubernetes().unwrap();
    assert_eq!(names, registry.kinds().map(|kind| kind.name.as_str()).collect::<Vec<_>>());
    let expected = json!({
        "kind": "service", "aliases": ["services", "svc"], "states": [
            "ready", "all", "loadbalancer", "exists", "deleted",
            "condition=TYPE[=STATUS]", "jsonpath=EXPR[=VALUE]", "cel=EXPR",
        ],
        "options": ["namespace", "selector", "for", "min", "missing", "on-failure", "stable", "timeout", "port", "fail-on", "grace"],
        "reads": ["services", "endpointslices.discovery.k8s.io", "pods"],
    });
    assert_eq!(kinds["kinds"][names.iter().position(|name| *name == "service").unwrap()], expected);
}
