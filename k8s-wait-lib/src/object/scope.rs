//! Where the objects of a Rust resource type live: [`Scope`].

use kube::core::{ClusterResourceScope, NamespaceResourceScope};
use kube::{Api, Client, Resource};

/// Where the objects of a Rust resource type live: in namespaces, or in the cluster itself.
///
/// A resource type whose scope is known at run time alone has none of them; its [`Cached`](super::Cached) says itself
/// where it lives.
pub trait Scope: Sized {
    /// Do they live in namespaces?
    const IS_NAMESPACED: bool;

    /// Where they are listed and watched: in one namespace, or in the whole cluster.
    fn api<K>(client: Client, namespace: Option<&str>) -> Api<K>
    where
        K: Resource<Scope = Self, DynamicType: Default>;
}

impl Scope for NamespaceResourceScope {
    const IS_NAMESPACED: bool = true;

    fn api<K>(client: Client, namespace: Option<&str>) -> Api<K>
    where
        K: Resource<Scope = Self, DynamicType: Default>,
    {
        match namespace {
            Some(namespace) => Api::namespaced(client, namespace),
            None => Api::all(client),
        }
    }
}

impl Scope for ClusterResourceScope {
    const IS_NAMESPACED: bool = false;

    fn api<K>(client: Client, _: Option<&str>) -> Api<K>
    where
        K: Resource<Scope = Self, DynamicType: Default>,
    {
        Api::all(client)
    }
}
