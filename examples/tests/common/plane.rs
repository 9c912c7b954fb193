//! A control plane of our own, on loopback, in a folder that goes with it: [`Plane`].

use super::api::Api;
use super::cluster::Cluster;
use super::process::{Process, poll};
use k8s_wait_examples::plane;
use std::error::Error;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a process may take until it answers, on a machine that does much else.
const START: Duration = Duration::from_secs(90);

/// etcd, kube-apiserver and, where asked for, kube-controller-manager. In this order they end when it is dropped: the
/// last one takes the folder with it.
pub(crate) struct Plane {
    _manager: Option<Process>,
    apiserver: Option<Process>,
    _etcd: Process,
    layout: Layout,
    pub(crate) cluster: Cluster,
}

/// Where everything is.
struct Layout {
    folder: PathBuf,
    plane: plane::Plane,
    features: &'static str,
}

impl Plane {
    /// Where the programs are, as envtest has it, if they are there.
    pub(crate) fn programs() -> Result<PathBuf, PathBuf> {
        plane::Plane::programs()
    }

    /// Starts the processes one after the other, each when the one before answers.
    pub(crate) fn start(programs: &Path, with_controllers: bool) -> Result<Self, Box<dyn Error>> {
        Self::with_features(programs, with_controllers, "")
    }

    /// The same with feature gates of the API server, as `A=true,B=false`.
    pub(crate) fn with_features(
        programs: &Path,
        with_controllers: bool,
        features: &'static str,
    ) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::Builder::new().prefix("k8s-wait-test-").tempdir()?.keep();
        let plane = plane::Plane::new(programs, &folder).map_err(|error| error.to_string())?;
        let layout = Layout { folder, plane, features };
        let etcd = layout.start_etcd()?;
        let kubeconfig = layout.plane.kubeconfig("kubeconfig", layout.plane.apiserver_address())?;
        let apiserver = layout.start_apiserver(&kubeconfig)?;
        let manager = match with_controllers {
            true => layout.start_manager(&kubeconfig)?,
            false => None,
        };
        let cluster = Cluster { kubeconfig, has_controllers: manager.is_some() };
        Ok(Self { _manager: manager, apiserver: Some(apiserver), _etcd: etcd, layout, cluster })
    }

    /// Kills the API server, as a node that dies does.
    pub(crate) fn kill_apiserver(&mut self) {
        self.apiserver.take().expect("it runs").stop("KILL");
    }

    /// Starts it again at the same address, and waits until it answers.
    pub(crate) fn restart_apiserver(&mut self) {
        self.apiserver = Some(self.layout.start_apiserver(&self.cluster.kubeconfig).unwrap());
    }
}

impl Layout {
    fn start_etcd(&self) -> Result<Process, Box<dyn Error>> {
        let process = Process::start(&self.plane.etcd(), &self.log("etcd"), Some(&self.folder))?;
        self.answers("etcd", || TcpStream::connect(self.plane.etcd_address()).ok().map(drop))?;
        Ok(process)
    }

    fn start_apiserver(&self, kubeconfig: &Path) -> Result<Process, Box<dyn Error>> {
        let mut command = self.plane.apiserver();
        command.arg(format!("--feature-gates={}", self.features));
        let process = Process::start(&command, &self.log("apiserver"), None)?;
        let api = Api::new(kubeconfig)?;
        self.answers("apiserver", || api.text("/readyz").ok().map(drop))?;
        Ok(process)
    }

    fn start_manager(&self, kubeconfig: &Path) -> Result<Option<Process>, Box<dyn Error>> {
        let Some(command) = self.plane.manager(kubeconfig) else { return Ok(None) };
        Ok(Some(Process::start(&command, &self.log("controller-manager"), None)?))
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    /// Waits until a process answers; else its log says why it does not.
    fn answers(&self, name: &str, probe: impl FnMut() -> Option<()>) -> Result<(), Box<dyn Error>> {
        poll(START, probe).ok_or_else(|| {
            let log = fs::read_to_string(self.log(name)).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(20).collect();
            format!(
                "{name} did not answer within {START:?}; the end of its log, last line first:\n{}",
                tail.join("\n")
            )
            .into()
        })
    }
}
