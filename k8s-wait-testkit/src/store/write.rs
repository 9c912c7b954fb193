//! Writes: create, update and delete, with the rules an API server has for each.

use std::sync::Arc;

use serde_json::{Value, json};

use super::change::Change;
use super::metadata::{check, check_name, has_finalizers, is_terminating, text};
use super::object::{Key, Stored};
use super::rules::{check_identity, generate_name, identify, keep, mark_terminating};
use super::{State, Store, missing};
use crate::json;
use crate::resource::ResourceType;
use crate::status::Status;

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// A client over HTTP: bound to every rule.
    Client,
    /// The test itself: sets status, generation and deletionTimestamp as it likes; missing namespaces are made.
    Test,
}

/// Which part of an object a write changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All but the status, where that is a subresource.
    Main,
    Status,
    Everything,
}

/// What became of a deletion.
pub(crate) enum Deleted {
    /// The object is gone; this was its last state.
    Gone(Arc<Stored>),
    /// Finalizers hold it.
    Terminating(Arc<Stored>),
}

impl Store {
    /// Stores a new object.
    pub(crate) fn create(
        &self,
        resource: &ResourceType,
        namespace: &str,
        mut object: Value,
        author: Author,
    ) -> Result<Arc<Stored>, Status> {
        check(resource, &mut object)?;
        if !text(&object, "resourceVersion").is_empty() && author == Author::Client {
            return Err(Status::new(500, "", "resourceVersion should not be set on objects to be created"));
        }
        generate_name(&mut object);
        let name = text(&object, "name").to_owned();
        check_name(resource, &name)?;
        let mut state = self.state.write();
        let key = Key { namespace: namespace.to_owned(), name };
        state.check_namespace(resource, &key, author)?;
        if state.table(resource)?.objects.contains_key(&key) {
            return Err(Status::already_exists(&resource.group, &resource.plural, &key.name));
        }
        state.insert(resource, key, object, author)
    }

    /// Changes a stored object; `change` gets it as it is and answers it as it should be.
    ///
    /// What does not change anything is no write: no new resourceVersion, no event.
    pub(crate) fn update(
        &self,
        resource: &ResourceType,
        key: &Key,
        part: Part,
        change: impl FnOnce(&Value) -> Result<Value, Status>,
    ) -> Result<Arc<Stored>, Status> {
        let mut state = self.state.write();
        let old = state.table(resource)?.objects.get(key).cloned().ok_or_else(|| missing(resource, key))?;
        let mut new = change(&old.value)?;
        check(resource, &mut new)?;
        check_identity(resource, key, &old.value, &new)?;
        keep(resource, part, &old.value, &mut new);
        if new == old.value {
            return Ok(old);
        }
        if has_finalizers(&old.value) && !has_finalizers(&new) && is_terminating(&new) {
            return state.remove(resource, &old, new);
        }
        state.put(resource, key.clone(), new, Some(old))
    }

    /// Deletes an object, or marks it as terminating while finalizers hold it. `allows` sees it before.
    pub(crate) fn delete(
        &self,
        resource: &ResourceType,
        key: &Key,
        allows: impl FnOnce(&Stored) -> Result<(), Status>,
    ) -> Result<Deleted, Status> {
        let mut state = self.state.write();
        let old = state.table(resource)?.objects.get(key).cloned().ok_or_else(|| missing(resource, key))?;
        allows(&old)?;
        if has_finalizers(&old.value) {
            return state.terminate(resource, old).map(Deleted::Terminating);
        }
        if resource.qualified_name() == "namespaces" {
            state.empty_namespace(&key.name)?;
        }
        let mut last = old.value.clone();
        if ["Pod", "Namespace"].contains(&resource.kind.as_str()) && !is_terminating(&last) {
            mark_terminating(resource, &mut last);
        }
        state.remove(resource, &old, last).map(Deleted::Gone)
    }
}

impl State {
    fn check_namespace(&mut self, resource: &ResourceType, key: &Key, author: Author) -> Result<(), Status> {
        if !resource.is_namespaced || self.has_namespace(&key.namespace) {
            return Ok(());
        }
        if author == Author::Client {
            return Err(Status::not_found("", "namespaces", &key.namespace));
        }
        self.ensure_namespace(&key.namespace);
        Ok(())
    }

    pub(super) fn insert(
        &mut self,
        resource: &ResourceType,
        key: Key,
        mut object: Value,
        author: Author,
    ) -> Result<Arc<Stored>, Status> {
        if resource.has_status && (author == Author::Client || object.get("status").is_none()) {
            json::set(&mut object, "/status", resource.initial_status());
        }
        if resource.kind == "Namespace" {
            json::set(&mut object, "/metadata/labels/kubernetes.io~1metadata.name", key.name.as_str());
            json::set(&mut object, "/spec", json!({ "finalizers": ["kubernetes"] }));
        }
        identify(resource, &key, &mut object, author);
        self.put(resource, key, object, None)
    }

    fn put(
        &mut self,
        resource: &ResourceType,
        key: Key,
        mut object: Value,
        previous: Option<Arc<Stored>>,
    ) -> Result<Arc<Stored>, Status> {
        let version = self.next_version();
        json::set(&mut object, "/metadata/resourceVersion", version.to_string());
        let stored = Stored::new(key, version, object);
        self.table_mut(resource)?.record(Change::new(Arc::clone(&stored), previous, false));
        Ok(stored)
    }

    fn remove(
        &mut self,
        resource: &ResourceType,
        old: &Arc<Stored>,
        mut last: Value,
    ) -> Result<Arc<Stored>, Status> {
        let version = self.next_version();
        json::set(&mut last, "/metadata/resourceVersion", version.to_string());
        let stored = Stored::new(old.key.clone(), version, last);
        self.table_mut(resource)?.record(Change::new(Arc::clone(&stored), Some(Arc::clone(old)), true));
        Ok(stored)
    }

    fn terminate(&mut self, resource: &ResourceType, old: Arc<Stored>) -> Result<Arc<Stored>, Status> {
        if is_terminating(&old.value) {
            return Ok(old);
        }
        let mut object = old.value.clone();
        mark_terminating(resource, &mut object);
        self.put(resource, old.key.clone(), object, Some(old))
    }

    /// What the namespace controller does when a namespace is deleted.
    fn empty_namespace(&mut self, namespace: &str) -> Result<(), Status> {
        let resources: Vec<_> = self.tables.values().map(|table| Arc::clone(&table.resource)).collect();
        for resource in resources.iter().filter(|resource| resource.is_namespaced) {
            let table = self.table(resource)?;
            let inside = table.objects.values().filter(|object| object.key.namespace == namespace);
            for object in inside.cloned().collect::<Vec<_>>() {
                self.remove(resource, &object, object.value.clone())?;
            }
        }
        Ok(())
    }

    fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }
}
