//! What the server does is what `/openapi.json` says, as schemathesis finds it to be: it makes up requests, good and bad.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests may, and are no API"
)]

#[path = "../support/mod.rs"]
mod support;

use k8s_wait_server::{Auth, Settings};
use k8s_wait_testkit::build::{job, pod};
use k8s_wait_testkit::{Api, Token};
use std::process::{Output, Stdio};
use std::time::Duration;
use support::{Lines, Server};
use tokio::process::Command;
use tokio::time::timeout;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi");

/// Something that is ready, pending and failed.
async fn cluster() -> Api {
    let api = Api::start().await.unwrap();
    api.apply(pod("web").namespace("shop").ready()).unwrap();
    api.apply(job("migrate").namespace("shop").active(1)).unwrap();
    api.apply(job("lost").namespace("shop").failed("BackoffLimitExceeded")).unwrap();
    api
}

/// What CPython 3.11 now and then says instead of parsing (its issue 106905), which is no finding.
const OWN_TROUBLE: &str = "SystemError: AST constructor recursion depth mismatch";

/// Fails where schemathesis finds anything. Where Python has stumbled it is asked again, three times at most.
async fn examine(server: &Server, arguments: &[&str]) {
    for _ in 0..3 {
        let output = examined(server, arguments).await;
        let said = String::from_utf8_lossy(&output.stdout);
        println!("{said}{}", String::from_utf8_lossy(&output.stderr));
        if output.status.success() || !said.contains(OWN_TROUBLE) {
            assert!(output.status.success(), "schemathesis: {}", output.status);
            return;
        }
    }
    panic!("Python stumbles each time");
}

/// Nothing is left of it but what it says.
async fn examined(server: &Server, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut schemathesis = Command::new("schemathesis");
    schemathesis
        .current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", format!("{FOLDER}/hooks.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(format!("--config-file={FOLDER}/schemathesis.toml"))
        .arg("run")
        .args(arguments)
        .arg(format!("http://{}/openapi.json", server.address))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let running = timeout(Duration::from_secs(300), schemathesis.output());
    running.await.expect("this should not take so long").expect("schemathesis should be installed")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs schemathesis"]
async fn answers_are_those_of_the_document() {
    let api = cluster().await;
    let server = Server::start(&api).await;
    let _held = server.lines("/v1/wait?target=pod/shop/nobody&timeout=1h").await;
    examine(&server, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs schemathesis"]
async fn answers_to_those_who_show_a_token_are_too() {
    let api = cluster().await;
    let token = Token::of_service_account("shop", "default").in_pod("app-0").for_audience("k8s-wait");
    api.accept_token("token-of-shop", token);
    let settings = Settings { auth: Auth::Token([].into()), ..Settings::default() };
    let server = Server::with(&api, settings).await;
    let header = ("authorization", "Bearer token-of-shop");
    let path = "/v1/wait?target=pod/shop/nobody&timeout=1h";
    let _held = Lines::open_with(server.address, path, &[header]).await;
    examine(&server, &["--header", "Authorization: Bearer token-of-shop"]).await;
}
