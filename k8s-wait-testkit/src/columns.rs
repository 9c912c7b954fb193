//! What `kubectl get` shows: the columns of a kind, [`definitions`], and the [`cells`] of an object.

use serde_json::{Value, json};

use crate::json;

/// A column between name and age.
type Column = (&'static str, fn(&Value) -> String);

const POD: &[Column] = &[("Ready", pod_ready), ("Status", pod_status), ("Restarts", pod_restarts)];
const JOB: &[Column] = &[("Status", job_status), ("Completions", job_completions)];
const DEPLOYMENT: &[Column] = &[
    ("Ready", |object| of(object, "/status/readyReplicas", "/spec/replicas")),
    ("Up-to-date", |object| count(object, "/status/updatedReplicas")),
    ("Available", |object| count(object, "/status/availableReplicas")),
];
const STATEFUL_SET: &[Column] = &[("Ready", |object| of(object, "/status/readyReplicas", "/spec/replicas"))];
const DAEMON_SET: &[Column] = &[
    ("Desired", |object| count(object, "/status/desiredNumberScheduled")),
    ("Current", |object| count(object, "/status/currentNumberScheduled")),
    ("Ready", |object| count(object, "/status/numberReady")),
];
const REPLICA_SET: &[Column] = &[
    ("Desired", |object| count(object, "/spec/replicas")),
    ("Current", |object| count(object, "/status/replicas")),
    ("Ready", |object| count(object, "/status/readyReplicas")),
];
const SERVICE: &[Column] = &[
    ("Type", |object| text(object, "/spec/type")),
    ("Cluster-IP", |object| text(object, "/spec/clusterIP")),
    ("Port(s)", service_ports),
];
const PHASE: &[Column] = &[("Status", |object| text(object, "/status/phase"))];

fn columns(kind: &str) -> &'static [Column] {
    match kind {
        "Pod" => POD,
        "Job" => JOB,
        "Deployment" => DEPLOYMENT,
        "StatefulSet" => STATEFUL_SET,
        "DaemonSet" => DAEMON_SET,
        "ReplicaSet" => REPLICA_SET,
        "Service" => SERVICE,
        "Namespace" | "PersistentVolumeClaim" => PHASE,
        _ => &[],
    }
}

/// `columnDefinitions` of the kind's table.
pub(crate) fn definitions(kind: &str) -> Value {
    let definition = |name: &str| {
        let format = if name == "Name" { "name" } else { "" };
        json!({ "name": name, "type": "string", "format": format, "description": name, "priority": 0 })
    };
    let names = columns(kind).iter().map(|(name, _)| *name);
    ["Name"].into_iter().chain(names).chain(["Age"]).map(definition).collect()
}

/// An object's row.
pub(crate) fn cells(kind: &str, object: &Value) -> Value {
    let name = text(object, "/metadata/name");
    let own = columns(kind).iter().map(|(_, cell)| cell(object));
    [name].into_iter().chain(own).chain([age(object)]).map(Value::from).collect()
}

fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or("<none>").to_owned()
}

fn count(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0).to_string()
}

fn of(object: &Value, part: &str, whole: &str) -> String {
    format!("{}/{}", count(object, part), count(object, whole))
}

fn list<'a>(object: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    object.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn pod_ready(pod: &Value) -> String {
    let ready =
        list(pod, "/status/containerStatuses").filter(|status| *json::at(status, "/ready") == true).count();
    format!("{ready}/{}", list(pod, "/spec/containers").count())
}

/// The reason of a container that waits or has ended says more than the phase.
fn pod_status(pod: &Value) -> String {
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        return "Terminating".to_owned();
    }
    let reason = |status: &Value| {
        let reason = status.pointer("/state/waiting/reason");
        let reason = reason.or_else(|| status.pointer("/state/terminated/reason"));
        reason.and_then(Value::as_str).map(str::to_owned)
    };
    let whole = pod.pointer("/status/reason").and_then(Value::as_str).map(str::to_owned);
    whole
        .or_else(|| list(pod, "/status/containerStatuses").find_map(reason))
        .unwrap_or_else(|| text(pod, "/status/phase"))
}

fn pod_restarts(pod: &Value) -> String {
    let restarts = list(pod, "/status/containerStatuses")
        .filter_map(|status| json::at(status, "/restartCount").as_i64());
    restarts.sum::<i64>().to_string()
}

fn job_status(job: &Value) -> String {
    let is_true = |wanted: &str| {
        list(job, "/status/conditions")
            .any(|known| json::text(known, "/type") == wanted && json::text(known, "/status") == "True")
    };
    let known =
        ["Complete", "Failed", "Suspended", "FailureTarget"].into_iter().find(|wanted| is_true(wanted));
    known.unwrap_or("Running").to_owned()
}

fn job_completions(job: &Value) -> String {
    of(job, "/status/succeeded", "/spec/completions")
}

fn service_ports(service: &Value) -> String {
    let port = |port: &Value| {
        Some(format!("{}/{}", json::at(port, "/port").as_u64()?, json::text(port, "/protocol")))
    };
    let ports: Vec<String> = list(service, "/spec/ports").filter_map(port).collect();
    if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") }
}

/// As kubectl abbreviates: 42s, 7m, 3h, 2d.
fn age(object: &Value) -> String {
    let created = text(object, "/metadata/creationTimestamp");
    let Ok(created) = created.parse::<jiff::Timestamp>() else { return "<unknown>".to_owned() };
    let seconds = (jiff::Timestamp::now().as_second() - created.as_second()).max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}
