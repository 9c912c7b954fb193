//! Annotations of the recipes, by the program that reads them.

use crate::pages::file;
use k8s_wait_examples::binaries;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// What `k8s-wait-server inject -f -` makes of a manifest.
fn injected(manifest: &str) -> String {
    let server = &binaries().unwrap().server;
    let mut command = Command::new(server);
    command.args(["inject", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_page_shows_what_the_recipe_becomes() {
    let shown = file("docs/src/examples/annotated.yaml");
    assert_eq!(injected(&file("examples/recipes/annotated.yaml")), shown);
    assert_eq!(injected(&shown), shown, "done twice");
}

#[test]
fn the_values_of_helm_and_of_argo_cd_are_annotations_that_make_sense() {
    let values: Value = serde_saphyr::from_str(&file("docs/src/examples/values-annotated.yaml")).unwrap();
    let application: Value =
        serde_saphyr::from_str(&file("docs/src/examples/argo-cd-annotated.yaml")).unwrap();
    for values in [&values, &application["spec"]["source"]["helm"]["valuesObject"]] {
        let annotations = &values["podAnnotations"];
        let pod =
            json!({"kind": "Pod", "metadata": {"annotations": annotations}, "spec": {"containers": []}});
        let made: Value = serde_json::from_str(&injected(&pod.to_string())).unwrap();
        let arguments = made["spec"]["initContainers"][0]["args"].as_array().unwrap();
        assert_eq!(arguments[..2], ["service/db?port=5432", "job/migrate"]);
    }
    let label =
        &application["spec"]["syncPolicy"]["managedNamespaceMetadata"]["labels"]["k8s-wait.dev/inject"];
    assert_eq!(*label, "enabled", "or the webhook is not asked");
}
