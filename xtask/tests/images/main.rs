//! The images that `cargo xtask dist` made, in a docker daemon: what is in them, and that they work as the manifests run them.
//!
//! `cargo xtask dist && cargo test -p xtask --test images -- --ignored` runs it. Containers share this machine's loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests may, and are no API"
)]

mod docker;
mod secure;

use docker::{Server, client, docker, image, inspect};
use k8s_wait_testkit::{Api, build::job};
use serde_json::json;
use std::fs;
use std::net::TcpListener;
use std::path::Path;

const IMAGES: [(&str, &str); 3] =
    [("k8s-wait-client", ""), ("k8s-wait-client", "-tls"), ("k8s-wait-server", "")];

#[test]
#[ignore = "needs docker"]
fn they_say_what_they_are_and_whom_they_run_as() {
    let head = docker::run("git", &["rev-parse", "HEAD"]).said;
    for (name, flavour) in IMAGES {
        let found = inspect(&image(name, flavour));
        let (config, labels) = (&found["Config"], &found["Config"]["Labels"]);
        let label =
            |key: &str| labels[format!("org.opencontainers.image.{key}")].as_str().unwrap_or_default();
        assert_eq!(
            (&config["User"], &config["Entrypoint"]),
            (&json!("65532:65532"), &json!([format!("/{name}")]))
        );
        assert_eq!((label("title"), label("version")), (name, env!("CARGO_PKG_VERSION")));
        assert_eq!((label("licenses"), label("revision")), ("Apache-2.0", head.trim()));
        assert_eq!(label("base.name"), "scratch");
        assert!(label("description").len() > 20 && label("created").ends_with('Z'), "{labels}");
    }
}

#[test]
#[ignore = "needs docker"]
fn they_hold_one_file() {
    for (name, flavour) in IMAGES {
        let image = image(name, flavour);
        assert_eq!(inspect(&image)["RootFS"]["Layers"].as_array().map(Vec::len), Some(1), "{image}");
        let shell = docker(&["run", "--rm", "--entrypoint", "/bin/sh", &image]);
        assert!(shell.said.contains("no such file"), "{shell:?}");
        let files = docker::files(&image);
        assert_eq!(files, [name], "{image}");
    }
}

#[test]
#[ignore = "needs docker"]
fn they_are_not_larger_than_the_documentation_tells() {
    let page = fs::read_to_string(Path::new(docker::ROOT).join("docs/src/images.md")).unwrap();
    for (name, flavour) in IMAGES {
        let row = format!("| `{name}:VERSION{flavour}` | ");
        let (_, rest) = page.split_once(&row).unwrap_or_else(|| panic!("no row {row:?}"));
        let most: f64 = rest.split(" MB").next().unwrap().parse().unwrap();
        let size = inspect(&image(name, flavour))["Size"].as_f64().unwrap() / 1e6;
        assert!(
            size <= most,
            "{name}{flavour} has {size} MB, and docs/src/images.md tells of {most} MB at most"
        );
    }
}

#[test]
#[ignore = "needs docker"]
fn names_are_resolved_in_them() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for flavour in ["", "-tls"] {
        let ended =
            client(flavour, &["dns://localhost", &format!("tcp://localhost:{port}"), "--timeout=10s"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        let ended = client(flavour, &["dns://nobody.invalid", "--timeout=1s"]);
        assert!(ended.code == 1 && ended.said.contains("NameNotResolved"), "{ended:?}");
    }
}

#[test]
#[ignore = "needs docker"]
fn https_takes_the_client_with_tls() {
    let web = secure::Web::start();
    let ca = format!("--ca-file={}", docker::MOUNTED);
    let target = format!("https://localhost:{}/", web.port);
    let ended = docker::client_with("-tls", &web.authority, &[&target, &ca, "--timeout=10s"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let ended = client("-tls", &[&target, "--timeout=1s"]);
    assert_eq!(ended.code, 1, "it trusts anybody: {ended:?}");
    let ended = client("", &[&target, "--timeout=1s"]);
    assert_eq!(ended.code, 2, "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs docker"]
async fn a_client_in_one_asks_the_server_in_another() {
    let api = Api::start().await.unwrap();
    api.create(job("migrate").namespace("shop").complete()).unwrap();
    api.create(job("broken").namespace("shop").failed("BackoffLimitExceeded")).unwrap();
    let server = Server::start(&api.url(), &secure::certified().1);
    let place = ["--namespace=shop", "--server", &server.url];
    for flavour in ["", "-tls"] {
        let ended = client(flavour, &[&["job/migrate", "--timeout=30s"], &place[..]].concat());
        assert_eq!(ended.code, 0, "{ended:?}");
        let ended = client(flavour, &[&["job/broken", "--timeout=30s"], &place[..]].concat());
        assert!(ended.code == 3 && ended.said.contains("BackoffLimitExceeded"), "{ended:?}");
    }
    assert_eq!(server.stop(), 0, "it does not obey SIGTERM as process 1");
}

/// What the containers run with is what the manifests say, so these have to say it.
#[test]
fn the_manifests_run_them_without_rights() {
    for pod in [docker::CLIENT, docker::SERVER] {
        let flags = pod.security();
        for flag in
            ["--user=65532:65532", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        {
            assert!(flags.iter().any(|has| has == flag), "{} does not say {flag}: {flags:?}", pod.path);
        }
    }
}
