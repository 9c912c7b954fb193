//! One tool that is here: [`Tool`], and the [`Service`] that its waiters ask.

use crate::process::Started;
use k8s_wait_benches::Failure;
use k8s_wait_benches::program::free_address;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::time::sleep;

/// A tool that waits for a Job.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    /// How it is asked to wait, for people.
    pub(crate) command: &'static str,
    /// Files and directories that have to be where it waits.
    pub(crate) files: Vec<PathBuf>,
    /// How often it asks, if it does not watch.
    pub(crate) polls: Option<Duration>,
    pub(crate) server: Option<Server>,
    pub(crate) waiter: Box<dyn Fn(&Scene<'_>) -> Command>,
    /// The program, and what makes it say how it is used.
    pub(crate) help: (PathBuf, Vec<String>),
}

/// What waiters ask instead of the API server.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) files: Vec<PathBuf>,
    /// Where it listens, if it cannot be told.
    pub(crate) port: Option<u16>,
    pub(crate) start: Box<dyn Fn(u16) -> Command>,
}

/// What there is to wait for.
pub(crate) struct Scene<'a> {
    pub(crate) kubeconfig: &'a Path,
    pub(crate) namespace: &'a str,
    pub(crate) job: &'a str,
    /// Where its server is.
    pub(crate) port: Option<u16>,
}

impl Tool {
    /// The waiter.
    pub(crate) fn wait(&self, scene: &Scene<'_>) -> Command {
        let mut command = (self.waiter)(scene);
        command.env("KUBECONFIG", scene.kubeconfig);
        command
    }

    pub(crate) fn help(&self) -> Command {
        let (program, arguments) = &self.help;
        let mut command = Command::new(program);
        command.args(arguments);
        command
    }
}

/// A tool's server that runs, until this value is gone.
pub(crate) struct Service {
    pub(crate) process: Started,
    port: u16,
}

impl Service {
    /// Starts the tool's server, if it has one, and comes back when that listens.
    pub(crate) async fn of(tool: &Tool, kubeconfig: &Path) -> Result<Option<Self>, Failure> {
        let Some(server) = &tool.server else { return Ok(None) };
        let port = server.port.map_or_else(|| free_address().map(|address| address.port()), Ok)?;
        let mut command = (server.start)(port);
        command.env("KUBECONFIG", kubeconfig);
        let service = Self { process: Started::new(command)?, port };
        for _ in 0..100 {
            if service.process.is_over() {
                break;
            }
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(Some(service));
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err(format!("{} does not listen on port {port}", server.name).into())
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}
