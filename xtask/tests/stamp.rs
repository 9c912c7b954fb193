//! What the release workflow does to the manifests before it publishes them.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests may, and are no API")]

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn every_image_that_is_installed_gets_the_registry() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let copy = tempfile::tempdir().unwrap();
    let copied = Command::new("cp").args(["-r", "deploy"]).arg(copy.path()).current_dir(root).status();
    assert!(copied.unwrap().success());
    let stamped =
        Command::new(root.join(".github/stamp")).arg("registry.example/owner").arg(copy.path()).status();
    assert!(stamped.unwrap().success());
    let text = |path: &str| fs::read_to_string(copy.path().join("deploy").join(path)).unwrap();
    let values = text("chart/k8s-wait/values.yaml");
    assert_eq!(
        values.matches("registry: registry.example/owner\n").count(),
        2,
        "the server's and the client's"
    );
    assert!(!values.contains("registry: \"\""), "{values}");
    let deployment = text("kustomize/base/deployment.yaml");
    assert!(deployment.contains("image: registry.example/owner/k8s-wait-server:"), "{deployment}");
}
