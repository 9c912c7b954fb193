//! The forms an object is answered in: whole, its metadata alone, or rows of a table. See [`Shape`].

use bytes::Bytes;
use serde_json::{Value, json};

use super::list::Page;
use crate::columns;
use crate::json;
use crate::resource::ResourceType;
use crate::store::{Change, Stored, event_line};

/// What the Accept header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Whole,
    /// `as=PartialObjectMetadata`, of kube's metadata watcher.
    Metadata,
    /// `as=Table`, of `kubectl get`.
    Table,
}

impl Shape {
    /// The first form in the header that is served here.
    pub(super) fn wanted(accept: &str) -> Self {
        let first = accept.split(',').find_map(|form| match form {
            form if form.contains("as=Table") => Some(Shape::Table),
            form if form.contains("as=PartialObjectMetadata") => Some(Shape::Metadata),
            form if form.trim() == "application/json" => Some(Shape::Whole),
            _ => None,
        });
        first.unwrap_or(Shape::Whole)
    }

    pub(super) fn object(self, resource: &ResourceType, object: &Stored) -> Bytes {
        match self {
            Shape::Whole => object.json(),
            _ => self.value(resource, &object.value).to_string().into(),
        }
    }

    pub(super) fn list(self, resource: &ResourceType, page: &Page) -> Bytes {
        match self {
            Shape::Whole => whole_list(resource, page),
            Shape::Metadata => metadata_list(page).to_string().into(),
            Shape::Table => {
                let mut table = table(resource, page.objects.iter().map(|object| &object.value));
                json::set(&mut table, "/metadata", page.metadata.clone());
                table.to_string().into()
            }
        }
    }

    /// The line of a watch's body for this change, when the watch sees it.
    pub(super) fn line(
        self,
        resource: &ResourceType,
        change: &Change,
        matches: impl Fn(&Stored) -> bool,
    ) -> Option<Bytes> {
        let seen = change.seen_by(matches)?;
        Some(match self {
            Shape::Whole => seen.line(),
            _ => self.event(resource, seen.event.name(), &seen.value()),
        })
    }

    pub(super) fn event(self, resource: &ResourceType, event: &str, object: &Value) -> Bytes {
        event_line(event, self.value(resource, object).to_string().as_bytes())
    }

    fn value(self, resource: &ResourceType, object: &Value) -> Value {
        match self {
            Shape::Whole => object.clone(),
            Shape::Metadata => metadata_of(object),
            Shape::Table => table(resource, [object].into_iter()),
        }
    }
}

/// Items of built-in kinds have no apiVersion and kind of their own, those of custom resources do.
fn whole_list(resource: &ResourceType, page: &Page) -> Bytes {
    let kind = format!("{}List", resource.kind);
    let mut body = format!(
        "{{\"kind\":{},\"apiVersion\":{},\"metadata\":{},\"items\":[",
        json!(kind),
        json!(resource.api_version()),
        page.metadata
    )
    .into_bytes();
    for (index, object) in page.objects.iter().enumerate() {
        body.extend_from_slice(if index == 0 { b"" } else { b"," });
        body.extend_from_slice(&if resource.is_custom { object.json() } else { object.item() });
    }
    body.extend_from_slice(b"]}");
    body.into()
}

fn metadata_list(page: &Page) -> Value {
    let items: Vec<Value> = page.objects.iter().map(|object| metadata_of(&object.value)).collect();
    json!({
        "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
        "metadata": page.metadata, "items": items,
    })
}

fn metadata_of(object: &Value) -> Value {
    let metadata = object.get("metadata").cloned().unwrap_or_default();
    json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata })
}

fn table<'a>(resource: &ResourceType, objects: impl Iterator<Item = &'a Value>) -> Value {
    let mut version = Value::Null;
    let rows: Vec<Value> = objects
        .map(|object| {
            version = json::at(object, "/metadata/resourceVersion").clone();
            json!({ "cells": columns::cells(&resource.kind, object), "object": metadata_of(object) })
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": { "resourceVersion": version },
        "columnDefinitions": columns::definitions(&resource.kind), "rows": rows,
    })
}
