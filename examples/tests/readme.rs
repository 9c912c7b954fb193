//! The README says what is so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use k8s_wait_lib::{CheckRegistry, Target};
use serde_json::{Value, json};
use std::fs::read_to_string;

fn file(path: &str) -> String {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The contents of the code blocks in a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn its_manifest_is_the_one_that_is_tested() {
    let shown = blocks(&file("README.md"), "yaml");
    assert_eq!(shown, [file("examples/manifests/app.yaml")]);
}

#[test]
fn the_copied_client_is_started_where_it_was_put_and_with_arguments_that_it_takes() {
    let pod: Value = serde_saphyr::from_str(&file("examples/manifests/command.yaml")).unwrap();
    let [copying, waiting] =
        ["/spec/initContainers/0", "/spec/containers/0"].map(|path| pod.pointer(path).unwrap());
    let place = copying["volumeMounts"][0]["mountPath"].as_str().unwrap();
    assert_eq!(copying["args"], json!(["copy", place]));
    assert_eq!(waiting["volumeMounts"][0]["mountPath"], place);
    assert_eq!(waiting["command"], json!([format!("{place}/k8s-wait-client")]));
    for container in [copying, waiting] {
        assert_eq!(container["volumeMounts"][0]["name"], pod["spec"]["volumes"][0]["name"]);
    }
    let words: Vec<&str> =
        waiting["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let target: Target = words[0].parse().unwrap();
    CheckRegistry::standard().unwrap().parse(&target.in_namespace("shop")).map(drop).unwrap();
    assert_eq!(words[1..], ["--timeout=0", "--", "/pause"]);
}

#[test]
fn what_it_installs_is_there() {
    let readme = file("README.md");
    let paths = ["deploy/chart/k8s-wait", "deploy/kustomize/base", "deploy/install.yaml"];
    for (path, command) in
        paths.iter().zip(["helm install k8s-wait ", "kubectl apply -k ", "kubectl apply -f "])
    {
        assert!(readme.contains(&format!("\n{command}{path}")), "README.md does not have {command}{path}");
        assert!(
            std::path::Path::new(&format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).exists(),
            "{path}"
        );
    }
}
