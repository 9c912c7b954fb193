//! Name resolution with a bound: [`Lookup`].

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use std::vec::IntoIter;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

type Found = io::Result<IntoIter<SocketAddr>>;

/// How many addresses of one name ureq takes.
const MOST_ADDRESSES: usize = 16;

/// The addresses of one host, for one port.
///
/// libc's own bound does not fit, so it looks up in a thread of its own. While one has not come back no other is
/// started: a name server that is dead costs one thread, and not one for each attempt.
#[derive(Debug)]
pub(crate) struct Lookup {
    host: String,
    port: u16,
    running: Mutex<Option<Receiver<Found>>>,
}

impl Lookup {
    /// A lookup of `host`, which may be an IP address; an IPv6 address comes without brackets.
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port, running: Mutex::default() }
    }

    /// A lookup of the host of a URL, whose port is that of its scheme unless it names one. Without a host, of a name
    /// that does not resolve.
    pub(crate) fn of(uri: &Uri) -> Self {
        let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let host = uri.host().unwrap_or_default();
        Self::new(host.trim_start_matches('[').trim_end_matches(']'), uri.port_u16().unwrap_or(usual))
    }

    /// The addresses, one at least, within `bound`.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] when they are not known by then; libc's error when there are none.
    pub(crate) fn addresses(&self, bound: Duration) -> Found {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, self.port)].into_iter());
        }
        let mut slot = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let running = match slot.take() {
            Some(running) => running,
            None => start(self.host.clone(), self.port)?,
        };
        match running.recv_timeout(bound) {
            Ok(found) => some(found?),
            Err(RecvTimeoutError::Timeout) => {
                *slot = Some(running);
                Err(io::ErrorKind::TimedOut.into())
            }
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("the name lookup broke off")),
        }
    }
}

fn some(found: IntoIter<SocketAddr>) -> Found {
    match found.as_slice() {
        [] => Err(io::Error::other("failed to lookup address information: the name has no address")),
        _ => Ok(found),
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

/// For an agent that talks to this one host.
impl Resolver for Lookup {
    fn resolve(&self, _: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.addresses(*timeout.after).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => ureq::Error::Timeout(timeout.reason),
            _ => ureq::Error::Io(error),
        })?;
        let mut addresses = self.empty();
        found.take(MOST_ADDRESSES).for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::Trouble;

    #[test]
    fn a_lookup_that_hangs_is_waited_for_and_not_doubled() {
        let (sender, receiver) = sync_channel(1);
        let lookup = Lookup { running: Mutex::new(Some(receiver)), ..Lookup::new("db", 5432) };
        let error = lookup.addresses(Duration::from_millis(1)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let late: SocketAddr = "192.0.2.1:5432".parse().unwrap();
        sender.send(Ok(vec![late].into_iter())).unwrap();
        assert_eq!(lookup.addresses(Duration::from_secs(5)).unwrap().as_slice(), [late]);
        assert!(lookup.running.lock().unwrap().is_none());
    }

    #[test]
    fn a_name_without_an_address_does_not_resolve() {
        let (sender, receiver) = sync_channel(1);
        sender.send(Ok(Vec::new().into_iter())).unwrap();
        let lookup = Lookup { running: Mutex::new(Some(receiver)), ..Lookup::new("db", 5432) };
        let error = lookup.addresses(Duration::from_secs(5)).unwrap_err();
        assert_eq!(Trouble::of_io(&error).reason, "NameNotResolved");
    }

    #[test]
    fn an_address_needs_no_name_server() {
        for (url, address) in [
            ("http://192.0.2.1/", "192.0.2.1:80"),
            ("https://192.0.2.1/", "192.0.2.1:443"),
            ("http://[2001:db8::1]:8080/x", "[2001:db8::1]:8080"),
        ] {
            let found = Lookup::of(&url.parse().unwrap()).addresses(Duration::ZERO).unwrap();
            assert_eq!(found.as_slice(), [address.parse().unwrap()], "{url}");
        }
    }
}
