//! What the book and the README show is what this server and our own client say.

use crate::support::document::DOCUMENT;
use crate::support::{JSON, Lines, NDJSON, Server, until};
use k8s_wait_client::{Environment, Size, run};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{job, pod, service, slice};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;
use std::sync::{Arc, Mutex};

fn file(path: &str) -> String {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The code blocks of a page in a language.
fn blocks(path: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    file(path).split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

/// The cluster that the pages are about.
async fn shop() -> (Api, Server) {
    let api = Api::start().await.unwrap();
    api.apply(job("migrate").namespace("shop").active(1)).unwrap();
    api.apply(job("lost").namespace("shop").failed("BackoffLimitExceeded")).unwrap();
    api.apply(pod("web").namespace("shop").ready()).unwrap();
    let server = Server::start(&api).await;
    // Every kind is known by now, so that what is asked in a hurry is known as well.
    server.get("/v1/check?target=job/shop/migrate&target=pod/shop/web").await;
    (api, server)
}

/// A request or an answer: the first line, then headers, then a body.
struct Message<'a> {
    first: Vec<&'a str>,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a str,
}

impl<'a> Message<'a> {
    fn read(text: &'a str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let first = lines.next().unwrap().split(' ').collect();
        Self { first, headers: lines.map(|line| line.split_once(": ").unwrap()).collect(), body }
    }
}

/// A token is another one each time.
fn without_token(mut answer: Value) -> Value {
    if let Some(token) = answer.get_mut("token") {
        let text = token.as_str().unwrap();
        assert!(text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()), "{text}");
        *token = Value::Null;
    }
    answer
}

fn json(text: &str) -> Value {
    without_token(serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

#[tokio::test]
async fn every_answer_of_the_page_about_http_is_given() {
    let (api, server) = shop().await;
    let shown = blocks("docs/src/http-api.md", "http");
    assert!(shown.len() > 5, "{shown:?}");
    for block in shown {
        let (request, answer) = block.split_once("\n\nHTTP/1.1 ").unwrap();
        let (request, answer) = (Message::read(request), Message::read(answer));
        assert_eq!(request.first[2], "HTTP/1.1", "{block}");
        match request.headers.contains(&NDJSON) {
            true => streams(&api, &server, &request, &answer).await,
            false => answers(&server, &request, &answer).await,
        }
    }
}

async fn answers(server: &Server, request: &Message<'_>, expected: &Message<'_>) {
    let answer = server.ask(request.first[0], request.first[1], &request.headers, request.body).await;
    let path = request.first[1];
    assert_eq!(answer.status.to_string(), expected.first[0], "{path}");
    for (name, value) in &expected.headers {
        assert_eq!(answer.header(name), *value, "{path}: {name}");
    }
    let named: Vec<&str> = expected.headers.iter().map(|(name, _)| *name).collect();
    assert_eq!(named.contains(&"retry-after"), !answer.header("retry-after").is_empty(), "{path}");
    assert_eq!(without_token(answer.json()), json(expected.body), "{path}");
}

/// The job becomes complete between the first line and the last.
async fn streams(api: &Api, server: &Server, request: &Message<'_>, expected: &Message<'_>) {
    let mut lines = Lines::open(server.address, request.first[1]).await;
    let [first, last]: [&str; 2] = expected.body.lines().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(lines.next().await.unwrap(), json(first));
    api.apply(job("migrate").namespace("shop").complete()).unwrap();
    assert_eq!(lines.done().await, json(last));
    api.apply(job("migrate").namespace("shop").active(1)).unwrap();
}

#[tokio::test]
async fn every_path_of_the_page_is_there_with_its_methods() {
    let (_api, server) = shop().await;
    let page = file("docs/src/http-api.md");
    let paths = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let paths: Vec<&str> = paths.filter(|word| word.contains(" /")).collect();
    assert!(paths.len() >= 10, "{paths:?}");
    for path in paths {
        let (method, path) = path.split_once(' ').unwrap();
        let asked = path.replace("NS", "shop").replace("NAME", "web");
        let answer = server.ask(method, &asked, &[JSON], "{}").await;
        assert!(![404, 405].contains(&answer.status), "{method} {path}: {answer:?}");
    }
}

/// As they are in the code, with `{}` for a part that may be any.
fn routes() -> BTreeSet<String> {
    let code = file("k8s-wait-server/src/http/mod.rs");
    let routes = code.split("warp::path!(").skip(1).map(|rest| rest.split(')').next().unwrap());
    let part = |part: &str| if part == "String" { "{}".to_owned() } else { part.replace('"', "") };
    let paths = routes.map(|parts| parts.split(" / ").map(|text| "/".to_owned() + &part(text)).collect());
    paths.chain(code.contains("warp::path::end()").then(|| "/".to_owned())).collect()
}

#[test]
fn every_path_that_is_there_is_on_the_page() {
    let (paths, page) = (routes(), file("docs/src/http-api.md"));
    assert!(paths.len() >= 8, "{paths:?}");
    for path in paths {
        let path = path.split("/{}").next().unwrap();
        assert!(page.contains(&format!("`GET {path}")), "docs/src/http-api.md does not have {path}");
    }
}

#[test]
fn the_document_has_every_path_that_is_there_and_no_other() {
    let any = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    let path = |path: &String| path.split('/').map(any).collect::<Vec<_>>().join("/");
    let paths: BTreeSet<String> = DOCUMENT["paths"].as_object().unwrap().keys().map(path).collect();
    assert_eq!(paths, routes());
}

#[tokio::test]
async fn the_document_has_every_method_of_a_path_and_no_other() {
    let (_api, server) = shop().await;
    for (path, operations) in DOCUMENT["paths"].as_object().unwrap() {
        let methods: Vec<String> =
            operations.as_object().unwrap().keys().map(|key| key.to_uppercase()).collect();
        let asked = path.replace("{namespace}", "shop").replace("{name}", "web");
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = server.ask(method, &asked, &[JSON], "{}").await;
            match methods.iter().any(|known| known == method) {
                true => assert!(![404, 405].contains(&answer.status), "{method} {path}: {answer:?}"),
                false => {
                    assert_eq!(answer.header("allow"), methods.join(", "), "{method} {path}: {answer:?}")
                }
            }
        }
    }
}

/// The sentence about one that is unknown names those that are known.
#[tokio::test]
async fn the_document_has_every_parameter_and_no_other() {
    let (_api, server) = shop().await;
    for path in ["/v1/check", "/v1/wait", "/v1/waiters", "/"] {
        let detail = server.get(&format!("{path}?unknown=1")).await.problem(400);
        let known = detail.split("known are ").nth(1).unwrap().split(" (").next().unwrap().to_owned();
        let parameters = DOCUMENT["paths"][path]["get"]["parameters"].as_array().unwrap().iter();
        let names =
            parameters.filter(|parameter| parameter["in"] == "query").map(|parameter| &parameter["name"]);
        assert_eq!(known, names.map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join(", "), "{path}");
    }
}

#[tokio::test]
async fn the_document_is_served_and_is_of_this_version() {
    let (_api, server) = shop().await;
    let served = server.get("/openapi.json").await;
    assert_eq!((served.status, served.header("content-type")), (200, "application/json"));
    assert_eq!(served.json()["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(served.json(), *DOCUMENT);
}

#[tokio::test]
async fn the_entry_of_a_kind_is_in_the_list() {
    let (_api, server) = shop().await;
    let kinds = server.get("/v1/kinds").await.json();
    for block in blocks("docs/src/http-api.md", "json") {
        assert!(kinds["kinds"].as_array().unwrap().contains(&json(&block)), "{block} is not in {kinds}");
    }
}

#[tokio::test]
async fn the_answer_in_the_readme_is_given() {
    let (_api, server) = shop().await;
    let [body]: [String; 1] = blocks("README.md", "json").try_into().unwrap();
    let expected = Message { first: vec!["503"], headers: vec![("retry-after", "1")], body: &body };
    let path = "/v1/check?namespace=shop&target=job/migrate";
    assert!(file("README.md").contains(path));
    answers(&server, &Message { first: vec!["GET", path], headers: vec![JSON], body: "" }, &expected).await;
}

/// What the client prints, while it prints it.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    async fn until(&self, said: &str) {
        until(async || self.text().contains(said)).await;
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Pod;

impl Environment for Pod {
    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "POD_NAMESPACE" => Some("shop".to_owned()),
            "K8S_WAIT_TERMINATION_LOG" => Some("/dev/null".to_owned()),
            _ => None,
        }
    }

    fn service_account_namespace(&self) -> Option<String> {
        None
    }

    fn terminal(&self) -> Option<Size> {
        None
    }
}

/// What the client of the manifest in the introduction prints: first the service becomes ready, then the job complete.
async fn told(form: &str) -> String {
    let (api, server) = shop().await;
    api.apply(service("db").namespace("shop").port("postgres", 5432)).unwrap();
    let endpoint = || slice("db").namespace("shop").port("postgres", 5432).endpoint("10.0.0.1");
    api.apply(endpoint().not_ready()).unwrap();
    // Every kind is known by now, so that the first lines are the same each time.
    server.get("/v1/check?target=service/shop/db&target=job/shop/migrate").await;
    let url = format!("http://{}", server.address);
    let line = format!("service/db?port=5432 job/migrate --timeout 10m --output {form} --server {url}");
    let arguments: Vec<OsString> = line.split(' ').map(Into::into).collect();
    let paper = Paper::default();
    let mut sheet = paper.clone();
    // On a thread that a failure of this test does not wait for.
    let running = std::thread::spawn(move || run(&arguments, &Pod, &mut sheet.clone(), &mut sheet));
    paper.until("JobRunning").await;
    api.apply(endpoint()).unwrap();
    paper.until(if form == "json" { "\"ready\"" } else { "  ready  " }).await;
    api.apply(job("migrate").namespace("shop").complete()).unwrap();
    until(async || running.is_finished()).await;
    assert_eq!(running.join().unwrap(), 0, "{}", paper.text());
    paper.text().replace(&url, "http://k8s-wait.k8s-wait.svc:8080")
}

#[tokio::test]
async fn the_client_prints_what_the_book_shows() {
    // Every line begins with how long it took, which is never the same.
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.trim_start().split_once(' ').unwrap().1.to_owned()).collect()
    };
    let (shown, said) = (file("docs/src/examples/pending.txt"), told("text").await);
    assert_eq!(lines(&shown), lines(&said), "it says:\n{said}");
}

#[tokio::test]
async fn the_client_writes_the_json_that_the_book_shows() {
    let lines = |text: &str| -> Vec<Value> {
        let line = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            assert!(line["elapsed"].take().is_number(), "{line}");
            line
        };
        text.lines().map(line).collect()
    };
    let (shown, said) = (file("docs/src/examples/pending.jsonl"), told("json").await);
    assert_eq!(lines(&shown), lines(&said), "it says:\n{said}");
}
