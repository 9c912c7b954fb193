//! What an API server checks and fills in itself: names, uid, timestamps, generation.

use std::hash::{BuildHasher, RandomState};

use serde_json::{Value, json};

use crate::json;
use crate::resource::ResourceType;
use crate::status::Status;

/// A string field of `metadata`, or an empty text.
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object
        .get("metadata")
        .and_then(|metadata| metadata.get(field))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Refuses what is no object of this kind; afterwards `metadata` is known to be a map. A namespace where there is none
/// is dropped, as the API server does.
pub(crate) fn check(resource: &ResourceType, object: &mut Value) -> Result<(), Status> {
    let Value::Object(fields) = &mut *object else {
        return Err(Status::bad_request("the object provided is unrecognized: it is no JSON object"));
    };
    fields.entry("apiVersion").or_insert_with(|| resource.api_version().into());
    fields.entry("kind").or_insert_with(|| resource.kind.as_str().into());
    fields.entry("metadata").or_insert_with(|| json!({}));
    check_type(resource, object)?;
    check_maps(resource, object)?;
    if !resource.is_namespaced {
        json::remove(object, "/metadata", "namespace");
    }
    Ok(())
}

fn check_type(resource: &ResourceType, object: &Value) -> Result<(), Status> {
    let (kind, version) = (json::text(object, "/kind"), json::text(object, "/apiVersion"));
    if kind == resource.kind && version == resource.api_version() {
        return Ok(());
    }
    let message = format!("{kind} in version {version:?} cannot be handled as a {}", resource.kind);
    Err(Status::bad_request(message))
}

/// Maps where maps have to be, so that everybody after this may rely on it.
fn check_maps(resource: &ResourceType, object: &Value) -> Result<(), Status> {
    let is_map = |value: Option<&Value>| value.is_none_or(|value| value.is_object() || value.is_null());
    let metadata = json::at(object, "/metadata");
    let is_text = |field: &str| metadata.get(field).is_none_or(|value| value.is_string() || value.is_null());
    let are_maps = metadata.is_object()
        && ["labels", "annotations"].iter().all(|field| is_map(metadata.get(field)))
        && ["name", "namespace", "generateName", "resourceVersion", "uid"].iter().all(|field| is_text(field))
        && is_map(object.get("status"));
    if are_maps {
        return Ok(());
    }
    let kind = &resource.kind;
    Err(Status::bad_request(format!(
        "{kind} in version {:?} cannot be handled as a {kind}",
        resource.version
    )))
}

/// The rule for names of objects, in the words of the API server.
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// Refuses a name that is no DNS subdomain.
pub(crate) fn check_name(resource: &ResourceType, name: &str) -> Result<(), Status> {
    let invalid =
        |problem: &str| Err(Status::invalid(&resource.group, &resource.kind, name, "metadata.name", problem));
    match name {
        "" => invalid("Required value: name or generateName is required"),
        name if is_subdomain(name) => Ok(()),
        name => invalid(&format!("Invalid value: {name:?}: {SUBDOMAIN}")),
    }
}

fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    label.bytes().all(|byte| is_plain(byte) || byte == b'-')
        && label.bytes().next().is_some_and(is_plain)
        && label.bytes().last().is_some_and(is_plain)
}

/// Now, as the API writes times.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A random (version 4) UUID.
pub(crate) fn uid() -> String {
    let bits = u128::from(random()) << 64 | u128::from(random());
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default().to_owned();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

/// The five characters that follow a `generateName`.
pub(crate) fn suffix() -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let random = random();
    let letter = |shift: u32| LETTERS.iter().cycle().nth(usize::from((random >> shift) as u8));
    [0, 8, 16, 24, 32].into_iter().filter_map(letter).map(|letter| char::from(*letter)).collect()
}

/// Random enough for names: each `RandomState` is seeded by the operating system.
fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// The content that counts for `metadata.generation`: all but metadata, and status where it is a subresource.
pub(crate) fn is_spec_equal(resource: &ResourceType, one: &Value, other: &Value) -> bool {
    let is_counted = |key: &String| {
        key != "metadata" && key != "managedFields" && !(resource.has_status && key == "status")
    };
    let count = |value: &Value| -> Vec<(String, Value)> {
        let fields = value.as_object().into_iter().flatten().filter(|(key, _)| is_counted(key));
        fields.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    count(one) == count(other)
}

/// Are finalizers left?
pub(crate) fn has_finalizers(object: &Value) -> bool {
    let finalizers = object.get("metadata").and_then(|metadata| metadata.get("finalizers"));
    finalizers.and_then(Value::as_array).is_some_and(|finalizers| !finalizers.is_empty())
}

/// Is the object being deleted?
pub(crate) fn is_terminating(object: &Value) -> bool {
    !text(object, "deletionTimestamp").is_empty()
}
