//! Objects that nobody but the test acts upon: no scheduler takes the pods, no controller the jobs and the services.

use serde_json::{Value, json};

/// No scheduler goes by this name, so the pods stay without a node, and their status is ours to write.
const SCHEDULER: &str = "k8s-wait-test";
const TIME: &str = "2026-01-01T00:00:00Z";

/// A pod with the label `app`.
pub fn pod(name: &str, app: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": app}},
        "spec": pod_spec("Always"),
    })
}

/// The status of a pod that runs, ready or not.
pub fn running(is_ready: bool) -> Value {
    let status = if is_ready { "True" } else { "False" };
    json!({"phase": "Running", "conditions": [
        {"type": "Ready", "status": status, "lastTransitionTime": TIME}]})
}

/// A job that the Job controller leaves alone.
pub fn job(name: &str) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
        "spec": {
            "backoffLimit": 0, "managedBy": "example.com/k8s-wait-test", "template": {"spec": pod_spec("Never")},
        },
    })
}

/// A job that the Job controller works on, with one try.
pub fn controlled_job(name: &str) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": {"spec": pod_spec("Never")}},
    })
}

/// The status of a job with a pod at work, and some that have failed.
pub fn working(failed: u32) -> Value {
    json!({"startTime": TIME, "active": 1, "failed": failed})
}

/// The status of a job that has completed.
pub fn complete() -> Value {
    json!({"startTime": TIME, "completionTime": TIME, "active": 0, "succeeded": 1, "conditions": [
        condition("SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods"),
        condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods")]})
}

/// The status of a job that has failed for good.
pub fn failed() -> Value {
    let message = "Job has reached the specified backoff limit";
    json!({"startTime": TIME, "active": 0, "failed": 1, "conditions": [
        condition("FailureTarget", "BackoffLimitExceeded", message),
        condition("Failed", "BackoffLimitExceeded", message)]})
}

/// A service without a selector, whose endpoints are ours to write.
pub fn service(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"ports": [{"name": "sql", "port": 5432}]},
    })
}

/// A service that stands for a name outside.
pub fn external_name(name: &str, host: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"type": "ExternalName", "externalName": host},
    })
}

/// A slice of a service with one endpoint.
pub fn slice(name: &str, service: &str, is_ready: bool) -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": name, "labels": {"kubernetes.io/service-name": service}},
        "addressType": "IPv4", "endpoints": endpoints(is_ready),
        "ports": [{"name": "sql", "port": 5432}],
    })
}

/// The endpoints of such a slice.
pub fn endpoints(is_ready: bool) -> Value {
    json!([{"addresses": ["10.1.0.5"], "conditions": {"ready": is_ready}}])
}

/// A deployment whose pods have the label `app` and its name.
pub fn deployment(name: &str, replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec("Always")},
        },
    })
}

/// A stateful set whose pods have the label `app` and its name, updated from `partition` on.
pub fn stateful_set(name: &str, replicas: u32, partition: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "podManagementPolicy": "Parallel",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}},
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec("Always")},
        },
    })
}

fn pod_spec(restart_policy: &str) -> Value {
    json!({
        "schedulerName": SCHEDULER,
        "restartPolicy": restart_policy,
        "containers": [{"name": "main", "image": "registry.k8s.io/pause:3.10"}],
    })
}

fn condition(kind: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": "True", "reason": reason, "message": message,
        "lastProbeTime": TIME, "lastTransitionTime": TIME})
}

/// The MutatingWebhookConfiguration that the chart makes, which asks whoever that is about annotated pods in namespaces that
/// have the label.
pub fn webhook(name: &str, client: &Value, failure_policy: &str) -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [{
            "name": "inject.k8s-wait.dev",
            "clientConfig": client,
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"],
                "scope": "Namespaced"}],
            "namespaceSelector": {"matchLabels": {"k8s-wait.dev/inject": "enabled"}},
            "matchConditions": [{"name": "annotated", "expression": "has(object.metadata.annotations) && \
                object.metadata.annotations.exists(key, key.startsWith('k8s-wait.dev/'))"}],
            "matchPolicy": "Equivalent",
            "reinvocationPolicy": "IfNeeded",
            "failurePolicy": failure_policy,
            "sideEffects": "None",
            "timeoutSeconds": 5,
            "admissionReviewVersions": ["v1"],
        }],
    })
}
