//! How many may wait at once: [`Waiters`].

use crate::auth::Caller;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A place for each wait that is held.
#[derive(Clone)]
pub(crate) struct Waiters {
    places: Arc<Semaphore>,
    limit: usize,
    shares: Arc<Shares>,
}

/// How many of the places callers of one namespace hold, where it is known in which namespace they are.
struct Shares {
    held: Mutex<HashMap<String, usize>>,
    limit: usize,
}

/// The place of one wait, free again when dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    _share: Option<Share>,
}

struct Share {
    shares: Arc<Shares>,
    namespace: String,
}

/// Why there is no place, with the limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Server(usize),
    Namespace(usize),
}

impl Waiters {
    /// For so many, and so many of one namespace.
    pub(crate) fn new(limit: usize, per_namespace: usize) -> Self {
        let shares = Shares { held: Mutex::default(), limit: per_namespace };
        Self { places: Arc::new(Semaphore::new(limit)), limit, shares: Arc::new(shares) }
    }

    /// A place, unless all are taken, or as many as this caller's namespace may have.
    pub(crate) fn enter(&self, caller: &Caller) -> Result<Place, Full> {
        let share = caller.namespace().map(|namespace| self.shares.take(namespace)).transpose()?;
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Full::Server(self.limit))?;
        Ok(Place { _permit: permit, _share: share })
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// How many places are taken.
    pub(crate) fn held(&self) -> usize {
        self.limit - self.places.available_permits()
    }
}

impl Shares {
    fn take(self: &Arc<Self>, namespace: &str) -> Result<Share, Full> {
        let mut table = self.held.lock();
        let held = table.entry(namespace.to_owned()).or_default();
        if *held >= self.limit {
            return Err(Full::Namespace(self.limit));
        }
        *held += 1;
        Ok(Share { shares: Arc::clone(self), namespace: namespace.to_owned() })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut table = self.shares.held.lock();
        if let Some(held) = table.get_mut(&self.namespace) {
            *held -= 1;
            if *held == 0 {
                table.remove(&self.namespace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Account;

    fn caller(namespace: &str) -> Caller {
        let account =
            Account { namespace: namespace.to_owned(), name: "default".to_owned(), pod: None, pod_uid: None };
        Caller::Account(Arc::new(account))
    }

    #[test]
    fn a_namespace_has_no_more_than_its_share() {
        let waiters = Waiters::new(3, 2);
        let (first, _second) =
            (waiters.enter(&caller("a")).ok().unwrap(), waiters.enter(&caller("a")).ok().unwrap());
        assert_eq!(waiters.enter(&caller("a")).err(), Some(Full::Namespace(2)));
        let other = waiters.enter(&caller("b")).ok().unwrap();
        assert_eq!(waiters.enter(&caller("b")).err(), Some(Full::Server(3)));
        drop(first);
        assert!(waiters.enter(&caller("a")).is_ok());
        drop(other);
        assert_eq!(waiters.shares.held.lock().len(), 1, "who holds nothing is forgotten");
    }

    #[test]
    fn who_is_nobody_shares_all_places() {
        let waiters = Waiters::new(2, 1);
        let places = [waiters.enter(&Caller::Anyone).ok(), waiters.enter(&Caller::Anyone).ok()];
        assert!(places.iter().all(Option::is_some));
        assert_eq!(waiters.enter(&Caller::Anyone).err(), Some(Full::Server(2)));
    }
}
