//! `k8s-wait-server wait`: the client without a server.

use std::path::Path;
use std::process::Output;

use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{job, pod};
use tempfile::TempDir;
use tokio::process::Command;

use super::program::command;
use crate::support::within;

/// A kubeconfig for `api` in a directory of its own.
fn kubeconfig(api: &Api, namespace: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    let text = api.kubeconfig().replace("namespace: default", &format!("namespace: {namespace}"));
    std::fs::write(directory.path().join("config"), text).unwrap();
    directory
}

async fn ends(command: &mut Command, directory: &Path) -> (Option<i32>, String, String) {
    let output = command.env("KUBECONFIG", directory.join("config")).kill_on_drop(true).output();
    let Output { status, stdout, stderr } = within(output).await.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

async fn waits(api: &Api, arguments: &[&str]) -> (Option<i32>, String, String) {
    let directory = kubeconfig(api, "shop");
    ends(command(&["wait"]).args(arguments), directory.path()).await
}

#[tokio::test]
async fn it_ends_as_the_client_does() {
    let api = Api::start().await.unwrap();
    api.apply(job("good").complete().namespace("shop")).unwrap();
    api.apply(job("bad").failed("BackoffLimitExceeded").namespace("shop")).unwrap();
    let (code, said, _) = waits(&api, &["job/good"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("job/shop/good") && said.contains(&api.url()), "{said}");
    let (code, said, _) = waits(&api, &["job/bad"]).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("BackoffLimitExceeded"), "{said}");
    assert_eq!(waits(&api, &["job/absent", "--timeout", "200ms"]).await.0, Some(1));
    assert_eq!(waits(&api, &["gadget/x"]).await.0, Some(2));
    let (code, _, complaint) = waits(&api, &["job/good", "--server", "http://x"]).await;
    assert_eq!(
        (code, complaint.starts_with("k8s-wait-server wait: --server: ")),
        (Some(2), true),
        "{complaint}"
    );
    let (code, help, _) = waits(&api, &["--help"]).await;
    assert_eq!((code, help.contains("k8s-wait-server wait")), (Some(0), true), "{help}");
}

#[tokio::test]
async fn only_namespaces_that_are_asked_about_are_watched() {
    let api = Api::start().await.unwrap();
    api.apply(pod("web").ready().namespace("other")).unwrap();
    api.apply(pod("web").ready().namespace("shop")).unwrap();
    assert_eq!(waits(&api, &["pod/web", "pod/other/web"]).await.0, Some(0));
    let watched = api.requests().into_iter().filter(|request| request.resource == "pods");
    let mut namespaces: Vec<_> = watched.map(|request| request.namespace).collect();
    namespaces.sort();
    namespaces.dedup();
    assert_eq!(namespaces, [Some("other".to_owned()), Some("shop".to_owned())]);
}

#[tokio::test]
async fn kubectl_finds_it_by_its_name() {
    let api = Api::start().await.unwrap();
    api.apply(pod("web").ready().namespace("shop")).unwrap();
    let directory = kubeconfig(&api, "shop");
    let plugin = directory.path().join("kubectl-k8s_wait");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_k8s-wait-server"), &plugin).unwrap();
    let (code, said, _) = ends(Command::new(&plugin).env_clear().arg("pod/web"), directory.path()).await;
    assert_eq!(code, Some(0), "{said}");
    let (_, help, _) = ends(Command::new(&plugin).env_clear().arg("--help"), directory.path()).await;
    assert!(help.contains("kubectl k8s-wait"), "{help}");
}

#[tokio::test]
async fn without_a_kubeconfig_it_says_so() {
    let directory = TempDir::new().unwrap();
    let (code, _, complaint) = ends(&mut command(&["wait", "pod/web"]), directory.path()).await;
    assert_eq!(code, Some(2), "{complaint}");
    assert!(complaint.contains("no usable kubeconfig") && complaint.lines().count() == 1, "{complaint}");
    // What needs no cluster needs no kubeconfig.
    let (code, said, _) =
        ends(&mut command(&["wait", "tcp://127.0.0.1:9", "--timeout", "200ms"]), directory.path()).await;
    assert_eq!(code, Some(1), "{said}");
}

#[tokio::test]
async fn a_token_is_not_in_the_log() {
    let api = Api::start().await.unwrap();
    api.apply(job("good").complete().namespace("shop")).unwrap();
    let directory = kubeconfig(&api, "shop");
    let token = directory.path().join("token");
    std::fs::write(&token, "s3cret").unwrap();
    let mut command = command(&["wait", "job/good", "--token-file", token.to_str().unwrap()]);
    let (code, said, log) = ends(command.env("RUST_LOG", "trace"), directory.path()).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(log.contains("DEBUG") && !log.contains("s3cret"), "{log}");
    // That is where bytes are shown, sixteen on a line, so that a token need not stand there in one piece.
    assert!(!log.contains("TRACE ureq"), "{log}");
}
