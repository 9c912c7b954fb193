//! The watches that everybody shares: [`Watches`].
//!
//! One watch per resource type and scope, opened at first use, kept while anyone waits and a while after. No answer
//! ever reaches the API server.

mod cache;
mod directory;
mod driver;
mod failure;
mod feed;
mod lease;
mod line;
mod past;
mod state;
mod topic;
mod trust;

pub use lease::Lease;
pub(crate) use past::Past;
pub use state::WatchState;
pub use topic::Signal;
pub use trust::Reading;

use crate::CheckError;
use crate::check::KindName;
use crate::object::{Cached, Dynamic, Served};
use cache::Cache;
use directory::Directory;
use driver::Driver;
use feed::{Feed, Source};
use kube::Client;
use kube::core::ApiResource;
use parking_lot::Mutex;
use state::Tallies;
use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// How long an unused watch is kept unless said otherwise.
const LINGER: Duration = Duration::from_secs(300);

/// The watches that everybody shares. Clones are the same watches; they end with the last clone.
#[derive(Clone)]
pub struct Watches {
    inner: Arc<Inner>,
    /// What leases are read through.
    past: Option<Arc<Past>>,
}

struct Inner {
    client: Client,
    directory: Directory,
    /// The namespaces that are watched, each with a watch of its own; `None` is the whole cluster with one.
    namespaces: Option<BTreeSet<String>>,
    linger: Duration,
    table: Mutex<HashMap<Key, Entry>>,
    tallies: Tallies,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    /// One resource may be cached in several shapes.
    shape: TypeId,
    /// Group, version and plural.
    resource: (String, String, String),
    namespace: Option<String>,
    is_namespaced: bool,
}

struct Entry {
    /// An `Arc<Watch<S>>` of the key's shape.
    watch: Arc<dyn Any + Send + Sync>,
    feed: Arc<dyn Feed>,
    _task: AbortOnDropHandle<()>,
}

struct Watch<S> {
    cache: Arc<Cache<S>>,
    leases: Leases,
}

/// How many leases there are of a watch.
type Leases = Arc<watch::Sender<usize>>;

impl Watches {
    /// Watches of the whole cluster through `client`, kept for five minutes after their last use.
    ///
    /// Nothing is opened before it is asked for. Make the client with [`client`](crate::client): kube's own default
    /// hides an overloaded API server by retrying for minutes.
    pub fn new(client: Client) -> Self {
        Self::with(client, None, LINGER)
    }

    /// As [`Watches::new`], with what may be watched (`None`: the whole cluster, with a ClusterRole; else these
    /// namespaces alone, with a Role in each) and how long an unused watch is kept.
    pub fn with(client: Client, namespaces: Option<BTreeSet<String>>, linger: Duration) -> Self {
        let directory = Directory::new(client.clone());
        let (table, tallies) = (Mutex::default(), Tallies::default());
        let inner = Inner { client, directory, namespaces, linger, table, tallies };
        Self { inner: Arc::new(inner), past: None }
    }

    /// The shared watch in which the objects of a namespace are found, opened if nobody has it open. Objects that live in
    /// no namespace are found in namespace `""`.
    ///
    /// Does not wait for its first list. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`CheckError::NamespaceNotWatched`].
    pub fn lease<S: Cached>(&self, dynamic: &Dynamic<S>, namespace: &str) -> Result<Lease<S>, CheckError> {
        let scope = match S::is_namespaced(dynamic) {
            true => self.inner.scope(namespace)?,
            false => None,
        };
        Ok(self.inner.open(dynamic, scope).seen_through(self.past.clone()))
    }

    /// The same watches, of whose changes none is missed: what is read shows one more of them with each step of `past`.
    pub(crate) fn seen_through(&self, past: &Arc<Past>) -> Self {
        Self { inner: Arc::clone(&self.inner), past: Some(Arc::clone(past)) }
    }

    /// The same watches, of which everything is read as it is now: for what no verdict depends on.
    pub(crate) fn as_they_are(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), past: None }
    }

    /// Every watch of a resource type, opened to be kept: one, or one for each namespace that is watched.
    pub fn lease_everywhere<S: Cached>(&self, dynamic: &Dynamic<S>) -> Vec<Lease<S>> {
        match &self.inner.namespaces {
            Some(namespaces) if S::is_namespaced(dynamic) => {
                namespaces.iter().map(|ns| self.inner.open(dynamic, Some(ns.clone()))).collect()
            }
            _ => vec![self.inner.open(dynamic, None)],
        }
    }

    /// The resource type of a kind that nobody registered, as far as the cluster serves it.
    pub(crate) async fn served(&self, name: &KindName) -> Result<Option<Served>, CheckError> {
        self.inner.directory.find(name).await
    }

    /// The same, not answered from what was known more than two seconds ago.
    pub(crate) async fn served_now(&self, name: &KindName) -> Result<Option<Served>, CheckError> {
        self.inner.directory.find_now(name).await
    }

    /// How many watches are open, lingering ones included.
    pub fn open_count(&self) -> usize {
        self.inner.table.lock().len()
    }

    /// What they hold and have done, a state for each resource that was ever watched, by name.
    pub fn states(&self) -> Vec<WatchState> {
        let mut states = self.inner.tallies.states();
        for (key, entry) in self.inner.table.lock().iter() {
            let state = states.entry(key.resource()).or_default();
            state.open += 1;
            state.up += usize::from(entry.feed.is_live());
            state.objects += entry.feed.len();
        }
        states.into_values().collect()
    }
}

impl Inner {
    fn scope(&self, namespace: &str) -> Result<Option<String>, CheckError> {
        match &self.namespaces {
            None => Ok(None),
            Some(watched) if watched.contains(namespace) => Ok(Some(namespace.to_owned())),
            Some(watched) => Err(CheckError::NamespaceNotWatched {
                namespace: namespace.to_owned(),
                watched: watched.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    fn open<S: Cached>(self: &Arc<Self>, dynamic: &Dynamic<S>, namespace: Option<String>) -> Lease<S> {
        let key = Key::of::<S>(dynamic, namespace);
        let mut table = self.table.lock();
        let open = table.get(&key).and_then(|entry| Arc::clone(&entry.watch).downcast::<Watch<S>>().ok());
        let watch = open.unwrap_or_else(|| {
            let (watch, entry) = self.start(dynamic, &key);
            table.insert(key, entry);
            watch
        });
        Lease::new(watch)
    }

    fn start<S: Cached>(self: &Arc<Self>, dynamic: &Dynamic<S>, key: &Key) -> (Arc<Watch<S>>, Entry) {
        let cache = Arc::new(Cache::new(key.to_string()));
        let watch = Arc::new(Watch { cache: Arc::clone(&cache), leases: Arc::default() });
        let api = S::api(line::attentive(&self.client), key.namespace.as_deref(), dynamic);
        let feed: Arc<dyn Feed> = Arc::new(Source { api, cache });
        let driver = Driver::new(Arc::clone(&feed), key.to_string(), self.tallies.of(&key.resource()));
        let _task = self.drive(key, driver, Arc::clone(&watch.leases));
        (Arc::clone(&watch), Entry { watch, feed, _task })
    }

    fn drive(self: &Arc<Self>, key: &Key, driver: Driver, leases: Leases) -> AbortOnDropHandle<()> {
        log::info!(resource = key.to_string().as_str(); "watch opened");
        AbortOnDropHandle::new(tokio::spawn(tend(
            Arc::downgrade(self),
            key.clone(),
            leases,
            driver,
            self.linger,
        )))
    }

    /// Closes a watch unless somebody has come back to it.
    fn close(&self, key: &Key, leases: &Leases) -> bool {
        let mut table = self.table.lock();
        // Leases are made under the same lock.
        let is_unused = *leases.borrow() == 0;
        if is_unused {
            table.remove(key);
        }
        is_unused
    }
}

impl Key {
    fn of<S: Cached>(dynamic: &Dynamic<S>, namespace: Option<String>) -> Self {
        let ApiResource { group, version, plural, .. } = ApiResource::erase::<S::Wire>(dynamic);
        let (shape, is_namespaced) = (TypeId::of::<S>(), S::is_namespaced(dynamic));
        Self { shape, resource: (group, version, plural), namespace, is_namespaced }
    }

    /// As `pods` or `jobs.batch`.
    fn resource(&self) -> String {
        let (group, _, plural) = &self.resource;
        match group.is_empty() {
            true => plural.clone(),
            false => format!("{plural}.{group}"),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.resource())?;
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None if self.is_namespaced => f.write_str(" in all namespaces"),
            None => Ok(()),
        }
    }
}

/// Runs a watch until it has been unused for `linger`.
async fn tend(inner: Weak<Inner>, key: Key, leases: Leases, driver: Driver, linger: Duration) {
    let mut driver = std::pin::pin!(driver.run());
    loop {
        tokio::select! {
            never = &mut driver => match never {},
            () = unused(leases.subscribe(), linger) => {}
        }
        if inner.upgrade().is_none_or(|inner| inner.close(&key, &leases)) {
            log::info!(resource = key.to_string().as_str(); "watch closed");
            return;
        }
    }
}

/// Ends when there has been no lease for `linger` without a break.
async fn unused(mut leases: watch::Receiver<usize>, linger: Duration) {
    loop {
        let is_gone = leases.wait_for(|count| *count == 0).await.is_err();
        // Any change is a use: a question that is answered at once has come and gone before we are polled.
        if is_gone || tokio::time::timeout(linger, leases.changed()).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Pod;
    use std::convert::Infallible;

    /// Watches of an API server that never answers.
    fn silent() -> Watches {
        let service = tower::service_fn(|_: http::Request<kube::client::Body>| {
            std::future::pending::<Result<http::Response<kube::client::Body>, Infallible>>()
        });
        Watches::new(Client::new(service, "default"))
    }

    #[tokio::test]
    async fn a_watch_that_somebody_came_back_to_is_not_closed() {
        let watches = silent();
        let lease = watches.lease::<Pod>(&(), "shop").unwrap();
        let key = watches.inner.table.lock().keys().next().unwrap().clone();
        let leases = Arc::clone(&lease.watch().leases);
        assert!(!watches.inner.close(&key, &leases), "its linger was over, but here is somebody");
        assert_eq!(watches.open_count(), 1);
        drop(lease);
        assert!(watches.inner.close(&key, &leases));
        assert_eq!(watches.open_count(), 0);
    }
}
