//! A server under load: [`Stage`], ours with the testkit's API behind it, or a bare one.

use crate::Failure;
use crate::program::{Program, beside, distributed, free_address};
use k8s_wait_testkit::Api;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How often it is looked whether a server takes connections.
const GLANCE: Duration = Duration::from_micros(200);
/// How long a server may take to begin.
const PATIENCE: Duration = Duration::from_secs(20);

/// Flags for more load than a server takes unless it is told to.
const CROWDED: [&str; 4] = ["--max-waiters", "12000", "--max-requests-per-second", "0"];

/// A server in a process of its own.
pub struct Stage {
    /// The server.
    pub program: Program,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start until it took a connection.
    pub accepted: Duration,
    _kubeconfig: Option<TempDir>,
}

impl Stage {
    /// k8s-wait-server as it is shipped, which watches `api`.
    ///
    /// # Errors
    ///
    /// When it was not built, or does not become ready.
    pub async fn ours(api: &Api) -> Result<Self, Failure> {
        Self::with_flags(api, &CROWDED).await
    }

    /// The same with these flags.
    ///
    /// # Errors
    ///
    /// As above.
    pub async fn with_flags(api: &Api, flags: &[&str]) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let kubeconfig = folder.path().join("kubeconfig");
        std::fs::write(&kubeconfig, api.kubeconfig())?;
        Self::server(&kubeconfig, Some(folder), flags).await
    }

    /// k8s-wait-server with a kubeconfig.
    ///
    /// # Errors
    ///
    /// As above.
    pub async fn with_kubeconfig(kubeconfig: &Path) -> Result<Self, Failure> {
        Self::server(kubeconfig, None, &CROWDED).await
    }

    async fn server(kubeconfig: &Path, folder: Option<TempDir>, flags: &[&str]) -> Result<Self, Failure> {
        let address = free_address()?;
        let mut command = Command::new(distributed("k8s-wait-server")?);
        command.args(["--listen", &address.to_string()]).args(flags);
        command.env("KUBECONFIG", kubeconfig);
        Self::begin(command, address, folder, "/readyz").await
    }

    /// The bare server: warp on hyper with streams that wait for one signal, and nothing else.
    ///
    /// # Errors
    ///
    /// As above.
    pub async fn bare() -> Result<Self, Failure> {
        let address = free_address()?;
        let mut command = Command::new(beside("bare", "k8s-wait-benches")?);
        command.arg(address.to_string());
        Self::begin(command, address, None, "/hello").await
    }

    async fn begin(
        command: Command,
        address: SocketAddr,
        folder: Option<TempDir>,
        ready: &str,
    ) -> Result<Self, Failure> {
        let begin = Instant::now();
        let program = Program::start(command)?;
        let connecting = async {
            while TcpStream::connect(address).await.is_err() {
                sleep(GLANCE).await;
            }
        };
        timeout(PATIENCE, connecting).await?;
        let stage = Self { program, address, accepted: begin.elapsed(), _kubeconfig: folder };
        stage.until_ready(ready).await?;
        Ok(stage)
    }

    async fn until_ready(&self, path: &str) -> Result<(), Failure> {
        let ready = async {
            while !self.get(path).await.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, ready).await.map_err(|_| format!("{path} is not ready after {PATIENCE:?}").into())
    }

    /// The whole answer to a GET, on a connection of its own.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub async fn get(&self, path: &str) -> Result<String, Failure> {
        let mut stream = TcpStream::connect(self.address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}
