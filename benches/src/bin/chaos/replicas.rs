//! The servers that are asked: [`Replicas`].

use crate::group::{Daemon, Group};
use crate::link::Link;
use crate::plane::Plane;
use k8s_wait_benches::Failure;
use k8s_wait_examples::port::free_port;
use rustix::process::Signal;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How many there are.
const COUNT: usize = 2;
/// How long an answer to a probe may take.
const PROBE: Duration = Duration::from_secs(3);

/// The server's replicas, and the Service in front of them.
pub(crate) struct Replicas {
    pub(crate) all: Vec<Replica>,
    pub(crate) service: Link,
}

/// One server, with a way of its own to the API server.
pub(crate) struct Replica {
    daemon: Daemon,
    address: SocketAddr,
    pub(crate) api: Link,
}

impl Replicas {
    /// Starts them, and waits until they are ready. `prepare` adds to the command of the first one.
    pub(crate) async fn start(
        group: &Group,
        plane: &Plane,
        server: &Path,
        folder: &Path,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<Self, Failure> {
        let (mut all, mut prepare) = (Vec::new(), Some(prepare));
        for number in 0..COUNT {
            let api = Link::new(vec![plane.address()])?;
            let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
            let mut command = Command::new(server);
            // All come from one address.
            command.args(["--listen", &address.to_string(), "--max-requests-per-second", "0"]);
            command.env("KUBECONFIG", plane.kubeconfig(&format!("replica-{number}"), api.address)?);
            prepare.take().into_iter().for_each(|prepare| prepare(&mut command));
            let log = folder.join(format!("replica-{number}.log"));
            all.push(Replica {
                daemon: Daemon::start(group, "k8s-wait-server", command, log)?,
                address,
                api,
            });
        }
        for replica in &all {
            replica.answers().await?;
        }
        let service = Link::new(all.iter().map(|replica| replica.address).collect())?;
        Ok(Self { all, service })
    }

    /// The first of them, to which things happen.
    pub(crate) fn first(&mut self) -> Result<&mut Replica, Failure> {
        Ok(self.all.first_mut().ok_or("there are no replicas")?)
    }

    /// Where the first one is found.
    pub(crate) fn first_port(&self) -> Result<u16, Failure> {
        Ok(self.all.first().ok_or("there are no replicas")?.address.port())
    }

    /// Where the first one finds the API server.
    pub(crate) fn first_api(&self) -> Result<u16, Failure> {
        Ok(self.all.first().ok_or("there are no replicas")?.api.address.port())
    }

    /// Ends them, as Kubernetes would.
    pub(crate) async fn leave(mut self) -> Result<(), Failure> {
        for replica in &mut self.all {
            replica.daemon.end(Signal::TERM).await?;
        }
        Ok(())
    }
}

impl Replica {
    /// Ends it with this signal and starts it at the same address; returns when it is ready.
    pub(crate) async fn restart(&mut self, signal: Signal) -> Result<(), Failure> {
        self.daemon.end(signal).await?;
        self.daemon.start_again()?;
        self.answers().await
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Failure> {
        Ok(self.daemon.signal(signal)?)
    }

    /// Has it this file in its memory?
    pub(crate) fn has_mapped(&self, name: &str) -> bool {
        let maps = self.daemon.pid().map(|pid| std::fs::read_to_string(format!("/proc/{pid}/maps")));
        maps.is_some_and(|maps| maps.is_ok_and(|maps| maps.contains(name)))
    }

    /// Where clients find it.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    async fn answers(&self) -> Result<(), Failure> {
        let ready =
            async || timeout(PROBE, is_ready(self.address)).await.is_ok_and(|ready| ready.is_ok_and(|it| it));
        self.daemon.until(ready).await
    }
}

async fn is_ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: chaos\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}
