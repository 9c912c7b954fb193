//! A control plane of our own, on loopback, in a folder that goes with it: [`Plane`].

use super::api::Api;
use super::cluster::Cluster;
use super::pki::Pki;
use super::process::{Process, free_port, poll};
use serde_json::json;
use std::error::Error;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
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
    programs: PathBuf,
    folder: PathBuf,
    pki: Pki,
    etcd: String,
    port: u16,
    features: &'static str,
}

impl Plane {
    /// Where the programs are, as envtest has it, if they are there.
    pub(crate) fn programs() -> Result<PathBuf, PathBuf> {
        let folder = std::env::var_os("KUBEBUILDER_ASSETS").unwrap_or("/usr/local/kubebuilder/bin".into());
        let folder = PathBuf::from(folder);
        let is_there = ["etcd", "kube-apiserver"].iter().all(|name| folder.join(name).is_file());
        if is_there { Ok(folder) } else { Err(folder) }
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
        let layout = Layout {
            programs: programs.to_owned(),
            pki: Pki::make(&folder.join("pki"))?,
            etcd: format!("127.0.0.1:{}", free_port()),
            port: free_port(),
            features,
            folder,
        };
        let etcd = layout.start_etcd()?;
        let kubeconfig = layout.write_kubeconfig()?;
        let apiserver = layout.start_apiserver(&kubeconfig)?;
        let has_controllers = with_controllers && programs.join("kube-controller-manager").is_file();
        let manager = has_controllers.then(|| layout.start_manager(&kubeconfig)).transpose()?;
        let cluster = Cluster { kubeconfig, has_controllers };
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
        let (client, peer) = (format!("http://{}", self.etcd), format!("http://127.0.0.1:{}", free_port()));
        let mut command = Command::new(self.programs.join("etcd"));
        command.arg(flag("data-dir", self.folder.join("etcd").display())).arg("--unsafe-no-fsync");
        command.arg(flag("listen-client-urls", &client)).arg(flag("advertise-client-urls", &client));
        command.arg(flag("listen-peer-urls", &peer)).arg(flag("initial-advertise-peer-urls", &peer));
        command.arg(flag("name", "test")).arg(flag("initial-cluster", format!("test={peer}")));
        let process = Process::start(&command, &self.log("etcd"), Some(&self.folder))?;
        self.answers("etcd", || TcpStream::connect(&self.etcd).ok().map(drop))?;
        Ok(process)
    }

    fn start_apiserver(&self, kubeconfig: &Path) -> Result<Process, Box<dyn Error>> {
        let pki = |name: &str| self.pki.path(name).display().to_string();
        let url = self.url();
        let mut command = Command::new(self.programs.join("kube-apiserver"));
        command.arg(flag("etcd-servers", format!("http://{}", self.etcd)));
        command.arg(flag("bind-address", "127.0.0.1")).arg(flag("advertise-address", "127.0.0.1"));
        command.arg(flag("secure-port", self.port)).arg(flag("endpoint-reconciler-type", "none"));
        command.arg(flag("service-cluster-ip-range", "10.0.0.0/24"));
        command.arg(flag("feature-gates", self.features));
        command.arg(flag("authorization-mode", "RBAC")).arg(flag("client-ca-file", pki("ca.crt")));
        command.arg(flag("tls-cert-file", pki("apiserver.crt")));
        command.arg(flag("tls-private-key-file", pki("apiserver.key")));
        command.arg(flag("service-account-issuer", &url)).arg(flag("api-audiences", &url));
        command.arg(flag("service-account-key-file", pki("tokens.pub")));
        command.arg(flag("service-account-signing-key-file", pki("tokens.key")));
        command.arg(flag("cert-dir", self.folder.join("apiserver").display()));
        let process = Process::start(&command, &self.log("apiserver"), None)?;
        let api = Api::new(kubeconfig)?;
        self.answers("apiserver", || api.text("/readyz").ok().map(drop))?;
        Ok(process)
    }

    fn start_manager(&self, kubeconfig: &Path) -> Result<Process, Box<dyn Error>> {
        let mut command = Command::new(self.programs.join("kube-controller-manager"));
        command.arg(flag("kubeconfig", kubeconfig.display())).arg(flag("leader-elect", false));
        command.arg(flag("secure-port", 0)).arg(flag("authentication-skip-lookup", true));
        command
            .arg(flag("service-account-private-key-file", self.pki.path("tokens.key").display()))
            .arg(flag("root-ca-file", self.pki.path("ca.crt").display()));
        Ok(Process::start(&command, &self.log("controller-manager"), None)?)
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
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

    fn write_kubeconfig(&self) -> std::io::Result<PathBuf> {
        let file = |name: &str| self.pki.path(name).display().to_string();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {
                "server": self.url(), "certificate-authority": file("ca.crt")}}],
            "users": [{"name": "admin", "user": {
                "client-certificate": file("admin.crt"), "client-key": file("admin.key")}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        });
        let path = self.folder.join("kubeconfig");
        fs::write(&path, config.to_string())?;
        Ok(path)
    }
}

fn flag(name: &str, value: impl std::fmt::Display) -> String {
    format!("--{name}={value}")
}
