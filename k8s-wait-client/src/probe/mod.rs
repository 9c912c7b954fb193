//! Targets that this client probes itself, from the pod's own network position: [`Probe::run`].

mod http;
mod options;
mod tcp;

use std::io;
use std::time::Duration;

use k8s_wait_target::{Address, DurationText, Subject, Target};

use crate::backoff::random;
use crate::lookup::Lookup;
use crate::tls::Roots;
use crate::trouble::Trouble;
use crate::verdict::Finding;

pub(crate) use options::check;

/// How long one attempt may take unless `connect-timeout=` says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A network target.
pub(crate) struct Probe {
    /// What messages call it.
    subject: String,
    way: Way,
    bound: Duration,
    /// Whether it has to be probed while it is ready (`stable=`).
    is_watched: bool,
}

enum Way {
    Tcp(Lookup),
    Http(http::Http),
    Dns(Lookup),
}

impl Probe {
    /// The probe of a network target that [`check`] has passed; `None` for any other.
    pub(crate) fn new(target: &Target, roots: &Roots) -> Option<Self> {
        let Subject::Address(address) = target.subject() else { return None };
        let options = target.options();
        let bound = options.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let (subject, way) = match address {
            Address::Tcp { host, port } => (format!("tcp {host}:{port}"), Way::Tcp(Lookup::new(host, *port))),
            Address::Dns { host } => (format!("dns {host}"), Way::Dns(Lookup::new(host, 0))),
            Address::Http { url, .. } => {
                (format!("GET {url}"), Way::Http(http::Http::new(url, options, bound, roots)?))
            }
        };
        Some(Self { subject, way, bound, is_watched: options.stable.is_some() })
    }

    /// How long to leave it alone after that finding, unless a new pass begins: a second and up to a fifth more.
    /// `None`: until then, because it is ready and nobody needs to know how long it stays so.
    pub(crate) fn pause(&self, finding: &Finding) -> Option<Duration> {
        let is_resting = finding.is_ready() && !self.is_watched;
        (!is_resting).then(|| Duration::from_millis(u64::from(1000 + random() % 200)))
    }

    /// Tries once, within the connect timeout.
    pub(crate) fn run(&self) -> Finding {
        let outcome = match &self.way {
            Way::Tcp(lookup) => tcp::open(lookup, self.bound).map_err(|error| self.why(&error)),
            Way::Dns(lookup) => lookup.addresses(self.bound).map(drop).map_err(|error| self.why(&error)),
            Way::Http(http) => http.get(),
        };
        match outcome {
            Ok(()) => Finding::ready(),
            Err(why) => Finding::pending(why.reason, format!("{}: {}", self.subject, why.message)),
        }
    }

    fn why(&self, error: &io::Error) -> Trouble {
        match (error.kind(), &self.way) {
            (io::ErrorKind::TimedOut, Way::Dns(_)) => late("no answer about the name", self.bound),
            (io::ErrorKind::TimedOut, _) => late("no connection", self.bound),
            _ => renamed(Trouble::of_io(error)),
        }
    }
}

/// `what` did not come in time.
fn late(what: &str, bound: Duration) -> Trouble {
    Trouble::new("ConnectTimeout", format!("{what} within {}", DurationText(bound)))
}

/// The reason of a target, which the server uses as well, for that of a server which cannot be asked.
fn renamed(trouble: Trouble) -> Trouble {
    let reason = match trouble.reason {
        "ConnectionRefused" | "ConnectionFailed" => "NotConnected",
        "BrokenAnswer" => "NotHttp",
        other => other,
    };
    Trouble { reason, ..trouble }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::net::TcpListener;

    fn probe(text: &str) -> Probe {
        Probe::new(&text.parse().unwrap(), &Roots::default()).unwrap()
    }

    fn reason(finding: Finding) -> String {
        finding.reason.unwrap()
    }

    #[test]
    fn a_port_is_ready_while_somebody_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let by_address = probe(&format!("tcp://127.0.0.1:{port}"));
        assert!(by_address.run().is_ready());
        assert!(probe(&format!("tcp://localhost:{port}?connect-timeout=10s")).run().is_ready());
        drop(listener);
        let finding = by_address.run();
        let message = finding.message.clone().unwrap();
        assert!(
            message.starts_with(&format!("tcp 127.0.0.1:{port}: the connection was refused")),
            "{message}"
        );
        assert_eq!(reason(finding), "NotConnected");
    }

    #[test]
    fn a_name_is_ready_when_it_has_an_address() {
        assert!(probe("dns://localhost?connect-timeout=20s").run().is_ready());
    }

    #[test]
    fn a_name_that_does_not_resolve_is_pending() {
        // Longer than any name in DNS, so that libc says no without asking anybody.
        let host = "x".repeat(300);
        for (text, way) in [
            ("tcp://db:5432?connect-timeout=20s", Way::Tcp(Lookup::new(&host, 5432))),
            ("dns://db?connect-timeout=20s", Way::Dns(Lookup::new(&host, 0))),
        ] {
            let finding = Probe { way, ..probe(text) }.run();
            let message = finding.message.clone().unwrap();
            assert!(message.contains(" db") && message.contains(": its name does not resolve"), "{message}");
            assert_eq!(reason(finding), "NameNotResolved");
        }
    }

    #[test]
    fn what_takes_too_long_says_how_long_it_was_waited_for() {
        let timed_out = io::Error::from(io::ErrorKind::TimedOut);
        for (text, message) in [
            ("dns://db", "no answer about the name within 1s"),
            ("tcp://db:1?connect-timeout=1500ms", "no connection within 1s500ms"),
        ] {
            assert_eq!(probe(text).why(&timed_out), Trouble::new("ConnectTimeout", message));
        }
    }

    #[test]
    fn a_target_that_answered_rests_unless_it_has_to_be_stable() {
        let waiting = Finding::pending("NotConnected", String::new());
        for text in ["tcp://db:5432", "dns://db", "http://web/"] {
            assert_eq!(probe(text).pause(&Finding::ready()), None);
        }
        for (text, finding) in [
            ("tcp://db:5432", &waiting),
            ("tcp://db:5432?stable=5s", &waiting),
            ("tcp://db:5432?stable=5s", &Finding::ready()),
        ] {
            let pauses: HashSet<u128> =
                (0..50).map(|_| probe(text).pause(finding).unwrap().as_millis()).collect();
            assert!(pauses.iter().all(|millis| (1000..1200).contains(millis)), "{pauses:?}");
            assert!(pauses.len() > 10, "clients do not probe in step: {pauses:?}");
        }
    }

    #[test]
    fn only_the_network_is_probed() {
        assert!(Probe::new(&"job/migrate".parse().unwrap(), &Roots::default()).is_none());
    }
}
