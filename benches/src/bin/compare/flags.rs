//! The command line: [`Flags`].

use argh::FromArgs;
use std::path::PathBuf;
use std::time::Duration;

/// Compares tools that wait: latency from a PATCH to the waiter's exit, CPU, memory, requests, bytes on disk. The API is
/// the cluster of KUBECONFIG, or one in this process where that is not set.
#[derive(FromArgs)]
pub(crate) struct Flags {
    /// how often each tool waits for one Job (default 20)
    #[argh(option, default = "20")]
    pub(crate) rounds: usize,
    /// for how many seconds one wait is held (default 60)
    #[argh(option, default = "60")]
    held: u64,
    /// our client (default: the one of the profile client, beside the profile of this program)
    #[argh(option)]
    pub(crate) client: Option<PathBuf>,
    /// our server (default: the one beside this program)
    #[argh(option)]
    pub(crate) server: Option<PathBuf>,
    /// the kubectl to compare with (default: the one in PATH)
    #[argh(option)]
    pub(crate) kubectl: Option<PathBuf>,
    /// groundnuty's wait_for.sh (default: the one in PATH)
    #[argh(option)]
    pub(crate) wait_for: Option<PathBuf>,
    /// a checkout of k8s-when-ready in which `npm install` was run
    #[argh(option)]
    pub(crate) when_ready: Option<PathBuf>,
    /// write the figures to this file too, an object a line
    #[argh(option)]
    pub(crate) json: Option<PathBuf>,
}

impl Flags {
    pub(crate) fn held(&self) -> Duration {
        Duration::from_secs(self.held)
    }
}
