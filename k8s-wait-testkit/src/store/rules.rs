//! What each write keeps, fills in and refuses about an object's identity, status and generation.

use serde_json::Value;

use super::metadata::{self, is_spec_equal, text};
use super::object::Key;
use super::write::{Author, Part};
use crate::json;
use crate::resource::ResourceType;
use crate::status::Status;

pub(super) fn generate_name(object: &mut Value) {
    let prefix = text(object, "generateName");
    if text(object, "name").is_empty() && !prefix.is_empty() {
        let name = format!("{prefix}{}", metadata::suffix());
        json::set(object, "/metadata/name", name);
    }
}

/// Fills in what the server says about a new object.
pub(super) fn identify(resource: &ResourceType, key: &Key, object: &mut Value, author: Author) {
    let generation = json::at(object, "/metadata/generation").as_i64().filter(|_| author == Author::Test);
    let Some(Value::Object(metadata)) = object.get_mut("metadata") else { return };
    let given = |field: &str| metadata.get(field).and_then(Value::as_str).filter(|_| author == Author::Test);
    let uid = given("uid").map_or_else(metadata::uid, str::to_owned);
    let created = given("creationTimestamp").map_or_else(metadata::now, str::to_owned);
    if author == Author::Client {
        metadata.retain(|field, _| {
            !["deletionTimestamp", "deletionGracePeriodSeconds"].contains(&field.as_str())
        });
    }
    metadata.insert("uid".into(), uid.into());
    metadata.insert("creationTimestamp".into(), created.into());
    if resource.is_namespaced {
        metadata.insert("namespace".into(), key.namespace.as_str().into());
    }
    match generation {
        Some(generation) => metadata.insert("generation".into(), generation.into()),
        None if resource.has_generation => metadata.insert("generation".into(), 1.into()),
        None => metadata.remove("generation"),
    };
}

/// Name and namespace cannot change; uid and resourceVersion, where given, say which object is meant.
pub(super) fn check_identity(
    resource: &ResourceType,
    key: &Key,
    old: &Value,
    new: &Value,
) -> Result<(), Status> {
    let name = text(new, "name");
    if !name.is_empty() && name != key.name {
        let message =
            format!("the name of the object ({name}) does not match the name on the URL ({})", key.name);
        return Err(Status::bad_request(message));
    }
    let differs = |field: &str| !text(new, field).is_empty() && text(new, field) != text(old, field);
    if differs("namespace") {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    if differs("uid") || differs("resourceVersion") {
        return Err(Status::conflict(&resource.group, &resource.plural, &key.name));
    }
    Ok(())
}

/// Carries over what this write cannot change, and sets the generation.
pub(super) fn keep(resource: &ResourceType, part: Part, old: &Value, new: &mut Value) {
    if part == Part::Status {
        let status = new.get("status").cloned();
        *new = old.clone();
        put(new, "/status", status);
        return;
    }
    if part == Part::Everything && resource.has_status && new.get("status").is_none() {
        json::set(new, "/status", resource.initial_status());
    }
    if part == Part::Main && resource.has_status {
        put(new, "/status", old.get("status").cloned());
    }
    let given = json::at(new, "/metadata/generation").as_i64().filter(|_| part == Part::Everything);
    keep_metadata(part, old, new);
    if let Some(generation) = given {
        json::set(new, "/metadata/generation", generation);
    } else if !is_spec_equal(resource, old, new) {
        bump_generation(resource, new);
    }
}

fn keep_metadata(part: Part, old: &Value, new: &mut Value) {
    let kept: &[&str] = match part {
        Part::Everything => {
            &["name", "namespace", "uid", "creationTimestamp", "resourceVersion", "generation"]
        }
        _ => &[
            "name",
            "namespace",
            "uid",
            "creationTimestamp",
            "resourceVersion",
            "generation",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
        ],
    };
    for field in kept {
        let pointer = format!("/metadata/{field}");
        put(new, &pointer, old.pointer(&pointer).cloned());
    }
}

fn put(object: &mut Value, pointer: &str, value: Option<Value>) {
    match (value, pointer.rsplit_once('/')) {
        (Some(value), _) => json::set(object, pointer, value),
        (None, Some((parent, field))) => json::remove(object, parent, field),
        (None, None) => {}
    }
}

pub(super) fn mark_terminating(resource: &ResourceType, object: &mut Value) {
    json::set(object, "/metadata/deletionTimestamp", metadata::now());
    json::set(object, "/metadata/deletionGracePeriodSeconds", 0);
    bump_generation(resource, object);
}

fn bump_generation(resource: &ResourceType, object: &mut Value) {
    let generation = json::at(object, "/metadata/generation").as_i64().unwrap_or(0);
    if resource.has_generation {
        json::set(object, "/metadata/generation", generation + 1);
    }
}
