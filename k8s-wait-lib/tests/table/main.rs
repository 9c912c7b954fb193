//! Every kind and state against every situation that matters, from objects in an API to a verdict: [`Row`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that panics has failed, as it should"
)]

mod cause;
#[path = "../common/mod.rs"]
mod common;
mod customresourcedefinition;
mod daemonset;
mod deployment;
mod expressions;
mod fail_on;
mod job;
mod namespace;
mod object;
mod persistentvolumeclaim;
mod pod;
mod pods;
mod replicaset;
mod service;
mod services;
mod statefulset;

use k8s_wait_testkit::Api;
use serde_json::Value;

/// A target, in a namespace that holds these objects alone, and what has to come of it.
struct Row {
    target: &'static str,
    objects: Vec<Value>,
    /// As `ready`, or `pending NotFound`.
    told: &'static str,
    /// What the message has to hold; before a `$`, what it has to end with.
    message: &'static str,
}

fn ready(target: &'static str, objects: Vec<Value>) -> Row {
    Row { target, objects, told: "ready", message: "" }
}

/// `told` as in `pending NotFound`.
fn not_ready(target: &'static str, objects: Vec<Value>, told: &'static str, message: &'static str) -> Row {
    Row { target, objects, told, message }
}

/// All rows on one API and one set of watches, each in a namespace of its own.
async fn hold(rows: Vec<Row>) {
    let api = Api::start().await.unwrap();
    let named: Vec<_> = rows.into_iter().enumerate().map(|(n, row)| (format!("row-{n}"), row)).collect();
    for (namespace, row) in &named {
        row.objects.iter().for_each(|object| common::put(&api, namespace, object.clone()));
    }
    let watches = common::watches(&api);
    let mut wrong = Vec::new();
    for (namespace, row) in &named {
        wrong.extend(mistake(&common::now(&watches, namespace, row.target).await, row));
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), named.len(), wrong.join("\n"));
}

/// As [`hold`], each row on an API of its own: objects of the cluster are in no namespace.
async fn hold_apart(rows: Vec<Row>) {
    for row in rows {
        hold(vec![row]).await;
    }
}

fn mistake(report: &k8s_wait_lib::Report, row: &Row) -> Option<String> {
    let message = report.verdict.reason().map_or("", |reason| &reason.message);
    let says =
        row.message.strip_suffix('$').map_or(message.contains(row.message), |end| message.ends_with(end));
    let holds = common::told(report) == row.told && says;
    (!holds).then(|| {
        format!("  {}: expected {} ({}), told {:?}", row.target, row.told, row.message, report.verdict)
    })
}
