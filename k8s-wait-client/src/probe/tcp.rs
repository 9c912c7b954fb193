//! Ports: [`open`].

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::lookup::Lookup;

/// Resolves the name, then opens and closes a connection, all within `bound`.
///
/// # Errors
///
/// [`io::ErrorKind::TimedOut`] when it takes longer; else what the system says of the last address.
pub(super) fn open(lookup: &Lookup, bound: Duration) -> io::Result<()> {
    let deadline = Instant::now() + bound;
    connect(lookup.addresses(bound)?.as_slice(), deadline)
}

/// One connection to one of the addresses; each gets an equal share of the time that is left.
fn connect(addresses: &[SocketAddr], deadline: Instant) -> io::Result<()> {
    let mut last = io::ErrorKind::AddrNotAvailable.into();
    for (tried, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) if is_to_itself(&stream) => last = io::ErrorKind::ConnectionRefused.into(),
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Where nobody listens on a port of this host that is in the range of those the kernel gives away, it may give that very
/// one to the connection, which then is its own other end.
fn is_to_itself(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(local), Ok(peer)) if local == peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn every_address_of_a_name_is_tried() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let live = listener.local_addr().unwrap();
        let dead = SocketAddr::new("127.0.0.1".parse().unwrap(), 1);
        let deadline = Instant::now() + Duration::from_secs(5);
        connect(&[dead, live], deadline).unwrap();
        connect(&[dead, dead], deadline).unwrap_err();
    }

    #[test]
    fn a_connection_to_itself_is_none() {
        use rustix::net::{AddressFamily, SocketType, bind, connect, getsockname, socket};
        let own = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&own, &SocketAddr::new("127.0.0.1".parse().unwrap(), 0)).unwrap();
        connect(&own, &getsockname(&own).unwrap()).unwrap();
        assert!(is_to_itself(&TcpStream::from(own)));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(!is_to_itself(&TcpStream::connect(listener.local_addr().unwrap()).unwrap()));
    }
}
