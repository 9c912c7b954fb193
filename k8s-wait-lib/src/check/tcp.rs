//! TCP ports: [`TcpCheck`].

use super::{Check, Evaluation, Kind, Recheck, Request};
use crate::watch::Watches;
use crate::{TargetError, Verdict};
use async_trait::async_trait;
use futures::future::select_ok;
use k8s_wait_target::{Address, DurationText, Subject, Target};
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
            addresses.iter().copied().filter(|address| (self.allow)(&self.host, address.ip())).collect();
        if allowed.is_empty() && !addresses.is_empty() {
            return Verdict::failed("NetworkNotAllowed", "connecting there is not allowed (--allow-network)");
        }
        first_open(&allowed).await
    }
}

/// Tries all addresses at once: one that swallows packets must not use up the time of those that answer.
async fn first_open(addresses: &[SocketAddr]) -> Verdict {
    if addresses.is_empty() {
        return Verdict::pending("NameNotResolved", "the name has no address");
    }
    match select_ok(addresses.iter().map(|address| Box::pin(TcpStream::connect(address)))).await {
        Ok(_) => Verdict::Ready,
        Err(error) => Verdict::pending("NotConnected", error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpSocket};

    /// A port that takes no more connections and does not say so: its queue is full.
    async fn black_hole() -> (TcpListener, Vec<TcpStream>) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = Vec::new();
        while let Ok(stream) = timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
            held.push(stream.unwrap());
        }
        (listener, held)
    }

    #[tokio::test]
    async fn an_address_that_swallows_packets_does_not_hide_one_that_answers() {
        let (hole, _held) = black_hole().await;
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses = [hole.local_addr().unwrap(), open.local_addr().unwrap()];
        let verdict = timeout(Duration::from_secs(30), first_open(&addresses)).await;
        assert_eq!(verdict, Ok(Verdict::Ready));
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_pending() {
        assert_eq!(first_open(&[]).await.reason().unwrap().code, "NameNotResolved");
    }
}
