//! Objects that read like prose: [`pod()`], [`job()`], [`deployment()`], [`statefulset()`], [`daemonset()`],
//! [`replicaset()`], [`service()`], [`slice()`], [`pvc()`], [`namespace()`], [`crd()`] and, for all else, [`object()`].
//!
//! Shapes are those that a Kubernetes 1.33+ API server gives. A builder is handed to `Api::apply` as it is,
//! or turned into JSON with `build()`.
//!
//! ```
//! use k8s_wait_testkit::build::{pod, slice};
//! let web = pod("web-0").namespace("shop").label("app", "web").ready();
//! let db = slice("db").port("pg", 5432).endpoint("10.0.0.1").not_ready().endpoint("10.0.0.2");
//! assert_eq!(web.build()["status"]["phase"], "Running");
//! assert_eq!(db.build()["endpoints"][0]["conditions"]["ready"], false);
//! ```

mod crd;
mod daemonset;
mod deployment;
mod job;
mod namespace;
mod object;
mod pod;
mod pvc;
mod replicaset;
mod service;
mod slice;
mod statefulset;

pub use crd::{CustomResourceDefinition, crd};
pub use daemonset::{DaemonSet, daemonset};
pub use deployment::{Deployment, deployment};
pub use job::{Job, job};
pub use namespace::{Namespace, namespace};
pub use object::{Object, object};
pub use pod::{Pod, pod};
pub use pvc::{PersistentVolumeClaim, pvc};
pub use replicaset::{ReplicaSet, replicaset};
pub use service::{Service, service};
pub use slice::{Slice, slice};
pub use statefulset::{StatefulSet, statefulset};

/// What every builder of namespaced objects has.
macro_rules! metadata {
    ($builder:ident) => {
        super::cluster_metadata!($builder);

        impl $builder {
            /// Puts the object into this namespace; without it, the namespace is `default`.
            #[must_use]
            pub fn namespace(mut self, namespace: &str) -> Self {
                self.0 = self.0.namespace(namespace);
                self
            }
        }
    };
}

/// What every builder has: names, labels and the way to JSON. The type holds its JSON as `self.0`, an [`Object`].
macro_rules! cluster_metadata {
    ($builder:ident) => {
        impl $builder {
            /// Adds a label.
            #[must_use]
            pub fn label(mut self, key: &str, value: &str) -> Self {
                self.0 = self.0.label(key, value);
                self
            }

            /// Adds an annotation.
            #[must_use]
            pub fn annotation(mut self, key: &str, value: &str) -> Self {
                self.0 = self.0.annotation(key, value);
                self
            }

            /// Sets `metadata.generation`.
            #[must_use]
            pub fn generation(mut self, generation: i64) -> Self {
                self.0 = self.0.generation(generation);
                self
            }

            /// Names the controller that owns the object (`controller: true`).
            #[must_use]
            pub fn owned_by(mut self, kind: &str, name: &str) -> Self {
                self.0 = self.0.owned_by(kind, name);
                self
            }

            /// Sets any field, by JSON pointer: `with("/spec/nodeName", json!("node-1"))`.
            #[must_use]
            pub fn with(mut self, pointer: &str, value: impl Into<serde_json::Value>) -> Self {
                self.0 = self.0.with(pointer, value);
                self
            }

            /// The object as JSON.
            pub fn build(&self) -> serde_json::Value {
                self.0.build()
            }
        }

        impl From<$builder> for serde_json::Value {
            fn from(builder: $builder) -> serde_json::Value {
                builder.0.into()
            }
        }
    };
}

/// Being deleted, for the builders in which `terminating` means the object itself.
macro_rules! deletable {
    ($builder:ident) => {
        impl $builder {
            /// Marks the object as being deleted.
            #[must_use]
            pub fn terminating(mut self) -> Self {
                self.0 = self.0.terminating();
                self
            }
        }
    };
}
use {cluster_metadata, deletable, metadata};
