//! The resource types as the shared watches keep them: [`Cached`].
//!
//! An object is cut down to what judges read *while it is decoded*. A pod of 8 KiB, managedFields included, is
//! 66 KiB in memory as `k8s_openapi`'s `Pod` and half a KiB here, so memory goes with what judges need and not with
//! what people put in their pods.

mod conditioned;
mod customresourcedefinition;
mod daemonset;
mod deployment;
mod document;
mod job;
mod meta;
mod namespace;
mod persistentvolumeclaim;
mod pod;
mod replicaset;
mod scope;
mod served;
mod service;
mod slice;
mod statefulset;
mod whole;
mod wire;

pub use conditioned::{Conditioned, Fact};
pub use customresourcedefinition::CustomResourceDefinition;
pub use daemonset::DaemonSet;
pub use deployment::Deployment;
pub use document::Document;
pub use job::Job;
pub use meta::{Controller, Labels, Meta};
pub use namespace::Namespace;
pub use persistentvolumeclaim::PersistentVolumeClaim;
pub use pod::{Container, Phase, Pod};
pub use replicaset::ReplicaSet;
pub use scope::Scope;
pub use served::Served;
pub use service::{Service, ServicePort};
pub use slice::{Endpoint, EndpointPort, EndpointSlice};
pub use statefulset::StatefulSet;
pub use whole::Whole;

use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// A resource type as a shared watch keeps it.
///
/// [`Whole`] implements it for every resource type that has a Rust type, at the price of keeping all of it.
pub trait Cached: Debug + Sized + Send + Sync + 'static {
    /// What is decoded from the API server's answer; it lives only until [`Cached::cut`].
    type Wire: Resource<DynamicType: Clone + Send + Sync>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static;
    /// What judges see of it.
    type View: 'static;

    /// Do its objects live in namespaces? Those that do not are watched in the whole cluster, whatever the namespaces
    /// that are watched, and found in namespace `""`; a target's namespace means nothing to them.
    fn is_namespaced(_: &Dynamic<Self>) -> bool {
        true
    }
    /// Where it is listed and watched: in one namespace, or in the whole cluster, as a cluster-scoped type always is.
    fn api(client: Client, namespace: Option<&str>, dynamic: &Dynamic<Self>) -> Api<Self::Wire>;
    /// What is kept of an object.
    fn cut(wire: Self::Wire) -> Self;
    /// What every object has.
    fn meta(&self) -> &Meta;
    /// What judges see.
    fn view(&self) -> &Self::View;
    /// Would every judge say the same of both? Then nobody is woken. Never wrongly true; `false` only costs time.
    fn is_same(&self, other: &Self) -> bool;
    /// Takes over what another one has too, as labels, so that it is kept once for both. No value changes.
    fn share(&mut self, _: &Self) {}
    /// A word by which objects are found together, as slices are by the service that they belong to.
    fn group(&self) -> Option<&str> {
        None
    }
}

/// What is known of a resource type at run time alone: `()` where it has a Rust type of its own.
pub type Dynamic<S> = <<S as Cached>::Wire as Resource>::DynamicType;
