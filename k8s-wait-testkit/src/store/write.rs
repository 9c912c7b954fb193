//! Writes: create, update and delete, with the rules an API server has for each.

use std::sync::Arc;

use serde_json::{Value, json};

use super::change::Change;
use super::metadata::{self, check, check_name, has_finalizers, is_spec_equal, is_terminating, text};
use super::object::{Key, Stored};
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

fn generate_name(object: &mut Value) {
    let prefix = text(object, "generateName");
    if text(object, "name").is_empty() && !prefix.is_empty() {
        let name = format!("{prefix}{}", metadata::suffix());
        json::set(object, "/metadata/name", name);
    }
}

/// Fills in what the server says about a new object.
fn identify(resource: &ResourceType, key: &Key, object: &mut Value, author: Author) {
    let generation = json::at(object, "/metadata/generation").as_i64().filter(|_| author == Author::Test);
    let Some(Value::Object(metadata)) = object.get_mut("metadata") else { return };
    let given = |field: &str| metadata.get(field).and_then(Value::as_str).filter(|_| author == Author::Test);
    let uid = given("uid").map_or_else(metadata::uid, str::to_owned);
    let created = given("creationTimestamp").map_or_else(metadata::now, str::to_owned);
    if author == Author::Client {
        metadata.retain(|field, _| {
            !["deletionTimestamp", "deletionGracePeriodSeconds"].contains(&field.as_str())
        });
    }
    metadata.insert("uid".into(), uid.into());
    metadata.insert("creationTimestamp".into(), created.into());
    if resource.is_namespaced {
        metadata.insert("namespace".into(), key.namespace.as_str().into());
    }
    match generation {
        Some(generation) => metadata.insert("generation".into(), generation.into()),
        None if resource.has_generation => metadata.insert("generation".into(), 1.into()),
        None => metadata.remove("generation"),
    };
}

/// Name and namespace cannot change; uid and resourceVersion, where given, say which object is meant.
fn check_identity(resource: &ResourceType, key: &Key, old: &Value, new: &Value) -> Result<(), Status> {
    let name = text(new, "name");
    if !name.is_empty() && name != key.name {
        let message =
            format!("the name of the object ({name}) does not match the name on the URL ({})", key.name);
        return Err(Status::bad_request(message));
    }
    let differs = |field: &str| !text(new, field).is_empty() && text(new, field) != text(old, field);
    if differs("namespace") {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    if differs("uid") || differs("resourceVersion") {
        return Err(Status::conflict(&resource.group, &resource.plural, &key.name));
    }
    Ok(())
}

/// Carries over what this write cannot change, and sets the generation.
fn keep(resource: &ResourceType, part: Part, old: &Value, new: &mut Value) {
    if part == Part::Status {
        let status = new.get("status").cloned();
        *new = old.clone();
        put(new, "/status", status);
        return;
    }
    if part == Part::Everything && resource.has_status && new.get("status").is_none() {
        json::set(new, "/status", resource.initial_status());
    }
    if part == Part::Main && resource.has_status {
        put(new, "/status", old.get("status").cloned());
    }
    let given = json::at(new, "/metadata/generation").as_i64().filter(|_| part == Part::Everything);
    keep_metadata(part, old, new);
    if let Some(generation) = given {
        json::set(new, "/metadata/generation", generation);
    } else if !is_spec_equal(resource, old, new) {
        bump_generation(resource, new);
    }
}

fn keep_metadata(part: Part, old: &Value, new: &mut Value) {
    let kept: &[&str] = match part {
        Part::Everything => {
            &["name", "namespace", "uid", "creationTimestamp", "resourceVersion", "generation"]
        }
        _ => &[
            "name",
            "namespace",
            "uid",
            "creationTimestamp",
            "resourceVersion",
            "generation",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
        ],
    };
    for field in kept {
        let pointer = format!("/metadata/{field}");
        put(new, &pointer, old.pointer(&pointer).cloned());
    }
}

fn put(object: &mut Value, pointer: &str, value: Option<Value>) {
    match (value, pointer.rsplit_once('/')) {
        (Some(value), _) => json::set(object, pointer, value),
        (None, Some((parent, field))) => json::remove(object, parent, field),
        (None, None) => {}
    }
}

fn mark_terminating(resource: &ResourceType, object: &mut Value) {
    json::set(object, "/metadata/deletionTimestamp", metadata::now());
    json::set(object, "/metadata/deletionGracePeriodSeconds", 0);
    bump_generation(resource, object);
}

fn bump_generation(resource: &ResourceType, object: &mut Value) {
    let generation = json::at(object, "/metadata/generation").as_i64().unwrap_or(0);
    if resource.has_generation {
        json::set(object, "/metadata/generation", generation + 1);
    }
}
