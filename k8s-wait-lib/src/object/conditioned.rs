//! Objects of any kind by their conditions: [`Conditioned`].

use super::served::{self, Served, served};
use super::wire::{Condition, Head, list, part};
use super::{Cached, Meta};
use kube::{Api, Client};
use serde::Deserialize;

/// What is kept of an object of any kind to judge its conditions: a few hundred bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditioned {
    /// Its metadata.
    pub meta: Meta,
    /// `status.observedGeneration`, if the kind tells.
    pub observed_generation: Option<i64>,
    /// `status.conditions`.
    pub conditions: Box<[Fact]>,
}

/// One of an object's conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// Its type, as `Ready`.
    pub type_: Box<str>,
    /// `True`, `False` or `Unknown`.
    pub status: Box<str>,
    /// Why, in a word; empty where nothing is said.
    pub reason: Box<str>,
    /// Why, in a sentence; empty where nothing is said.
    pub message: Box<str>,
    /// The generation that it was made for.
    pub observed_generation: Option<i64>,
}

/// What is decoded of one object.
#[derive(Clone, Debug, Deserialize)]
pub struct ConditionedWire {
    #[serde(default)]
    metadata: Head,
    #[serde(default, deserialize_with = "part")]
    status: Status,
}

served!(ConditionedWire);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: Option<i64>,
    #[serde(deserialize_with = "list")]
    conditions: Vec<Condition>,
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
            conditions: wire.status.conditions.into_iter().map(Fact::from).collect(),
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
}

impl From<Condition> for Fact {
    fn from(condition: Condition) -> Self {
        Self {
            type_: condition.type_.into(),
            status: condition.status.into(),
            reason: condition.reason.unwrap_or_default(),
            message: condition.message.unwrap_or_default(),
            observed_generation: condition.observed_generation,
        }
    }
}
