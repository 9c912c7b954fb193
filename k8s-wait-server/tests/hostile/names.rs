//! Names that are meant to lead elsewhere.

use crate::support::{Server, asks};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::job;
use serde_json::json;

/// Parts of paths as they are sent: ways up, ends of text, separators, and bytes that a careless decoder takes for them.
const TRICKS: [&str; 18] = [
    "..",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%252e%252e",
    "%2f",
    "..%2fbank",
    "shop%2f..%2fbank",
    "%5c",
    "bank%00",
    "%00",
    "%c0%ae%c0%ae",
    "%c0%af",
    "%e0%80%ae",
    "%ff",
    "%",
    "%zz",
    "shop%0d%0aX-Evil:%201",
];

/// Which namespaces and objects the API server was asked for.
fn asked(api: &Api) -> Vec<String> {
    api.requests().into_iter().filter(|asked| !asked.resource.is_empty()).map(|asked| asked.path).collect()
}

async fn bank() -> (Api, Server) {
    let api = Api::start().await.unwrap();
    api.apply(job("x").namespace("bank").complete()).unwrap();
    let server = Server::start(&api).await;
    (api, server)
}

#[tokio::test]
async fn no_spelling_of_a_namespace_leads_to_another_one() {
    let (api, server) = bank().await;
    for trick in TRICKS {
        let detail = server.get(&format!("/v1/check?target=job/x&namespace={trick}")).await.problem(400);
        assert!(detail.contains("namespace"), "{trick}: {detail}");
        server.get(&format!("/v1/check?target=job/{trick}/x")).await.problem(400);
        server.get(&format!("/v1/wait?target=job/shop/{trick}")).await.problem(400);
        server.get(&format!("/v1/check?target=job/x%3Fnamespace={trick}")).await.problem(400);
        for path in [format!("/job/{trick}/x"), format!("/job/shop/{trick}"), format!("/service/{trick}/x")] {
            let answer = server.get(&path).await;
            let is_refused = answer.status == 404 || answer.json()["running"] == false;
            assert!(is_refused, "{path}: {answer:?}");
            assert!(!answer.headers.contains_key("x-evil"), "{path}: {answer:?}");
        }
    }
    assert_eq!(asked(&api), Vec::<String>::new());
}

#[tokio::test]
async fn what_json_can_spell_is_no_name_either() {
    let (api, server) = bank().await;
    for trick in ["..", "bank\0", "bank/", "../bank", "bank\n", "\u{202e}knab", "bаnk", "BANK", "bank ", "ﬀ"]
    {
        let ask = json!({"targets": ["job/x"], "namespace": trick});
        server.post("/v1/check", ask).await.problem(400);
        let ask = json!({"targets": [format!("job/{trick}/x")]});
        server.post("/v1/check", ask).await.problem(400);
    }
    assert_eq!(asked(&api), Vec::<String>::new());
}

#[tokio::test]
async fn a_path_is_what_is_written() {
    let (_api, server) = bank().await;
    for path in [
        "/v1/../v1/check",
        "/v1/%2e%2e/livez",
        "/v1//check",
        "/./livez",
        "/livez;x",
        "/livez/..",
        "/V1/check",
        "/v1%2fcheck",
        "/%76%31/kinds",
        "/v1/kinds%00",
        "/v1/kinds/",
        "/metrics/../v1/kinds",
    ] {
        let answer = server.raw(format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await;
        let is_kinds = answer.contains("\"kinds\"");
        assert!(answer.starts_with("HTTP/1.1 404 ") || path == "/v1/kinds/" && is_kinds, "{path}: {answer}");
    }
}

/// What is repeated of a wrong question does not reach a terminal or a log as what it is.
#[tokio::test]
async fn control_characters_are_not_repeated() {
    let (_api, server) = bank().await;
    for target in ["job/\u{1b}[2J", "job/x\r\nSet-Cookie: a=b", "job/\u{0}", "\u{7}", "job/x?for=\u{9b}31m"] {
        let answer = server.get(&asks("/v1/check", &[target], "")).await;
        let detail = answer.problem(400);
        assert!(!detail.contains(char::is_control), "{detail:?}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let answer = server.get("/v1/check?%1b%5B31mX%0Aforged=%FF").await;
    assert!(!answer.problem(400).contains(char::is_control));
}
