//! The real binary: [`Program`].

use k8s_wait_testkit::Api;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use crate::support::within;

/// How long a line may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server process with its log.
pub(crate) struct Program {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    /// Every line so far.
    pub(crate) said: Vec<String>,
    /// Kept for as long as the process may read it.
    _kubeconfig: Option<NamedTempFile>,
}

/// The binary with nothing of this process's environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_k8s-wait-server"));
    command.args(arguments).env_clear();
    command
}

impl Program {
    pub(crate) fn start(api: &Api, arguments: &[&str]) -> Self {
        Self::run(api, command(arguments).args(["--listen", "127.0.0.1:0"]))
    }

    pub(crate) fn run(api: &Api, command: &mut Command) -> Self {
        let kubeconfig = NamedTempFile::new().unwrap();
        std::fs::write(&kubeconfig, api.kubeconfig()).unwrap();
        let program = Self::spawn(command.env("KUBECONFIG", kubeconfig.path()));
        Self { _kubeconfig: Some(kubeconfig), ..program }
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = piped.kill_on_drop(true).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, log, said: Vec::new(), _kubeconfig: None }
    }

    /// The first line from now on that holds this text.
    pub(crate) async fn says(&mut self, text: &str) -> String {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.log.next_line()).await;
            let line = next.unwrap_or_else(|_| panic!("{text:?} is not said after {:?}", self.said)).unwrap();
            let line = line.unwrap_or_else(|| panic!("no line with {text:?} in {:?}", self.said));
            self.said.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits for a line with this text unless there has been one.
    pub(crate) async fn has_said(&mut self, text: &str) {
        if !self.said.iter().any(|line| line.contains(text)) {
            self.says(text).await;
        }
    }

    /// Where it listens.
    pub(crate) async fn address(&mut self) -> SocketAddr {
        let line = self.says("started").await;
        let listen = line.split(' ').find_map(|word| word.strip_prefix("listen=")).unwrap();
        listen.parse().unwrap()
    }

    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; the rest of its log is in `said`.
    pub(crate) async fn ends(&mut self) -> ExitStatus {
        while let Some(line) = within(self.log.next_line()).await.unwrap() {
            self.said.push(line);
        }
        within(self.child.wait()).await.unwrap()
    }
}
