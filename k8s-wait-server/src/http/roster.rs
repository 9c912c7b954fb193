//! Who waits for what, at this moment: [`Roster`].

use super::problem::Problem;
use crate::auth::Caller;
use bytes::Bytes;
use futures::stream;
use k8s_wait_lib::Report;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};
use sync_wrapper::SyncStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warp::Reply;
use warp::reply::Response;

/// How many may read it at once. What each is sent may be as large as there are waits, for as long as it is not read.
const READERS: usize = 16;
/// How much of it is handed out at a time.
const PIECE: usize = 64 * 1024;

/// Every wait that is held, in the order in which they began.
pub(super) struct Roster {
    rows: Mutex<BTreeMap<u64, Arc<Row>>>,
    readers: Arc<Semaphore>,
    /// How many have begun.
    begun: AtomicU64,
    /// How often anything has changed.
    changes: AtomicU64,
}

/// One wait that is held.
pub(super) struct Row {
    pub(super) number: u64,
    pub(super) who: Who,
    pub(super) since: SystemTime,
    /// When its time is up.
    pub(super) until: Option<SystemTime>,
    state: Mutex<State>,
}

#[derive(Clone, Default)]
struct State {
    change: u64,
    report: Option<Arc<Report>>,
}

/// Whoever waits.
pub(super) struct Who {
    pub(super) caller: Caller,
    /// The namespace that it says it is in.
    pub(super) namespace: String,
    /// The pod that it says it is.
    pub(super) pod: Option<String>,
}

/// A row's place; it is struck out when this goes.
pub(super) struct Place {
    roster: Weak<Roster>,
    row: Arc<Row>,
}

impl Default for Roster {
    fn default() -> Self {
        let (begun, changes) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { rows: Mutex::default(), readers: Arc::new(Semaphore::new(READERS)), begun, changes }
    }
}

impl Roster {
    /// A place among those who read it, to be kept until they have.
    ///
    /// # Errors
    ///
    /// 503 where there is none left.
    pub(super) fn read(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let detail = || format!("{READERS} read who waits already, which is the limit; try again");
        Arc::clone(&self.readers).try_acquire_owned().map_err(|_| Problem::busy(detail(), 1))
    }

    /// Writes down one who waits from now on, for so long at most.
    pub(super) fn enter(self: &Arc<Self>, who: Who, timeout: Option<Duration>) -> Place {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let since = SystemTime::now();
        let until = timeout.and_then(|timeout| since.checked_add(timeout));
        let state = Mutex::new(State { change: self.change(), report: None });
        let row = Arc::new(Row { number, who, since, until, state });
        self.rows.lock().insert(number, Arc::clone(&row));
        Place { roster: Arc::downgrade(self), row }
    }

    /// All of them.
    pub(super) fn rows(&self) -> Vec<Arc<Row>> {
        self.rows.lock().values().cloned().collect()
    }

    fn change(&self) -> u64 {
        self.changes.fetch_add(1, Ordering::Relaxed)
    }
}

impl Row {
    /// How it stands, once it is known, and the number of the change that has made it so: a later change has a larger one.
    pub(super) fn state(&self) -> (u64, Option<Arc<Report>>) {
        let State { change, report } = self.state.lock().clone();
        (change, report)
    }
}

impl Who {
    /// The namespace that it is in, as far as that is known.
    pub(super) fn namespace(&self) -> &str {
        self.caller.namespace().unwrap_or(&self.namespace)
    }
}

impl Place {
    /// How it stands now.
    pub(super) fn tell(&self, report: &Arc<Report>) {
        let Some(roster) = self.roster.upgrade() else { return };
        *self.row.state.lock() = State { change: roster.change(), report: Some(Arc::clone(report)) };
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(roster) = self.roster.upgrade() else { return };
        roster.rows.lock().remove(&self.row.number);
    }
}

/// A body in pieces, so that its reader's place is free when all but the last of it have been taken.
pub(super) fn in_pieces(text: impl Into<Bytes>, place: OwnedSemaphorePermit) -> Response {
    let pieces = stream::unfold((text.into(), place), async |(mut rest, place)| {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then(|| (Ok::<_, Infallible>(piece), (rest, place)))
    });
    warp::reply::stream(SyncStream::new(pieces)).into_response()
}
