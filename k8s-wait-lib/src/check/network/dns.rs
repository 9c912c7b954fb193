//! Names: [`DnsCheck`].

use super::{Attempt, Reach, kind};
use crate::TargetError;
use crate::check::{Check, Evaluation, Kind, Request};
use crate::watch::Watches;
use async_trait::async_trait;
use k8s_wait_target::{Address, Subject, Target};

/// `dns://NAME`, ready when the name has an address; where not every address is within reach, one that is.
pub struct DnsCheck {
    kind: Kind,
    reach: Reach,
}

impl DnsCheck {
    /// Names of what is within reach.
    pub fn new(reach: Reach) -> Self {
        Self { kind: kind("dns", "resolved", &[]), reach }
    }
}

impl Check for DnsCheck {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        self.kind.state(target)?;
        let Subject::Address(Address::Dns { host }) = target.subject() else {
            return Err(TargetError::option(target, "a name is written dns://NAME"));
        };
        let attempt = Attempt::of(target, format!("dns {host}"))?;
        Ok(Box::new(DnsRequest { host: host.clone(), attempt, reach: self.reach.clone() }))
    }
}

struct DnsRequest {
    host: String,
    attempt: Attempt,
    reach: Reach,
}

#[async_trait]
impl Request for DnsRequest {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        let look_up = async { self.reach.addresses(&self.host).await.map(drop) };
        self.attempt.make("no answer about the name", look_up).await
    }
}
