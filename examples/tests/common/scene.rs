//! What most tests begin with: [`Scene`].

use super::cluster::{Cluster, cluster};
use super::namespace::Namespace;
use super::rights::Rights;
use super::server::Server;
use super::wait::Wait;
use std::ops::Deref;

/// A namespace, and a server with the rights that we ship. Acts as its namespace.
pub(crate) struct Scene {
    // Dropped in this order.
    pub(crate) server: Server,
    rights: Rights,
    namespace: Namespace,
}

impl Scene {
    /// In the cluster that all tests share.
    pub(crate) fn new() -> Self {
        Self::on(cluster())
    }

    /// In this cluster.
    pub(crate) fn on(cluster: &Cluster) -> Self {
        let namespace = Namespace::new(cluster);
        let rights = Rights::shipped(&namespace);
        let server = Server::start(&rights.kubeconfig, namespace.folder(), &[]);
        Self { server, rights, namespace }
    }

    /// Lets the server list and watch what we ship no rule for.
    pub(crate) fn allow(&mut self, group: &str, resource: &str) {
        self.rights.allow(group, resource, &self.namespace);
    }

    /// Starts a client in the namespace.
    pub(crate) fn wait(&self, arguments: &[&str]) -> Wait {
        self.wait_in("", arguments)
    }

    /// The same, in a pod of that name.
    pub(crate) fn wait_in(&self, pod: &str, arguments: &[&str]) -> Wait {
        Wait::start_in((&self.namespace.name, pod), &self.server.url(), arguments, self.namespace.folder())
    }
}

impl Deref for Scene {
    type Target = Namespace;

    fn deref(&self) -> &Namespace {
        &self.namespace
    }
}
