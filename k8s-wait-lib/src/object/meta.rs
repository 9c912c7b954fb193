//! What is kept of every object's metadata: [`Meta`].

use kube::core::ObjectMeta;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;

/// What is kept of an object's metadata. Name and namespace are the cache's keys and not kept twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Tells an object from another one that had its name before.
    pub uid: Box<str>,
    /// Counts changes of the spec; `None` on kinds that do not count.
    pub generation: Option<i64>,
    /// The labels.
    pub labels: Labels,
    /// Is it being deleted? (A deletionTimestamp is set.)
    pub is_terminating: bool,
    /// Is it owned by a controller, which replaces it when it goes?
    pub is_controlled: bool,
}

impl From<&ObjectMeta> for Meta {
    fn from(meta: &ObjectMeta) -> Self {
        let owners = meta.owner_references.as_deref().unwrap_or_default();
        let labels = meta.labels.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        Self {
            uid: meta.uid.as_deref().unwrap_or_default().into(),
            generation: meta.generation,
            labels: labels.collect(),
            is_terminating: meta.deletion_timestamp.is_some(),
            is_controlled: owners.iter().any(|owner| owner.controller == Some(true)),
        }
    }
}

/// An object's labels in one allocation, `key\0value\0`: neither part can hold a NUL.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Labels(Box<str>);

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
        Self(text.into_boxed_str())
    }
}

fn push(text: &mut String, part: &str) {
    text.extend(part.chars().filter(|c| *c != '\0'));
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
        let mut text = String::new();
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            push(&mut text, &key);
            push(&mut text, &value);
        }
        Ok(Labels(text.into_boxed_str()))
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
