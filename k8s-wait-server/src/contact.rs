//! Whether the API server has ever answered: [`Contact`].

use kube::Client;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause between two questions.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks the API server for its version until it has answered once, and never again: an API server that goes away
/// later is the business of the watches, and no reason to take the server out of its Service.
pub(crate) struct Contact {
    is_made: Arc<AtomicBool>,
    _task: AbortOnDropHandle<()>,
}

impl Contact {
    pub(crate) fn make(client: Client) -> Self {
        let is_made = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(ask(client, Arc::clone(&is_made)));
        Self { is_made, _task: AbortOnDropHandle::new(task) }
    }

    pub(crate) fn is_made(&self) -> bool {
        self.is_made.load(Ordering::Relaxed)
    }
}

async fn ask(client: Client, is_made: Arc<AtomicBool>) {
    let mut told = String::new();
    loop {
        let error = match timeout(PATIENCE, client.apiserver_version()).await {
            Ok(Ok(version)) => return made(&is_made, &version.git_version),
            // A cluster may keep its version to itself. Which rights are there is the business of the watches.
            Ok(Err(kube::Error::Api(status))) if status.code == 403 => return made(&is_made, "unknown"),
            Ok(Err(error)) => root(&error).to_string(),
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        };
        if error != told {
            log::warn!(error = error.as_str(); "the API server does not answer; until it does, everything is pending");
            told = error;
        }
        sleep(PAUSE).await;
    }
}

fn made(is_made: &AtomicBool, version: &str) {
    is_made.store(true, Ordering::Relaxed);
    log::info!(kubernetes = version; "the API server answers");
}

/// The innermost cause: "connection refused" rather than "service error".
pub(crate) fn root(error: &dyn std::error::Error) -> &dyn std::error::Error {
    error.source().map_or(error, root)
}
