//! How many may wait at once: [`Waiters`].

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A place for each wait that is held.
#[derive(Clone)]
pub(crate) struct Waiters {
    places: Arc<Semaphore>,
    limit: usize,
}

/// The place of one wait, free again when dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Waiters {
    pub(crate) fn new(limit: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(limit)), limit }
    }

    /// A place, unless all are taken.
    pub(crate) fn enter(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _permit: permit })
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }
}
