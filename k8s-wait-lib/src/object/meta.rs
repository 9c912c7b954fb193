//! What is kept of every object's metadata: [`Meta`].

use kube::core::ObjectMeta;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::sync::Arc;

/// What is kept of an object's metadata. Name and namespace are the cache's keys and not kept twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meta {
    /// Tells an object from another one that had its name before.
    pub uid: Box<str>,
    /// Counts changes of the spec; `None` on kinds that do not count.
    pub generation: Option<i64>,
    /// The labels.
    pub labels: Labels,
    /// Is it being deleted? (A deletionTimestamp is set.)
    pub is_terminating: bool,
    /// The controller that owns it, which replaces it when it goes.
    pub controller: Option<Arc<Controller>>,
}

/// The controller of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Controller {
    /// Its kind and its name, as `ReplicaSet/web-7f9c6d5b8`; it is in the namespace of what it owns.
    pub key: Box<str>,
    /// Tells it from another one that had its name before.
    pub uid: Box<str>,
}

impl Controller {
    pub(crate) fn new(kind: &str, name: &str, uid: &str) -> Self {
        Self { key: Self::key(kind, name), uid: uid.into() }
    }

    pub(crate) fn key(kind: &str, name: &str) -> Box<str> {
        format!("{kind}/{name}").into()
    }

    pub(crate) fn replica_set(name: &str) -> Box<str> {
        Self::key("ReplicaSet", name)
    }
}

impl Meta {
    /// Takes over what `other` has too, so that it is kept once for both.
    pub(crate) fn share(&mut self, other: &Self) {
        if self.labels == other.labels {
            self.labels = other.labels.clone();
        }
        if self.controller == other.controller {
            self.controller.clone_from(&other.controller);
        }
    }
}

impl From<&ObjectMeta> for Meta {
    fn from(meta: &ObjectMeta) -> Self {
        let controller = meta.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
        let labels = meta.labels.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        Self {
            uid: meta.uid.as_deref().unwrap_or_default().into(),
            generation: meta.generation,
            labels: labels.collect(),
            is_terminating: meta.deletion_timestamp.is_some(),
            controller: controller.map(|owner| Controller::new(&owner.kind, &owner.name, &owner.uid).into()),
        }
    }
}

/// An object's labels in one allocation, `key\0value\0`: neither part can hold a NUL.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Labels(Arc<str>);

impl Labels {
    /// The value of a label.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find_map(|(name, value)| (name == key).then_some(value))
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut parts = self.0.split_terminator('\0');
        std::iter::from_fn(move || Some((parts.next()?, parts.next()?)))
    }
}

/// As a selector of objects that have all of them.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(labels: T) -> Self {
        let mut text = String::new();
        for (key, value) in labels {
            push(&mut text, key);
            push(&mut text, value);
        }
        Self(text.into())
    }
}

fn push(text: &mut String, part: &str) {
    match part.contains('\0') {
        false => text.push_str(part),
        true => text.extend(part.chars().filter(|c| *c != '\0')),
    }
    text.push('\0');
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LabelsVisitor)
    }
}

/// Writes the labels straight into their one allocation.
struct LabelsVisitor;

impl<'de> Visitor<'de> for LabelsVisitor {
    type Value = Labels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of labels")
    }

    fn visit_unit<E>(self) -> Result<Labels, E> {
        Ok(Labels::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut text = String::with_capacity(USUAL_LABELS);
        while map.next_key_seed(Part(&mut text))?.is_some() {
            map.next_value_seed(Part(&mut text))?;
        }
        Ok(Labels(text.into()))
    }
}

/// Room for the labels of most objects, taken while they are decoded.
const USUAL_LABELS: usize = 256;

/// Writes a key or a value behind those before.
struct Part<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, part: &str) -> Result<(), E> {
        push(self.0, part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_by_their_whole_key() {
        let labels: Labels =
            serde_json::from_str(r#"{"app":"web","app.kubernetes.io/name":"","x":"app"}"#).unwrap();
        assert_eq!(labels.get("app"), Some("web"));
        assert_eq!(labels.get("app.kubernetes.io/name"), Some(""));
        assert_eq!(labels.get("web"), None, "a value is no key");
        assert_eq!(labels.get(""), None);
    }

    #[test]
    fn labels_may_be_null() {
        assert_eq!(serde_json::from_str::<Labels>("null").unwrap(), Labels::default());
    }
}
