//! Targets that this client probes itself, from the pod's own network position: [`Probe::run`].

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use k8s_wait_target::{Address, DurationText, Subject, Target};

use crate::backoff::random;
use crate::trouble::is_lookup;
use crate::verdict::Finding;

/// How long one attempt may take unless `connect-timeout=` says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A host and a port that accept connections when they are ready.
pub(crate) struct Probe {
    host: String,
    port: u16,
    connect_timeout: Duration,
    /// Whether it has to be probed while it is ready (`stable=`).
    is_watched: bool,
    lookup: Lookup,
}

impl Probe {
    /// The probe of a tcp target; `None` for any other.
    pub(crate) fn new(target: &Target) -> Option<Self> {
        let Subject::Address(Address::Tcp { host, port }) = target.subject() else { return None };
        let options = target.options();
        Some(Self {
            host: host.clone(),
            port: *port,
            connect_timeout: options.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
            is_watched: options.stable.is_some(),
            lookup: Lookup::default(),
        })
    }

    /// How long to leave it alone after that finding, unless a new pass begins: a second and up to a fifth more.
    /// `None`: until then, because it is ready and nobody needs to know how long it stays so.
    pub(crate) fn pause(&self, finding: &Finding) -> Option<Duration> {
        let is_resting = finding.is_ready() && !self.is_watched;
        (!is_resting).then(|| Duration::from_millis(u64::from(1000 + random() % 200)))
    }

    /// Tries once: resolves the name, then opens and closes a connection, all within the connect timeout.
    pub(crate) fn run(&mut self) -> Finding {
        let deadline = Instant::now() + self.connect_timeout;
        let addresses = self.lookup.addresses(&self.host, self.port, self.connect_timeout);
        match addresses.and_then(|addresses| connect(addresses.as_slice(), deadline)) {
            Ok(()) => Finding::ready(),
            Err(error) => self.pending(&error),
        }
    }

    fn pending(&self, error: &io::Error) -> Finding {
        let (reason, what) = match error.kind() {
            io::ErrorKind::TimedOut => {
                ("ConnectTimeout", format!("no connection within {}", DurationText(self.connect_timeout)))
            }
            _ if is_lookup(error) => ("NameNotResolved", format!("the name does not resolve: {error}")),
            _ => ("NotConnected", error.to_string()),
        };
        Finding::pending(reason, format!("tcp {}:{}: {what}", self.host, self.port))
    }
}

/// One connection to one of the addresses; each gets an equal share of the time that is left.
fn connect(addresses: &[SocketAddr], deadline: Instant) -> io::Result<()> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for (tried, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

type Found = io::Result<std::vec::IntoIter<SocketAddr>>;

/// Name resolution with a bound. libc's has none that fits, so it runs in a thread of its own; while one has not
/// come back no other is started, so a dead DNS server costs one thread and not one each second.
#[derive(Default)]
struct Lookup {
    running: Option<Receiver<Found>>,
}

impl Lookup {
    fn addresses(&mut self, host: &str, port: u16, bound: Duration) -> Found {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)].into_iter());
        }
        let running = match self.running.take() {
            Some(running) => running,
            None => start(host.to_owned(), port)?,
        };
        match running.recv_timeout(bound) {
            Ok(found) => found,
            Err(RecvTimeoutError::Timeout) => {
                self.running = Some(running);
                Err(io::ErrorKind::TimedOut.into())
            }
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("the name lookup broke off")),
        }
    }
}

fn start(host: String, port: u16) -> io::Result<Receiver<Found>> {
    let (sender, receiver) = sync_channel(1);
    thread::Builder::new().name("lookup".to_owned()).spawn(move || {
        // Nobody waits for it any more when the target is not needed any more.
        let _ = sender.send((host.as_str(), port).to_socket_addrs());
    })?;
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::net::TcpListener;

    fn probe(text: &str) -> Probe {
        Probe::new(&text.parse().unwrap()).unwrap()
    }

    fn reason(finding: Finding) -> String {
        finding.reason.unwrap()
    }

    #[test]
    fn it_is_ready_while_somebody_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut by_address = probe(&format!("tcp://127.0.0.1:{port}"));
        assert!(by_address.run().is_ready());
        assert!(probe(&format!("tcp://localhost:{port}?connect-timeout=10s")).run().is_ready());
        drop(listener);
        assert_eq!(reason(by_address.run()), "NotConnected");
    }

    #[test]
    fn every_address_of_a_name_is_tried() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let live = listener.local_addr().unwrap();
        let dead = SocketAddr::new("127.0.0.1".parse().unwrap(), 1);
        let deadline = Instant::now() + Duration::from_secs(5);
        connect(&[dead, live], deadline).unwrap();
        connect(&[dead, dead], deadline).unwrap_err();
        assert_eq!(connect(&[], deadline).unwrap_err().to_string(), "the name has no address");
    }

    #[test]
    fn a_name_that_does_not_resolve_is_pending() {
        // Longer than any name in DNS, so that libc says no without asking anybody.
        let host = "x".repeat(300);
        let finding = Probe { host: host.clone(), ..probe("tcp://db:5432?connect-timeout=20s") }.run();
        assert!(
            finding.message.clone().unwrap().starts_with(&format!("tcp {host}:5432: the name")),
            "{finding:?}"
        );
        assert_eq!(reason(finding), "NameNotResolved");
    }

    #[test]
    fn a_lookup_that_hangs_is_waited_for_and_not_doubled() {
        let (sender, receiver) = sync_channel(1);
        let mut lookup = Lookup { running: Some(receiver) };
        let error = lookup.addresses("db", 5432, Duration::from_millis(1)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let late: SocketAddr = "192.0.2.1:5432".parse().unwrap();
        sender.send(Ok(vec![late].into_iter())).unwrap();
        assert_eq!(lookup.addresses("db", 5432, Duration::from_secs(5)).unwrap().as_slice(), [late]);
        assert!(lookup.running.is_none());
    }

    #[test]
    fn a_target_that_answered_rests_unless_it_has_to_be_stable() {
        let waiting = Finding::pending("NotConnected", String::new());
        assert_eq!(probe("tcp://db:5432").pause(&Finding::ready()), None);
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
    fn only_ports_are_probed() {
        assert!(Probe::new(&"job/migrate".parse().unwrap()).is_none());
    }
}
