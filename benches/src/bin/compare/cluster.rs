//! The API that everybody waits on, and the Jobs in it: [`Cluster`].

use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use k8s_wait_benches::Failure;
use k8s_wait_testkit::Api;
use kube::client::Body;
use kube::{Client, Config};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tempfile::TempDir;

/// Where the Jobs are.
pub(crate) const NAMESPACE: &str = "k8s-wait-compare";
const JOBS: &str = "/apis/batch/v1/namespaces/k8s-wait-compare/jobs";
const LONG_AGO: &str = "2026-01-01T00:00:00Z";
const MERGE: &str = "application/merge-patch+json";

/// An API server, and how to reach it.
pub(crate) struct Cluster {
    pub(crate) client: Client,
    pub(crate) kubeconfig: PathBuf,
    /// What it is, for people.
    pub(crate) version: String,
    /// The one in this process, with its kubeconfig.
    testkit: Option<(Api, TempDir)>,
}

/// A PATCH, from just before it was sent until it was answered.
pub(crate) struct Patched {
    pub(crate) sent: Instant,
    pub(crate) answered: Instant,
}

impl Cluster {
    /// The cluster of KUBECONFIG, else a testkit.
    pub(crate) async fn find() -> Result<Self, Failure> {
        let cluster = match std::env::var_os("KUBECONFIG") {
            Some(path) => Self::real(path.into()).await?,
            None => Self::in_process().await?,
        };
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } });
        cluster.send(Method::POST, "/api/v1/namespaces", "application/json", &namespace).await?;
        Ok(cluster)
    }

    async fn real(kubeconfig: PathBuf) -> Result<Self, Failure> {
        let client = k8s_wait_lib::client(Config::infer().await?)?;
        let version = format!("kube-apiserver {}", client.apiserver_version().await?.git_version);
        Ok(Self { client, kubeconfig, version, testkit: None })
    }

    async fn in_process() -> Result<Self, Failure> {
        let api = Api::start().await?;
        let directory = tempfile::tempdir()?;
        let kubeconfig = directory.path().join("kubeconfig");
        std::fs::write(&kubeconfig, api.kubeconfig())?;
        let client = k8s_wait_lib::client(Config::new(api.url().parse()?))?;
        let version = "the testkit in this process".to_owned();
        Ok(Self { client, kubeconfig, version, testkit: Some((api, directory)) })
    }

    /// Takes the namespace away again.
    pub(crate) async fn leave(&self) -> Result<(), Failure> {
        if self.testkit.is_none() {
            let path = format!("/api/v1/namespaces/{NAMESPACE}");
            self.send(Method::DELETE, &path, "application/json", &json!({})).await?;
        }
        Ok(())
    }

    /// A Job with a pod at work. No controller touches it: it says that it is managed by somebody else.
    pub(crate) async fn begin(&self, name: &str) -> Result<(), Failure> {
        let container = json!({ "name": "main", "image": "none" });
        let template = json!({ "spec": { "restartPolicy": "Never", "containers": [container] } });
        let object = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": { "name": name, "namespace": NAMESPACE },
            "spec": { "managedBy": "k8s-wait.example/compare", "template": template },
        });
        self.send(Method::POST, JOBS, "application/json", &object).await?;
        self.touch(name).await
    }

    /// Its pod is at work: no change from the second time on, but a connection that is warm.
    pub(crate) async fn touch(&self, name: &str) -> Result<(), Failure> {
        let status = json!({ "status": { "active": 1, "ready": 0, "startTime": LONG_AGO } });
        self.send(Method::PATCH, &status_of(name), MERGE, &status).await
    }

    /// The Job is complete, by one PATCH of its status.
    pub(crate) async fn complete(&self, name: &str) -> Result<Patched, Failure> {
        let condition = |name: &str| {
            json!({
                "type": name, "status": "True", "reason": "CompletionsReached", "message": "",
                "lastProbeTime": seconds_ago(2), "lastTransitionTime": seconds_ago(2),
            })
        };
        let status = json!({ "status": {
            "active": 0, "ready": 0, "succeeded": 1, "completionTime": seconds_ago(2),
            "conditions": [condition("SuccessCriteriaMet"), condition("Complete")],
        }});
        let request = request(Method::PATCH, &status_of(name), MERGE, &status)?;
        let sent = Instant::now();
        let answer: Value = self.client.request(request).await?;
        let answered = Instant::now();
        drop(answer);
        Ok(Patched { sent, answered })
    }

    /// A watch of that Job alone, which begins with how it is.
    pub(crate) fn watch(name: &str) -> Result<Request<Body>, Failure> {
        let path = format!("{JOBS}?watch=true&fieldSelector=metadata.name%3D{name}");
        Ok(Request::get(path).body(Body::empty())?)
    }

    async fn send(&self, method: Method, path: &str, media_type: &str, body: &Value) -> Result<(), Failure> {
        self.client.request::<Value>(request(method, path, media_type, body)?).await?;
        Ok(())
    }
}

/// A kubeconfig for an API at this URL, to which nobody has to say who they are.
pub(crate) fn write_kubeconfig(file: &Path, url: &str) -> std::io::Result<()> {
    let named = |name: &str, key: &str, value: Value| json!([{ "name": name, key: value }]);
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "compare",
        "clusters": named("compare", "cluster", json!({ "server": url })),
        "users": named("compare", "user", json!({})),
        "contexts": named("compare", "context", json!({ "cluster": "compare", "user": "compare" })),
    });
    std::fs::write(file, config.to_string())
}

fn request(
    method: Method,
    path: &str,
    media_type: &str,
    body: &Value,
) -> Result<Request<Vec<u8>>, http::Error> {
    let request = Request::builder().method(method).uri(path).header("content-type", media_type);
    request.body(body.to_string().into_bytes())
}

fn status_of(job: &str) -> String {
    format!("{JOBS}/{job}/status")
}

/// In whole seconds, as Kubernetes writes times.
fn seconds_ago(seconds: i64) -> String {
    let then = Timestamp::now() - SignedDuration::from_secs(seconds);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
