//! Reading and changing JSON by pointer (RFC 6901), without a panic when something has another shape.

use serde_json::{Map, Value};

/// The value at this pointer; null when there is none.
pub(crate) fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// The text at this pointer; empty when there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).as_str().unwrap_or_default()
}

/// Changes the value at this pointer; what is missing on the way, or in the way, becomes an object.
pub(crate) fn edit(value: &mut Value, pointer: &str, change: impl FnOnce(&mut Value)) {
    let keys: Vec<String> =
        pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
    edit_at(value, &keys, change);
}

fn edit_at(value: &mut Value, keys: &[String], change: impl FnOnce(&mut Value)) {
    let [key, rest @ ..] = keys else { return change(value) };
    let mut fields = match value.take() {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    edit_at(fields.entry(key.clone()).or_insert(Value::Null), rest, change);
    *value = Value::Object(fields);
}

/// Sets the value at this pointer.
pub(crate) fn set(value: &mut Value, pointer: &str, new: impl Into<Value>) {
    let new = new.into();
    edit(value, pointer, |place| *place = new);
}

/// Removes a field from the object at this pointer; does nothing when there is none.
pub(crate) fn remove(value: &mut Value, pointer: &str, field: &str) {
    if let Some(Value::Object(fields)) = value.pointer_mut(pointer) {
        fields.remove(field);
    }
}

/// A key as part of a pointer.
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
