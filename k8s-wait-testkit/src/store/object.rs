//! One object as stored: [`Stored`], its JSON made once and shared by all who read it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::json;

/// Where an object is: its namespace (empty for cluster-scoped kinds) and name, in the order of lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// An object at one resourceVersion; never changed.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) key: Key,
    pub(crate) version: u64,
    pub(crate) value: Value,
    json: OnceLock<Bytes>,
    item: OnceLock<Bytes>,
}

impl Stored {
    pub(crate) fn new(key: Key, version: u64, value: Value) -> Arc<Self> {
        Arc::new(Stored { key, version, value, json: OnceLock::new(), item: OnceLock::new() })
    }

    /// The whole object.
    pub(crate) fn json(&self) -> Bytes {
        self.json.get_or_init(|| self.value.to_string().into()).clone()
    }

    /// The object as an item of a list of a built-in kind: without apiVersion and kind.
    pub(crate) fn item(&self) -> Bytes {
        self.item.get_or_init(|| without_type(&self.value).to_string().into()).clone()
    }

    pub(crate) fn metadata(&self, key: &str) -> Option<&Value> {
        self.value.get("metadata")?.get(key)
    }

    /// The object with another resourceVersion.
    pub(crate) fn at(&self, version: u64) -> Value {
        let mut value = self.value.clone();
        json::set(&mut value, "/metadata/resourceVersion", version.to_string());
        value
    }
}

fn without_type(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let is_kept = |key: &String| key != "apiVersion" && key != "kind";
    let kept = fields.iter().filter(|(key, _)| is_kept(key)).map(|(key, field)| (key.clone(), field.clone()));
    Value::Object(kept.collect::<Map<_, _>>())
}
