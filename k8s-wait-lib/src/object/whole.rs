//! A resource type kept as it is: [`Whole`].

use super::{Cached, Dynamic, Meta, Scope};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// An object of any Rust resource type, namespaced or not, kept whole but for its managedFields.
///
/// Costs what the type costs: a `Pod` of 8 KiB takes 39 KiB. Write a [`Cached`] type of your own where there are
/// many.
#[derive(Clone, Debug)]
pub struct Whole<K> {
    object: K,
    meta: Meta,
}

impl<K> Cached for Whole<K>
where
    K: Resource<Scope: Scope, DynamicType: Default + Clone + Send + Sync>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    type Wire = K;
    type View = K;

    fn is_namespaced(_: &Dynamic<Self>) -> bool {
        K::Scope::IS_NAMESPACED
    }

    fn api(client: Client, namespace: Option<&str>, _: &Dynamic<Self>) -> Api<K> {
        K::Scope::api(client, namespace)
    }

    fn cut(mut wire: K) -> Self {
        let meta = Meta::from(wire.meta());
        wire.meta_mut().managed_fields = None;
        Self { object: wire, meta }
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn view(&self) -> &K {
        &self.object
    }

    /// Types need not be comparable, so every event counts as a change.
    fn is_same(&self, _: &Self) -> bool {
        false
    }

    fn share(&mut self, other: &Self) {
        self.meta.share(&other.meta);
    }
}
