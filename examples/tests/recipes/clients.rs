//! The containers of recipes: what our client is told is understood, and each may run where pods are restricted.

use super::manifests::objects;
use super::words::{Variables, client};
use serde_json::{Value, json};
use std::path::Path;

/// All containers in an object, wherever they are.
fn containers(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(fields) if fields.contains_key("image") => found.push(value.clone()),
        Value::Object(fields) => fields.values().for_each(|value| containers(value, found)),
        Value::Array(items) => items.iter().for_each(|value| containers(value, found)),
        _ => {}
    }
}

/// Each container with the name of its file.
fn all() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (path, object) in objects() {
        let mut inside = Vec::new();
        containers(&object, &mut inside);
        found.extend(inside.into_iter().map(|container| (path.clone(), container)));
    }
    found
}

fn is_ours(container: &Value) -> bool {
    let command = container["command"][0].as_str().unwrap_or_default();
    container["image"].as_str().unwrap().starts_with("k8s-wait-client:")
        || command.ends_with("/k8s-wait-client")
}

fn words(value: &Value) -> Vec<String> {
    value
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

/// Its arguments, where the token that it finds in a volume is in this file.
fn arguments(container: &Value, token: &Path) -> Vec<String> {
    let mounts = container["volumeMounts"].as_array().map_or(&[][..], Vec::as_slice);
    let is_mounted = |file: &str| {
        mounts.iter().any(|mount| Path::new(file).starts_with(mount["mountPath"].as_str().unwrap()))
    };
    let here = |word: String| match word.strip_prefix("--token-file=") {
        Some(file) if is_mounted(file) => format!("--token-file={}", token.display()),
        _ => word,
    };
    words(&container["args"]).into_iter().map(here).collect()
}

#[test]
fn the_clients_understand_their_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "a.b.c").unwrap();
    let ours: Vec<_> = all().into_iter().filter(|(_, container)| is_ours(container)).collect();
    assert!(ours.len() >= 8, "only {} were found", ours.len());
    for (path, container) in ours {
        let set = container["env"].as_array().map_or(&[][..], Vec::as_slice).iter();
        let set =
            set.filter_map(|one| Some((one["name"].as_str()?.to_owned(), one["value"].as_str()?.to_owned())));
        let told = client(&arguments(&container, &token), &Variables(set.collect()));
        assert!(told.is_ok(), "{path}: {}", told.unwrap_err());
    }
}

#[test]
fn the_clients_know_their_namespace_without_a_token() {
    for (path, container) in all().into_iter().filter(|(_, container)| is_ours(container)) {
        let is_copy = container["args"][0] == "copy";
        let field =
            json!({"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}});
        let knows = container["env"].as_array().is_some_and(|env| env.contains(&field));
        let is_told = words(&container["args"]).iter().any(|word| word.starts_with("--namespace="));
        assert!(knows || is_told || is_copy, "{path}: {}", container["name"]);
    }
}

#[test]
fn every_container_is_restricted_and_ours_have_resources() {
    for (path, container) in all() {
        let context = &container["securityContext"];
        let place = format!("{path}: {}", container["name"]);
        assert_eq!(context["runAsNonRoot"], true, "{place}");
        assert_ne!(context["runAsUser"], 0, "{place}");
        assert_eq!(context["allowPrivilegeEscalation"], false, "{place}");
        assert_eq!(context["capabilities"], json!({"drop": ["ALL"]}), "{place}");
        assert_eq!(context["seccompProfile"], json!({"type": "RuntimeDefault"}), "{place}");
        if is_ours(&container) {
            assert_eq!(context["readOnlyRootFilesystem"], true, "{place}");
            assert!(context["runAsUser"].is_u64(), "{place}: the image has no name for its user");
        }
        if container["image"].as_str().unwrap().starts_with("k8s-wait-client:") {
            assert_eq!(container["resources"]["requests"], json!({"cpu": "5m", "memory": "4Mi"}), "{place}");
            assert_eq!(container["resources"]["limits"], json!({"memory": "16Mi"}), "{place}");
        }
    }
}
