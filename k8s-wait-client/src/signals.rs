//! SIGTERM and SIGINT: [`listen`].

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::mpsc::Sender;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::session::Event;

/// Turns the signals into events, from now on. Handlers are what makes them count for process 1 of a container, to
/// which the kernel delivers no signal that nobody asked for.
///
/// The first signal ends the wait through the session, so that the last reasons are written. A second one ends the
/// process at once, whatever it hangs in. What is returned holds the number of the latest, 0 before the first: for who
/// must know after the session.
///
/// # Errors
///
/// Where no handler can be installed or no thread started.
pub(crate) fn listen(events: Sender<Event>) -> io::Result<Arc<AtomicUsize>> {
    let latest = Arc::new(AtomicUsize::new(0));
    let is_second = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        // In this order: the first signal finds the flag still down and then raises it.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&is_second))?;
        flag::register(signal, Arc::clone(&is_second))?;
        flag::register_usize(signal, Arc::clone(&latest), usize::try_from(signal).unwrap_or_default())?;
    }
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            if events.send(Event::Signal(signal)).is_err() {
                break;
            }
        }
    })?;
    Ok(latest)
}
