//! The use of a shared watch: [`Lease`].

use super::past::{Item, Past};
use super::{Reading, Signal, Watch};
use crate::object::Cached;
use k8s_wait_target::Selector;
use std::sync::Arc;

/// The use of a shared watch, which is kept open for as long.
pub struct Lease<S> {
    held: Held<S>,
    /// What is read is as it was before what is ahead there.
    past: Option<Arc<Past>>,
}

/// Counts as a use.
struct Held<S>(Arc<Watch<S>>);

impl<S> Drop for Held<S> {
    fn drop(&mut self) {
        self.0.leases.send_modify(|count| *count -= 1);
    }
}

impl<S> Lease<S> {
    pub(super) fn new(watch: Arc<Watch<S>>) -> Self {
        watch.leases.send_modify(|count| *count += 1);
        Self { held: Held(watch), past: None }
    }

    pub(super) fn seen_through(self, past: Option<Arc<Past>>) -> Self {
        Self { past, ..self }
    }

    #[cfg(test)]
    pub(super) fn watch(&self) -> &Arc<Watch<S>> {
        &self.held.0
    }
}

impl<S: Cached> Lease<S> {
    /// One object, or that there is none.
    pub fn object(&self, namespace: &str, name: &str) -> Reading<Option<Arc<S>>> {
        let cache = &self.held.0.cache;
        let now = cache.object(namespace, name);
        match &self.past {
            None => now,
            Some(past) => now.map(|now| past.object(cache.topics(), (namespace, name), now)),
        }
    }

    /// Those objects of a namespace that have one of these names, with it.
    pub fn named(&self, namespace: &str, names: &[Box<str>]) -> Reading<Vec<(Arc<str>, Arc<S>)>> {
        let cache = &self.held.0.cache;
        let now = cache.named(namespace, names);
        let Some(past) = &self.past else { return now };
        now.map(|now| {
            let current = |name: &str| now.iter().find(|(own, _)| **own == *name);
            let then = |name: &str| {
                let current = current(name).map(|(_, object)| Arc::clone(object));
                past.object(cache.topics(), (namespace, name), current)
            };
            names.iter().filter_map(|name| Some((Arc::from(&**name), then(name)?))).collect()
        })
    }

    /// The objects of a namespace that a selector matches, with their names, in the order of these.
    pub fn selected(&self, namespace: &str, selector: &Selector) -> Reading<Vec<(Arc<str>, Arc<S>)>> {
        let now = self.held.0.cache.selected(namespace, selector);
        let matches = |object: &S| selector.matches(|label| object.meta().labels.get(label));
        self.then(namespace, now, matches).map(by_name)
    }

    /// All objects of a namespace.
    pub fn all(&self, namespace: &str) -> Reading<Vec<Arc<S>>> {
        self.then(namespace, self.held.0.cache.all(namespace), |_| true)
    }

    /// The objects of a [group](Cached::group), with their names, in the order of these.
    pub fn group(&self, namespace: &str, group: &str) -> Reading<Vec<(Arc<str>, Arc<S>)>> {
        let now = self.held.0.cache.group(namespace, group);
        self.then(namespace, now, |object| object.group() == Some(group)).map(by_name)
    }

    fn then<T: Item<S>>(
        &self,
        namespace: &str,
        now: Reading<Vec<T>>,
        belongs: impl Fn(&S) -> bool,
    ) -> Reading<Vec<T>> {
        let place = (self.held.0.cache.topics(), namespace);
        match &self.past {
            None => now,
            Some(past) => now.map(|now| past.objects(place, now, belongs)),
        }
    }

    /// A signal for changes of one object from now on. Take it before reading, or a change in between is lost.
    pub fn on_object(&self, namespace: &str, name: &str) -> Signal {
        self.attend(self.held.0.cache.topics().on_object(namespace, name))
    }

    /// A signal for changes of any object in a namespace from now on.
    pub fn on_namespace(&self, namespace: &str) -> Signal {
        self.attend(self.held.0.cache.topics().on_namespace(namespace))
    }

    /// A signal for changes of the objects of a group from now on.
    pub fn on_group(&self, namespace: &str, group: &str) -> Signal {
        self.attend(self.held.0.cache.topics().on_group(namespace, group))
    }

    /// A signal for changes from now on of the objects of a namespace that a selector matches, before or after.
    pub fn on_selected(&self, namespace: &str, selector: &Selector) -> Signal {
        self.attend(self.held.0.cache.topics().on_selected(namespace, selector))
    }

    fn attend(&self, signal: Signal) -> Signal {
        match &self.past {
            Some(past) => signal.told_to(past),
            None => signal,
        }
    }
}

fn by_name<S>(mut objects: Vec<(Arc<str>, Arc<S>)>) -> Vec<(Arc<str>, Arc<S>)> {
    objects.sort_by(|(one, _), (other, _)| one.cmp(other));
    objects
}
