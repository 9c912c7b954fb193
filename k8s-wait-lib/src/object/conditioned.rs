//! Objects of any kind by their conditions: [`Conditioned`].

use super::served::{self, Served, served};
use super::wire::{Head, part};
use super::{Cached, Meta};
use kube::{Api, Client};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What is kept of an object of any kind to judge its conditions: a few hundred bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conditioned {
    /// Its metadata.
    pub meta: Meta,
    /// `status.observedGeneration`, if the kind tells.
    pub observed_generation: Option<i64>,
    /// `status.conditions`.
    pub conditions: Box<[Fact]>,
}

/// One of an object's conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Fact {
    /// Its type, as `Ready`.
    #[serde(rename = "type")]
    pub type_: Box<str>,
    /// `True`, `False` or `Unknown`.
    pub status: Box<str>,
    /// Why, in a word; empty where nothing is said.
    #[serde(deserialize_with = "part")]
    pub reason: Box<str>,
    /// Why, in a sentence; empty where nothing is said.
    #[serde(deserialize_with = "part")]
    pub message: Box<str>,
    /// The generation that it was made for.
    pub observed_generation: Option<i64>,
}

/// What is decoded of one object.
#[derive(Clone, Debug, Deserialize)]
pub struct ConditionedWire {
    #[serde(default)]
    metadata: Head,
    #[serde(default)]
    status: Status,
}

served!(ConditionedWire);

/// A status, of which a kind may make what it likes: what does not look like conditions is none, and breaks no watch.
#[derive(Clone, Debug, Default)]
struct Status {
    observed_generation: Option<i64>,
    conditions: Vec<Fact>,
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let conditions = value.get("conditions").and_then(Value::as_array);
        let conditions = conditions.into_iter().flatten();
        Ok(Self {
            observed_generation: value.get("observedGeneration").and_then(whole),
            conditions: conditions.filter_map(|condition| Fact::deserialize(condition).ok()).collect(),
        })
    }
}

/// A number, or, as some controllers write it, its text.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

impl Cached for Conditioned {
    type Wire = ConditionedWire;
    type View = Self;

    fn api(client: Client, namespace: Option<&str>, served: &Served) -> Api<ConditionedWire> {
        served::api(client, namespace, served)
    }

    fn is_namespaced(served: &Served) -> bool {
        served.is_namespaced
    }

    fn cut(wire: ConditionedWire) -> Self {
        Self {
            meta: wire.metadata.meta,
            observed_generation: wire.status.observed_generation,
            conditions: wire.status.conditions.into(),
        }
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

    fn cut(status: Value) -> Conditioned {
        Conditioned::cut(
            serde_json::from_value(json!({"metadata": {"name": "web"}, "status": status})).unwrap(),
        )
    }

    #[test]
    fn a_status_of_another_make_breaks_nothing() {
        for status in [json!(null), json!("up"), json!(3), json!([]), json!({"conditions": {"Ready": true}})]
        {
            assert_eq!(cut(status), Conditioned::default());
        }
        let odd = json!({"observedGeneration": "7", "conditions": ["x", {"type": 1}, {"type": "Ready", "status": "True"}]});
        let object = cut(odd);
        assert_eq!((object.observed_generation, object.conditions.len()), (Some(7), 1));
        assert_eq!(&*object.conditions[0].type_, "Ready");
        assert_eq!(cut(json!({"observedGeneration": "5f7d"})).observed_generation, None);
    }
}
