//! What a path means: [`Route`].

use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;

use super::query::Query;
use crate::fault::Asked;
use crate::resource::ResourceType;

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    Resource(Target),
    /// Discovery, OpenAPI, health: the decoded segments of the path.
    Other(Vec<String>),
}

/// A resource's URL, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) resource: Arc<ResourceType>,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<String>,
}

impl Route {
    pub(crate) fn parse(path: &str, served: &[Arc<ResourceType>]) -> Self {
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let texts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let target = match texts.as_slice() {
            ["api", version, rest @ ..] => target("", version, rest, served),
            ["apis", group, version, rest @ ..] => target(group, version, rest, served),
            _ => None,
        };
        target.map_or(Route::Other(parts), Route::Resource)
    }
}

fn target(group: &str, version: &str, rest: &[&str], served: &[Arc<ResourceType>]) -> Option<Target> {
    let find = |plural: &str| {
        let is_it = |resource: &&Arc<ResourceType>| {
            resource.group == group && resource.version == version && resource.plural == plural
        };
        served.iter().find(is_it).cloned()
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, plural, rest @ ..] if !["status", "finalize"].contains(plural) => {
            (Some((*namespace).to_owned()), [&[*plural], rest].concat())
        }
        rest => (None, rest.to_vec()),
    };
    let (plural, name, subresource) = match rest.as_slice() {
        [plural] => (plural, None, None),
        [plural, name] => (plural, Some((*name).to_owned()), None),
        [plural, name, subresource] => (plural, Some((*name).to_owned()), Some((*subresource).to_owned())),
        _ => return None,
    };
    let resource = find(plural)?;
    let fits = resource.is_namespaced == namespace.is_some() || (namespace.is_none() && name.is_none());
    fits.then_some(Target { resource, namespace, name, subresource })
}

impl Target {
    /// The verb as RBAC has it, or `None` where the method means nothing.
    pub(crate) fn verb(&self, method: &Method, query: &Query) -> Option<&'static str> {
        match (method.as_str(), &self.name) {
            ("GET", _) if query.is_true("watch") && self.subresource.is_none() => Some("watch"),
            ("GET", None) => Some("list"),
            ("GET", Some(_)) => Some("get"),
            ("POST", None) => Some("create"),
            ("PUT", Some(_)) => Some("update"),
            ("PATCH", Some(_)) => Some("patch"),
            ("DELETE", None) => Some("deletecollection"),
            ("DELETE", Some(_)) if self.subresource.is_none() => Some("delete"),
            _ => None,
        }
    }

    /// `pods`, or `pods/status`.
    pub(crate) fn path(&self) -> String {
        match &self.subresource {
            Some(subresource) => format!("{}/{subresource}", self.resource.plural),
            None => self.resource.plural.clone(),
        }
    }

    pub(crate) fn asked<'a>(&'a self, verb: &'a str, path: &'a str) -> Asked<'a> {
        Asked {
            verb,
            group: &self.resource.group,
            resource: path,
            namespace: self.namespace.as_deref(),
            name: self.name.as_deref().unwrap_or_default(),
        }
    }
}
