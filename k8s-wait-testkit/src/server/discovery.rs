//! What a client asks before it asks for objects: version, health, discovery and OpenAPI.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::handler::Call;
use super::reply::{self, Reply};
use crate::cluster::Cluster;
use crate::json;
use crate::resource::ResourceType;
use crate::status::Status;

/// What `/version` tells: the oldest release that is still supported.
const VERSION: (&str, &str) = ("1", "33");

/// Answers a path that is no resource.
pub(super) fn answer(cluster: &Cluster, path: &[String], call: &Call) -> Result<Reply, Status> {
    let served = cluster.store.resources();
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let value = match parts.as_slice() {
        ["livez" | "readyz" | "healthz", ..] => return Ok(reply::typed(StatusCode::OK, PLAIN, "ok")),
        _ if call.method != "GET" => return Err(Status::method_not_allowed()),
        ["version"] => version(),
        ["api" | "apis"] if call.accept.contains(AGGREGATED) => return Ok(aggregated(&parts, &served)),
        ["api"] => json!({ "kind": "APIVersions", "versions": ["v1"] }),
        ["apis"] => groups(&served),
        ["api", version] => resources("", version, &served)?,
        ["apis", group] if is_group(group, &served) => group_of(group, &served)?,
        ["apis", group, version] if is_group(group, &served) => resources(group, version, &served)?,
        ["openapi", "v3"] => openapi(&served),
        ["openapi", "v3", "api", version] => openapi_of("", version, &served)?,
        ["openapi", "v3", "apis", group, version] => openapi_of(group, version, &served)?,
        ["apis", group, ..] if !is_group(group, &served) => return Ok(no_page()),
        ["api" | "apis", ..] => return Err(Status::no_such_resource()),
        _ => return Ok(no_page()),
    };
    Ok(reply::json(StatusCode::OK, value.to_string()))
}

const PLAIN: &str = "text/plain; charset=utf-8";
const AGGREGATED: &str = "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

fn no_page() -> Reply {
    reply::typed(StatusCode::NOT_FOUND, PLAIN, "404 page not found\n")
}

fn is_group(group: &str, served: &[Arc<ResourceType>]) -> bool {
    served.iter().any(|resource| resource.group == group)
}

fn version() -> Value {
    let (major, minor) = VERSION;
    json!({
        "major": major, "minor": minor, "gitVersion": format!("v{major}.{minor}.0-testkit"),
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "none", "compiler": "rustc", "platform": "any/any",
    })
}

/// The groups with their versions, but not the core group.
fn by_group(served: &[Arc<ResourceType>]) -> BTreeMap<&str, Vec<&str>> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for resource in served.iter().filter(|resource| !resource.group.is_empty()) {
        let versions = groups.entry(&resource.group).or_default();
        if !versions.contains(&resource.version.as_str()) {
            versions.push(&resource.version);
        }
    }
    groups
}

fn group_value(group: &str, versions: &[&str]) -> Value {
    let version =
        |version: &&str| json!({ "groupVersion": format!("{group}/{version}"), "version": version });
    let versions: Vec<Value> = versions.iter().map(version).collect();
    json!({ "name": group, "versions": versions, "preferredVersion": versions.first() })
}

fn groups(served: &[Arc<ResourceType>]) -> Value {
    let groups = by_group(served);
    let groups: Vec<Value> = groups.iter().map(|(group, versions)| group_value(group, versions)).collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

fn group_of(group: &str, served: &[Arc<ResourceType>]) -> Result<Value, Status> {
    let groups = by_group(served);
    let versions = groups.get(group).ok_or_else(Status::no_such_resource)?;
    let mut value = group_value(group, versions);
    json::set(&mut value, "/kind", "APIGroup");
    json::set(&mut value, "/apiVersion", "v1");
    Ok(value)
}

/// The kinds of one group and version; 404 for what is not served.
fn members<'a>(
    group: &str,
    version: &str,
    served: &'a [Arc<ResourceType>],
) -> Result<Vec<&'a ResourceType>, Status> {
    let is_member = |resource: &&ResourceType| resource.group == group && resource.version == version;
    let members: Vec<_> = served.iter().map(Arc::as_ref).filter(is_member).collect();
    if members.is_empty() { Err(Status::no_such_resource()) } else { Ok(members) }
}

fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

const STATUS_VERBS: [&str; 3] = ["get", "patch", "update"];

fn resources(group: &str, version: &str, served: &[Arc<ResourceType>]) -> Result<Value, Status> {
    let members = members(group, version, served)?;
    let resources: Vec<Value> = members.into_iter().flat_map(entries).collect();
    let group_version = group_version(group, version);
    Ok(json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources,
    }))
}

/// A kind in discovery, and its status subresource.
fn entries(resource: &ResourceType) -> Vec<Value> {
    let mut main = json!({
        "name": resource.plural, "singularName": resource.singular, "namespaced": resource.is_namespaced,
        "kind": resource.kind, "verbs": resource.verbs(),
    });
    if !resource.short_names.is_empty() {
        json::set(&mut main, "/shortNames", json!(resource.short_names));
    }
    if let Some(category) = resource.category {
        json::set(&mut main, "/categories", json!([category]));
    }
    let status = json!({
        "name": format!("{}/status", resource.plural), "singularName": "", "kind": resource.kind,
        "namespaced": resource.is_namespaced, "verbs": STATUS_VERBS,
    });
    if resource.has_status { vec![main, status] } else { vec![main] }
}

/// Discovery in one answer, for clients that ask for it.
fn aggregated(parts: &[&str], served: &[Arc<ResourceType>]) -> Reply {
    let groups = if *parts == ["api"] { BTreeMap::from([("", vec!["v1"])]) } else { by_group(served) };
    let items: Vec<Value> =
        groups.iter().map(|(group, versions)| aggregated_group(group, versions, served)).collect();
    let body = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items,
    });
    let media_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    reply::typed(StatusCode::OK, media_type, body.to_string())
}

fn aggregated_group(group: &str, versions: &[&str], served: &[Arc<ResourceType>]) -> Value {
    let version = |version: &&str| {
        let members = members(group, version, served).unwrap_or_default();
        let resources: Vec<Value> = members.into_iter().map(aggregated_resource).collect();
        json!({ "version": version, "freshness": "Current", "resources": resources })
    };
    let versions: Vec<Value> = versions.iter().map(version).collect();
    let metadata = if group.is_empty() { json!({}) } else { json!({ "name": group }) };
    json!({ "metadata": metadata, "versions": versions })
}

fn aggregated_resource(resource: &ResourceType) -> Value {
    let kind = json!({ "group": resource.group, "version": resource.version, "kind": resource.kind });
    let mut value = json!({
        "resource": resource.plural, "responseKind": kind, "singularResource": resource.singular,
        "scope": if resource.is_namespaced { "Namespaced" } else { "Cluster" },
        "verbs": resource.verbs(), "shortNames": resource.short_names,
        "categories": Vec::from_iter(resource.category),
    });
    if resource.has_status {
        json::set(
            &mut value,
            "/subresources",
            json!([{ "subresource": "status", "responseKind": kind, "verbs": STATUS_VERBS }]),
        );
    }
    value
}

/// Where the OpenAPI documents are.
fn openapi(served: &[Arc<ResourceType>]) -> Value {
    let path = |resource: &Arc<ResourceType>| match resource.group.as_str() {
        "" => format!("api/{}", resource.version),
        group => format!("apis/{group}/{}", resource.version),
    };
    let place = |path: String| (path.clone(), json!({ "serverRelativeURL": format!("/openapi/v3/{path}") }));
    let paths: serde_json::Map<_, _> = served.iter().map(path).map(place).collect();
    json!({ "paths": paths })
}

/// As much OpenAPI as `kubectl apply` needs: PATCH takes `fieldValidation`, so that the server does the
/// validation (of which there is none here), and no schemas, so that kubectl merges by the types it knows.
fn openapi_of(group: &str, version: &str, served: &[Arc<ResourceType>]) -> Result<Value, Status> {
    let root = if group.is_empty() { "/api".to_owned() } else { format!("/apis/{group}") };
    let mut paths = serde_json::Map::new();
    for resource in members(group, version, served)? {
        let scope = if resource.is_namespaced { "/namespaces/{namespace}" } else { "" };
        let path = format!("{root}/{version}{scope}/{}/{{name}}", resource.plural);
        paths.insert(path, json!({ "patch": patch_operation(resource) }));
    }
    let info = json!({ "title": "Kubernetes", "version": "unversioned" });
    Ok(json!({ "openapi": "3.0.0", "info": info, "paths": paths, "components": { "schemas": {} } }))
}

fn patch_operation(resource: &ResourceType) -> Value {
    let parameter = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
    let parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map(parameter);
    json!({
        "parameters": parameters,
        "responses": { "200": { "description": "OK" } },
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": {
            "group": resource.group, "version": resource.version, "kind": resource.kind,
        },
    })
}
