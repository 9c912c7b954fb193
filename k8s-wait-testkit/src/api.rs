//! The handle on a running API: [`Api`].

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Mutex;

use crate::cluster::Cluster;
use crate::fault::{Fault, FaultGuard};
use crate::json;
use crate::request::Request;
use crate::resource::ResourceType;
use crate::server::Listener;
use crate::status::Status;
use crate::store::metadata::text;
use crate::store::{Author, Deleted, Key, Part};
use crate::token::Token;
use crate::watches::Order;

/// A Kubernetes API in this process, on a loopback port.
///
/// Clones share one API, which stops when the last of them is dropped.
///
/// Writes made through this handle are the test's own hand: they set status, `metadata.generation` and
/// `metadata.deletionTimestamp` as given, and a namespace that is missing is made. Clients over HTTP are held to
/// the rules of an API server. A resource is named by its plural (`pods`) or, where that is not enough, with its
/// group (`certificates.cert-manager.io`); the namespace of cluster-scoped resources is the empty text.
#[derive(Clone)]
pub struct Api {
    cluster: Arc<Cluster>,
    address: SocketAddr,
    listener: Arc<Mutex<Listener>>,
}

/// What an API server remembers over a [`restart`](Api::restart).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Memory {
    /// Everything, as after a rolling update.
    Kept,
    /// The objects, but not the watch history: a watch from an older resourceVersion is answered with 410.
    HistoryLost,
    /// Nothing: an empty cluster, in which resourceVersions start over.
    AllLost,
}

impl Api {
    /// Starts an empty cluster on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be listened on.
    pub async fn start() -> io::Result<Api> {
        Api::start_on(([127, 0, 0, 1], 0).into()).await
    }

    /// Starts an empty cluster on this address.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    #[expect(clippy::unused_async, reason = "says that a tokio runtime has to be there")]
    pub async fn start_on(address: SocketAddr) -> io::Result<Api> {
        let cluster = Arc::new(Cluster::new());
        let listener = Listener::open(Arc::clone(&cluster), address)?;
        let address = listener.address();
        Ok(Api { cluster, address, listener: Arc::new(Mutex::new(listener)) })
    }

    /// The base URL, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The text of a kubeconfig file that leads `kubectl` and kube here, with namespace `default`.
    pub fn kubeconfig(&self) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: testkit\n\
             clusters:\n- name: testkit\n  cluster:\n    server: {}\n\
             users:\n- name: testkit\n  user: {{}}\n\
             contexts:\n- name: testkit\n  context:\n    cluster: testkit\n    user: testkit\n    namespace: default\n",
            self.url()
        )
    }

    /// Serves one more kind, as a CustomResourceDefinition does; one that is served already stays as it is.
    pub fn serve(&self, resource: ResourceType) {
        self.cluster.store.serve(resource);
    }

    /// Creates an object, status included, and answers it as stored.
    ///
    /// # Errors
    /// 409 AlreadyExists; 422 for a name that is none; 400 for a kind that is not served and for what is no object.
    pub fn create(&self, object: impl Into<Value>) -> Result<Value, Status> {
        self.create_value(object.into())
    }

    fn create_value(&self, object: Value) -> Result<Value, Status> {
        let (resource, key) = self.place(&object)?;
        let stored = self.cluster.store.create(&resource, &key.namespace, object, Author::Test)?;
        Ok(stored.value.clone())
    }

    /// Creates an object, or replaces the one of that name, status included; the convenient verb for tests.
    ///
    /// A replaced object keeps its uid and creation time. Its generation is bumped when anything but metadata and
    /// status differs, or is the one that the new object gives. What changes nothing is no event.
    ///
    /// # Errors
    /// As [`create`](Api::create), but never 409 AlreadyExists; 409 Conflict for a resourceVersion or uid that is
    /// not the stored one.
    pub fn apply(&self, object: impl Into<Value>) -> Result<Value, Status> {
        let object = object.into();
        let (resource, key) = self.place(&object)?;
        let replaced = self.cluster.store.update(&resource, &key, Part::Everything, |_| Ok(object.clone()));
        match replaced {
            Err(error) if error.code() == 404 => self.create_value(object),
            replaced => replaced.map(|stored| stored.value.clone()),
        }
    }

    /// Merges `patch`, the content of `status`, into the object's status (a JSON merge patch: null removes).
    ///
    /// # Errors
    /// 404 when there is no such object or resource.
    pub fn patch_status(
        &self,
        resource: &str,
        namespace: &str,
        name: &str,
        patch: Value,
    ) -> Result<Value, Status> {
        let resource = self.cluster.store.resource(resource)?;
        let key = Key { namespace: namespace.to_owned(), name: name.to_owned() };
        let merged = |object: &Value| {
            let mut object = object.clone();
            json::edit(&mut object, "/status", |status| json_patch::merge(status, &patch));
            Ok(object)
        };
        Ok(self.cluster.store.update(&resource, &key, Part::Status, merged)?.value.clone())
    }

    /// Deletes an object at once and answers its last state; with finalizers it is marked as terminating instead.
    ///
    /// Deleting a namespace deletes what is in it. Dependents of an owner stay.
    ///
    /// # Errors
    /// 404 when there is no such object or resource.
    pub fn delete(&self, resource: &str, namespace: &str, name: &str) -> Result<Value, Status> {
        let resource = self.cluster.store.resource(resource)?;
        let key = Key { namespace: namespace.to_owned(), name: name.to_owned() };
        match self.cluster.store.delete(&resource, &key, |_| Ok(()))? {
            Deleted::Gone(object) | Deleted::Terminating(object) => Ok(object.value.clone()),
        }
    }

    /// An object as it is now.
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        let resource = self.cluster.store.resource(resource).ok()?;
        let key = Key { namespace: namespace.to_owned(), name: name.to_owned() };
        Some(self.cluster.store.get(&resource, &key).ok()?.value.clone())
    }

    /// Forgets the watch history: a watch, or the next page of a list, from any resourceVersion that was given out
    /// so far is answered with 410 Expired. Watches that are open go on.
    pub fn compact(&self) {
        self.cluster.store.compact();
    }

    /// Cuts every connection, closes the port and opens it again.
    ///
    /// # Errors
    /// When the port cannot be opened again.
    pub async fn restart(&self, memory: Memory) -> io::Result<()> {
        let mut listener = self.listener.lock().await;
        listener.close().await;
        match memory {
            Memory::Kept => {}
            Memory::HistoryLost => self.cluster.store.compact(),
            Memory::AllLost => self.cluster.store.clear(),
        }
        listener.reopen()
    }

    /// Goes away: every connection is cut, and new ones are refused until [`resume`](Api::resume).
    pub async fn stop(&self) {
        self.listener.lock().await.close().await;
    }

    /// Comes back on the same port.
    ///
    /// # Errors
    /// When the port cannot be opened again.
    pub async fn resume(&self) -> io::Result<()> {
        self.listener.lock().await.reopen()
    }

    /// Cuts every open watch in the middle of its body.
    pub fn drop_watches(&self) {
        self.cluster.watches.tell_all(Order::Cut);
    }

    /// Ends every open watch cleanly, as at a server-side timeout.
    pub fn end_watches(&self) {
        self.cluster.watches.tell_all(Order::End);
    }

    /// Silences every open watch: the connections stay open, and nothing is ever sent on them again, not even the
    /// end at `timeoutSeconds`. Watches that come later work.
    pub fn stall_watches(&self) {
        self.cluster.watches.tell_all(Order::Stall);
    }

    /// Lets something go wrong until the guard is dropped.
    pub fn inject(&self, fault: Fault) -> FaultGuard {
        self.cluster.faults.inject(fault)
    }

    /// The requests so far, in order of arrival (the last 20,000).
    pub fn requests(&self) -> Vec<Request> {
        self.cluster.record.all()
    }

    /// How many requests came with this verb for this resource (`pods`, `pods/status`), whatever the answer was.
    ///
    /// A watch that carries a full list (`sendInitialEvents=true`) is one watch and one list.
    pub fn count(&self, verb: &str, resource: &str) -> usize {
        self.cluster.record.count(verb, resource)
    }

    /// How many watches of this resource are open, stalled ones included.
    pub fn watches_open(&self, resource: &str) -> usize {
        self.cluster.watches.count(resource)
    }

    /// Whether lists can be streamed with `sendInitialEvents` (on at start); off, that is refused with 422 Invalid,
    /// as by a server without the feature WatchList.
    pub fn set_streaming_lists(&self, on: bool) {
        self.cluster.set_streams_lists(on);
    }

    /// Lets TokenReviews accept this bearer token from now on. No request to this API needs one.
    pub fn accept_token(&self, text: &str, token: Token) {
        self.cluster.set_token(text, Some(token));
    }

    /// Lets TokenReviews refuse this bearer token, as when it has expired or its pod has gone.
    pub fn revoke_token(&self, text: &str) {
        self.cluster.set_token(text, None);
    }

    /// Where the object belongs.
    fn place(&self, object: &Value) -> Result<(Arc<ResourceType>, Key), Status> {
        let resource = self.cluster.store.resource_of(object)?;
        let namespace = match (resource.is_namespaced, text(object, "namespace")) {
            (false, _) => "",
            (true, "") => "default",
            (true, namespace) => namespace,
        };
        let key = Key { namespace: namespace.to_owned(), name: text(object, "name").to_owned() };
        Ok((resource, key))
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Api").field("url", &self.url()).finish_non_exhaustive()
    }
}
