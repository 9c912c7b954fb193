//! Reads: [`get`] and [`list`], with selectors and consistent pages.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::handler::Call;
use super::query::Query;
use super::reply::{self, Reply};
use super::route::Target;
use super::shape::Shape;
use crate::cluster::Cluster;
use crate::json;
use crate::selector::Selection;
use crate::status::Status;
use crate::store::{Key, Listed, Stored};

/// One object.
pub(super) fn get(cluster: &Cluster, target: &Target, call: &Call) -> Result<Reply, Status> {
    let object = cluster.store.get(&target.resource, &target.key())?;
    Ok(reply::json(StatusCode::OK, Shape::wanted(&call.accept).object(&target.resource, &object)))
}

/// A list, or a page of one.
pub(super) fn list(cluster: &Cluster, target: &Target, call: &Call) -> Result<Reply, Status> {
    call.query.check_list_options(false)?;
    let selection = selection(target, &call.query)?;
    let wanted = Wanted::parse(cluster, &call.query)?;
    let mut listed = wanted.listed(cluster, target)?;
    listed.objects.retain(|object| selection.matches(object));
    let page = Page::cut(listed, &wanted, selection.is_empty());
    Ok(reply::json(StatusCode::OK, Shape::wanted(&call.accept).list(&target.resource, &page)))
}

impl Target {
    pub(super) fn key(&self) -> Key {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        Key { namespace: text(&self.namespace), name: text(&self.name) }
    }
}

/// What the query selects; a name in the path counts as a field selector.
pub(super) fn selection(target: &Target, query: &Query) -> Result<Selection, Status> {
    let named = target.name.as_ref().map(|name| format!("metadata.name={name},")).unwrap_or_default();
    Selection::parse(
        &target.resource,
        query.text("labelSelector"),
        &format!("{named}{}", query.text("fieldSelector")),
    )
}

/// Which objects of the list, and from when.
struct Wanted {
    /// `None`: now.
    version: Option<u64>,
    limit: usize,
    /// The last object of the page before.
    after: Option<Key>,
}

impl Wanted {
    fn parse(cluster: &Cluster, query: &Query) -> Result<Self, Status> {
        let limit = usize::try_from(query.number("limit")?).unwrap_or(usize::MAX);
        if query.is_set("continue") {
            return Wanted::continued(limit, query.text("continue"));
        }
        let version = query.resource_version()?;
        let current = cluster.store.version();
        if let Some(version) = version.filter(|version| *version > current) {
            return Err(Status::too_large(version, current));
        }
        let is_exact = query.text("resourceVersionMatch") == "Exact";
        // A list from the watch cache knows no pages.
        let limit = if version == Some(0) { 0 } else { limit };
        Ok(Wanted { version: version.filter(|_| is_exact), limit, after: None })
    }

    /// The token is the resourceVersion of the first page and the last key of the page before.
    fn continued(limit: usize, token: &str) -> Result<Self, Status> {
        let invalid =
            || Status::bad_request(format!("invalid continue token: {token:?} is none of this server"));
        let (version, key) = token.split_once(':').ok_or_else(invalid)?;
        let (namespace, name) = key.split_once('/').ok_or_else(invalid)?;
        let version = version.parse().map_err(|_| invalid())?;
        let after = Key { namespace: namespace.to_owned(), name: name.to_owned() };
        Ok(Wanted { version: Some(version), limit, after: Some(after) })
    }

    fn listed(&self, cluster: &Cluster, target: &Target) -> Result<Listed, Status> {
        let listed = cluster.store.list(&target.resource, target.namespace.as_deref(), self.version);
        listed.map_err(|error| if self.after.is_some() { expired_token() } else { error })
    }
}

fn expired_token() -> Status {
    Status::expired(
        "The provided continue parameter is too old to display a consistent list result. \
         You can start a new list without the continue parameter.",
    )
}

/// A list as it is answered.
pub(super) struct Page {
    pub(super) objects: Vec<Arc<Stored>>,
    pub(super) metadata: Value,
}

impl Page {
    /// The number of objects that remain is told when there is no selector, as a real server does.
    fn cut(listed: Listed, wanted: &Wanted, is_counted: bool) -> Self {
        let Listed { version, mut objects } = listed;
        if let Some(after) = &wanted.after {
            objects.retain(|object| object.key > *after);
        }
        let mut metadata = json!({ "resourceVersion": version.to_string() });
        if wanted.limit > 0 && objects.len() > wanted.limit {
            let remaining = objects.split_off(wanted.limit).len();
            json::set(&mut metadata, "/continue", objects.last().map(|last| token(version, &last.key)));
            if is_counted {
                json::set(&mut metadata, "/remainingItemCount", remaining);
            }
        }
        Page { objects, metadata }
    }
}

fn token(version: u64, last: &Key) -> String {
    format!("{version}:{}/{}", last.namespace, last.name)
}
