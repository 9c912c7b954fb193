//! How many may do the same at once, as wait: [`Places`].

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A place for each of them.
#[derive(Clone)]
pub(crate) struct Places {
    places: Arc<Semaphore>,
    limit: usize,
    shares: Arc<Shares>,
}

/// How many of the places callers of one namespace hold, where it is known in which namespace they are.
struct Shares {
    held: Mutex<HashMap<String, usize>>,
    limit: usize,
}

/// One of them, free again when dropped.
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

impl Places {
    /// For so many, and so many of one namespace.
    pub(crate) fn new(limit: usize, per_namespace: usize) -> Self {
        let shares = Shares { held: Mutex::default(), limit: per_namespace };
        Self { places: Arc::new(Semaphore::new(limit)), limit, shares: Arc::new(shares) }
    }

    /// A place for somebody in that namespace, unless all are taken, or as many as one namespace may have. Who is in none,
    /// as far as that is known, or is not held to a share, has no other bound than all together.
    pub(crate) fn enter(&self, namespace: Option<&str>) -> Result<Place, Full> {
        let share = namespace.map(|namespace| self.shares.take(namespace)).transpose()?;
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

    #[test]
    fn a_namespace_has_no_more_than_its_share() {
        let places = Places::new(3, 2);
        let (first, _second) = (places.enter(Some("a")).ok().unwrap(), places.enter(Some("a")).ok().unwrap());
        assert_eq!(places.enter(Some("a")).err(), Some(Full::Namespace(2)));
        let other = places.enter(Some("b")).ok().unwrap();
        assert_eq!(places.enter(Some("b")).err(), Some(Full::Server(3)));
        drop(first);
        assert!(places.enter(Some("a")).is_ok());
        drop(other);
        assert_eq!(places.shares.held.lock().len(), 1, "who holds nothing is forgotten");
    }

    #[test]
    fn who_is_nobody_shares_all_places() {
        let places = Places::new(2, 1);
        let all = [places.enter(None).ok(), places.enter(None).ok()];
        assert!(all.iter().all(Option::is_some));
        assert_eq!(places.enter(None).err(), Some(Full::Server(2)));
    }
}
