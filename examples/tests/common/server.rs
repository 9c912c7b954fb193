//! The real server: [`Server`].

use super::process::{Process, until};
use k8s_wait_examples::port::free_port;
use k8s_wait_examples::{Binaries, binaries};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;
use std::{fs, thread};

/// How long a server may take until it is ready.
const START: Duration = Duration::from_secs(30);

/// Both binaries, built once.
pub(crate) static BINARIES: LazyLock<Binaries> = LazyLock::new(|| binaries().unwrap());

/// A server that runs until it is dropped. Its log is printed if the test has failed.
pub(crate) struct Server {
    address: SocketAddr,
    command: Command,
    log: PathBuf,
    process: Option<Process>,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) fn start(kubeconfig: &Path, folder: &Path, arguments: &[&str]) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
        let mut command = Command::new(&BINARIES.server);
        command.args(arguments).args(["--listen", &address.to_string()]);
        command.env("KUBECONFIG", kubeconfig).env("RUST_LOG", "info");
        let mut server = Self { address, command, log: folder.join("server.log"), process: None };
        server.start_again();
        server
    }

    /// Where clients find it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Tells it to stop, which it has to do well.
    pub(crate) fn stop(&mut self) {
        let status = self.process.take().expect("it runs").stop("TERM");
        assert!(status.success(), "the server ended with {status}");
    }

    /// Starts it, where it was before, and waits until it is ready.
    pub(crate) fn start_again(&mut self) {
        self.process = Some(Process::start(&self.command, &self.log, None).unwrap());
        let ready = format!("the server at {}, whose log is\n{}\n", self.url(), self.log());
        until(&ready, START, || (self.get("/readyz").0 == 200).then_some(()));
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Status and body of what it answers to a GET; status 0 when it does not answer.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let agent = config.timeout_global(Some(Duration::from_secs(30))).build().new_agent();
        match agent.get(format!("{}{path}", self.url())).call() {
            Ok(mut answer) => {
                (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap_or_default())
            }
            Err(error) => (0, error.to_string()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("--- log of the server\n{}", self.log());
        }
    }
}
