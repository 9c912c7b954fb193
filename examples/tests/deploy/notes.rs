//! What an installation tells: an init container to paste.

use crate::helm::{CHART, run};
use serde_json::{Value, json};
use std::fs::read_to_string;

fn notes(release: &str, values: &Value) -> String {
    let arguments = ["install", release, CHART, "--namespace", "infra", "--dry-run=client", "--values", "-"];
    let said = run("helm", &arguments, &values.to_string()).unwrap().output;
    said.split_once("NOTES:\n").unwrap().1.to_owned()
}

/// What is there to paste.
fn container(notes: &str) -> Value {
    let (_, pasted) = notes.split_once("initContainers:").unwrap();
    let pod: Value = serde_saphyr::from_str(&format!("initContainers:{pasted}")).unwrap();
    assert_eq!(pod["initContainers"].as_array().map(Vec::len), Some(1));
    pod["initContainers"][0].clone()
}

#[test]
#[ignore = "needs helm"]
fn the_notes_have_the_init_container_of_the_readme_for_this_server() {
    let app = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests/app.yaml");
    let app: Value = serde_saphyr::from_str(&read_to_string(app).unwrap()).unwrap();
    let mut expected = app["spec"]["initContainers"][0].clone();
    let mut pasted = container(&notes("k8s-wait", &json!({})));
    let arguments = ["service/db", "job/migrate", "--server=http://k8s-wait.infra.svc:8080"];
    assert_eq!(pasted["args"], json!(arguments));
    assert_eq!(pasted["imagePullPolicy"], "IfNotPresent");
    for key in ["args", "imagePullPolicy"] {
        for container in [&mut expected, &mut pasted] {
            container.as_object_mut().unwrap().remove(key);
        }
    }
    assert_eq!(pasted, expected);
}

#[test]
#[ignore = "needs helm"]
fn the_notes_have_the_volume_of_a_token_and_of_whom_to_trust() {
    let values =
        json!({"auth": {"mode": "token"}, "tls": {"secretName": "own"}, "client": {"caConfigMap": "ours"}});
    let notes = notes("k8s-wait", &values);
    let (_, pasted) = notes.split_once("  initContainers:").unwrap();
    let pod: Value = serde_saphyr::from_str(&format!("  initContainers:{pasted}")).unwrap();
    assert_eq!(pod["initContainers"][0]["volumeMounts"][0]["name"], pod["volumes"][0]["name"]);
    assert_eq!(pod["volumes"][0]["projected"]["sources"].as_array().map(Vec::len), Some(2));
}

#[test]
#[ignore = "needs helm"]
fn the_notes_tell_what_is_watched_and_what_is_not_installed() {
    assert!(notes("wait", &json!({})).contains("watches the whole cluster."));
    let some = notes("wait", &json!({"watch": {"namespaces": ["shop", "till"]}}));
    assert!(
        some.contains("watches shop, till.") && some.contains("helm test wait --namespace infra"),
        "{some}"
    );
    assert!(!some.contains("k8s-wait.dev/"), "{some}");
    let webhook = notes("wait", &json!({"inject": {"enabled": true}}));
    assert!(
        webhook.contains("  kubectl label namespace NAMESPACE k8s-wait.dev/inject=enabled\n"),
        "{webhook}"
    );
    assert_eq!(container(&webhook)["args"], container(&some)["args"]);
    let none = notes("wait", &json!({"enabled": false}));
    assert!(none.contains("Nothing is installed"), "{none}");
    assert_eq!(container(&none)["args"], json!(["service/db", "job/migrate"]));
}
