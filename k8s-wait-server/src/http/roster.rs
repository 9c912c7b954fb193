//! Who waits for what, at this moment: [`Roster`].

use crate::auth::Caller;
use k8s_wait_lib::Report;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

/// Every wait that is held, in the order in which they began.
#[derive(Default)]
pub(super) struct Roster {
    rows: Mutex<BTreeMap<u64, Arc<Row>>>,
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

impl Roster {
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
