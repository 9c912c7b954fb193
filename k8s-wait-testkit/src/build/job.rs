//! Jobs, from created to finished: [`job`].

use serde_json::json;

use super::object::{Object, SINCE, object};
use crate::json;

/// Builds a job; see [`job`].
#[derive(Clone, Debug, PartialEq)]
pub struct Job(Object);

/// A job of one completion that the job controller has not seen yet: an empty status.
pub fn job(name: &str) -> Job {
    let pod = json!({
        "containers": [{ "name": "app", "image": "example.com/app:1" }], "restartPolicy": "Never",
    });
    let spec = json!({
        "completions": 1, "parallelism": 1, "backoffLimit": 6, "completionMode": "NonIndexed",
        "suspend": false, "template": { "metadata": { "labels": { "job-name": name } }, "spec": pod },
    });
    let job = object("batch/v1", "Job", name).generation(1);
    Job(job.with("/spec", spec).with("/status", json!({})))
}

super::metadata!(Job);
super::deletable!(Job);

impl Job {
    /// Sets `spec.completions`.
    #[must_use]
    pub fn completions(self, completions: i32) -> Self {
        self.with("/spec/completions", completions)
    }

    /// Sets `spec.parallelism`.
    #[must_use]
    pub fn parallelism(self, parallelism: i32) -> Self {
        self.with("/spec/parallelism", parallelism)
    }

    /// Pods that are running or about to.
    #[must_use]
    pub fn active(self, pods: i32) -> Self {
        self.started().with("/status/active", pods).with("/status/ready", pods)
    }

    /// Pods that have failed; the job goes on while retries are left.
    #[must_use]
    pub fn failed_pods(self, pods: i32) -> Self {
        self.started().with("/status/failed", pods)
    }

    /// Pods that have succeeded.
    #[must_use]
    pub fn succeeded_pods(self, pods: i32) -> Self {
        self.started().with("/status/succeeded", pods)
    }

    /// Sets a condition, or replaces the one of the same type.
    #[must_use]
    pub fn condition(mut self, condition: &str, status: &str, reason: &str, message: &str) -> Self {
        self.0 = self.0.condition(condition, status, reason, message);
        self
    }

    /// Done, with as many succeeded pods as completions.
    #[must_use]
    pub fn complete(self) -> Self {
        let completions = json::at(self.0.json(), "/spec/completions").as_i64().unwrap_or(1);
        let message = "Reached expected number of succeeded pods";
        self.started()
            .with("/status/active", json!(0))
            .with("/status/ready", json!(0))
            .with("/status/succeeded", completions)
            .with("/status/completionTime", SINCE)
            .condition("SuccessCriteriaMet", "True", "CompletionsReached", message)
            .condition("Complete", "True", "CompletionsReached", message)
    }

    /// Failed for good: `failed("BackoffLimitExceeded")`, `failed("DeadlineExceeded")`.
    #[must_use]
    pub fn failed(self, reason: &str) -> Self {
        let message = why(reason);
        self.failure_target(reason)
            .with("/status/active", json!(0))
            .with("/status/ready", json!(0))
            .condition("Failed", "True", reason, message)
    }

    /// Bound to fail: the last pods are still being stopped, condition Failed is not there yet.
    #[must_use]
    pub fn failure_target(self, reason: &str) -> Self {
        self.started().condition("FailureTarget", "True", reason, why(reason))
    }

    /// Suspended: no pods until `spec.suspend` is taken back.
    #[must_use]
    pub fn suspended(self) -> Self {
        self.with("/spec/suspend", true).condition("Suspended", "True", "JobSuspended", "Job suspended")
    }

    /// As the job controller writes it first: start time and zero counts.
    #[must_use]
    pub fn started(self) -> Self {
        self.with("/status/startTime", SINCE)
            .with("/status/terminating", json!(0))
            .with("/status/uncountedTerminatedPods", json!({}))
    }
}

fn why(reason: &str) -> &'static str {
    match reason {
        "BackoffLimitExceeded" => "Job has reached the specified backoff limit",
        "DeadlineExceeded" => "Job was active longer than specified deadline",
        "PodFailurePolicy" => {
            "Container app for pod default/app failed with exit code 42 matching FailJob rule at index 0"
        }
        _ => "Job has failed",
    }
}
