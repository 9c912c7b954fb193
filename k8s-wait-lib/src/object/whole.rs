//! A resource type kept as it is: [`Whole`].

use super::{Cached, Dynamic, Meta};
use kube::core::NamespaceResourceScope;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// An object of any namespaced Rust resource type, kept whole but for its managedFields.
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
    K: Resource<Scope = NamespaceResourceScope, DynamicType: Default + Clone + Send + Sync>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    type Wire = K;
    type View = K;

    fn api(client: Client, namespace: Option<&str>, _: &Dynamic<Self>) -> Api<K> {
        super::api(client, namespace)
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
}
