//! TCP ports: [`TcpCheck`].

use super::{Check, Evaluation, Kind, Recheck, Request};
use crate::watch::Watches;
use crate::{TargetError, Verdict};
use async_trait::async_trait;
use k8s_wait_target::{Address, DurationText, Subject, Target};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// How long one attempt may take unless `connect-timeout` says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause between two attempts.
const INTERVAL: Duration = Duration::from_secs(1);

/// May a host, at this address, be connected to?
type Allow = Arc<dyn Fn(&str, IpAddr) -> bool + Send + Sync>;

/// `tcp://HOST:PORT`, ready when a connection opens, from where this program runs.
pub struct TcpCheck {
    kind: Kind,
    allow: Allow,
}

impl TcpCheck {
    /// Connects to whatever it is told to. Not for a server that others send targets to.
    pub fn anywhere() -> Self {
        Self::within(|_, _| true)
    }

    /// Connects only where `allow` says so, which is asked about each address that the host has at the moment. The
    /// address that was allowed is the one connected to, so a name that changes its address gains nothing.
    pub fn within(allow: impl Fn(&str, IpAddr) -> bool + Send + Sync + 'static) -> Self {
        let kind = Kind {
            name: "tcp".to_owned(),
            aliases: Vec::new(),
            states: vec!["open".to_owned()],
            options: ["for", "timeout", "stable", "connect-timeout"].map(str::to_owned).to_vec(),
            reads: Vec::new(),
        };
        Self { kind, allow: Arc::new(allow) }
    }
}

impl Check for TcpCheck {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        self.kind.state(target)?;
        let Subject::Address(Address::Tcp { host, port }) = target.subject() else {
            return Err(TargetError::option(target, "a TCP port is written tcp://HOST:PORT"));
        };
        let attempt = target.options().connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        Ok(Box::new(TcpRequest { host: host.clone(), port: *port, attempt, allow: Arc::clone(&self.allow) }))
    }
}

struct TcpRequest {
    host: String,
    port: u16,
    attempt: Duration,
    allow: Allow,
}

#[async_trait]
impl Request for TcpRequest {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        let verdict = match timeout(self.attempt, self.connect()).await {
            Ok(verdict) => verdict,
            Err(_) => {
                let message = format!("no connection within {}", DurationText(self.attempt));
                Verdict::pending("ConnectTimeout", message)
            }
        };
        let subject = format!("tcp {}:{}", self.host, self.port);
        Evaluation { verdict: Ok(verdict.about(subject)), recheck: Recheck::after(INTERVAL) }
    }
}

impl TcpRequest {
    async fn connect(&self) -> Verdict {
        let addresses = match lookup_host((self.host.as_str(), self.port)).await {
            Ok(addresses) => addresses.collect::<Vec<_>>(),
            Err(error) => {
                return Verdict::pending("NameNotResolved", format!("the name does not resolve: {error}"));
            }
        };
        let allowed: Vec<_> =
            addresses.iter().filter(|address| (self.allow)(&self.host, address.ip())).collect();
        if allowed.is_empty() && !addresses.is_empty() {
            return Verdict::failed("NetworkNotAllowed", "connecting there is not allowed (--allow-network)");
        }
        first_open(&allowed).await
    }
}

/// Tries one address after the other.
async fn first_open(addresses: &[&SocketAddr]) -> Verdict {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(_) => return Verdict::Ready,
            Err(error) => last = error,
        }
    }
    Verdict::pending("NotConnected", last.to_string())
}
