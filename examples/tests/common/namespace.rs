//! A namespace that goes with the test: [`Namespace`].

use super::api::{Api, refusal};
use super::cluster::Cluster;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::thread;

/// What is shown of a namespace when its test fails.
const SHOWN: [&str; 6] = ["pods", "jobs", "deployments", "services", "endpointslices", "events"];

/// A namespace of its own, and a folder. Both are deleted when it is dropped; what was in it is printed if the test
/// has failed.
pub(crate) struct Namespace {
    pub(crate) name: String,
    pub(crate) api: Api,
    pub(crate) cluster: Cluster,
    folder: tempfile::TempDir,
}

impl Namespace {
    /// Makes one with a generated name.
    pub(crate) fn new(cluster: &Cluster) -> Self {
        let api = Api::new(&cluster.kubeconfig).unwrap();
        let object = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"generateName": "k8s-wait-test-", "labels": {"app.kubernetes.io/part-of": "k8s-wait-test"}},
        });
        let made = api.post("/api/v1/namespaces", &object).unwrap();
        let name = made["metadata"]["name"].as_str().unwrap().to_owned();
        let namespace = Self { name, api, cluster: cluster.clone(), folder: tempfile::tempdir().unwrap() };
        namespace.make_default_account();
        namespace
    }

    /// From now on it takes no pod that the restricted Pod Security Standard does not allow, and warns of what makes such
    /// pods.
    pub(crate) fn restrict(&self) {
        let labels =
            ["enforce", "warn"].map(|mode| (format!("pod-security.kubernetes.io/{mode}"), "restricted"));
        let labels = labels.into_iter().collect::<BTreeMap<_, _>>();
        let path = format!("/api/v1/namespaces/{}", self.name);
        self.api.patch(&path, &json!({"metadata": {"labels": labels}})).unwrap();
    }

    /// A folder for the files of the test.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Creates an object from its manifest.
    pub(crate) fn create(&self, object: &Value) -> Value {
        let kind = object["kind"].as_str().unwrap().to_lowercase();
        self.api.post(&self.path(&format!("{kind}s")), object).unwrap()
    }

    /// Writes the status of an object, named as `pods/web`.
    pub(crate) fn status(&self, object: &str, status: &Value) {
        let path = format!("{}/status", self.path(object));
        self.api.patch(&path, &json!({"status": status})).unwrap();
    }

    /// Changes an object.
    pub(crate) fn patch(&self, object: &str, change: &Value) {
        self.api.patch(&self.path(object), change).unwrap();
    }

    /// Deletes an object.
    pub(crate) fn delete(&self, object: &str) {
        self.api.delete(&self.path(object)).unwrap();
    }

    /// The objects of a resource, as `pods?labelSelector=app=web`.
    pub(crate) fn list(&self, resource: &str) -> Vec<Value> {
        match self.api.get(&self.path(resource)).unwrap()["items"].take() {
            Value::Array(items) => items,
            other => panic!("{resource}: {other}"),
        }
    }

    /// Where a resource or an object is: `pods`, `jobs/migrate`.
    pub(crate) fn path(&self, object: &str) -> String {
        let plural = object.split(['/', '?']).next().unwrap();
        let group = match plural {
            "pods" | "services" | "serviceaccounts" | "secrets" | "events" | "persistentvolumeclaims" => {
                "/api/v1"
            }
            "jobs" => "/apis/batch/v1",
            "deployments" | "statefulsets" | "controllerrevisions" => "/apis/apps/v1",
            "endpointslices" => "/apis/discovery.k8s.io/v1",
            "poddisruptionbudgets" => "/apis/policy/v1",
            "roles" | "rolebindings" => "/apis/rbac.authorization.k8s.io/v1",
            other => panic!("no test has used {other} yet"),
        };
        format!("{group}/namespaces/{}/{object}", self.name)
    }

    /// Pods are refused without it, and it comes late, or not at all where there are no controllers.
    fn make_default_account(&self) {
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
        let made = self.api.post(&self.path("serviceaccounts"), &account);
        assert!(made.is_ok() || refusal(made) == Some(409), "no default ServiceAccount");
    }

    fn show(&self) {
        for resource in SHOWN {
            println!("--- {resource} of namespace {}", self.name);
            match self.api.get(&self.path(resource)) {
                Ok(list) => list["items"].as_array().unwrap_or(&Vec::new()).iter().for_each(show),
                Err(error) => println!("{error}"),
            }
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if thread::panicking() {
            self.show();
        }
        if let Err(error) = self.api.delete(&format!("/api/v1/namespaces/{}", self.name)) {
            println!("namespace {} is left behind: {error}", self.name);
        }
    }
}

fn show(object: &Value) {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    println!("{object}");
}
