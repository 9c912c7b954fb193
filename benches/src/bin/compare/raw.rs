//! The floor under every watcher: [`measure`] reads a watch by itself.

use crate::Failure;
use crate::cluster::{Cluster, Patched};
use crate::latency::SETTLE;
use http_body_util::BodyExt;
use kube::client::Body;
use std::time::Instant;
use tokio::time::{sleep, timeout};

/// A PATCH, and when its event was there, in bytes that nobody has parsed yet.
pub(crate) async fn measure(cluster: &Cluster, job: &str) -> Result<(Patched, Instant), Failure> {
    cluster.begin(job).await?;
    let answer = cluster.client.send(Cluster::watch(job)?).await?;
    let event = tokio::spawn(event(answer.into_body()));
    sleep(SETTLE).await;
    let patched = cluster.complete(job).await?;
    let event = timeout(SETTLE * 10, event).await??.ok_or("the watch ended without its event")?;
    Ok((patched, event))
}

/// When the Job is said to be complete.
async fn event(mut body: Body) -> Option<Instant> {
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        let now = Instant::now();
        text.extend_from_slice(frame.data_ref()?);
        if text.windows(COMPLETE.len()).any(|window| window == COMPLETE) {
            return Some(now);
        }
    }
    None
}

const COMPLETE: &[u8] = br#""SuccessCriteriaMet""#;
