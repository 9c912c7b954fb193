//! The objects of one watch, found by name and by group: [`Objects`].

use crate::object::Cached;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// An object with its name, which is shared by all who hold it.
pub(crate) type Named<S> = (Arc<str>, Arc<S>);

/// The objects of one watch by their namespace; `""` holds those of a cluster-scoped kind.
pub(super) struct Objects<S> {
    namespaces: HashMap<Box<str>, Namespace<S>>,
}

/// The objects of a namespace, by name.
///
/// Shared with those who go through all of them: who changes it meanwhile changes a copy, and nobody waits.
pub(super) type Shelf<S> = Arc<BTreeMap<Arc<str>, Arc<S>>>;

struct Namespace<S> {
    objects: Shelf<S>,
    /// Group and name of each object that is in a group: one set, as most groups have one object or two.
    groups: BTreeSet<(Arc<str>, Arc<str>)>,
}

impl<S> Default for Objects<S> {
    fn default() -> Self {
        Self { namespaces: HashMap::new() }
    }
}

impl<S> Default for Namespace<S> {
    fn default() -> Self {
        Self { objects: Shelf::default(), groups: BTreeSet::new() }
    }
}

impl<S: Cached> Objects<S> {
    /// One object, with its name as it is kept.
    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<(&Arc<str>, &Arc<S>)> {
        self.namespaces.get(namespace)?.objects.get_key_value(name)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.namespaces.values().map(|namespace| namespace.objects.len()).sum()
    }

    /// All objects of a namespace, as they are now.
    pub(super) fn shelf(&self, namespace: &str) -> Shelf<S> {
        self.namespaces.get(namespace).map(|namespace| Arc::clone(&namespace.objects)).unwrap_or_default()
    }

    /// The objects of a group, by name.
    pub(super) fn group(&self, namespace: &str, group: &str) -> Vec<Named<S>> {
        let Some(namespace) = self.namespaces.get(namespace) else { return Vec::new() };
        let members = namespace.members(group);
        members
            .filter_map(|(_, name)| Some((Arc::clone(name), Arc::clone(namespace.objects.get(name)?))))
            .collect()
    }

    /// Another object of the same group.
    pub(super) fn sibling(&self, namespace: &str, group: &str) -> Option<&Arc<S>> {
        let namespace = self.namespaces.get(namespace)?;
        namespace.objects.get(&namespace.members(group).next()?.1)
    }

    /// Puts an object in the place of the one before, in its group as well, and answers that one. A streamed list may
    /// bring an object twice: as it was, and as it has become meanwhile.
    pub(super) fn insert(&mut self, namespace: &str, name: Arc<str>, object: Arc<S>) -> Option<Arc<S>> {
        if !self.namespaces.contains_key(namespace) {
            self.namespaces.insert(namespace.into(), Namespace::default());
        }
        self.namespaces.get_mut(namespace)?.insert(name, object)
    }

    /// Takes an object out, of its group as well.
    pub(super) fn remove(&mut self, namespace: &str, name: &str) -> Option<Named<S>> {
        let home = self.namespaces.get_mut(namespace)?;
        let (name, old) = Arc::make_mut(&mut home.objects).remove_entry(name)?;
        if let Some(group) = old.group() {
            home.leave(group, Arc::clone(&name));
        }
        if home.objects.is_empty() {
            self.namespaces.remove(namespace);
        }
        Some((name, old))
    }
}

impl<S: Cached> Namespace<S> {
    fn insert(&mut self, name: Arc<str>, object: Arc<S>) -> Option<Arc<S>> {
        let old = Arc::make_mut(&mut self.objects).insert(Arc::clone(&name), Arc::clone(&object));
        let left = old.as_ref().and_then(|old| old.group());
        if left == object.group() {
            return old;
        }
        if let Some(group) = left {
            self.leave(group, Arc::clone(&name));
        }
        if let Some(group) = object.group() {
            self.join(group, name);
        }
        old
    }

    fn join(&mut self, group: &str, name: Arc<str>) {
        let known = self.members(group).next().map(|(group, _)| Arc::clone(group));
        self.groups.insert((known.unwrap_or_else(|| group.into()), name));
    }

    fn leave(&mut self, group: &str, name: Arc<str>) {
        self.groups.remove(&(group.into(), name));
    }

    fn members(&self, group: &str) -> impl Iterator<Item = &(Arc<str>, Arc<str>)> {
        self.groups.range((group.into(), Arc::default())..).take_while(move |(own, _)| **own == *group)
    }
}
