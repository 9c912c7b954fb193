//! The examples do what they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{job, object, pod};
use serde_json::json;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Longer than any of them takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(60);

fn run(program: &str, api: &Api, arguments: &[&str]) -> (Child, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(&kubeconfig, api.kubeconfig()).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).env("KUBECONFIG", kubeconfig).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    (command.spawn().unwrap(), folder)
}

async fn end(child: Child) -> (Option<i32>, String) {
    let output = timeout(PATIENCE, child.wait_with_output()).await.expect("it did not end").unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn embed_waits_without_a_server() {
    let api = Api::start().await.unwrap();
    api.apply(pod("web").namespace("shop").not_ready()).unwrap();
    let (child, _folder) = run(env!("CARGO_BIN_EXE_embed"), &api, &["shop", "pod/web"]);
    while api.watches_open("pods") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    api.apply(pod("web").namespace("shop").ready()).unwrap();
    let (code, text) = end(child).await;
    assert!(text.contains("pod/shop/web is ready"), "{text}");
    assert_eq!(code, Some(0), "{text}");
}

#[tokio::test]
async fn embed_tells_a_failure() {
    let api = Api::start().await.unwrap();
    api.apply(job("migrate").namespace("shop").failed("BackoffLimitExceeded")).unwrap();
    let (child, _folder) = run(env!("CARGO_BIN_EXE_embed"), &api, &["shop", "job/migrate"]);
    let (code, text) = end(child).await;
    assert!(text.contains("job/shop/migrate is failed: BackoffLimitExceeded"), "{text}");
    assert_eq!(code, Some(1), "{text}");
}

#[tokio::test]
async fn a_kind_of_ones_own_is_a_judge_or_a_whole_check() {
    let api = Api::start().await.unwrap();
    let lease = || object("coordination.k8s.io/v1", "Lease", "leader").namespace("shop");
    api.apply(lease().build()).unwrap();
    let shared = tempfile::tempdir().unwrap();
    let file = format!("file/migrated?x-dir={}", shared.path().display());
    let (mut child, _folder) =
        run(env!("CARGO_BIN_EXE_custom_check"), &api, &["shop", "lease/leader", &file]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = timeout(PATIENCE, lines.next_line()).await.expect("it said nothing").unwrap().unwrap();
    assert_eq!(first, "NotHeld: lease shop/leader: nobody holds it");
    std::fs::write(shared.path().join("migrated"), "").unwrap();
    api.apply(lease().with("/spec", json!({"holderIdentity": "me"})).build()).unwrap();
    let mut last = first;
    while let Some(line) = timeout(PATIENCE, lines.next_line()).await.expect("it did not end").unwrap() {
        last = line;
    }
    assert_eq!(last, "ready");
    assert_eq!(end(child).await, (Some(0), String::new()));
}

#[tokio::test]
async fn a_check_refuses_what_it_does_not_understand() {
    let api = Api::start().await.unwrap();
    let (child, _folder) = run(env!("CARGO_BIN_EXE_custom_check"), &api, &["shop", "file/migrated"]);
    let (code, text) = end(child).await;
    assert!(text.contains("a file is written file/NAME?x-dir=FOLDER"), "{text}");
    assert_eq!(code, Some(1), "{text}");
}

/// Each line that a newcomer is told to expect, in this order.
async fn plays(arguments: &[&str], expected: &[&str], status: i32) {
    let api = Api::start().await.unwrap();
    let (child, _folder) = run(env!("CARGO_BIN_EXE_quickstart"), &api, arguments);
    let output =
        timeout(Duration::from_secs(900), child.wait_with_output()).await.expect("it did not end").unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let mut rest = text.as_str();
    for line in expected {
        rest = rest
            .split_once(line)
            .unwrap_or_else(|| panic!("{line:?} is missing, or out of order, in:\n{text}"))
            .1;
    }
    assert_eq!(output.status.code(), Some(status), "{text}");
}

#[tokio::test]
async fn the_quickstart_ends_well() {
    let expected = [
        "cluster",
        "its init container starts",
        "0 of 1 endpoints",
        "db-0 is ready",
        "job is complete",
        "exit 0",
    ];
    plays(&[], &expected, 0).await;
}

#[tokio::test]
async fn the_quickstart_can_fail() {
    plays(&["--fail"], &["its init container starts", "BackoffLimitExceeded", "exit 3"], 3).await;
}

#[tokio::test]
async fn the_quickstart_leaves_nothing_behind_when_it_is_told_to_stop() {
    let api = Api::start().await.unwrap();
    let (mut child, _folder) = run(env!("CARGO_BIN_EXE_quickstart"), &api, &["--cluster"]);
    let pid = child.id().unwrap();
    let namespace = format!("k8s-wait-quickstart-{pid}");
    while api.watches_open("serviceaccounts") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    api.apply(object("v1", "ServiceAccount", "default").namespace(&namespace).build()).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let server = loop {
        let line = timeout(PATIENCE, lines.next_line()).await.expect("it does not get on").unwrap();
        let Some(line) = line else { panic!("it ended: {:?}", end(child).await) };
        if let Some((_, address)) = line.split_once("listens on http://") {
            break address.to_owned();
        }
    };
    let sent = Command::new("kill").arg(pid.to_string()).status().await.unwrap();
    assert!(sent.success());
    while timeout(PATIENCE, lines.next_line()).await.expect("it did not end").unwrap().is_some() {}
    let (code, text) = end(child).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("interrupted"), "{text}");
    assert!(tokio::net::TcpStream::connect(server).await.is_err(), "the server still runs");
    assert!(api.get("namespaces", "", &namespace).is_none(), "the namespace is still there");
}
