//! What watches have done and hold, for those who look after them: [`WatchState`].

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the watches of one resource hold now, and what they have done since the first of them was opened. Counts only grow,
/// also when a watch is closed and opened again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchState {
    /// Its plural and its group, as `pods` or `jobs.batch`.
    pub resource: String,
    /// How many are open, those included that linger: one for each namespace with
    /// [`Watches::with`](super::Watches::with), and for each shape in which it is kept.
    pub open: usize,
    /// How many of them are up: their list is whole and their connection not known to be broken.
    pub up: usize,
    /// The objects that they keep.
    pub objects: usize,
    /// The lists that came in whole. Each one after the first of a watch is a restart.
    pub lists: u64,
    /// What came after the lists: objects that were added, changed or deleted.
    pub events: u64,
    /// What they went down by: the API server's status code, or `None` where there was no answer or it broke off.
    pub errors: BTreeMap<Option<u16>, u64>,
}

/// What has been counted of a resource so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    lists: AtomicU64,
    events: AtomicU64,
    errors: Mutex<BTreeMap<Option<u16>, u64>>,
}

/// The tallies of all resources, by name.
#[derive(Debug, Default)]
pub(super) struct Tallies(Mutex<BTreeMap<String, Arc<Tally>>>);

impl Tally {
    pub(super) fn listed(&self) {
        self.lists.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn happened(&self) {
        self.events.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed(&self, code: Option<u16>) {
        *self.errors.lock().entry(code).or_default() += 1;
    }
}

impl Tallies {
    /// That of a resource.
    pub(super) fn of(&self, resource: &str) -> Arc<Tally> {
        Arc::clone(self.0.lock().entry(resource.to_owned()).or_default())
    }

    /// All of them, with nothing open yet.
    pub(super) fn states(&self) -> BTreeMap<String, WatchState> {
        let state = |(resource, tally): (&String, &Arc<Tally>)| {
            let state = WatchState {
                resource: resource.clone(),
                lists: tally.lists.load(Ordering::Relaxed),
                events: tally.events.load(Ordering::Relaxed),
                errors: tally.errors.lock().clone(),
                ..WatchState::default()
            };
            (resource.clone(), state)
        };
        self.0.lock().iter().map(state).collect()
    }
}
