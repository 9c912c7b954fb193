//! Manifests as objects: [`objects`].

use serde_json::{Value, json};

/// What only objects of a Helm release have.
const HELMS: [&str; 4] = [
    "helm.sh/chart",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
];

/// The objects of a manifest, in an order that does not depend on the file's.
pub(super) fn objects(manifest: &str) -> Vec<Value> {
    let mut objects: Vec<Value> = serde_saphyr::from_multiple(manifest).unwrap();
    objects.retain(|object| !object.is_null());
    objects.sort_by_key(|object| (object["kind"].to_string(), object["metadata"]["name"].to_string()));
    objects
}

/// Those of a release, without what Helm adds and without its tests.
pub(super) fn released(manifest: &str) -> Vec<Value> {
    let mut objects = objects(manifest);
    objects.retain(|object| object["metadata"]["annotations"].get("helm.sh/hook").is_none());
    objects.iter_mut().for_each(forget_helm);
    objects
}

fn forget_helm(value: &mut Value) {
    match value {
        Value::Object(map) => {
            HELMS.iter().for_each(|label| drop(map.remove(*label)));
            map.values_mut().for_each(forget_helm);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_helm),
        _ => {}
    }
}

/// The one object of a kind; of Services that which clients ask.
pub(super) fn one<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    let mut found =
        objects.iter().filter(|object| object["kind"] == kind && object["spec"]["clusterIP"] != "None");
    let first = found.next().unwrap_or_else(|| panic!("there is no {kind}"));
    assert!(found.next().is_none(), "there is more than one {kind}");
    first
}

/// The server's container.
pub(super) fn server(objects: &[Value]) -> &Value {
    let containers = one(objects, "Deployment").pointer("/spec/template/spec/containers").unwrap();
    assert_eq!(containers.as_array().map(Vec::len), Some(1));
    &containers[0]
}

/// The kinds that there are, each once for every object.
pub(super) fn kinds(objects: &[Value]) -> Value {
    objects.iter().map(|object| object["kind"].clone()).collect::<Vec<_>>().into()
}

/// Nothing.
pub(super) fn none() -> Value {
    json!([])
}
