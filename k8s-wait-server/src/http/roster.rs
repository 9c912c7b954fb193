//! Who waits for what, at this moment: [`Roster`].

use super::problem::Problem;
use crate::auth::Caller;
use crate::graph::{Cycle, Graph};
pub(super) use crate::places::Place as Reader;
use crate::places::{Full, Places};
use bytes::Bytes;
use futures::stream;
use k8s_wait_lib::{Mode, Report};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};
use sync_wrapper::SyncStream;
use tokio::sync::Notify;
use warp::Reply;
use warp::reply::Response;

/// How many may read it at once. What each is sent may be as large as there are waits, for as long as it is not read.
const READERS: usize = 16;
/// How many of them of one namespace, unless they may ask about all.
const READERS_OF_ONE: usize = 4;
/// An id has no more bits than JavaScript's numbers hold.
const ID_BITS: u32 = 53;
/// How much of it is handed out at a time.
const PIECE: usize = 64 * 1024;

/// Every wait that is held, in the order in which they began.
pub(super) struct Roster {
    rows: Mutex<BTreeMap<u64, Arc<Row>>>,
    readers: Places,
    /// What ids are made with. They tell nobody how many have begun.
    ids: RandomState,
    /// How they hung together when it was looked at last.
    graph: Mutex<Arc<Graph>>,
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
    pub(super) mode: Mode,
    state: Mutex<State>,
    cycle: Mutex<Option<Arc<Cycle>>>,
    cycle_changed: Notify,
}

/// What is known of a wait from its beginning.
pub(super) struct Terms {
    pub(super) timeout: Option<Duration>,
    pub(super) mode: Mode,
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
        let readers = Places::new(READERS, READERS_OF_ONE);
        Self {
            rows: Mutex::default(),
            readers,
            ids: RandomState::new(),
            graph: Mutex::default(),
            begun,
            changes,
        }
    }
}

impl Roster {
    /// A place among those who read it, to be kept until they have, for somebody in that namespace; `None` is who may read
    /// about all of them.
    ///
    /// # Errors
    ///
    /// 503 where there is none left.
    pub(super) fn read(&self, namespace: Option<&str>) -> Result<Reader, Problem> {
        self.readers.enter(namespace).map_err(|full| {
            let (limit, whose) = match full {
                Full::Server(limit) => (limit, ""),
                Full::Namespace(limit) => (limit, " of your namespace"),
            };
            let detail = format!("{limit}{whose} read who waits already, which is the limit; try again");
            Problem::busy(detail, 1).over("readers")
        })
    }

    /// By what one who waits is known to those who read.
    pub(super) fn id(&self, number: u64) -> u64 {
        self.ids.hash_one(number) >> (u64::BITS - ID_BITS)
    }

    /// Writes down one who waits from now on.
    pub(super) fn enter(self: &Arc<Self>, who: Who, terms: &Terms) -> Place {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let since = SystemTime::now();
        let until = terms.timeout.and_then(|timeout| since.checked_add(timeout));
        let state = Mutex::new(State { change: self.change(), report: None });
        let row = Row {
            number,
            who,
            since,
            until,
            mode: terms.mode,
            state,
            cycle: Mutex::default(),
            cycle_changed: Notify::new(),
        };
        let row = Arc::new(row);
        self.rows.lock().insert(number, Arc::clone(&row));
        Place { roster: Arc::downgrade(self), row }
    }

    /// One of them.
    pub(super) fn row(&self, number: u64) -> Option<Arc<Row>> {
        self.rows.lock().get(&number).cloned()
    }

    /// All of them.
    pub(super) fn rows(&self) -> Vec<Arc<Row>> {
        self.rows.lock().values().cloned().collect()
    }

    /// How they hung together a second ago at most.
    pub(super) fn graph(&self) -> Arc<Graph> {
        Arc::clone(&self.graph.lock())
    }

    /// That is how they hang together now, and who is in a cycle is told so.
    pub(super) fn hang(&self, graph: Arc<Graph>, rows: &[Arc<Row>]) {
        for row in rows {
            if row.turn(graph.cycle(row.number)) {
                let mut state = row.state.lock();
                state.change = self.change();
            }
        }
        *self.graph.lock() = graph;
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

    /// The cycle that it is in.
    pub(super) fn cycle(&self) -> Option<Arc<Cycle>> {
        self.cycle.lock().clone()
    }

    /// Ends with the next cycle that it comes into.
    pub(super) async fn comes_into_cycle(&self) -> Arc<Cycle> {
        loop {
            self.cycle_changed.notified().await;
            if let Some(cycle) = self.cycle() {
                return cycle;
            }
        }
    }

    /// It is in that cycle now. Is that news?
    fn turn(&self, cycle: Option<&Arc<Cycle>>) -> bool {
        let mut known = self.cycle.lock();
        let is_news = known.as_ref().map(|cycle| &cycle.sentence) != cycle.map(|cycle| &cycle.sentence);
        *known = cycle.cloned();
        if is_news {
            self.cycle_changed.notify_one();
        }
        is_news
    }
}

impl Who {
    /// The namespace that it is in, as far as that is known.
    pub(super) fn namespace(&self) -> &str {
        self.caller.namespace().unwrap_or(&self.namespace)
    }

    /// The pod that it is: what the API server has said of it, and where nobody is asked, what it says itself.
    pub(super) fn pod(&self) -> Option<&str> {
        match &self.caller {
            Caller::Anyone => self.pod.as_deref(),
            Caller::Account(account) => account.pod.as_deref(),
        }
    }
}

impl Place {
    pub(super) fn row(&self) -> &Arc<Row> {
        &self.row
    }

    /// How it stands now.
    pub(super) fn tell(&self, report: &Arc<Report>) {
        let Some(roster) = self.roster.upgrade() else { return };
        // Numbered while it is held, so that what is there last has the largest number.
        let mut state = self.row.state.lock();
        *state = State { change: roster.change(), report: Some(Arc::clone(report)) };
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(roster) = self.roster.upgrade() else { return };
        roster.rows.lock().remove(&self.row.number);
    }
}

/// A body in pieces, so that its reader's place is free when all but the last of it have been taken.
pub(super) fn in_pieces(text: impl Into<Bytes>, place: Reader) -> Response {
    let pieces = stream::unfold((text.into(), place), async |(mut rest, place)| {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then(|| (Ok::<_, Infallible>(piece), (rest, place)))
    });
    warp::reply::stream(SyncStream::new(pieces)).into_response()
}
