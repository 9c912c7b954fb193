//! How our own resource types are decoded: [`Head`] for the metadata, and a macro for the rest.

use super::{Controller, Labels, Meta};
use kube::core::ObjectMeta;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// An object's metadata while it is decoded: the few fields of [`ObjectMeta`] that kube's watcher reads, and ours.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) object: ObjectMeta,
    pub(crate) meta: Meta,
}

/// The fields that are read; everything else, managedFields above all, is skipped without being built.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Fields {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<Box<str>>,
    resource_version: Option<String>,
    generation: Option<i64>,
    labels: Labels,
    deletion_timestamp: Option<serde::de::IgnoredAny>,
    #[serde(deserialize_with = "each")]
    owner_references: Controlling,
}

/// The first owner that is a controller; there is one at most.
#[derive(Default)]
struct Controlling(Option<Arc<Controller>>);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Owner<'a> {
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    uid: Text<'a>,
    controller: Option<bool>,
}

impl<'de> Gather<'de> for Controlling {
    type Item = Owner<'de>;

    fn gather(&mut self, owner: Owner<'de>) {
        if owner.controller == Some(true) && self.0.is_none() {
            self.0 = Some(Controller::new(&owner.kind, &owner.name, &owner.uid).into());
        }
    }
}

impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer).map(Self::from)
    }
}

impl From<Fields> for Head {
    fn from(fields: Fields) -> Self {
        let meta = Meta {
            uid: fields.uid.unwrap_or_default(),
            generation: fields.generation,
            labels: fields.labels,
            is_terminating: fields.deletion_timestamp.is_some(),
            controller: fields.owner_references.0,
        };
        let object = ObjectMeta {
            name: fields.name,
            namespace: fields.namespace,
            resource_version: fields.resource_version,
            ..ObjectMeta::default()
        };
        Self { object, meta }
    }
}

/// A list that may be absent or null, as Go writes an empty one.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// What is made of a list one by one, so that nothing is built of those that are not kept.
pub(crate) trait Gather<'de>: Default {
    type Item: Deserialize<'de>;

    fn gather(&mut self, item: Self::Item);
}

/// The same from a list that may be absent or null.
pub(crate) fn each<'de, D: Deserializer<'de>, T: Gather<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_option(Each(PhantomData))
}

struct Each<T>(PhantomData<T>);

impl<'de, T: Gather<'de>> Visitor<'de> for Each<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_none<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        let mut gathered = T::default();
        while let Some(item) = items.next_element()? {
            gathered.gather(item);
        }
        Ok(gathered)
    }
}

/// A text to look at, which is copied only where the JSON has escapes in it.
#[derive(Default)]
pub(crate) struct Text<'a>(Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(text.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(text.to_owned().into())
    }
}

/// A struct that may be absent or null.
pub(crate) fn part<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A resource type with its metadata and the parts that are named, for `kube` to decode; `in ClusterResourceScope` when
/// it does not live in namespaces.
macro_rules! wire {
    ($name:ident = $group:literal / $version:literal $kind:literal $plural:literal $parts:tt) => {
        $crate::object::wire::wire!(
            $name = $group / $version $kind $plural in NamespaceResourceScope $parts
        );
    };
    ($name:ident = $group:literal / $version:literal $kind:literal $plural:literal in $scope:ident
     { $($field:ident: $type:ty),+ $(,)? }) => {
        /// What is decoded of one object.
        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            #[serde(default)]
            metadata: $crate::object::wire::Head,
            $(#[serde(default, deserialize_with = "crate::object::wire::part")]
            $field: $type,)+
        }

        impl kube::Resource for $name {
            type DynamicType = ();
            type Scope = kube::core::$scope;

            fn kind(_: &()) -> std::borrow::Cow<'_, str> {
                $kind.into()
            }
            fn group(_: &()) -> std::borrow::Cow<'_, str> {
                $group.into()
            }
            fn version(_: &()) -> std::borrow::Cow<'_, str> {
                $version.into()
            }
            fn plural(_: &()) -> std::borrow::Cow<'_, str> {
                $plural.into()
            }
            fn meta(&self) -> &kube::core::ObjectMeta {
                &self.metadata.object
            }
            fn meta_mut(&mut self) -> &mut kube::core::ObjectMeta {
                &mut self.metadata.object
            }
        }
    };
}
pub(crate) use wire;

/// The parts of [`Cached`](super::Cached) that are the same for all our own types.
macro_rules! cached {
    ($wire:ty) => {
        type Wire = $wire;
        type View = Self;

        fn is_namespaced(_: &()) -> bool {
            <<$wire as kube::Resource>::Scope as crate::object::Scope>::IS_NAMESPACED
        }
        fn api(client: kube::Client, namespace: Option<&str>, _: &()) -> kube::Api<$wire> {
            <<$wire as kube::Resource>::Scope as crate::object::Scope>::api(client, namespace)
        }
        fn meta(&self) -> &crate::object::Meta {
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
    };
}
pub(crate) use cached;

/// The conditions that judges read, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions(Vec<Condition>);

/// One of `status.conditions`, as far as judges read it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Condition {
    #[serde(rename = "type")]
    type_: ConditionType,
    status: ConditionStatus,
    pub(crate) reason: Option<Box<str>>,
    pub(crate) message: Option<Box<str>>,
    pub(crate) observed_generation: Option<i64>,
}

/// The types that judges read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum ConditionType {
    Available,
    Complete,
    Established,
    Failed,
    FailureTarget,
    NamesAccepted,
    PodScheduled,
    Progressing,
    Ready,
    ReplicaFailure,
    #[default]
    #[serde(other)]
    Other,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
enum ConditionStatus {
    True,
    False,
    #[default]
    #[serde(other)]
    Unknown,
}

impl<'de> Gather<'de> for Conditions {
    type Item = Condition;

    fn gather(&mut self, condition: Condition) {
        if condition.type_ != ConditionType::Other {
            self.0.push(condition);
        }
    }
}

impl Conditions {
    /// Takes the condition of one type out.
    pub(crate) fn take(&mut self, type_: ConditionType) -> Option<Condition> {
        let at = self.0.iter().position(|condition| condition.type_ == type_)?;
        Some(self.0.remove(at))
    }

    /// The message of condition ReplicaFailure while it is True: what keeps a controller from making pods.
    pub(crate) fn replica_failure(&mut self) -> Option<Box<str>> {
        let failure = self.take(ConditionType::ReplicaFailure).filter(Condition::is_true)?;
        Some(failure.message.unwrap_or_default())
    }
}

impl Condition {
    pub(crate) fn is_true(&self) -> bool {
        self.status == ConditionStatus::True
    }

    pub(crate) fn is_false(&self) -> bool {
        self.status == ConditionStatus::False
    }

    pub(crate) fn into_reason(self) -> (Box<str>, Box<str>) {
        (self.reason.unwrap_or_default(), self.message.unwrap_or_default())
    }
}
