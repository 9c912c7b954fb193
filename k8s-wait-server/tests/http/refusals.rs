//! Bad questions: one clear sentence, before anything is watched.

use crate::support::{JSON, Server, asks};
use k8s_wait_testkit::Api;
use serde_json::json;

/// Nobody has asked the API server about any object.
fn nothing_was_watched(api: &Api) {
    let asked: Vec<_> = api.requests().into_iter().filter(|request| !request.resource.is_empty()).collect();
    assert!(asked.is_empty(), "{asked:?}");
}

async fn shop() -> (Api, Server) {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    (api, server)
}

#[tokio::test]
async fn a_bad_target_is_told_by_what_is_wrong_and_what_would_be_right() {
    let (api, server) = shop().await;
    let cases: &[(&str, u16, &[&str])] = &[
        (
            "gadget/x",
            404,
            &["gadget/default/x", "kind \"gadget\" is unknown", "pod, job, deployment, statefulset"],
        ),
        (
            "certificate.cert-manager.io/x?for=happy",
            400,
            &["has no state \"happy\"", "condition=TYPE[=STATUS]"],
        ),
        ("secret.v1/x?for=exists", 400, &["secrets are not watched"]),
        ("pod/x?for=jsonpath={.a", 400, &["closing brace"]),
        ("pod/x?for=cel=self.", 400, &["is no CEL expression"]),
        (
            "pod/x?for=complete",
            400,
            &["no state \"complete\"", "ready, succeeded, finished, exists, deleted"],
        ),
        ("job/x?for=", 400, &["job/x?for="]),
        ("pod/x?colour=red", 400, &["the option \"colour\"", "for, min, port"]),
        ("pod/x?fro=ready", 400, &["fro", "for"]),
        ("pod/x?timeout=soon", 400, &["soon"]),
        ("pod/x?stable=-1s", 400, &["-1s"]),
        ("pods?selector=a=(", 400, &["selector"]),
        ("pods?selector=", 400, &["selector"]),
        ("pods", 400, &["pods"]),
        ("pod/x?selector=a=b", 400, &["selector"]),
        ("service/x?port=99999", 400, &["99999"]),
        ("service/x?port=", 400, &["port"]),
        ("service/x?for=exists&port=80", 400, &["port means nothing to state exists of a service"]),
        ("service/x?min=0", 400, &["min of a service is at least 1"]),
        ("pods?selector=a&min=0", 400, &["min of a set is at least 1"]),
        ("pod/x?min=2", 400, &["min means nothing to state ready of one pod"]),
        ("pod/x?min=many", 400, &["many", "a number, a share from 1% to 100%, or all"]),
        ("pod/x?port=80", 400, &["port means nothing to a pod"]),
        ("pod/x?connect-timeout=1s", 400, &["connect-timeout"]),
        ("pod/Shop/x", 400, &["Shop"]),
        ("pod/x?namespace=Shop", 400, &["Shop"]),
        ("pod/shop/x?namespace=other", 400, &["shop", "other"]),
        ("pod/x?for=ready&for=succeeded", 400, &["for"]),
        ("pod/Web", 400, &["the name \"Web\""]),
        ("pod/", 400, &["no name"]),
        ("", 400, &["target"]),
        ("tcp://db", 400, &["tcp://db"]),
        ("tcp://db:0", 400, &["tcp://db:0"]),
        ("ftp://db:21", 400, &["ftp"]),
        ("http://db/", 404, &["k8s-wait-client probes http targets itself"]),
        ("dns://db", 404, &["k8s-wait-client probes dns targets itself", "--allow-network"]),
        ("https://db/", 404, &["k8s-wait-client probes https targets itself", "--allow-network"]),
        ("tcp?selector=a", 404, &["tcp"]),
    ];
    for (target, status, expected) in cases {
        let by_query = server.get(&asks("/v1/wait", &[target], "")).await.problem(*status);
        for part in *expected {
            assert!(by_query.contains(part), "{target}: {by_query:?} lacks {part:?}");
        }
        let by_body = server.post("/v1/check", json!({"targets": [target]})).await.problem(*status);
        assert_eq!(by_query, by_body);
        // One bad target among good ones is enough.
        let among = server.get(&asks("/v1/check", &["pod/good", target], "")).await.problem(*status);
        assert_eq!(by_query, among);
    }
    nothing_was_watched(&api);
}

#[tokio::test]
async fn the_client_is_who_probes_ports() {
    let (api, server) = shop().await;
    let detail = server.get(&asks("/v1/wait", &["tcp://db:5432"], "")).await.problem(404);
    assert!(detail.contains("tcp://db:5432"), "{detail}");
    assert!(detail.contains("k8s-wait-client probes tcp targets itself"), "{detail}");
    assert!(detail.contains("--allow-network"), "{detail}");
    nothing_was_watched(&api);
}

#[tokio::test]
async fn a_bad_question_is_told_by_what_is_wrong_and_what_would_be_right() {
    let (api, server) = shop().await;
    let long = "x".repeat(10_000);
    let cases: &[(&str, &str)] = &[
        ("/v1/wait", "there is no target"),
        ("/v1/wait?", "there is no target"),
        ("/v1/check?namespace=shop", "there is no target"),
        ("/v1/check?target=pod/x&namespace=Shop", "namespace \"Shop\" is no DNS label"),
        ("/v1/check?target=pod/x&namespace=", "namespace \"\" is no DNS label"),
        ("/v1/check?target=pod/x&namespace=a&namespace=b", "parameter namespace is given twice"),
        ("/v1/check?target=pod/x&mode=some", "mode \"some\" is unknown; it is all or any"),
        ("/v1/wait?target=pod/x&timeout=soon", "timeout: duration \"soon\""),
        ("/v1/wait?target=pod/x&timeout=-1", "timeout: duration \"-1\""),
        ("/v1/wait?target=pod/x&timeout=1h1s", "timeout 1h1s is over the limit of 1h"),
        ("/v1/wait?target=pod/x&timeout=99999999999999999999h", "timeout"),
        ("/v1/wait?targets=pod/x", "parameter \"targets\" is unknown; known are target, namespace, mode"),
        ("/v1/wait?target=pod/x?for=ready&min=1", "parameter \"min\" is unknown"),
        ("/v1/wait?target=%FF%FE", "parameter \"target\" is not percent-encoded UTF-8"),
        ("/v1/wait?target=pod/%00", "pod/"),
    ];
    for (path, expected) in cases {
        let detail = server.get(path).await.problem(400);
        assert!(detail.contains(expected), "{path}: {detail:?} lacks {expected:?}");
    }
    // A wrong word is repeated as far as it takes to be recognised.
    let long_ones = ["target=", "target=pod/x&mode=", "target=pod/x&namespace=", "target=pod/x&timeout=", ""];
    for parameters in long_ones {
        let detail = server.get(&format!("/v1/wait?{parameters}{long}")).await.problem(400);
        assert!(detail.len() < 400 && detail.contains("xxx"), "{} bytes: {detail}", detail.len());
    }
    let many = server.get(&asks("/v1/wait", &["pod/x"; 101], "")).await.problem(400);
    assert_eq!(many, "101 targets are over the limit of 100 for one wait");
    nothing_was_watched(&api);
}

#[tokio::test]
async fn a_bad_body_is_told_by_what_is_wrong_and_what_would_be_right() {
    let (api, server) = shop().await;
    let cases: &[(&str, &str)] = &[
        (" ", "an example is {\"targets\":[\"pod/web\"],\"namespace\":\"shop\"}"),
        ("{", "an example is"),
        ("[]", "an example is"),
        ("null", "an example is"),
        ("{\"targets\":\"pod/x\"}", "expected a sequence"),
        ("{\"targets\":[1]}", "expected a string"),
        ("{\"targets\":[]}", "there is no target"),
        ("{}", "missing field `targets`"),
        ("{\"targets\":[\"pod/x\"],\"targets\":[]}", "duplicate field `targets`"),
        ("{\"targets\":[\"pod/x\"],\"colour\":1}", "unknown field `colour`, expected one of"),
        ("{\"targets\":[\"pod/x\"],\"timeout\":-1}", "timeout is a duration like \"30s\""),
        ("{\"targets\":[\"pod/x\"],\"timeout\":3601}", "timeout 1h1s is over the limit of 1h"),
        ("{\"targets\":[\"pod/x\"],\"timeout\":18446744073709551615}", "over the limit of 1h"),
        ("{\"targets\":[\"pod/x\"]} x", "trailing characters"),
    ];
    for (body, expected) in cases {
        let detail = server.post("/v1/wait", body).await.problem(400);
        assert!(detail.contains(expected), "{body}: {detail:?} lacks {expected:?}");
    }
    let not_text = server.raw(b"POST /v1/wait HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{\"targets\":[\"\xff\"]}").await;
    assert!(not_text.starts_with("HTTP/1.1 400 ") && not_text.contains("invalid unicode"), "{not_text}");
    let long = "x".repeat(10_000);
    let detail = server.post("/v1/wait", json!({ &long: 1 })).await.problem(400);
    assert!(detail.len() < 400, "{} bytes", detail.len());
    let detail = server.post("/v1/wait", json!({"targets": [format!("pod/{long}")]})).await.problem(400);
    assert!(detail.len() < 400 && detail.contains("4096"), "{detail}");
    nothing_was_watched(&api);
}

#[tokio::test]
async fn a_post_says_everything_in_its_body() {
    let (api, server) = shop().await;
    let detail = server.post("/v1/wait?timeout=5m", json!({"targets": ["pod/x"]})).await.problem(400);
    assert_eq!(detail, "a POST says everything in its body; it has no parameters");
    nothing_was_watched(&api);
}

#[tokio::test]
async fn only_json_of_a_known_length_up_to_the_limit_is_taken() {
    let (api, server) = shop().await;
    let body = json!({"targets": ["pod/x"]});
    let plain = server.ask("POST", "/v1/wait", &[("content-type", "text/plain")], &body).await.problem(415);
    assert_eq!(plain, "content type \"text/plain\" is not taken; send application/json");
    let none = server.ask("POST", "/v1/wait", &[], &body).await.problem(415);
    assert_eq!(none, "there is no content type; send application/json");
    let with_charset = [("content-type", "application/json; charset=utf-8")];
    server.ask("POST", "/v1/check", &with_charset, json!({"targets": ["x"]})).await.problem(400);

    let over = json!({"targets": ["x".repeat(64 * 1024)]});
    let detail = server.ask("POST", "/v1/wait", &[JSON], over).await.problem(413);
    assert_eq!(detail, "the body is over the limit of 65536 bytes");

    let head = "POST /v1/wait HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n";
    for length in
        ["", "transfer-encoding: chunked\r\n", "content-length: 5\r\ntransfer-encoding: chunked\r\n"]
    {
        let answer = server.raw(format!("{head}{length}\r\n0\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 411 "), "{answer}");
        assert!(
            answer.contains("\"a body needs a Content-Length header; chunks are not taken\""),
            "{answer}"
        );
    }
    nothing_was_watched(&api);
}

#[tokio::test]
async fn a_path_or_method_that_is_not_there_is_told() {
    let (api, server) = shop().await;
    for path in ["/v1", "/v1/checks", "/v1/check/x", "//v1/check", "/job/shop", "/job/a/b/c", "/v1/%63heck"] {
        assert_eq!(server.get(path).await.problem(404), "there is no such path");
    }
    let cases = [
        ("DELETE", "/v1/wait", "GET, POST"),
        ("PUT", "/v1/check", "GET, POST"),
        ("POST", "/v1/kinds", "GET"),
        ("POST", "/job/shop/x", "GET"),
        ("DELETE", "/service/shop/x", "GET"),
        ("POST", "/livez", "GET"),
        ("POST", "/", "GET"),
    ];
    for (method, path, allowed) in cases {
        let answer = server.ask(method, path, &[JSON], "{}").await;
        assert_eq!(answer.problem(405), format!("this path does not have this method; it has {allowed}"));
        assert_eq!(answer.header("allow"), allowed);
    }
    nothing_was_watched(&api);
}

#[tokio::test]
async fn headers_that_are_no_text_are_told_or_passed_over() {
    let (_api, server) = shop().await;
    let head = b"POST /v1/wait HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: caf\xe9\r\ncontent-length: 2\r\n\r\n{}";
    let answer = server.raw(head).await;
    assert!(
        answer.starts_with("HTTP/1.1 415 ") && answer.contains("is not taken; send application/json"),
        "{answer}"
    );
    let head = b"GET /v1/wait?target=pod/x&timeout=0 HTTP/1.1\r\nhost: a\r\nconnection: close\r\naccept: \xff\r\n\r\n";
    let answer = server.raw(head).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\"verdict\":\"pending\""), "{answer}");
}

#[tokio::test]
async fn what_is_hardly_http_is_refused_and_the_server_lives() {
    let (_api, server) = shop().await;
    let close = "host: a\r\nconnection: close\r\n\r\n";
    let long = format!("GET /v1/check?target={} HTTP/1.1\r\n{close}", "x".repeat(40_000));
    let many = format!("GET /livez HTTP/1.1\r\n{}{close}", "a: b\r\n".repeat(100));
    let cases = [
        ("GARBAGE\r\n\r\n".to_owned(), "HTTP/1.1 400 "),
        ("GET /livez HTTP/9.9\r\n\r\n".to_owned(), "HTTP/1.1 400 "),
        // Whoever speaks HTTP/2 has no use for an answer in HTTP/1.
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), ""),
        (long, "HTTP/1.1 431 "),
        (many, "HTTP/1.1 431 "),
        (format!("OPTIONS * HTTP/1.1\r\n{close}"), "HTTP/1.1 404 "),
        (format!("CONNECT a:1 HTTP/1.1\r\n{close}"), "HTTP/1.1 405 "),
        (format!("GET http://other/livez HTTP/1.1\r\n{close}"), "HTTP/1.1 200 "),
        ("GET /livez HTTP/1.0\r\n\r\n".to_owned(), "HTTP/1.0 200 "),
        (format!("HEAD /readyz HTTP/1.1\r\n{close}"), "HTTP/1.1 405 "),
        (format!("POST /v1/wait HTTP/1.1\r\ncontent-length: x\r\n{close}"), "HTTP/1.1 400 "),
        (
            format!("POST /v1/wait HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n{close}"),
            "HTTP/1.1 400 ",
        ),
    ];
    for (request, expected) in cases {
        let answer = server.raw(&request).await;
        let shown: String = request.chars().take(60).collect();
        assert!(answer.starts_with(expected), "{shown:?}: {answer}");
    }
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test]
async fn a_head_has_no_body_and_leaves_the_connection_in_step() {
    let (_api, server) = shop().await;
    let both =
        "HEAD /livez HTTP/1.1\r\nhost: a\r\n\r\nGET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let answer = server.raw(both).await;
    let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 405 ") && head.contains("allow: GET"), "{head}");
    assert!(rest.starts_with("HTTP/1.1 200 ") && rest.ends_with("ok\n"), "{rest}");
}
