//! How our own resource types are decoded: [`Head`] for the metadata, and a macro for the rest.

use super::{Controller, Labels, Meta};
use kube::core::ObjectMeta;
use serde::{Deserialize, Deserializer};

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
    owner_references: Option<Vec<Owner>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Owner {
    kind: String,
    name: String,
    uid: String,
    controller: Option<bool>,
}

impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer).map(Self::from)
    }
}

impl From<Fields> for Head {
    fn from(fields: Fields) -> Self {
        let controller =
            fields.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
        let meta = Meta {
            uid: fields.uid.unwrap_or_default(),
            generation: fields.generation,
            labels: fields.labels,
            is_terminating: fields.deletion_timestamp.is_some(),
            controller: controller.map(|owner| Controller::new(&owner.kind, &owner.name, &owner.uid).into()),
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
    };
}
pub(crate) use cached;

/// One of `status.conditions`, as far as judges read it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Condition {
    #[serde(rename = "type")]
    pub(crate) type_: String,
    pub(crate) status: String,
    pub(crate) reason: Option<Box<str>>,
    pub(crate) message: Option<Box<str>>,
    pub(crate) observed_generation: Option<i64>,
}

impl Condition {
    pub(crate) fn is_true(&self) -> bool {
        self.status == "True"
    }

    pub(crate) fn into_reason(self) -> (Box<str>, Box<str>) {
        (self.reason.unwrap_or_default(), self.message.unwrap_or_default())
    }
}

/// The message of condition ReplicaFailure while it is True: what keeps a controller from making pods.
pub(crate) fn replica_failure(conditions: &mut Vec<Condition>) -> Option<Box<str>> {
    let failure = condition(conditions, "ReplicaFailure").filter(Condition::is_true)?;
    Some(failure.message.unwrap_or_default())
}

/// Takes the condition of one type out of the list.
pub(crate) fn condition(conditions: &mut Vec<Condition>, type_: &str) -> Option<Condition> {
    let at = conditions.iter().position(|condition| condition.type_ == type_)?;
    Some(conditions.swap_remove(at))
}
