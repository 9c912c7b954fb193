//! The story: a database that takes its time, a migration that stumbles, an app that waits for both.

use crate::cluster::Cluster;
use crate::timeline::Timeline;
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;
use tokio::time::sleep;

/// A pause long enough to read the line before it.
const BEAT: Duration = Duration::from_millis(700);
/// What the pods of a real cluster run.
const IMAGE: &str = "busybox:1.37";

/// The objects of the story.
pub(crate) struct Story {
    service: Value,
    database: Value,
    slice: Value,
    job: Value,
    fails: bool,
}

impl Story {
    /// `fails`: does the migration fail for good?
    pub(crate) fn new(fails: bool) -> Self {
        let never_or_after = if fails { "exit 1" } else { "[ $(date +%s) -ge $READY_AT ]" };
        let ready_at = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs() + 8;
        Self {
            service: json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"},
                "spec": {"selector": {"app": "db"}, "ports": [{"name": "postgres", "port": 5432}]}}),
            database: json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db-0", "labels": {"app": "db"}},
                "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "db", "image": IMAGE,
                    "command": ["sh", "-c", "sleep 3; touch /tmp/ready; sleep 3600"],
                    "readinessProbe": {"exec": {"command": ["test", "-f", "/tmp/ready"]}, "periodSeconds": 1}}]}}),
            slice: json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {"name": "db-1", "labels": {"kubernetes.io/service-name": "db"}},
                "ports": [{"name": "postgres", "port": 5432, "protocol": "TCP"}],
                "endpoints": [endpoint(false)]}),
            job: json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"},
                "spec": {"backoffLimit": if fails { 1 } else { 4 }, "completions": 1, "parallelism": 1,
                    "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "migrate", "image": IMAGE,
                        "env": [{"name": "READY_AT", "value": ready_at.to_string()}],
                        "command": ["sh", "-c", never_or_after]}]}}}}),
            fails,
        }
    }

    /// What is there when the app starts. A real cluster's controllers make the rest.
    pub(crate) async fn begin(&self, cluster: &Cluster, timeline: &Timeline) -> Result<(), Box<dyn Error>> {
        for object in [&self.service, &self.database, &self.job] {
            cluster.create(object).await?;
        }
        if cluster.is_own() {
            cluster.create(&self.slice).await?;
        }
        timeline.tell("cluster", "service db, its pod db-0 (not ready) and job migrate are created");
        Ok(())
    }

    /// What the kubelet and the controllers of a real cluster would write.
    pub(crate) async fn act(&self, cluster: &Cluster, timeline: &Timeline) -> Result<(), Box<dyn Error>> {
        sleep(BEAT).await;
        cluster.patch(&self.job, job_status(1, 0, &[])).await?;
        timeline.tell("controller", "job migrate: its first pod runs");
        sleep(BEAT).await;
        cluster.patch(&self.database, pod_ready()).await?;
        cluster.patch(&self.slice, json!({"endpoints": [endpoint(true)]})).await?;
        timeline.tell("kubelet", "pod db-0 is ready; service db has its first endpoint");
        sleep(BEAT).await;
        cluster.patch(&self.job, job_status(1, 1, &[])).await?;
        timeline.tell("controller", "job migrate: its first pod failed, a second one is started");
        sleep(BEAT).await;
        self.end(cluster, timeline).await
    }

    async fn end(&self, cluster: &Cluster, timeline: &Timeline) -> Result<(), Box<dyn Error>> {
        if self.fails {
            let message = "Job has reached the specified backoff limit";
            let failed = [condition("FailureTarget", message), condition("Failed", message)];
            timeline.tell("controller", "job migrate: its second pod failed too, and that was the last try");
            return cluster.patch(&self.job, job_status(0, 2, &failed)).await;
        }
        let complete = [condition("SuccessCriteriaMet", ""), condition("Complete", "")];
        let mut status = job_status(0, 1, &complete);
        if let Some(status) = status.get_mut("status").and_then(Value::as_object_mut) {
            status.insert("succeeded".to_owned(), json!(1));
            status.insert("completionTime".to_owned(), json!(NOW));
        }
        timeline.tell("controller", "job migrate: its second pod succeeded, the job is complete");
        cluster.patch(&self.job, status).await
    }
}

/// Any time will do.
const NOW: &str = "2026-01-01T00:00:00Z";

fn endpoint(is_ready: bool) -> Value {
    json!({"addresses": ["10.0.0.1"], "conditions": {"ready": is_ready, "serving": is_ready, "terminating": false},
        "targetRef": {"kind": "Pod", "name": "db-0"}})
}

fn pod_ready() -> Value {
    json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
}

fn job_status(active: u32, failed: u32, conditions: &[Value]) -> Value {
    json!({"status": {"startTime": NOW, "active": active, "failed": failed, "conditions": conditions}})
}

fn condition(type_: &str, message: &str) -> Value {
    let reason = if message.is_empty() { "CompletionsReached" } else { "BackoffLimitExceeded" };
    json!({"type": type_, "status": "True", "reason": reason, "message": message, "lastTransitionTime": NOW})
}
