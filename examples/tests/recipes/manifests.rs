//! The manifests of recipes have the fields that Kubernetes knows, and no others.

use crate::pages::{below, file};
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The objects of all recipes.
pub(super) fn objects() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for path in below("examples/recipes", "yaml") {
        let text = file(&path);
        let objects: Vec<Value> =
            serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(!objects.is_empty(), "{path} is empty");
        found.extend(objects.into_iter().map(|object| (path.clone(), object)));
    }
    assert!(found.len() > 8, "only {} objects were found", found.len());
    found
}

/// What is not taken over into the type that the object says it is.
fn unknown(object: &Value) -> Result<Option<String>, String> {
    let kind = format!("{} {}", object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    match kind.as_str() {
        "v1 Pod" => lost::<Pod>(object),
        "v1 Service" => lost::<Service>(object),
        "apps/v1 Deployment" => lost::<Deployment>(object),
        "apps/v1 StatefulSet" => lost::<StatefulSet>(object),
        "batch/v1 Job" => lost::<Job>(object),
        "networking.k8s.io/v1 NetworkPolicy" => lost::<NetworkPolicy>(object),
        kind => Err(format!("no type is known for {kind}")),
    }
}

fn lost<T: DeserializeOwned + Serialize>(object: &Value) -> Result<Option<String>, String> {
    let typed: T = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
    Ok(missing("", object, &serde_json::to_value(typed).unwrap()))
}

/// Where the second value does not have what the first one has.
fn missing(place: &str, wanted: &Value, found: &Value) -> Option<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted.iter().find_map(|(key, value)| {
            missing(&format!("{place}/{key}"), value, found.get(key).unwrap_or(&Value::Null))
        }),
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            let mut pairs = wanted.iter().zip(found).enumerate();
            pairs.find_map(|(place_in, (wanted, found))| {
                missing(&format!("{place}/{place_in}"), wanted, found)
            })
        }
        (wanted, found) => (wanted != found).then(|| place.to_owned()),
    }
}

#[test]
fn their_fields_are_those_of_kubernetes() {
    for (path, object) in objects() {
        assert_eq!(unknown(&object), Ok(None), "{path}");
    }
}

#[test]
fn a_field_that_does_not_exist_is_found() {
    let (_, mut object) = objects().into_iter().find(|(path, _)| path.ends_with("/token.yaml")).unwrap();
    object["spec"]["template"]["spec"]["initContainers"][0]["arguments"] = "job/a".into();
    assert_eq!(unknown(&object), Ok(Some("/spec/template/spec/initContainers/0/arguments".to_owned())));
}
