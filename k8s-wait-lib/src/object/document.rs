//! Objects of any kind with nearly all that is in them: [`Document`].

use super::served::{self, Served, served};
use super::wire::Head;
use super::{Cached, Meta};
use kube::{Api, Client};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// An object of any kind as JSON text, for expressions that may ask for any part of it.
///
/// Text and not a tree of values, which takes ten times the memory; it is read again for each evaluation, which costs
/// some 10 µs a KiB. Gone are managedFields, the copy of the object that `kubectl apply` keeps in an annotation, and what
/// containers are started with (`env`, `envFrom`, `args`, `command`): an expression can guess at every value that it
/// is given, and those are where people put passwords.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its metadata.
    pub meta: Meta,
    text: Box<str>,
}

impl Document {
    /// The object as a tree of values.
    ///
    /// # Errors
    ///
    /// Never: the text was written by [`Cached::cut`].
    pub fn value(&self) -> serde_json::Result<Value> {
        serde_json::from_str(&self.text)
    }
}

/// What is decoded of one object.
#[derive(Clone, Debug)]
pub struct DocumentWire {
    metadata: Head,
    value: Value,
}

served!(DocumentWire);

impl<'de> Deserialize<'de> for DocumentWire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let metadata = value.get("metadata").unwrap_or(&Value::Null);
        let metadata = Option::<Head>::deserialize(metadata).map_err(de::Error::custom)?.unwrap_or_default();
        Ok(Self { metadata, value: without_secrets(value) })
    }
}

/// Without what nobody waits for, and without what nobody may guess at.
fn without_secrets(mut value: Value) -> Value {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    for (name, part) in value.as_object_mut().into_iter().flatten() {
        strip(part, name == "spec");
    }
    value
}

/// What containers are started with, and the lists in which containers are.
const STARTED_WITH: [&str; 4] = ["env", "envFrom", "args", "command"];
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Takes out, at any depth, what containers are started with. `is_inside`: in a spec, where kinds of other people's may
/// have it anywhere, or in a container, as the template of a PodTemplate has them.
fn strip(value: &mut Value, is_inside: bool) {
    match value {
        Value::Object(fields) => {
            if is_inside {
                STARTED_WITH.iter().for_each(|name| drop(fields.remove(*name)));
            }
            for (name, field) in fields {
                strip(field, is_inside || CONTAINERS.contains(&name.as_str()));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, is_inside)),
        _ => {}
    }
}

impl Cached for Document {
    type Wire = DocumentWire;
    type View = Self;

    fn api(client: Client, namespace: Option<&str>, served: &Served) -> Api<DocumentWire> {
        served::api(client, namespace, served)
    }

    fn is_namespaced(served: &Served) -> bool {
        served.is_namespaced
    }

    fn cut(wire: DocumentWire) -> Self {
        Self { meta: wire.metadata.meta, text: wire.value.to_string().into() }
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn view(&self) -> &Self {
        self
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }

    fn share(&mut self, other: &Self) {
        self.meta.share(&other.meta);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kept(object: Value) -> Value {
        Document::cut(serde_json::from_value(object).unwrap()).value().unwrap()
    }

    #[test]
    fn what_people_put_passwords_into_is_not_kept() {
        let container = json!({"name": "app", "image": "app:1", "env": [{"name": "P", "value": "s3cret"}],
            "envFrom": [{"secretRef": {"name": "x"}}], "args": ["--p=s3cret"], "command": ["s3cret"]});
        let object = json!({
            "metadata": {"name": "web", "managedFields": [{"manager": "kubectl"}], "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": "s3cret", "a": "b"}},
            "spec": {"replicas": 2, "template": {"spec": {"containers": [container]}}},
            "status": {"args": 1},
        });
        let text = kept(object.clone()).to_string();
        assert!(!text.contains("s3cret") && !text.contains("managedFields"), "{text}");
        assert_eq!(
            kept(object.clone())["spec"]["template"]["spec"]["containers"],
            json!([{"name": "app", "image": "app:1"}])
        );
        assert_eq!(kept(object)["status"]["args"], 1, "a status is nobody's command line");
        // Pods are made from other places than a spec.
        let containers = json!([{"name": "app", "env": [{"name": "P", "value": "s3cret"}]}]);
        for object in [
            json!({"template": {"spec": {"initContainers": containers}}}),
            json!({"data": {"spec": {"template": {"spec": {"containers": containers}}}}}),
        ] {
            assert!(!kept(object.clone()).to_string().contains("s3cret"), "{object}");
        }
        assert_eq!(
            kept(json!({"data": {"env": "prod"}})),
            json!({"data": {"env": "prod"}}),
            "a ConfigMap's key"
        );
    }

    #[test]
    fn the_metadata_is_read_as_everywhere() {
        let wire = json!({"metadata": {"name": "web", "uid": "u", "generation": 3, "labels": {"a": "b"}}});
        let document = Document::cut(serde_json::from_value(wire).unwrap());
        assert_eq!((&*document.meta.uid, document.meta.generation), ("u", Some(3)));
        assert_eq!(document.meta.labels.get("a"), Some("b"));
        assert_eq!(Document::cut(serde_json::from_value(json!({})).unwrap()).meta, Meta::default());
    }
}
