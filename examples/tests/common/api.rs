//! The Kubernetes API in blocking calls over plain JSON: [`Api`].

use http::Request;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Keeps connections alive between calls, which a runtime of the calling thread would not.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
});

/// Someone who talks to the API.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
}

impl Api {
    /// Whoever the kubeconfig says.
    pub(crate) fn new(kubeconfig: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let _entered = RUNTIME.enter();
        let file = Kubeconfig::read_from(kubeconfig)?;
        let mut config =
            RUNTIME.block_on(Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()))?;
        config.read_timeout = Some(Duration::from_secs(20));
        Ok(Self { client: Client::try_from(config)? })
    }

    /// Sends a request; the answer has to be JSON.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &Value,
    ) -> Result<Value, kube::Error> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(path).header("content-type", content_type);
        RUNTIME.block_on(self.client.request(request.body(body).unwrap()))
    }

    /// The body at a path that is no JSON, such as `/readyz`.
    pub(crate) fn text(&self, path: &str) -> Result<String, kube::Error> {
        RUNTIME.block_on(self.client.request_text(Request::get(path).body(Vec::new()).unwrap()))
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, kube::Error> {
        self.call("GET", path, "application/json", &Value::Null)
    }

    pub(crate) fn post(&self, path: &str, object: &Value) -> Result<Value, kube::Error> {
        self.call("POST", path, "application/json", object)
    }

    /// What the API server warns of when it takes an object; the error is what it says when it does not.
    pub(crate) fn warnings(&self, path: &str, object: &Value) -> Result<Vec<String>, String> {
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.body(Body::from(object.to_string().into_bytes())).unwrap();
        RUNTIME.block_on(async {
            let answer = self.client.send(request).await.map_err(|error| error.to_string())?;
            let warnings = answer.headers().get_all("warning").iter();
            let warnings =
                warnings.map(|warning| String::from_utf8_lossy(warning.as_bytes()).into_owned()).collect();
            match answer.status().is_success() {
                true => Ok(warnings),
                false => {
                    Err(String::from_utf8_lossy(&answer.into_body().collect_bytes().await.unwrap())
                        .into_owned())
                }
            }
        })
    }

    pub(crate) fn patch(&self, path: &str, change: &Value) -> Result<Value, kube::Error> {
        self.call("PATCH", path, "application/merge-patch+json", change)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<Value, kube::Error> {
        self.call("DELETE", path, "application/json", &Value::Null)
    }
}

/// The HTTP status of a refusal.
pub(crate) fn refusal<T>(result: Result<T, kube::Error>) -> Option<u16> {
    match result {
        Err(kube::Error::Api(status)) => Some(status.code),
        _ => None,
    }
}
