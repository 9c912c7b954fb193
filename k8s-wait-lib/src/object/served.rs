//! Resource types that are known at run time alone: [`Served`].

use kube::core::{ApiResource, DynamicResourceScope};
use kube::{Api, Client, Resource};

/// A resource type that the cluster serves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Served {
    /// Its group, version, kind and plural.
    pub resource: ApiResource,
    /// Do its objects live in namespaces?
    pub is_namespaced: bool,
}

/// Where it is listed and watched.
pub(super) fn api<K>(client: Client, namespace: Option<&str>, served: &Served) -> Api<K>
where
    K: Resource<Scope = DynamicResourceScope, DynamicType = Served>,
{
    match namespace {
        Some(namespace) => Api::namespaced_with(client, namespace, served),
        None => Api::all_with(client, served),
    }
}

/// A wire type whose resource type comes with every call.
macro_rules! served {
    ($name:ident) => {
        impl kube::Resource for $name {
            type DynamicType = $crate::object::Served;
            type Scope = kube::core::DynamicResourceScope;

            fn kind(served: &$crate::object::Served) -> std::borrow::Cow<'_, str> {
                served.resource.kind.as_str().into()
            }
            fn group(served: &$crate::object::Served) -> std::borrow::Cow<'_, str> {
                served.resource.group.as_str().into()
            }
            fn version(served: &$crate::object::Served) -> std::borrow::Cow<'_, str> {
                served.resource.version.as_str().into()
            }
            fn api_version(served: &$crate::object::Served) -> std::borrow::Cow<'_, str> {
                served.resource.api_version.as_str().into()
            }
            fn plural(served: &$crate::object::Served) -> std::borrow::Cow<'_, str> {
                served.resource.plural.as_str().into()
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
pub(super) use served;
