//! What is waited for, and what comes of it: [`Case`].

use k8s_wait_testkit::build::{deployment, job, pod};
use serde_json::Value;

/// An object that is pending first, and then is not.
pub(crate) struct Case {
    /// As in a target.
    pub(crate) kind: &'static str,
    /// As in a path of the API.
    pub(crate) resource: &'static str,
    pub(crate) before: fn(&str) -> Value,
    pub(crate) after: fn(&str) -> Value,
    /// What a wait is told then.
    pub(crate) verdict: &'static str,
}

/// The cases, of which each wait takes the next.
pub(crate) const CASES: [Case; 5] = [
    Case {
        kind: "pod",
        resource: "pods",
        before: |name| pod(name).unschedulable("0/3 nodes are available").build(),
        after: |name| pod(name).ready().build(),
        verdict: "ready",
    },
    Case {
        kind: "job",
        resource: "jobs",
        before: |name| job(name).started().active(1).build(),
        after: |name| job(name).complete().build(),
        verdict: "ready",
    },
    Case {
        kind: "deployment",
        resource: "deployments",
        before: |name| deployment(name).build(),
        after: |name| deployment(name).rolled_out().build(),
        verdict: "ready",
    },
    Case {
        kind: "job",
        resource: "jobs",
        before: |name| job(name).started().active(1).build(),
        after: |name| job(name).failed("BackoffLimitExceeded").build(),
        verdict: "failed",
    },
    Case {
        kind: "pod",
        resource: "pods",
        before: |name| pod(name).not_ready().build(),
        after: |name| pod(name).ready().build(),
        verdict: "ready",
    },
];

/// The resources of all cases, whose watches are counted.
pub(crate) const RESOURCES: [&str; 3] = ["pods", "jobs", "deployments"];
