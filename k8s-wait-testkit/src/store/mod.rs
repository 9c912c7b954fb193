//! The truth of the cluster: [`Store`], all objects, one counter of resourceVersions and the watch history.

mod change;
pub(crate) mod metadata;
mod object;
mod rules;
mod table;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use serde_json::json;
use tokio::sync::watch;

pub(crate) use change::{Change, event_line};
pub(crate) use object::{Key, Stored};
use table::Table;
pub(crate) use write::{Author, Deleted, Part};

use crate::resource::{ResourceType, built_in};
use crate::status::Status;

/// All objects of the cluster.
pub(crate) struct Store {
    state: RwLock<State>,
}

struct State {
    /// The newest resourceVersion; one counter for all kinds, as etcd has one.
    version: u64,
    /// By qualified name, such as `deployments.apps`.
    tables: BTreeMap<String, Table>,
}

/// A consistent list.
pub(crate) struct Listed {
    pub(crate) version: u64,
    pub(crate) objects: Vec<Arc<Stored>>,
}

impl Store {
    pub(crate) fn new() -> Self {
        let state = State { version: 1, tables: BTreeMap::new() };
        let store = Store { state: RwLock::new(state) };
        built_in().into_iter().for_each(|resource| store.serve(resource));
        store.furnish();
        store
    }

    /// Serves one more kind; one that is served already keeps its objects.
    pub(crate) fn serve(&self, resource: ResourceType) {
        let mut state = self.state.write();
        state.tables.entry(resource.qualified_name()).or_insert_with(|| Table::new(resource));
    }

    /// The namespaces that every cluster has.
    fn furnish(&self) {
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            self.state.write().ensure_namespace(name);
        }
    }

    /// The kinds that are served.
    pub(crate) fn resources(&self) -> Vec<Arc<ResourceType>> {
        self.state.read().tables.values().map(|table| Arc::clone(&table.resource)).collect()
    }

    /// The kind with this plural or qualified name.
    pub(crate) fn resource(&self, name: &str) -> Result<Arc<ResourceType>, Status> {
        let found = self.resources().into_iter().find(|resource| resource.is_called(name));
        found.ok_or_else(|| Status::new(404, "NotFound", format!("the server serves no resource {name:?}")))
    }

    /// The kind that this apiVersion and kind mean.
    pub(crate) fn resource_of(&self, object: &serde_json::Value) -> Result<Arc<ResourceType>, Status> {
        let text = |key: &str| object.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        let is_it = |resource: &Arc<ResourceType>| resource.kind == kind && resource.api_version() == version;
        self.resources().into_iter().find(is_it).ok_or_else(|| {
            let message =
                format!("no matches for kind {kind:?} in version {version:?}; `Api::serve` adds kinds");
            Status::bad_request(message)
        })
    }

    pub(crate) fn version(&self) -> u64 {
        self.state.read().version
    }

    pub(crate) fn get(&self, resource: &ResourceType, key: &Key) -> Result<Arc<Stored>, Status> {
        let state = self.state.read();
        state.table(resource)?.objects.get(key).cloned().ok_or_else(|| missing(resource, key))
    }

    /// All objects of a kind, now or as they were at a resourceVersion.
    pub(crate) fn list(
        &self,
        resource: &ResourceType,
        namespace: Option<&str>,
        version: Option<u64>,
    ) -> Result<Listed, Status> {
        let state = self.state.read();
        let version = version.unwrap_or(state.version);
        let objects = state.table(resource)?.objects_at(version, namespace);
        let objects = objects.map_err(|oldest| Status::too_old(version, oldest))?;
        Ok(Listed { version, objects })
    }

    /// Refuses to begin at a resourceVersion that is forgotten.
    pub(crate) fn check_known(&self, resource: &ResourceType, version: u64) -> Result<(), Status> {
        let known = self.state.read().table(resource)?.check_known(version);
        known.map_err(|oldest| Status::too_old(version, oldest))
    }

    /// At most `limit` changes of a kind after a resourceVersion.
    pub(crate) fn changes_after(
        &self,
        resource: &ResourceType,
        version: u64,
        limit: usize,
    ) -> Result<Vec<Arc<Change>>, Status> {
        let changes = self.state.read().table(resource)?.changes_after(version, limit);
        changes.map_err(|oldest| Status::too_old(version, oldest))
    }

    /// Is woken by each change of a kind.
    pub(crate) fn wakes(&self, resource: &ResourceType) -> Result<watch::Receiver<u64>, Status> {
        Ok(self.state.read().table(resource)?.wakes())
    }

    /// Makes every resourceVersion given out so far too old to be watched from.
    pub(crate) fn compact(&self) {
        let mut state = self.state.write();
        state.version += 1;
        let version = state.version;
        state.tables.values_mut().for_each(|table| table.compact(version));
    }

    /// An empty cluster, in which resourceVersions start over.
    pub(crate) fn clear(&self) {
        let mut state = self.state.write();
        state.version = 1;
        state.tables.values_mut().for_each(Table::clear);
        drop(state);
        self.furnish();
    }
}

impl State {
    fn table(&self, resource: &ResourceType) -> Result<&Table, Status> {
        self.tables.get(&resource.qualified_name()).ok_or_else(Status::no_such_resource)
    }

    fn table_mut(&mut self, resource: &ResourceType) -> Result<&mut Table, Status> {
        self.tables.get_mut(&resource.qualified_name()).ok_or_else(Status::no_such_resource)
    }

    fn has_namespace(&self, name: &str) -> bool {
        let key = Key { namespace: String::new(), name: name.to_owned() };
        self.tables.get("namespaces").is_some_and(|table| table.objects.contains_key(&key))
    }

    fn ensure_namespace(&mut self, name: &str) {
        if self.has_namespace(name) {
            return;
        }
        let Some(resource) = self.tables.get("namespaces").map(|table| Arc::clone(&table.resource)) else {
            return;
        };
        let key = Key { namespace: String::new(), name: name.to_owned() };
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        // Only the table's absence can refuse this, and that was looked at above.
        drop(self.insert(&resource, key, namespace, Author::Test));
    }
}

fn missing(resource: &ResourceType, key: &Key) -> Status {
    Status::not_found(&resource.group, &resource.plural, &key.name)
}
