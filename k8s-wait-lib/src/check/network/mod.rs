//! Network targets, probed from where this program runs: [`TcpCheck`], [`HttpCheck`], [`DnsCheck`], and [`Reach`], which
//! says where they may connect to.

mod dns;
mod http;
mod reach;
mod resolver;
mod tcp;
#[cfg(feature = "https")]
mod tls;

pub use dns::DnsCheck;
pub use http::HttpCheck;
pub use reach::Reach;
pub(super) use resolver::addresses;
pub use tcp::TcpCheck;

use super::{Evaluation, Kind, Recheck};
use crate::{TargetError, Verdict};
use k8s_wait_target::{DurationText, Target};
use std::time::Duration;
use tokio::time::timeout;

/// How long one attempt may take unless `connect-timeout` says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause between two attempts.
const INTERVAL: Duration = Duration::from_secs(1);

fn kind(name: &str, state: &str, options: &[&str]) -> Kind {
    let common = ["for", "timeout", "stable", "connect-timeout"];
    Kind::new(name, []).with_states([state]).with_options(common).with_options(options.iter().copied())
}

/// What one attempt at a target is called, and how long it may take.
struct Attempt {
    subject: String,
    bound: Duration,
}

impl Attempt {
    fn of(target: &Target, subject: String) -> Result<Self, TargetError> {
        let bound = target.options().connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        match bound.is_zero() {
            true => Err(TargetError::option(target, "a connect-timeout of 0 leaves no time to connect")),
            false => Ok(Self { subject, bound }),
        }
    }

    /// The attempt, given up when its time is over; `missing` is what has not come by then.
    async fn make(&self, missing: &str, probe: impl Future<Output = Result<(), Verdict>>) -> Evaluation {
        let verdict = match timeout(self.bound, probe).await {
            Ok(Ok(())) => Verdict::Ready,
            Ok(Err(verdict)) => verdict,
            Err(_) => {
                Verdict::pending("ConnectTimeout", format!("{missing} within {}", DurationText(self.bound)))
            }
        };
        Evaluation::new(Ok(verdict.about(&self.subject)), Recheck::after(INTERVAL))
    }
}
