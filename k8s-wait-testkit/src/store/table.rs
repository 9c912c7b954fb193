//! The objects of one kind and their history: [`Table`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::sync::watch;

use super::change::Change;
use super::object::{Key, Stored};
use crate::resource::ResourceType;

/// How many changes of a kind can be watched from the past, about what an API server's watch cache keeps.
const HISTORY: usize = 10_000;

/// The objects of one kind.
pub(crate) struct Table {
    pub(crate) resource: Arc<ResourceType>,
    pub(crate) objects: BTreeMap<Key, Arc<Stored>>,
    history: VecDeque<Arc<Change>>,
    /// Up to here the history has been dropped.
    trimmed: u64,
    /// Up to here it has been compacted: nobody may begin before, who watches already goes on.
    compacted: u64,
    /// The resourceVersion of the newest change; wakes the watchers.
    newest: watch::Sender<u64>,
}

impl Table {
    pub(crate) fn new(resource: ResourceType) -> Self {
        let newest = watch::Sender::new(0);
        let (objects, history) = Default::default();
        Table { resource: Arc::new(resource), objects, history, trimmed: 0, compacted: 0, newest }
    }

    /// Notes a change and makes it the truth.
    pub(crate) fn record(&mut self, change: Arc<Change>) {
        let (key, object) = (change.object.key.clone(), Arc::clone(&change.object));
        if change.is_deletion {
            self.objects.remove(&key);
        } else {
            self.objects.insert(key, object);
        }
        if self.history.len() == HISTORY {
            self.trimmed = self.history.pop_front().map_or(self.trimmed, |oldest| oldest.version);
        }
        self.newest.send_replace(change.version);
        self.history.push_back(change);
    }

    /// Forgets all history up to this resourceVersion.
    pub(crate) fn compact(&mut self, version: u64) {
        self.compacted = version;
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.objects.clear();
        self.history.clear();
        (self.trimmed, self.compacted) = (0, 0);
    }

    pub(crate) fn wakes(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Can be begun at this resourceVersion? `Err` with the oldest one that is known.
    pub(crate) fn check_known(&self, version: u64) -> Result<(), u64> {
        let oldest = self.trimmed.max(self.compacted);
        if version < oldest { Err(oldest) } else { Ok(()) }
    }

    /// The changes after this resourceVersion, at most `limit`; `Err` with the oldest one that is known.
    pub(crate) fn changes_after(&self, version: u64, limit: usize) -> Result<Vec<Arc<Change>>, u64> {
        if version < self.trimmed {
            return Err(self.trimmed);
        }
        let start = self.history.partition_point(|change| change.version <= version);
        Ok(self.history.range(start..).take(limit).cloned().collect())
    }

    /// The objects as they were at this resourceVersion, in order; `Err` with the oldest one that is known.
    pub(crate) fn objects_at(&self, version: u64, namespace: Option<&str>) -> Result<Vec<Arc<Stored>>, u64> {
        self.check_known(version)?;
        let undone = self.undone(version)?;
        let is_inside = |key: &Key| namespace.is_none_or(|namespace| key.namespace == namespace);
        let now = self.objects.iter().filter(|(key, _)| is_inside(key) && !undone.contains_key(key));
        let then = undone.iter().filter(|(key, _)| is_inside(key));
        let mut objects: Vec<_> = now.map(|(_, object)| Arc::clone(object)).collect();
        objects.extend(then.filter_map(|(_, object)| object.clone()));
        objects.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(objects)
    }

    /// What the keys changed since then held at that time.
    fn undone(&self, version: u64) -> Result<BTreeMap<Key, Option<Arc<Stored>>>, u64> {
        let since = self.changes_after(version, usize::MAX)?;
        let mut undone = BTreeMap::new();
        for change in since {
            undone.entry(change.object.key.clone()).or_insert_with(|| change.previous.clone());
        }
        Ok(undone)
    }
}
