//! The command lines of a control plane on loopback, without nodes: [`Plane`].

use crate::pki::Pki;
use crate::port::free_port;
use serde_json::json;
use std::error::Error;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the processes of a control plane are found, and what they are told. Who starts and ends them is not its business.
pub struct Plane {
    programs: PathBuf,
    folder: PathBuf,
    pki: Pki,
    etcd: SocketAddr,
    peer: u16,
    apiserver: SocketAddr,
}

impl Plane {
    /// Where etcd and kube-apiserver are, as envtest has them: in `KUBEBUILDER_ASSETS`, else in `/usr/local/kubebuilder/bin`.
    ///
    /// # Errors
    ///
    /// That folder, when they are not there.
    pub fn programs() -> Result<PathBuf, PathBuf> {
        let folder = std::env::var_os("KUBEBUILDER_ASSETS").unwrap_or("/usr/local/kubebuilder/bin".into());
        let folder = PathBuf::from(folder);
        let is_there = ["etcd", "kube-apiserver"].iter().all(|name| folder.join(name).is_file());
        if is_there { Ok(folder) } else { Err(folder) }
    }

    /// Makes keys and certificates in `folder`, where all data goes, and chooses ports.
    ///
    /// # Errors
    ///
    /// When a file cannot be written, or no port is free.
    pub fn new(programs: &Path, folder: &Path) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Self {
            programs: programs.to_owned(),
            folder: folder.to_owned(),
            pki: Pki::make(&folder.join("pki"))?,
            etcd: loopback(free_port()?),
            peer: free_port()?,
            apiserver: loopback(free_port()?),
        })
    }

    /// Where etcd listens.
    pub fn etcd_address(&self) -> SocketAddr {
        self.etcd
    }

    /// Where the API server listens.
    pub fn apiserver_address(&self) -> SocketAddr {
        self.apiserver
    }

    /// etcd, which finds its data again when it is started again.
    pub fn etcd(&self) -> Command {
        let (client, peer) = (format!("http://{}", self.etcd), format!("http://127.0.0.1:{}", self.peer));
        let mut command = Command::new(self.programs.join("etcd"));
        command.arg(flag("data-dir", self.folder.join("etcd").display())).arg("--unsafe-no-fsync");
        command.arg(flag("listen-client-urls", &client)).arg(flag("advertise-client-urls", &client));
        command.arg(flag("listen-peer-urls", &peer)).arg(flag("initial-advertise-peer-urls", &peer));
        command.arg(flag("name", "test")).arg(flag("initial-cluster", format!("test={peer}")));
        command
    }

    /// kube-apiserver.
    pub fn apiserver(&self) -> Command {
        let pki = |name: &str| self.pki.path(name).display().to_string();
        let url = format!("https://{}", self.apiserver);
        let mut command = Command::new(self.programs.join("kube-apiserver"));
        command.arg(flag("etcd-servers", format!("http://{}", self.etcd)));
        command.arg(flag("bind-address", "127.0.0.1")).arg(flag("advertise-address", "127.0.0.1"));
        command.arg(flag("secure-port", self.apiserver.port())).arg(flag("endpoint-reconciler-type", "none"));
        command.arg(flag("service-cluster-ip-range", "10.0.0.0/24"));
        command.arg(flag("authorization-mode", "RBAC")).arg(flag("client-ca-file", pki("ca.crt")));
        command.arg(flag("tls-cert-file", pki("apiserver.crt")));
        command.arg(flag("tls-private-key-file", pki("apiserver.key")));
        command.arg(flag("service-account-issuer", &url)).arg(flag("api-audiences", &url));
        command.arg(flag("service-account-key-file", pki("tokens.pub")));
        command.arg(flag("service-account-signing-key-file", pki("tokens.key")));
        command.arg(flag("cert-dir", self.folder.join("apiserver").display()));
        command
    }

    /// kube-controller-manager, where that program is there too.
    pub fn manager(&self, kubeconfig: &Path) -> Option<Command> {
        let program = self.programs.join("kube-controller-manager");
        let mut command = Command::new(Some(program).filter(|program| program.is_file())?);
        command.arg(flag("kubeconfig", kubeconfig.display())).arg(flag("leader-elect", false));
        command.arg(flag("secure-port", 0)).arg(flag("authentication-skip-lookup", true));
        command.arg(flag("service-account-private-key-file", self.pki.path("tokens.key").display()));
        command.arg(flag("root-ca-file", self.pki.path("ca.crt").display()));
        Some(command)
    }

    /// Writes a kubeconfig, to be called `name`, for somebody who may do everything and finds the API server at `address`.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn kubeconfig(&self, name: &str, address: SocketAddr) -> io::Result<PathBuf> {
        let file = |name: &str| self.pki.path(name).display().to_string();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {
                "server": format!("https://{address}"), "certificate-authority": file("ca.crt")}}],
            "users": [{"name": "admin", "user": {
                "client-certificate": file("admin.crt"), "client-key": file("admin.key")}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        });
        let path = self.folder.join(name);
        std::fs::write(&path, config.to_string())?;
        Ok(path)
    }
}

fn flag(name: &str, value: impl Display) -> String {
    format!("--{name}={value}")
}
