//! How much is asked from where: [`Peers`].
//!
//! An address has as many requests as it may make in a second, and gets them back evenly over one. It is looked up once
//! for each connection; a request takes from what was found then, without a lock. It has a few turns at having tokens
//! reviewed too, so that who makes tokens up does not take those of all others.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// In which an address may make as many requests as it is allowed.
const SECOND: Duration = Duration::from_secs(1);
/// The most tokens of one address that are reviewed at a time.
pub(crate) const REVIEWS: usize = 4;

/// Those who are connected, by address.
pub(crate) struct Peers {
    /// Requests in a second.
    rate: u32,
    table: Mutex<Table>,
}

struct Table {
    peers: HashMap<IpAddr, Arc<Peer>>,
    swept: Instant,
}

/// One address, on all its connections together.
pub(crate) struct Peer {
    /// `None` where there is no limit.
    allowance: Option<Allowance>,
    /// Its turns at having tokens reviewed.
    pub(crate) reviews: Semaphore,
}

/// What one address has left. Whoever has made no request for a second has all of it.
struct Allowance {
    begun: Instant,
    /// What a request costs: the nanoseconds in which it is earned again.
    price: u64,
    /// When everything that was taken will have been earned again, in nanoseconds after `begun`.
    earned: AtomicU64,
}

impl Peers {
    /// For addresses that may make so many requests in a second each; 0 is as many as they like.
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate, table: Mutex::new(Table { peers: HashMap::new(), swept: Instant::now() }) }
    }

    /// Whoever is at that address.
    pub(crate) fn peer(&self, address: IpAddr) -> Arc<Peer> {
        let mut table = self.table.lock();
        table.sweep();
        let peer = table.peers.entry(neighbours(address));
        Arc::clone(peer.or_insert_with(|| Arc::new(Peer::new(self.rate))))
    }
}

impl Table {
    /// Forgets those who have no connection and have everything back. Each second at most, and only as connections come:
    /// what is kept is what the last second brought, beside those who are connected.
    fn sweep(&mut self) {
        if self.swept.elapsed() >= SECOND {
            self.swept = Instant::now();
            self.peers.retain(|_, peer| Arc::strong_count(peer) > 1 || !peer.is_whole());
        }
    }
}

/// Those who count as one: an IPv4 address, however it is written, or the /64 that one IPv6 host has for itself.
fn neighbours(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

impl Peer {
    /// One that may make so many requests in a second; 0 is as many as it likes.
    pub(crate) fn new(rate: u32) -> Self {
        let price = nanos(SECOND).checked_div(u64::from(rate));
        Self { allowance: price.map(Allowance::new), reviews: Semaphore::new(REVIEWS) }
    }

    /// Takes one request from what it has left, unless there is none.
    pub(crate) fn take(&self) -> bool {
        self.allowance.as_ref().is_none_or(Allowance::take)
    }

    fn is_whole(&self) -> bool {
        self.allowance.as_ref().is_none_or(Allowance::is_whole)
    }
}

impl Allowance {
    fn new(price: u64) -> Self {
        Self { begun: Instant::now(), price, earned: AtomicU64::new(0) }
    }

    /// Takes one request from it, unless there is none left.
    fn take(&self) -> bool {
        let (now, full) = (nanos(self.begun.elapsed()), nanos(SECOND));
        let take = |earned: u64| Some(earned.max(now) + self.price).filter(|earned| *earned <= now + full);
        self.earned.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    fn is_whole(&self) -> bool {
        self.earned.load(Ordering::Relaxed) <= nanos(self.begun.elapsed())
    }
}

/// 500 years fit.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many requests are let through, one after the other without a pause.
    fn burst(peer: &Peer) -> usize {
        (0..100_000).take_while(|_| peer.take()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_s_worth_is_earned_again_evenly() {
        let peers = Peers::new(1_000);
        let peer = peers.peer(address("10.0.0.1"));
        assert_eq!(burst(&peer), 1_000);
        advance(Duration::from_millis(250)).await;
        assert_eq!(burst(&peer), 250);
        // Refused ones cost nothing, and no more than a second's worth is saved up.
        advance(Duration::from_secs(3600)).await;
        assert_eq!(burst(&peer), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn connections_of_one_address_share_and_others_have_their_own() {
        let peers = Peers::new(10);
        assert_eq!(burst(&peers.peer(address("10.0.0.1"))), 10);
        // Coming back on a new connection gains nothing.
        assert_eq!(burst(&peers.peer(address("10.0.0.1"))), 0);
        assert_eq!(burst(&peers.peer(address("::ffff:10.0.0.1"))), 0, "the same in IPv6 clothes");
        assert_eq!(burst(&peers.peer(address("10.0.0.2"))), 10);
        assert_eq!(burst(&peers.peer(address("fd00:0:0:1::1"))), 10);
        assert_eq!(burst(&peers.peer(address("fd00:0:0:1:ffff::2"))), 0, "the same /64");
        assert_eq!(burst(&peers.peer(address("fd00:0:0:2::1"))), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_have_gone_are_forgotten() {
        let peers = Peers::new(10);
        let kept = peers.peer(address("10.1.0.0"));
        for host in 0..10_000_u32 {
            let address = IpAddr::from((0x0a00_0000 + host).to_be_bytes());
            assert!(peers.peer(address).take());
        }
        advance(SECOND).await;
        assert!(peers.peer(address("10.2.0.0")).take());
        assert_eq!(peers.table.lock().peers.len(), 2);
        assert!(Arc::ptr_eq(&kept, &peers.peer(address("10.1.0.0"))));
    }

    #[tokio::test]
    async fn there_may_be_no_limit() {
        assert_eq!(burst(&Peers::new(0).peer(address("10.0.0.1"))), 100_000);
    }
}
