//! What the handle, the connections and the watches share: [`Cluster`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fault::Faults;
use crate::request::Record;
use crate::store::Store;
use crate::watches::Watches;

/// The inside of an API.
pub(crate) struct Cluster {
    pub(crate) store: Store,
    pub(crate) faults: Arc<Faults>,
    pub(crate) record: Record,
    pub(crate) watches: Arc<Watches>,
    streams_lists: AtomicBool,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        Cluster {
            store: Store::new(),
            faults: Faults::new(),
            record: Record::default(),
            watches: Arc::default(),
            streams_lists: AtomicBool::new(true),
        }
    }

    /// Is `sendInitialEvents` served, as with the feature gate WatchList?
    pub(crate) fn streams_lists(&self) -> bool {
        self.streams_lists.load(Ordering::Relaxed)
    }

    pub(crate) fn set_streams_lists(&self, on: bool) {
        self.streams_lists.store(on, Ordering::Relaxed);
    }
}
