//! What is seen of the server at a moment: [`Sample`].

use crate::case::RESOURCES;
use k8s_wait_benches::Failure;
use k8s_wait_benches::stage::Stage;
use k8s_wait_testkit::Api;
use serde_json::{Value, json};
use std::time::Duration;

/// What the kernel and the API tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Since the beginning.
    pub(crate) at: Duration,
    /// Whether everybody has gone.
    pub(crate) is_rest: bool,
    /// How many wait.
    pub(crate) waits: usize,
    pub(crate) resident_kib: u64,
    pub(crate) files: usize,
    pub(crate) threads: usize,
    /// Watches at the API.
    pub(crate) watches: usize,
}

impl Sample {
    /// Looks now.
    ///
    /// # Errors
    ///
    /// When the server has ended.
    pub(crate) fn take(stage: &Stage, api: &Api, at: Duration, waits: usize) -> Result<Self, Failure> {
        Ok(Self {
            at,
            is_rest: false,
            waits,
            resident_kib: stage.program.resident_kib()?,
            files: stage.program.files()?,
            threads: stage.program.threads()?,
            watches: RESOURCES.iter().map(|resource| api.watches_open(resource)).sum(),
        })
    }

    pub(crate) fn json(&self) -> Value {
        let Self { at, is_rest, waits, resident_kib, files, threads, watches } = self;
        json!({
            "second": at.as_secs(), "rest": is_rest, "waits": waits, "resident_kib": resident_kib, "files": files,
            "threads": threads, "watches": watches,
        })
    }
}
