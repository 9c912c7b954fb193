//! TCP ports: [`TcpCheck`].

use super::{Attempt, Reach, kind};
use crate::TargetError;
use crate::check::{Check, Evaluation, Kind, Request};
use crate::watch::Watches;
use async_trait::async_trait;
use k8s_wait_target::{Address, Subject, Target};

/// `tcp://HOST:PORT`, ready when a connection opens.
pub struct TcpCheck {
    kind: Kind,
    reach: Reach,
}

impl TcpCheck {
    /// Ports within reach.
    pub fn new(reach: Reach) -> Self {
        Self { kind: kind("tcp", "open", &[]), reach }
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
        let attempt = Attempt::of(target, format!("tcp {host}:{port}"))?;
        Ok(Box::new(TcpRequest { host: host.clone(), port: *port, attempt, reach: self.reach.clone() }))
    }
}

struct TcpRequest {
    host: String,
    port: u16,
    attempt: Attempt,
    reach: Reach,
}

#[async_trait]
impl Request for TcpRequest {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        let connect = async { self.reach.connect(&self.host, self.port).await.map(drop) };
        self.attempt.make("no connection", connect).await
    }
}
