//! Heartbeats for everybody who waits: [`Pulse`].
//!
//! One timer for all of them. A tenth is told every second, so that thousands do not write at the same moment.

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::future::pending;
use tokio::sync::watch;

/// With a beat every second, each is told so many seconds after it was told last.
const TURNS: usize = 10;

/// Who is told next, and who after that.
pub(super) struct Pulse(Mutex<VecDeque<watch::Sender<()>>>);

/// The heartbeats of one wait.
pub(super) struct Heartbeats(Option<watch::Receiver<()>>);

impl Pulse {
    pub(super) fn new() -> Self {
        Self(Mutex::new((0..TURNS).map(|_| watch::Sender::new(())).collect()))
    }

    /// Tells those whose turn it is.
    pub(super) fn beat(&self) {
        let mut turns = self.0.lock();
        if let Some(turn) = turns.front() {
            turn.send_replace(());
        }
        turns.rotate_left(1);
    }

    /// The first one comes when all others have had their turn.
    pub(super) fn heartbeats(&self) -> Heartbeats {
        Heartbeats(self.0.lock().back().map(watch::Sender::subscribe))
    }
}

impl Heartbeats {
    /// Ends with the next one.
    pub(super) async fn next(&mut self) {
        let is_told = match &mut self.0 {
            Some(turn) => turn.changed().await.is_ok(),
            None => false,
        };
        if !is_told {
            // The server has ended.
            pending().await
        }
    }
}
