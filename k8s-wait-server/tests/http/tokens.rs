//! `--auth token`: who may ask what.

use crate::support::{Answer, JSON, Server, brief, client, until};
use k8s_wait_server::{Auth, Settings};
use k8s_wait_testkit::build::{job, namespace, pod};
use k8s_wait_testkit::{Api, ResourceType, Token};
use serde_json::json;

const OF_SHOP: (&str, &str) = ("authorization", "Bearer token-of-shop");
const OF_TILL: (&str, &str) = ("authorization", "Bearer token-of-till");
const OF_OPS: (&str, &str) = ("authorization", "Bearer token-of-ops");

/// An API that knows a token of each of three namespaces, and a server that asks for them.
async fn stage() -> (Api, Server) {
    let api = Api::start().await.unwrap();
    for name in ["shop", "till", "ops"] {
        let token = Token::of_service_account(name, "default").in_pod("app-0").for_audience("k8s-wait");
        api.accept_token(&format!("token-of-{name}"), token);
        api.apply(job("migrate").namespace(name).complete()).unwrap();
    }
    let rules = ["till=shop", "ops=*"].map(|rule| rule.parse().unwrap());
    let settings = Settings { auth: Auth::Token(rules.into()), ..Settings::default() };
    let server = Server::with(&api, settings).await;
    (api, server)
}

async fn get(server: &Server, token: (&str, &str), path: &str) -> Answer {
    server.ask("GET", path, &[token], "").await
}

#[tokio::test]
async fn a_caller_may_ask_about_its_own_namespace_and_what_rules_add() {
    let (_api, server) = stage().await;
    let shop = "/v1/check?target=job/shop/migrate";
    let till = "/v1/check?target=job/till/migrate";
    for (token, path) in [(OF_SHOP, shop), (OF_TILL, till), (OF_TILL, shop), (OF_OPS, shop), (OF_OPS, till)] {
        get(&server, token, path).await.is(200, "ready", &[""]);
    }
    // What is kept for those who may is not told to those who may not.
    for _ in 0..2 {
        let sentence = get(&server, OF_SHOP, till).await.problem(403);
        assert_eq!(
            sentence,
            "target \"job/till/migrate\": ServiceAccount shop/default in pod app-0 may not ask about namespace till; \
             the server's --allow shop=till would let it"
        );
    }
}

#[tokio::test]
async fn every_way_to_ask_is_held_to_it() {
    let (_api, server) = stage().await;
    let body = json!({"targets": ["job/shop/migrate", "job/till/migrate"]}).to_string();
    let body_of_default = json!({"targets": ["job/migrate"], "namespace": "till"}).to_string();
    let stable = "/v1/wait?target=job/till/migrate%3Fstable=1s";
    let option = "/v1/check?target=job/migrate%3Fnamespace=till";
    for path in
        ["/v1/wait?target=job/till/migrate", stable, option, "/v1/check?target=job/migrate&namespace=till"]
    {
        get(&server, OF_SHOP, path).await.problem(403);
    }
    for path in ["/v1/check", "/v1/wait"] {
        for body in [&body, &body_of_default] {
            server.ask("POST", path, &[OF_SHOP, JSON], body).await.problem(403);
        }
    }
    let legacy = get(&server, OF_SHOP, "/job/till/migrate").await.json();
    assert_eq!(legacy["running"], false);
    assert!(legacy["error"].as_str().unwrap().contains("may not ask about namespace till"), "{legacy}");
    assert_eq!(get(&server, OF_SHOP, "/job/shop/migrate").await.json(), json!({"running": true}));
}

/// Not to `default`, as where nobody is asked who they are.
#[tokio::test]
async fn targets_without_a_namespace_are_in_the_callers_own() {
    let (api, server) = stage().await;
    api.delete("jobs", "till", "migrate").unwrap();
    let path = "/v1/check?target=job/migrate";
    get(&server, OF_SHOP, path).await.is(200, "ready", &[""]);
    get(&server, OF_TILL, path).await.is(503, "pending", &["NotFound"]);
    get(&server, OF_SHOP, path).await.is(200, "ready", &[""]);
}

#[tokio::test]
async fn what_is_in_no_namespace_is_for_those_who_may_ask_about_everything() {
    let (api, server) = stage().await;
    api.apply(namespace("shop")).unwrap();
    api.serve(ResourceType::new("example.org/v1", "Zone", "zones").cluster_scoped());
    api.create(json!({"apiVersion": "example.org/v1", "kind": "Zone", "metadata": {"name": "a"}})).unwrap();
    let known = "/v1/check?target=namespace/shop";
    let sentence = get(&server, OF_SHOP, known).await.problem(403);
    assert!(
        sentence.contains("may not ask about what is in no namespace; the server's --allow shop=*"),
        "{sentence}"
    );
    get(&server, OF_OPS, known).await.is(200, "ready", &[""]);

    let any = "/v1/wait?target=zone.example.org/a%3Ffor=exists&timeout=5s";
    let before = api.watches_open("zones");
    let refused = get(&server, OF_SHOP, any).await;
    refused.is(424, "failed", &["ClusterScoped"]);
    assert_eq!(api.watches_open("zones"), before, "it is not watched for somebody who may not ask");
    get(&server, OF_OPS, any).await.is(200, "ready", &[""]);
    get(&server, OF_SHOP, any).await.is(424, "failed", &["ClusterScoped"]);

    // Nor do they join those who wait for it.
    for rest in ["exists", "exists%26stable=1h"] {
        let path = format!("/v1/wait?target=zone.example.org/b%3Ffor={rest}&namespace=shop&timeout=1m");
        let held = tokio::spawn(server.asking_with(&path, OF_OPS));
        until(async || {
            let short = path.replace("timeout=1m", "timeout=10ms");
            brief(&get(&server, OF_OPS, &short).await.json()).1 == ["NotFound"]
        })
        .await;
        get(&server, OF_SHOP, &path).await.is(424, "failed", &["ClusterScoped"]);
        held.abort();
    }
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let (api, server) = stage().await;
    api.accept_token("of-jane", Token::of_user("jane").for_audience("k8s-wait"));
    api.accept_token("of-vault", Token::of_service_account("shop", "default").for_audience("vault"));
    let path = "/v1/check?target=job/shop/migrate";
    let none = server.get(path).await;
    assert!(none.problem(401).starts_with("there is no token; send Authorization: Bearer TOKEN"));
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"k8s-wait\"");
    for token in ["made-up", "of-vault"] {
        let answer = get(&server, ("authorization", &format!("Bearer {token}")), path).await;
        let sentence = answer.problem(401);
        assert!(
            sentence.contains("not accepted for the audience k8s-wait") && !sentence.contains(token),
            "{sentence}"
        );
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"k8s-wait\", error=\"invalid_token\"");
    }
    get(&server, ("authorization", "Basic dTpw"), path).await.problem(401);
    get(&server, ("authorization", "Bearer of-jane"), path).await.problem(403);
    server.post("/v1/wait", json!({"targets": ["job/shop/migrate"]})).await.problem(401);
    assert_eq!(server.get("/job/shop/migrate").await.json()["running"], false);
    assert_eq!(api.count("list", "jobs"), 0, "nobody who may not ask opens a watch");
}

#[tokio::test]
async fn probes_and_kinds_need_no_token() {
    let (_api, server) = stage().await;
    for path in ["/livez", "/healthz", "/v1/kinds"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    until(async || server.get("/readyz").await.status == 200).await;
}

#[tokio::test]
async fn a_token_that_cannot_be_reviewed_is_tried_again() {
    let (api, server) = stage().await;
    api.stop().await;
    let answer = get(&server, OF_SHOP, "/v1/check?target=job/shop/migrate").await;
    assert!(answer.problem(503).starts_with("the token cannot be reviewed at the moment"));
    assert_eq!(answer.header("retry-after"), "2");
    api.resume().await.unwrap();
    get(&server, OF_SHOP, "/v1/wait?target=job/shop/migrate").await.is(200, "ready", &[""]);
}

/// A wait that is held is remembered with what it is for; its token is no key to anything else.
#[tokio::test]
async fn a_wait_is_taken_up_by_those_alone_who_may_ask() {
    let (_api, server) = stage().await;
    let path = "/v1/wait?target=job/till/migrate%3Fstable=1h&timeout=10ms";
    let first = get(&server, OF_TILL, path).await;
    let token = first.json()["token"].as_str().unwrap().to_owned();
    get(&server, OF_SHOP, &format!("{path}&token={token}")).await.problem(403);
    let again = get(&server, OF_TILL, &format!("{path}&token={token}")).await;
    assert_eq!(again.json()["token"], token);
}

#[tokio::test]
async fn a_namespace_that_waits_too_much_leaves_room_for_others() {
    let api = Api::start().await.unwrap();
    for name in ["shop", "till"] {
        let token = Token::of_service_account(name, "default").for_audience("k8s-wait");
        api.accept_token(&format!("token-of-{name}"), token);
    }
    let auth = Auth::Token(Vec::new());
    let server =
        Server::with(&api, Settings { auth, max_waiters_per_namespace: Some(1), ..Settings::default() })
            .await;
    let path = "/v1/wait?target=pod/web&timeout=1m";
    let held = tokio::spawn(server.asking_with(path, OF_SHOP));
    until(async || {
        let answer = get(&server, OF_SHOP, "/v1/wait?target=pod/web&timeout=0").await;
        answer.header("content-type") == "application/problem+json"
    })
    .await;
    let full = get(&server, OF_SHOP, path).await;
    assert_eq!(full.problem(503), "1 of your namespace wait here already, which is the limit; try again");
    assert_eq!(full.header("retry-after"), "5");
    assert_eq!(
        brief(&get(&server, OF_TILL, "/v1/wait?target=pod/web&timeout=1ms").await.json()).0,
        "pending"
    );
    api.apply(pod("web").namespace("shop").ready()).unwrap();
    held.await.unwrap().is(200, "ready", &[""]);
}

#[tokio::test]
async fn the_client_shows_its_token_and_says_what_is_refused() {
    let (_api, server) = stage().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "token-of-shop\n").unwrap();
    let run = async |target: &str| {
        let (url, file) = (format!("http://{}", server.address), file.display());
        client(&format!("--server {url} --token-file {file} --timeout 20s {target}")).await
    };
    assert_eq!(run("job/migrate").await.0, 0);
    let (code, said) = run("job/till/migrate").await;
    assert!(code == 4 && said.contains("may not ask about namespace till"), "{code}: {said}");
    std::fs::write(&file, "made-up\n").unwrap();
    let (code, said) = run("job/migrate").await;
    assert!(code == 4 && said.contains("is not accepted") && !said.contains("made-up"), "{code}: {said}");
    let (code, said) = client(&format!("--server http://{} job/migrate", server.address)).await;
    assert!(code == 4 && said.contains("--token-file"), "{code}: {said}");
}
