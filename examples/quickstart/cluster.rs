//! The cluster that the story plays in: [`Cluster`].

use crate::timeline::Timeline;
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use k8s_wait_testkit::Api as Testkit;
use kube::api::{DeleteParams, DynamicObject, ObjectMeta, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::runtime::wait::await_condition;
use kube::{Api, Client, Config};
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;

/// Who may write to the cluster in our name.
const FIELD_MANAGER: &str = "k8s-wait-quickstart";

/// How long the cluster may take to fill a new namespace.
const PATIENCE: Duration = Duration::from_secs(30);

/// A cluster with a namespace for the story.
pub(crate) struct Cluster {
    client: Client,
    pub(crate) namespace: String,
    /// The cluster in this process, and the file that leads other processes to it; `None` is the current context.
    own: Option<(Testkit, tempfile::TempDir)>,
}

impl Cluster {
    /// A small Kubernetes API in this process.
    pub(crate) async fn in_process(timeline: &Timeline) -> Result<Self, Box<dyn Error>> {
        let api = Testkit::start().await?;
        let folder = tempfile::tempdir()?;
        std::fs::write(kubeconfig(&folder), api.kubeconfig())?;
        let client = k8s_wait_lib::client(Config::new(api.url().parse()?))?;
        timeline.tell("cluster", &format!("a small Kubernetes API runs in this process, at {}", api.url()));
        let cluster = Self { client, namespace: "shop".to_owned(), own: Some((api, folder)) };
        cluster.create_namespace().await?;
        Ok(cluster)
    }

    /// The cluster that `kubectl` talks to, in a namespace that goes with the story.
    pub(crate) async fn current(timeline: &Timeline) -> Result<Self, Box<dyn Error>> {
        let config = Config::infer().await?;
        timeline.tell("cluster", &format!("the current context is {}", config.cluster_url));
        let namespace = format!("k8s-wait-quickstart-{}", std::process::id());
        let cluster = Self { client: k8s_wait_lib::client(config)?, namespace, own: None };
        cluster.create_namespace().await?;
        Ok(cluster)
    }

    /// Does nobody act in it but us?
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// The file that leads other processes to it, unless they find it by themselves.
    pub(crate) fn kubeconfig(&self) -> Option<PathBuf> {
        self.own.as_ref().map(|(_, folder)| kubeconfig(folder))
    }

    async fn create_namespace(&self) -> kube::Result<()> {
        let metadata = ObjectMeta { name: Some(self.namespace.clone()), ..ObjectMeta::default() };
        let namespace = Namespace { metadata, ..Namespace::default() };
        Api::all(self.client.clone()).create(&PostParams::default(), &namespace).await.map(drop)
    }

    /// Waits until pods may be created: a new namespace has no default ServiceAccount at first. In the cluster of this
    /// process nobody asks for one.
    pub(crate) async fn take_pods(&self) -> Result<(), Box<dyn Error>> {
        if self.is_own() {
            return Ok(());
        }
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), &self.namespace);
        let is_there = |account: Option<&ServiceAccount>| account.is_some();
        match timeout(PATIENCE, await_condition(accounts, "default", is_there)).await {
            Ok(found) => Ok(found.map(drop)?),
            Err(_) => Err(format!("namespace {} has no default ServiceAccount", self.namespace).into()),
        }
    }

    /// Deletes the namespace with all that is in it.
    pub(crate) async fn clean_up(&self) -> kube::Result<()> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        namespaces.delete(&self.namespace, &DeleteParams::background()).await.map(drop)
    }

    /// Creates an object from its manifest.
    pub(crate) async fn create(&self, manifest: &Value) -> Result<(), Box<dyn Error>> {
        let object: DynamicObject = serde_json::from_value(manifest.clone())?;
        self.api(manifest)?.create(&PostParams::default(), &object).await?;
        Ok(())
    }

    /// Changes an object: its status, or else whatever is given of it.
    pub(crate) async fn patch(&self, manifest: &Value, change: Value) -> Result<(), Box<dyn Error>> {
        let name =
            manifest.pointer("/metadata/name").and_then(Value::as_str).ok_or("a manifest without a name")?;
        let (api, params) = (self.api(manifest)?, PatchParams::apply(FIELD_MANAGER));
        match change.get("status") {
            Some(_) => api.patch_status(name, &params, &Patch::Merge(change)).await?,
            None => api.patch(name, &params, &Patch::Merge(change)).await?,
        };
        Ok(())
    }

    fn api(&self, manifest: &Value) -> Result<Api<DynamicObject>, Box<dyn Error>> {
        let word = |key: &str| {
            manifest.get(key).and_then(Value::as_str).ok_or("a manifest without apiVersion or kind")
        };
        let (group, version) = word("apiVersion")?.split_once('/').unwrap_or(("", word("apiVersion")?));
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, word("kind")?));
        Ok(Api::namespaced_with(self.client.clone(), &self.namespace, &resource))
    }
}

fn kubeconfig(folder: &tempfile::TempDir) -> PathBuf {
    Path::join(folder.path(), "kubeconfig")
}
