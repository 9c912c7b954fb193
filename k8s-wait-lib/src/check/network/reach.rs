//! Where probes may connect to, and how they get there: [`Reach`].

use super::resolver::{Resolver, SHARED};
use crate::Verdict;
use futures::future::select_ok;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use tokio::net::TcpStream;

/// May a host, at this address, be connected to?
type Allow = Arc<dyn Fn(&str, IpAddr) -> bool + Send + Sync>;

/// Where probes may connect to.
///
/// A name is resolved once for each attempt, each of its addresses is asked about, and those that are allowed are
/// connected to as they are: a name that changes its address in between gains nothing. IPv4 addresses that are written as
/// IPv6 are taken for what they are.
#[derive(Clone)]
pub struct Reach {
    allow: Allow,
    resolver: &'static LazyLock<Resolver>,
}

impl Reach {
    /// Everywhere. Not for a server that others send targets to.
    pub fn anywhere() -> Self {
        Self::within(|_, _| true)
    }

    /// Only where `allow` says so, which is asked about each address that a host has at the moment.
    pub fn within(allow: impl Fn(&str, IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self { allow: Arc::new(allow), resolver: &SHARED }
    }

    /// The addresses of a host that may be connected to: one at least.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Verdict> {
        let unresolved =
            |error| Verdict::pending("NameNotResolved", format!("the name does not resolve: {error}"));
        let addresses = self.resolver.addresses(host).await.map_err(unresolved)?;
        let addresses = addresses.iter().map(IpAddr::to_canonical);
        let allowed: Vec<_> = addresses.filter(|address| (self.allow)(host, *address)).collect();
        match allowed.is_empty() {
            true => {
                Err(Verdict::failed("NetworkNotAllowed", "connecting there is not allowed (--allow-network)"))
            }
            false => Ok(allowed),
        }
    }

    /// A connection to the first address of a host that takes one.
    pub(super) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Verdict> {
        let addresses = self.addresses(host).await?;
        let addresses: Vec<_> = addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
        first_open(&addresses).await
    }
}

/// Tries all addresses at once: one that swallows packets must not use up the time of those that answer.
async fn first_open(addresses: &[SocketAddr]) -> Result<TcpStream, Verdict> {
    let connect = |address| async move { with_another(TcpStream::connect(address).await?) };
    let attempts = addresses.iter().map(|address| Box::pin(connect(*address)));
    match select_ok(attempts).await {
        Ok((stream, _)) => Ok(stream),
        Err(error) => Err(Verdict::pending("NotConnected", error.to_string())),
    }
}

/// Where nobody listens on a port of this host that is in the range of those the kernel gives away, it may give that very
/// one to the connection, which then is its own other end.
fn with_another(stream: TcpStream) -> io::Result<TcpStream> {
    match stream.local_addr()? == stream.peer_addr()? {
        true => Err(io::ErrorKind::ConnectionRefused.into()),
        false => Ok(stream),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::net::{TcpListener, TcpSocket};
    use tokio::time::{advance, timeout};

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
        let stream = timeout(Duration::from_secs(30), first_open(&addresses)).await.unwrap().unwrap();
        assert_eq!(stream.peer_addr().unwrap(), addresses[1]);
    }

    #[tokio::test]
    async fn an_address_is_judged_as_what_it_is() {
        let only = |allowed: &'static str| Reach::within(move |_, address| address.to_string() == allowed);
        assert_eq!(
            only("10.0.0.1").addresses("::ffff:10.0.0.1").await.unwrap(),
            ["10.0.0.1".parse::<IpAddr>().unwrap()]
        );
        assert!(only("::ffff:10.0.0.1").addresses("::ffff:10.0.0.1").await.unwrap_err().is_failed());
    }

    /// A name whose server says one thing to who looks and another to who connects.
    fn changing(_: &str) -> Result<Arc<[IpAddr]>, Arc<str>> {
        static LOOKS: AtomicUsize = AtomicUsize::new(0);
        let (allowed, forbidden) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        Ok(match LOOKS.fetch_add(1, Ordering::SeqCst) % 3 {
            0 => [allowed].into(),
            1 => [forbidden].into(),
            _ => [forbidden, allowed].into(),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_that_changes_its_address_gains_nothing() {
        static CHANGING: LazyLock<Resolver> = LazyLock::new(|| Resolver::new(changing, 1));
        let here = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = here.local_addr().unwrap().port();
        let forbidden = TcpListener::bind(("127.0.0.2", port)).await.unwrap();
        let allow = |_: &str, address: IpAddr| address == IpAddr::from([127, 0, 0, 1]);
        let reach = Reach { allow: Arc::new(allow), resolver: &CHANGING };
        for is_allowed in [true, false, true].repeat(10) {
            match reach.connect("rebound.example", port).await {
                Ok(stream) => assert_eq!(stream.peer_addr().unwrap(), here.local_addr().unwrap()),
                Err(verdict) => assert!(verdict.is_failed() && !is_allowed, "{verdict:?}"),
            }
            // An answer serves those who come within a second.
            advance(Duration::from_secs(1)).await;
        }
        assert!(timeout(Duration::from_millis(1), forbidden.accept()).await.is_err(), "it was connected to");
    }

    #[tokio::test]
    async fn a_connection_to_itself_is_none() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let own = socket.local_addr().unwrap();
        with_another(socket.connect(own).await.unwrap()).unwrap_err();
    }
}
