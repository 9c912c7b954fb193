//! etcd and kube-apiserver, and how the harness talks to them: [`Plane`].

use crate::group::{Daemon, Group};
use http::Request;
use k8s_wait_benches::Failure;
use k8s_wait_examples::plane;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpStream;

/// A question that is not answered by then is asked again.
const ANSWER: Duration = Duration::from_secs(5);

/// A control plane without nodes.
pub(crate) struct Plane {
    pub(crate) etcd: Daemon,
    pub(crate) apiserver: Daemon,
    pub(crate) api: Api,
    layout: plane::Plane,
}

impl Plane {
    /// Starts both, and waits until the API server answers.
    pub(crate) async fn start(group: &Group, programs: &Path, folder: &Path) -> Result<Self, Failure> {
        let layout = plane::Plane::new(programs, folder)?;
        let etcd = Daemon::start(group, "etcd", layout.etcd(), folder.join("etcd.log"))?;
        let address = layout.etcd_address();
        etcd.until(async || TcpStream::connect(address).await.is_ok()).await?;
        let kubeconfig = layout.kubeconfig("kubeconfig", layout.apiserver_address())?;
        let log = folder.join("apiserver.log");
        let apiserver = Daemon::start(group, "kube-apiserver", layout.apiserver(), log)?;
        let plane = Self { etcd, apiserver, api: Api::new(&kubeconfig).await?, layout };
        plane.answers().await?;
        Ok(plane)
    }

    /// Waits until the API server is ready, with etcd behind it.
    pub(crate) async fn answers(&self) -> Result<(), Failure> {
        self.apiserver.until(|| self.api.is_ready()).await
    }

    /// Where the API server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.layout.apiserver_address()
    }

    /// A kubeconfig for somebody who finds the API server at this address.
    pub(crate) fn kubeconfig(&self, name: &str, address: SocketAddr) -> Result<PathBuf, Failure> {
        Ok(self.layout.kubeconfig(name, address)?)
    }
}

/// Somebody who may do everything.
#[derive(Clone)]
pub(crate) struct Api(Client);

impl Api {
    async fn new(kubeconfig: &Path) -> Result<Self, Failure> {
        let file = Kubeconfig::read_from(kubeconfig)?;
        let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
        config.connect_timeout = Some(ANSWER);
        config.read_timeout = Some(ANSWER);
        Ok(Self(k8s_wait_lib::client(config)?))
    }

    async fn is_ready(&self) -> bool {
        let Ok(request) = Request::get("/readyz").body(Vec::new()) else { return false };
        let asked = tokio::time::timeout(ANSWER, self.0.request_text(request)).await;
        asked.is_ok_and(|answer| answer.is_ok())
    }

    /// Creates an object.
    pub(crate) async fn create(&self, path: &str, object: &Value) -> Result<(), Failure> {
        self.send(Request::post(path).header("content-type", "application/json"), object).await
    }

    /// Changes an object by a merge patch.
    pub(crate) async fn patch(&self, path: &str, change: &Value) -> Result<(), Failure> {
        self.send(Request::patch(path).header("content-type", "application/merge-patch+json"), change).await
    }

    /// A namespace in which pods can be made.
    pub(crate) async fn namespace(&self, name: &str) -> Result<(), Failure> {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.create("/api/v1/namespaces", &object).await?;
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
        self.create(&format!("/api/v1/namespaces/{name}/serviceaccounts"), &account).await
    }

    async fn send(&self, request: http::request::Builder, body: &Value) -> Result<(), Failure> {
        let request = request.body(body.to_string().into_bytes())?;
        tokio::time::timeout(ANSWER, self.0.request::<Value>(request)).await??;
        Ok(())
    }
}
