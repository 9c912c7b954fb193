//! The floors under those who wait: [`measure`] reads a watch, or the answer of our server, by itself.

use crate::cluster::{Cluster, NAMESPACE, Patched};
use crate::latency::SETTLE;
use http::Request;
use http_body_util::BodyExt;
use k8s_wait_benches::Failure;
use kube::client::Body;
use kube::{Client, Config};
use serde_json::json;
use std::time::Instant;
use tokio::time::{sleep, timeout};

/// What is read, and the bytes that say that the Job is complete; nobody parses them.
pub(crate) struct Source {
    client: Client,
    request: fn(&str) -> Result<Request<Body>, Failure>,
    end: &'static [u8],
}

impl Source {
    /// A watch of the API server's.
    pub(crate) fn watch(cluster: &Cluster) -> Self {
        Self { client: cluster.client.clone(), request: Cluster::watch, end: br#""SuccessCriteriaMet""# }
    }

    /// The lines of our server's that listens there.
    pub(crate) fn lines(port: u16) -> Result<Self, Failure> {
        let client = k8s_wait_lib::client(Config::new(format!("http://127.0.0.1:{port}").parse()?))?;
        Ok(Self { client, request: ask, end: br#""done""# })
    }
}

fn ask(job: &str) -> Result<Request<Body>, Failure> {
    let question = json!({ "targets": [format!("job/{NAMESPACE}/{job}")], "timeout": "5m" });
    let request = Request::post("/v1/wait").header("content-type", "application/json");
    Ok(request
        .header("accept", "application/x-ndjson")
        .body(Body::from(question.to_string().into_bytes()))?)
}

/// A PATCH, and when the source said so.
pub(crate) async fn measure(
    cluster: &Cluster,
    source: &Source,
    job: &str,
) -> Result<(Patched, Instant), Failure> {
    cluster.begin(job).await?;
    let answer = source.client.send((source.request)(job)?).await?;
    let said = tokio::spawn(said(answer.into_body(), source.end));
    // The watch may have taken the connection that there was.
    cluster.touch(job).await?;
    sleep(SETTLE).await;
    let patched = cluster.complete(job).await?;
    let said = timeout(SETTLE * 10, said).await??.ok_or("the answer ended too early")?;
    Ok((patched, said))
}

async fn said(mut body: Body, end: &[u8]) -> Option<Instant> {
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        let now = Instant::now();
        text.extend_from_slice(frame.data_ref()?);
        if text.windows(end.len()).any(|window| window == end) {
            return Some(now);
        }
    }
    None
}
