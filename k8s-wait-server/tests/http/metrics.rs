//! `/metrics`: what is counted, who may read it, and that the page about it is right.

use crate::support::{Server, until, within};
use k8s_wait_server::{Auth, Limits, Readers, Reading, Settings};
use k8s_wait_testkit::build::{job, pod};
use k8s_wait_testkit::{Api, Fault, Token};
use std::collections::BTreeSet;

async fn text(server: &Server) -> String {
    let answer = server.get("/metrics").await;
    assert_eq!(answer.status, 200);
    let expected = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("content-type"), expected);
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(text.ends_with("# EOF\n"));
    text
}

/// The lines that begin so, without that, as in `{verdict="ready"} 1`.
async fn lines(server: &Server, name: &str) -> Vec<String> {
    let text = text(server).await;
    let own = text.lines().filter_map(|line| line.strip_prefix("k8s_wait_")?.strip_prefix(name));
    own.map(str::to_owned).collect()
}

/// The value of one series, as it is written.
async fn value(server: &Server, series: &str) -> String {
    lines(server, series).await.iter().find_map(|line| line.strip_prefix(' ')).unwrap_or("none").to_owned()
}

#[tokio::test]
async fn waits_are_counted_by_how_they_end() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let held = tokio::spawn(server.asking("/v1/wait?target=job/a&target=pod/b&timeout=1h"));
    let parked = tokio::spawn(server.asking("/v1/wait?target=pod/b%3Fstable=1ms&timeout=1h"));
    until(async || value(&server, "waiters").await == "2").await;
    assert_eq!(value(&server, "waiters_limit").await, "20000");
    api.apply(job("a").complete()).unwrap();
    api.apply(pod("b").ready()).unwrap();
    within(held).await.unwrap().is(200, "ready", &["", ""]);
    within(parked).await.unwrap().is(200, "ready", &[""]);
    server.get("/v1/wait?target=pod/never&timeout=1ms").await.is(503, "pending", &["NotFound"]);
    drop(server.lines("/v1/wait?target=pod/never").await);
    api.apply(job("c").failed("BackoffLimitExceeded")).unwrap();
    server.get("/v1/wait?target=job/c").await.is(424, "failed", &["BackoffLimitExceeded"]);
    for (verdict, count) in [("ready", "2"), ("pending", "1"), ("failed", "1"), ("left", "1")] {
        let series = format!("wait_seconds_count{{verdict=\"{verdict}\"}}");
        until(async || value(&server, &series).await == count).await;
    }
    let targets: BTreeSet<_> = lines(&server, "waited_targets_total").await.into_iter().collect();
    let expected = [
        r#"{kind="job",verdict="failed"} 1"#,
        r#"{kind="job",verdict="ready"} 1"#,
        r#"{kind="pod",verdict="pending"} 1"#,
        r#"{kind="pod",verdict="ready"} 2"#,
    ];
    assert_eq!(targets, expected.map(str::to_owned).into());
    assert_eq!(value(&server, "waiters").await, "1", "what was stable is kept for a while");
}

#[tokio::test]
async fn the_time_from_an_event_to_its_answer_is_that_of_those_who_were_waiting() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    api.apply(pod("old").ready()).unwrap();
    server.get("/v1/wait?target=pod/old").await.is(200, "ready", &[""]);
    assert_eq!(
        value(&server, "event_to_answer_seconds_count").await,
        "0",
        "it was there before it was asked for"
    );
    let mut waiting = server.lines("/v1/wait?target=pod/web").await;
    waiting.until_reason("NotFound").await;
    api.apply(pod("web").ready()).unwrap();
    waiting.done().await;
    assert_eq!(value(&server, "event_to_answer_seconds_count").await, "1");
}

#[tokio::test]
async fn watches_tell_what_they_hold_and_what_broke_them() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    api.apply(pod("web").ready()).unwrap();
    let mut held = server.lines("/v1/wait?target=pod/never").await;
    held.until_reason("NotFound").await;
    let pods = |name: &str| format!("{name}{{resource=\"pods\"}}");
    for name in ["watches", "watches_up", "cached_objects", "watch_lists_total"] {
        assert_eq!(value(&server, &pods(name)).await, "1", "{name}");
    }
    api.apply(pod("web").not_ready()).unwrap();
    until(async || value(&server, &pods("watch_events_total")).await == "1").await;
    let fault = api.inject(Fault::status(500).on("pods"));
    api.drop_watches();
    let errors = r#"api_errors_total{resource="pods",code="500"}"#;
    until(async || value(&server, errors).await != "none").await;
    assert_eq!(value(&server, &pods("watches_up")).await, "0");
    fault.clear();
    until(async || value(&server, &pods("watch_lists_total")).await == "2").await;
}

#[tokio::test]
async fn requests_and_limits_are_counted_without_what_callers_make_up() {
    let api = Api::start().await.unwrap();
    let limits = Limits { targets: 1, body_bytes: 100, ..Limits::default() };
    let server = Server::with(&api, Settings { limits, max_waiters: 1, ..Settings::default() }).await;
    server.get("/made/up").await.problem(404);
    server.get("/job/a/b").await;
    server.get("/v1/check?target=pod/a&target=pod/b").await.problem(400);
    server.post("/v1/check", "x".repeat(200)).await.problem(413);
    let mut held = server.lines("/v1/wait?target=pod/a").await;
    held.until_reason("NotFound").await;
    server.get("/v1/wait?target=pod/a").await.problem(503);
    for (limit, count) in [("max-targets", "1"), ("max-body-bytes", "1"), ("max-waiters", "1")] {
        assert_eq!(value(&server, &format!("limits_hit_total{{limit=\"{limit}\"}}")).await, count, "{limit}");
    }
    for (route, status, count) in [
        ("other", 404, "1"),
        ("/job/", 200, "1"),
        ("/v1/check", 400, "1"),
        ("/v1/check", 413, "1"),
        ("/v1/wait", 503, "1"),
    ] {
        let series = format!("http_requests_total{{route=\"{route}\",status=\"{status}\"}}");
        assert_eq!(value(&server, &series).await, count, "{series}");
    }
}

#[tokio::test]
async fn who_may_read_them_is_said_by_a_switch() {
    let api = Api::start().await.unwrap();
    let hidden = Reading { metrics: Readers::None, ..Reading::default() };
    let none = Server::with(&api, Settings { readers: hidden, ..Settings::default() }).await;
    assert_eq!(none.get("/metrics").await.problem(404), "there is no such path");
    for name in ["shop", "ops"] {
        let token = Token::of_service_account(name, "default").for_audience("k8s-wait");
        api.accept_token(&format!("token-of-{name}"), token);
    }
    let auth = Auth::Token(vec!["ops=*".parse().unwrap()]);
    let all = Server::with(&api, Settings { auth: auth.clone(), ..Settings::default() }).await;
    assert_eq!(all.get("/metrics").await.status, 200, "who may ask and who may read are two things");
    let confined = Reading { metrics: Readers::Token, ..Reading::default() };
    let some = Server::with(&api, Settings { auth, readers: confined, ..Settings::default() }).await;
    some.get("/metrics").await.problem(401);
    let with = async |token: &str| {
        let token = format!("Bearer {token}");
        some.ask("GET", "/metrics", &[("authorization", &token)], "").await
    };
    let sentence = with("token-of-shop").await.problem(403).to_owned();
    assert_eq!(
        sentence,
        "ServiceAccount shop/default may not read the metrics; the server's --allow shop=* would let it"
    );
    assert_eq!(with("token-of-ops").await.status, 200);
}

#[tokio::test]
async fn the_page_has_every_metric_with_its_type_and_no_other() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    assert_eq!(server.get("/v1/wait?target=pod/a&timeout=0").await.status, 503);
    server.post("/v1/check", "x".repeat(100_000)).await.problem(413);
    let text = text(&server).await;
    let told: BTreeSet<_> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).map(str::to_owned).collect();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/metrics.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `k8s_wait_"));
    let row = |row: &str| {
        let (name, rest) = row.split_once("` | ").unwrap();
        format!("k8s_wait_{name} {}", rest.split(" | ").next().unwrap())
    };
    assert_eq!(rows.map(row).collect::<BTreeSet<_>>(), told);
}

/// The names of metrics in a text, without the endings that series have.
fn asked(text: &str) -> BTreeSet<String> {
    let names = text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    let names = names.filter(|name| name.starts_with("k8s_wait_"));
    let endings = ["_total", "_info", "_bucket", "_count", "_sum"];
    names
        .map(|name| endings.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned())
        .collect()
}

#[test]
fn what_alerts_and_dashboard_ask_for_is_on_the_page_and_nothing_is_left_out_of_sight() {
    let file =
        |path: &str| std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let page = file("docs/src/metrics.md");
    let dashboard = file("deploy/observability/dashboard.json");
    let panels: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    assert!(panels["panels"].as_array().unwrap().len() > 10);
    let known: BTreeSet<_> = asked(&page);
    let seen = asked(&dashboard);
    assert_eq!(seen, known, "the dashboard shows each of them");
    assert!(asked(&file("deploy/observability/alerts.yaml")).is_subset(&known));
}

/// Prometheus may send a token that nobody needs, and somebody else a made-up one.
#[tokio::test]
async fn what_makes_no_difference_is_not_reviewed() {
    let api = Api::start().await.unwrap();
    let readers = Reading { metrics: Readers::All, page: Readers::None };
    let settings = Settings { auth: Auth::Token(Vec::new()), readers, ..Settings::default() };
    let server = Server::with(&api, settings).await;
    let token = ("authorization", "Bearer made-up");
    assert_eq!(server.ask("GET", "/metrics", &[token], "").await.status, 200);
    for path in ["/", "/v1/waiters"] {
        server.ask("GET", path, &[token], "").await.problem(404);
    }
    assert_eq!(api.count("create", "tokenreviews"), 0);
}
