//! Writes over HTTP: create, update, patch, delete and deletecollection.

use http::StatusCode;
use serde_json::{Value, json};

use super::handler::Call;
use super::list::selection;
use super::reply::{self, Reply};
use super::route::Target;
use super::shape::Shape;
use crate::cluster::Cluster;
use crate::json;
use crate::patch::Patch;
use crate::resource::ResourceType;
use crate::status::Status;
use crate::store::metadata::text;
use crate::store::{Author, Deleted, Part, Stored};

/// POST to a collection.
pub(super) fn create(cluster: &Cluster, target: &Target, call: &Call) -> Result<Reply, Status> {
    refuse_dry_run(call)?;
    let object = parse(target, call)?;
    let namespace = target.namespace.as_deref().unwrap_or_default();
    let stored = cluster.store.create(&target.resource, namespace, object, Author::Client)?;
    Ok(answer(StatusCode::CREATED, target, call, &stored))
}

/// PUT of an object or its status.
pub(super) fn update(cluster: &Cluster, target: &Target, call: &Call) -> Result<Reply, Status> {
    refuse_dry_run(call)?;
    let object = parse(target, call)?;
    if target.resource.is_custom && text(&object, "resourceVersion").is_empty() {
        let problem = "Invalid value: 0x0: must be specified for an update";
        let ResourceType { group, kind, .. } = &*target.resource;
        return Err(Status::invalid(group, kind, text(&object, "name"), "metadata.resourceVersion", problem));
    }
    let stored = cluster.store.update(&target.resource, &target.key(), part(target), |_| Ok(object))?;
    Ok(answer(StatusCode::OK, target, call, &stored))
}

/// PATCH of an object or its status.
pub(super) fn patch(cluster: &Cluster, target: &Target, call: &Call) -> Result<Reply, Status> {
    refuse_dry_run(call)?;
    let patch = Patch::parse(&call.content_type, &call.body)?;
    match &patch {
        Patch::Apply(_) if !call.query.is_set("fieldManager") => return Err(no_field_manager()),
        Patch::Strategic(_) if target.resource.is_custom => return Err(Status::unsupported_media_type()),
        _ => {}
    }
    let patched = cluster
        .store
        .update(&target.resource, &target.key(), part(target), |object| patch.applied_to(object));
    match (patched, &patch) {
        (Err(error), Patch::Apply(_)) if error.code() == 404 && target.subresource.is_none() => {
            create_applied(cluster, target, call, &patch)
        }
        (patched, _) => patched.map(|object| answer(StatusCode::OK, target, call, &object)),
    }
}

/// Server-side apply of an object that is not there yet.
fn create_applied(cluster: &Cluster, target: &Target, call: &Call, patch: &Patch) -> Result<Reply, Status> {
    let key = target.key();
    let object = patch.applied_to(&json!({}))?;
    if text(&object, "name") != key.name {
        let name = &key.name;
        let message =
            format!("the name of the object ({name} based on URL) was undeterminable: name must be provided");
        return Err(Status::bad_request(message));
    }
    let stored = cluster.store.create(&target.resource, &key.namespace, object, Author::Client)?;
    Ok(answer(StatusCode::CREATED, target, call, &stored))
}

/// DELETE of one object.
pub(super) fn delete(cluster: &Cluster, target: &Target, call: &Call) -> Result<Reply, Status> {
    refuse_dry_run(call)?;
    let options = options(call)?;
    let allows =
        |object: &Stored| check_preconditions(&target.resource, json::at(&options, "/preconditions"), object);
    let deleted = cluster.store.delete(&target.resource, &target.key(), allows)?;
    let body = match deleted {
        Deleted::Terminating(object) => object.json(),
        Deleted::Gone(object) if target.resource.is_answered_when_deleted() => object.json(),
        Deleted::Gone(object) => success(&target.resource, &object).to_string().into(),
    };
    Ok(reply::json(StatusCode::OK, body))
}

/// DELETE of all objects that the query selects; answers their list.
pub(super) fn delete_collection(cluster: &Cluster, target: &Target, call: &Call) -> Result<Reply, Status> {
    refuse_dry_run(call)?;
    let selection = selection(target, &call.query)?;
    let resource = &target.resource;
    let listed = cluster.store.list(resource, target.namespace.as_deref(), None)?;
    let mut items = Vec::new();
    for object in listed.objects.iter().filter(|object| selection.matches(object)) {
        // Somebody else may have deleted it in the meantime.
        if cluster.store.delete(resource, &object.key, |_| Ok(())).is_ok() {
            items.push(object.value.clone());
        }
    }
    let metadata = json!({ "resourceVersion": cluster.store.version().to_string() });
    let kind = format!("{}List", resource.kind);
    let list =
        json!({ "kind": kind, "apiVersion": resource.api_version(), "metadata": metadata, "items": items });
    Ok(reply::json(StatusCode::OK, list.to_string()))
}

fn answer(code: StatusCode, target: &Target, call: &Call, object: &Stored) -> Reply {
    reply::json(code, Shape::wanted(&call.accept).object(&target.resource, object))
}

fn part(target: &Target) -> Part {
    if target.subresource.is_some() { Part::Status } else { Part::Main }
}

/// The object in the body, whose namespace is that of the URL.
fn parse(target: &Target, call: &Call) -> Result<Value, Status> {
    if !["application/json", ""].contains(&call.content_type.as_str()) {
        return Err(Status::unknown_format());
    }
    let kind = &target.resource.kind;
    let invalid = |error| {
        let message = format!(
            "the object provided is unrecognized (must be of type {kind}): json parse error: {error}"
        );
        Status::bad_request(message)
    };
    let object: Value = serde_json::from_slice(&call.body).map_err(invalid)?;
    let namespace = text(&object, "namespace");
    if !namespace.is_empty() && target.namespace.as_deref().is_some_and(|wanted| wanted != namespace) {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    Ok(object)
}

/// Nothing here can be tried without being done; better refused than done.
fn refuse_dry_run(call: &Call) -> Result<(), Status> {
    let problem = "this API cannot do a dry run; leave the parameter dryRun out";
    if call.query.is_set("dryRun") { Err(Status::bad_request(problem)) } else { Ok(()) }
}

fn no_field_manager() -> Status {
    let problem = "Required value: is required for apply patch";
    Status::invalid("meta.k8s.io", "PatchOptions", "", "fieldManager", problem)
}

/// DeleteOptions from the body; propagation and grace period are not simulated.
fn options(call: &Call) -> Result<Value, Status> {
    if call.body.is_empty() {
        return Ok(Value::Null);
    }
    let options: Result<Value, _> = serde_json::from_slice(&call.body);
    options
        .map_err(|error| Status::bad_request(format!("the DeleteOptions in the body are no JSON: {error}")))
}

fn check_preconditions(resource: &ResourceType, wanted: &Value, object: &Stored) -> Result<(), Status> {
    let check = |field: &str, name: &str, hint: &str| {
        let is = text(&object.value, field);
        let Some(wanted) = wanted.get(field).and_then(Value::as_str).filter(|wanted| *wanted != is) else {
            return Ok(());
        };
        let problem = format!(
            "the {name} in the precondition ({wanted}) does not match the {name} in record ({is}). {hint}"
        );
        Err(Status::failed_precondition(&resource.group, &resource.kind, &object.key.name, &problem))
    };
    check("uid", "UID", "The object might have been deleted and then recreated")?;
    check("resourceVersion", "ResourceVersion", "The object might have been modified")
}

fn success(resource: &ResourceType, object: &Stored) -> Value {
    let mut details = json!({
        "name": object.key.name, "kind": resource.plural, "uid": text(&object.value, "uid"),
    });
    if !resource.group.is_empty() {
        json::set(&mut details, "/group", resource.group.as_str());
    }
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details })
}
