//! `/v1/waiters`: who waits for what.

use crate::support::{Lines, NDJSON, Server, until, within};
use k8s_wait_server::{Auth, Settings};
use k8s_wait_testkit::build::{job, pod};
use k8s_wait_testkit::{Api, Token};
use serde_json::{Value, json};

/// Those who wait, once there are so many.
async fn waiters(server: &Server, path: &str, headers: &[(&str, &str)], count: usize) -> Vec<Value> {
    let ask =
        async || server.ask("GET", path, headers, "").await.json()["waiters"].as_array().unwrap().clone();
    until(async || ask().await.len() == count).await;
    ask().await
}

async fn list(server: &Server, count: usize) -> Vec<Value> {
    waiters(server, "/v1/waiters", &[], count).await
}

fn seconds(time: &Value) -> f64 {
    let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
    time.as_millisecond() as f64 / 1000.0
}

#[tokio::test]
async fn one_who_waits_is_there_until_it_is_over() {
    let api = Api::start().await.unwrap();
    api.apply(job("migrate").namespace("shop").active(1)).unwrap();
    let server = Server::start(&api).await;
    assert_eq!(server.get("/v1/waiters").await.json(), json!({"waiters": []}));
    let path = "/v1/wait?target=job/migrate&target=pod/db&namespace=shop&timeout=10m";
    let held = tokio::spawn(server.asking_with(path, ("k8s-wait-pod", "web-0")));
    let is_known = async || list(&server, 1).await[0]["targets"][1]["reason"] == "NotFound";
    until(is_known).await;
    let mut entry = list(&server, 1).await.remove(0);
    let id = entry["id"].take().as_u64().unwrap();
    assert!(
        id > 1_000 && id < 1 << 53,
        "{id} tells how many waits have begun, or is more than JavaScript's numbers hold"
    );
    let length = seconds(&entry["until"]) - seconds(&entry["since"]);
    assert!((599.9..600.1).contains(&length), "{entry}");
    for time in ["since", "until"] {
        entry.as_object_mut().unwrap().remove(time);
    }
    let expected = json!({
        "id": null, "namespace": "shop", "pod": "web-0", "isClaimed": true, "verdict": "pending",
        "targets": [
            {"target": "job/shop/migrate", "verdict": "pending", "reason": "JobRunning",
                "message": "job shop/migrate: 1 active, 0 of 1 succeeded"},
            {"target": "pod/shop/db", "verdict": "pending", "reason": "NotFound",
                "message": "pod shop/db: it does not exist yet"},
        ],
    });
    assert_eq!(entry, expected);
    api.apply(job("migrate").namespace("shop").complete()).unwrap();
    until(async || {
        list(&server, 1).await[0]["targets"][0] == json!({"target": "job/shop/migrate", "verdict": "ready"})
    })
    .await;
    api.apply(pod("db").namespace("shop").ready()).unwrap();
    within(held).await.unwrap().is(200, "ready", &["", ""]);
    list(&server, 0).await;
}

#[tokio::test]
async fn they_are_asked_for_by_namespace_and_a_name_that_is_none_is_not_repeated() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let paths = ["/v1/wait?target=pod/a&namespace=shop", "/v1/wait?target=pod/b%3Fstable=1s&namespace=till"];
    let _held = paths.map(|path| tokio::spawn(server.asking_with(path, ("k8s-wait-pod", "<b>web</b>"))));
    for entry in list(&server, 2).await {
        assert_eq!(entry.get("pod"), None, "{entry}");
    }
    for (namespace, targets) in [("shop", "pod/shop/a"), ("till", "pod/till/b?stable=1s")] {
        let path = format!("/v1/waiters?namespace={namespace}");
        until(async || waiters(&server, &path, &[], 1).await[0]["targets"][0]["target"] == targets).await;
    }
    waiters(&server, "/v1/waiters?namespace=ops", &[], 0).await;
    for (query, expected) in [
        ("namespace=A", "parameter namespace is a DNS label: up to 63 of a-z, 0-9 and -"),
        ("pod=a", "a parameter is unknown; known are namespace, text"),
    ] {
        assert_eq!(server.get(&format!("/v1/waiters?{query}")).await.problem(400), expected);
    }
}

#[tokio::test]
async fn with_tokens_each_sees_its_own_namespace_and_who_may_ask_about_all_sees_all() {
    let api = Api::start().await.unwrap();
    for name in ["shop", "till", "ops"] {
        let token = Token::of_service_account(name, "web").in_pod("web-1").for_audience("k8s-wait");
        api.accept_token(&format!("token-of-{name}"), token);
    }
    let auth = Auth::Token(vec!["ops=*".parse().unwrap()]);
    let server = Server::with(&api, Settings { auth, ..Settings::default() }).await;
    server.get("/v1/waiters").await.problem(401);
    let of = |name: &str| format!("Bearer token-of-{name}");
    let (shop, till, ops) = (of("shop"), of("till"), of("ops"));
    let hold = |token: &str| {
        let path = "/v1/wait?target=pod/a".to_owned();
        let (address, token) = (server.address, token.to_owned());
        tokio::spawn(async move {
            // What it says of itself counts for nothing where it is known.
            let headers = [("authorization", token.as_str()), ("k8s-wait-pod", "somebody-else")];
            crate::support::ask(address, "GET", &path, &headers, "").await
        })
    };
    let _held = [hold(&shop), hold(&till)];
    let all = waiters(&server, "/v1/waiters", &[("authorization", &ops)], 2).await;
    for entry in &all {
        assert_eq!(
            [&entry["pod"], &entry["serviceAccount"], &entry["isClaimed"]],
            [&json!("web-1"), &json!("web"), &json!(false)]
        );
    }
    let own = waiters(&server, "/v1/waiters", &[("authorization", &shop)], 1).await;
    assert_eq!(own[0]["namespace"], "shop");
    let other = server.ask("GET", "/v1/waiters?namespace=till", &[("authorization", &shop)], "").await;
    assert_eq!(
        other.problem(403),
        "ServiceAccount shop/web in pod web-1 may not ask about namespace till; the server's --allow shop=till would let it"
    );
}

async fn next(lines: &mut Lines) -> Value {
    within(lines.next()).await.unwrap()
}

#[tokio::test]
async fn who_follows_is_told_who_comes_changes_and_goes() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let mut follower = Lines::open(server.address, "/v1/waiters").await;
    assert_eq!(next(&mut follower).await, json!({"event": "heartbeat"}), "so it is seen that nobody waits");
    let mut held = server.lines("/v1/wait?target=pod/a").await;
    held.until_reason("NotFound").await;
    let mut line = next(&mut follower).await;
    while line["targets"][0]["reason"] != "NotFound" {
        line = next(&mut follower).await;
    }
    let id = line["id"].clone();
    assert_eq!((&line["event"], id.is_u64()), (&json!("waiter"), true));
    api.apply(pod("a").not_ready()).unwrap();
    held.until_reason("PodNotReady").await;
    let line = next(&mut follower).await;
    assert_eq!((&line["event"], &line["targets"][0]["reason"]), (&json!("waiter"), &json!("PodNotReady")));
    assert_eq!(line["id"], id);
    drop(held);
    assert_eq!(next(&mut follower).await, json!({"event": "gone", "id": id}));
    let stopped = server.stop();
    assert_eq!(follower.next().await, None);
    within(stopped).await.unwrap().unwrap();
}

/// Each of them can be sent as much as there are waits, and may not read it.
#[tokio::test]
async fn so_many_may_read_at_once_and_no_more() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let mut followers = Vec::new();
    for _ in 0..16 {
        followers.push(Lines::open(server.address, "/v1/waiters").await);
    }
    for path in ["/v1/waiters", "/"] {
        let answer = server.get(path).await;
        assert_eq!(answer.problem(503), "16 read who waits already, which is the limit; try again");
        assert_eq!(answer.header("retry-after"), "1");
    }
    followers.pop();
    until(async || server.get("/").await.status == 200).await;
    assert_eq!(server.get("/v1/waiters").await.json(), json!({"waiters": []}));
}

#[tokio::test]
async fn one_namespace_reads_with_some_and_leaves_room_for_others() {
    let api = Api::start().await.unwrap();
    for name in ["shop", "till", "ops"] {
        let token = Token::of_service_account(name, "web").for_audience("k8s-wait");
        api.accept_token(&format!("token-of-{name}"), token);
    }
    let auth = Auth::Token(vec!["ops=*".parse().unwrap()]);
    let server = Server::with(&api, Settings { auth, ..Settings::default() }).await;
    let [shop, till, ops] = ["Bearer token-of-shop", "Bearer token-of-till", "Bearer token-of-ops"]
        .map(|token| ("authorization", token));
    let mut followers = Vec::new();
    for _ in 0..4 {
        followers.push(Lines::open_with(server.address, "/v1/waiters", &[shop]).await);
    }
    for path in ["/v1/waiters", "/"] {
        let full = server.ask("GET", path, &[shop], "").await.problem(503);
        assert_eq!(full, "4 of your namespace read who waits already, which is the limit; try again");
    }
    waiters(&server, "/v1/waiters", &[till], 0).await;
    // Who may ask about everything has no share but all of them.
    for _ in 0..12 {
        followers.push(Lines::open_with(server.address, "/v1/waiters", &[ops]).await);
    }
    server.ask("GET", "/v1/waiters", &[till], "").await.problem(503);
    let metrics = server.get("/metrics").await;
    assert!(
        metrics.text().contains("k8s_wait_limits_hit_total{limit=\"readers\"} 3\n"),
        "{}",
        metrics.text()
    );
}

#[tokio::test]
async fn one_who_waits_by_the_old_paths_is_there_too() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    api.apply(job("migrate").namespace("shop").complete()).unwrap();
    let held = tokio::spawn(server.asking("/job/shop/migrate?uptime=600"));
    let is_known = async || list(&server, 1).await[0]["targets"][0]["reason"] == "Stabilizing";
    until(is_known).await;
    let entry = list(&server, 1).await.remove(0);
    assert_eq!((&entry["namespace"], entry.get("pod")), (&json!("shop"), None));
    api.apply(job("migrate").namespace("shop").active(1)).unwrap();
    assert_eq!(within(held).await.unwrap().json()["running"], false);
    list(&server, 0).await;
    let metrics = server.get("/metrics").await;
    assert!(
        metrics.text().contains("k8s_wait_wait_seconds_count{verdict=\"pending\"} 1\n"),
        "{}",
        metrics.text()
    );
}

/// shop may ask about till, and ops about shop: that does not let ops ask about till.
#[tokio::test]
async fn who_sees_a_wait_is_not_told_of_targets_that_it_may_not_ask_about() {
    let api = Api::start().await.unwrap();
    for name in ["shop", "ops"] {
        let token = Token::of_service_account(name, "web").in_pod("web-1").for_audience("k8s-wait");
        api.accept_token(&format!("token-of-{name}"), token);
    }
    api.apply(job("secret").namespace("till").active(1)).unwrap();
    let auth = Auth::Token(["shop=till", "ops=shop"].map(|rule| rule.parse().unwrap()).into());
    let server = Server::with(&api, Settings { auth, ..Settings::default() }).await;
    let (shop, ops) = ("Bearer token-of-shop", "Bearer token-of-ops");
    let path = "/v1/wait?target=job/till/secret&target=pod/open";
    let _held = Lines::open_with(server.address, path, &[NDJSON, ("authorization", shop)]).await;
    let is_judged = async || {
        let own = waiters(&server, "/v1/waiters", &[("authorization", shop)], 1).await;
        own[0]["targets"][0]["reason"] == "JobRunning" && own[0]["targets"][1]["reason"] == "NotFound"
    };
    until(is_judged).await;
    let own = waiters(&server, "/v1/waiters", &[("authorization", shop)], 1).await;
    assert_eq!((own[0]["targets"].as_array().unwrap().len(), own[0].get("hidden")), (2, None));
    let seen = waiters(&server, "/v1/waiters", &[("authorization", ops)], 1).await;
    assert_eq!(seen[0]["targets"][0]["target"], "pod/shop/open");
    assert_eq!((seen[0]["targets"].as_array().unwrap().len(), &seen[0]["hidden"]), (1, &json!(1)));
    waiters(&server, "/v1/waiters?text=secret", &[("authorization", ops)], 0).await;
    waiters(&server, "/v1/waiters?text=JobRunning", &[("authorization", ops)], 0).await;
    let page = server.ask("GET", "/", &[("authorization", ops)], "").await;
    assert!(
        page.text().contains("pod/shop/open") && page.text().contains("1 more that you may not ask about")
    );
    assert!(!page.text().contains("secret"), "{}", page.text());
}
