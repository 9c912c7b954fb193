//! A port for a process that will be killed and started again: [`free_port`].

use std::io::{Error, Result};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// A loopback port on which nobody listens, outside the range from which the system takes ports for outgoing
/// connections: there, one that is free now may be taken while a process restarts.
///
/// # Errors
///
/// When there is none.
pub fn free_port() -> Result<u16> {
    const RANGE: (u16, u16) = (20_000, 12_000);
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % 120) as u16 * 100;
    let candidates = std::iter::repeat_with(|| NEXT.fetch_add(1, Ordering::Relaxed));
    let mut ports = candidates.take(1_000).map(|next| RANGE.0 + (start + next) % RANGE.1);
    let found = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    found.ok_or_else(|| Error::other("no port is free"))
}
