//! What a client may take, and all of them together: [`Limits`].

use k8s_wait_lib::target::MAX_TARGETS;
use std::time::Duration;

/// The connections beyond those that wait: probes, single questions, people.
const SPARE_CONNECTIONS: usize = 1_000;

/// The most connections to the webhook: an API server has 200 changes in hand at once (its
/// `--max-mutating-requests-inflight`). More wait in the socket's backlog.
pub(crate) const REVIEW_CONNECTIONS: usize = 200;

/// How long a handshake, a header or a question to the webhook may take to arrive: the API server is near, and gives up after some
/// seconds itself.
const REVIEW_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest question to the webhook: a request to the API server has up to 3 MiB (its `MaxRequestBodyBytes`), and comes as
/// JSON.
const REVIEW_BYTES: u64 = 8 * 1024 * 1024;

/// hyper has no smaller buffer.
pub(crate) const LEAST_HEADER_BYTES: usize = 8 * 1024;

/// What a client may take, and all of them together, but for the waits that are held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections; `None` is one for each wait that may be held, and 1000 more. One more waits in the socket's
    /// backlog until another one closes.
    pub connections: Option<usize>,
    /// How old a connection gets. The first answer that is given after it closes the connection. Each connection has its
    /// own, up to a tenth more or less, so that those that came together do not go together. What is held is not cut.
    pub connection_age: Duration,
    /// How long the header of a request may take to arrive, and then its body. For a header it begins with the connection
    /// or with the end of the answer before, so that it is also how long a connection may be idle: hyper has one time for
    /// both.
    pub read_timeout: Duration,
    /// How long data may lie unacknowledged with a peer, or unread where its window is closed, before the connection is
    /// cut. No flag: it is the system's timer, and has only to be longer than a hiccup of the network.
    pub peer_timeout: Duration,
    /// The longest header of a request in bytes, 8192 at least. hyper reads in pieces and counts after each: what is longer
    /// may get by, what is twice as long does not.
    pub header_bytes: usize,
    /// The longest body in bytes.
    pub body_bytes: u64,
    /// The most targets of one wait.
    pub targets: usize,
    /// Requests of one address in a second, on all its connections together; 0 is as many as come. Probes are always
    /// answered.
    pub requests_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: None,
            connection_age: Duration::from_secs(2 * 3600),
            read_timeout: Duration::from_secs(10),
            peer_timeout: Duration::from_secs(30),
            header_bytes: 16 * 1024,
            body_bytes: 64 * 1024,
            targets: MAX_TARGETS,
            requests_per_second: 1_000,
        }
    }
}

impl Limits {
    /// Open connections where so many waits may be held.
    pub fn connections(&self, waiters: usize) -> usize {
        self.connections.unwrap_or_else(|| waiters.saturating_add(SPARE_CONNECTIONS))
    }

    /// Those of the webhook. Who asks is mostly one address. Each answer closes its connection: the API server does not ask
    /// again where one is closed under its question, as idle ones are.
    pub(crate) fn of_reviews(&self) -> Self {
        Self {
            connections: Some(REVIEW_CONNECTIONS),
            connection_age: Duration::ZERO,
            requests_per_second: 0,
            read_timeout: self.read_timeout.min(REVIEW_TIMEOUT),
            body_bytes: REVIEW_BYTES,
            ..self.clone()
        }
    }
}
