//! What a driver drives, whatever the resource type: [`Feed`].

use super::cache::Cache;
use crate::CheckError;
use crate::object::Cached;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use kube::Api;
use kube::runtime::watcher::{self, Event};
use std::sync::Arc;

/// What an event was, once the cache has taken it in.
pub(super) enum Sign {
    /// A list begins.
    Begin,
    /// One object, of the list or after it.
    Object,
    /// The list is whole.
    End,
}

/// The signs of one watcher.
pub(super) type Signs<'a> = BoxStream<'a, watcher::Result<Sign>>;

/// The watchers of one resource, which feed its cache.
pub(super) trait Feed: Send + Sync {
    /// A new watcher, from its first list on. The cache takes in every event before its sign is told.
    fn signs(&self, config: watcher::Config) -> Signs<'_>;
    /// See [`Cache::fail`].
    fn fail(&self, error: CheckError, is_lasting: bool);
    /// See [`Cache::was_synced`].
    fn was_synced(&self) -> bool;
    /// See [`Cache::is_live`].
    fn is_live(&self) -> bool;
    /// See [`Cache::len`].
    fn len(&self) -> usize;
}

/// The feed of a cache.
pub(super) struct Source<S: Cached> {
    pub(super) api: Api<S::Wire>,
    pub(super) cache: Arc<Cache<S>>,
}

impl<S: Cached> Feed for Source<S> {
    fn signs(&self, config: watcher::Config) -> Signs<'_> {
        watcher::watcher(self.api.clone(), config).map_ok(|event| self.take(event)).boxed()
    }

    fn fail(&self, error: CheckError, is_lasting: bool) {
        self.cache.fail(error, is_lasting);
    }

    fn was_synced(&self) -> bool {
        self.cache.was_synced()
    }

    fn is_live(&self) -> bool {
        self.cache.is_live()
    }

    fn len(&self) -> usize {
        self.cache.len()
    }
}

impl<S: Cached> Source<S> {
    fn take(&self, event: Event<S::Wire>) -> Sign {
        let sign = match event {
            Event::Init => Sign::Begin,
            Event::InitDone => Sign::End,
            Event::InitApply(_) | Event::Apply(_) | Event::Delete(_) => Sign::Object,
        };
        self.cache.apply(event);
        sign
    }
}
