//! What has changed since somebody looked last: [`Past`].
//!
//! Caches hold what is there now, and signals run together, so whoever looks twice misses what came and went in between.
//! Who must not (`stable`) reads through a [`Past`]: it shows everything as it was before the changes that are still
//! ahead, and goes over them one by one.

use super::cache::Named;
use super::topic::Topics;
use parking_lot::Mutex;
use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Weak};

/// The most changes that are kept for somebody who does not look at them; with more, none are, and it is a break.
const LIMIT: usize = 256;

/// The changes that somebody has yet to look at, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Past {
    ahead: Mutex<Ahead>,
}

#[derive(Debug, Default)]
struct Ahead {
    changes: VecDeque<Arc<Change>>,
    /// Is there a time of which nobody knows what happened in it?
    is_broken: bool,
}

/// One object became another, came, or went.
pub(crate) struct Change {
    /// Of which cache; weak, so that no other one takes its address.
    pub(crate) cache: Weak<Topics>,
    pub(crate) namespace: Box<str>,
    pub(crate) name: Arc<str>,
    pub(crate) before: Option<Arc<dyn Any + Send + Sync>>,
    pub(crate) after: Option<Arc<dyn Any + Send + Sync>>,
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl Past {
    /// Notes a change. Must be called before anybody can read what it led to.
    pub(super) fn note(&self, change: &Arc<Change>) {
        let ahead = &mut *self.ahead.lock();
        // Somebody may listen to an object and to its namespace.
        let is_known = ahead.changes.back().is_some_and(|last| Arc::ptr_eq(last, change));
        match () {
            () if is_known || ahead.is_broken => {}
            () if ahead.changes.len() < LIMIT => ahead.changes.push_back(Arc::clone(change)),
            () => ahead.break_off(),
        }
    }

    /// Notes that something may have changed which nobody saw.
    pub(super) fn break_off(&self) {
        self.ahead.lock().break_off();
    }

    /// Goes one change ahead, if there is one. False after a break: from now on everything is shown as it is.
    pub(crate) fn step(&self) -> bool {
        let mut ahead = self.ahead.lock();
        ahead.changes.pop_front();
        !std::mem::take(&mut ahead.is_broken)
    }

    /// Is there something that has not been looked at?
    pub(crate) fn is_ahead(&self) -> bool {
        let ahead = self.ahead.lock();
        ahead.is_broken || !ahead.changes.is_empty()
    }

    /// What an object was, of which `now` has been read.
    pub(super) fn object<S: Send + Sync + 'static>(
        &self,
        cache: &Arc<Topics>,
        (namespace, name): (&str, &str),
        now: Option<Arc<S>>,
    ) -> Option<Arc<S>> {
        let ahead = self.ahead.lock();
        match ahead.changes.iter().find(|change| change.is_in(cache, namespace) && *change.name == *name) {
            Some(change) => typed(change.before.as_ref()),
            None => now,
        }
    }

    /// What the objects were that `belongs` accepts, of which `items` have been read. They may have been read before or
    /// after the changes ahead: each of these says what was there before it.
    pub(super) fn objects<S: Send + Sync + 'static, T: Item<S>>(
        &self,
        (cache, namespace): (&Arc<Topics>, &str),
        mut items: Vec<T>,
        belongs: impl Fn(&S) -> bool,
    ) -> Vec<T> {
        let is =
            |one: &T, other: &Option<Arc<S>>| other.as_ref().is_some_and(|o| Arc::ptr_eq(one.shared(), o));
        let ahead = self.ahead.lock();
        for change in ahead.changes.iter().rev().filter(|change| change.is_in(cache, namespace)) {
            let (before, after) = (typed::<S>(change.before.as_ref()), typed::<S>(change.after.as_ref()));
            items.retain(|one| !is(one, &after) && !is(one, &before));
            let back = before.filter(|before| belongs(before));
            items.extend(back.map(|before| T::named(&change.name, before)));
        }
        items
    }
}

/// An object among others, with its name or without.
pub(super) trait Item<S> {
    fn named(name: &Arc<str>, object: Arc<S>) -> Self;
    fn shared(&self) -> &Arc<S>;
}

impl<S> Item<S> for Arc<S> {
    fn named(_: &Arc<str>, object: Arc<S>) -> Self {
        object
    }

    fn shared(&self) -> &Arc<S> {
        self
    }
}

impl<S> Item<S> for Named<S> {
    fn named(name: &Arc<str>, object: Arc<S>) -> Self {
        (Arc::clone(name), object)
    }

    fn shared(&self) -> &Arc<S> {
        &self.1
    }
}

impl Ahead {
    fn break_off(&mut self) {
        self.is_broken = true;
        self.changes.clear();
    }
}

impl Change {
    fn is_in(&self, cache: &Arc<Topics>, namespace: &str) -> bool {
        std::ptr::eq(self.cache.as_ptr(), Arc::as_ptr(cache)) && *self.namespace == *namespace
    }
}

fn typed<S: Send + Sync + 'static>(object: Option<&Arc<dyn Any + Send + Sync>>) -> Option<Arc<S>> {
    object.and_then(|object| Arc::clone(object).downcast().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change() -> Arc<Change> {
        let cache = Weak::new();
        Arc::new(Change { cache, namespace: "shop".into(), name: "web".into(), before: None, after: None })
    }

    #[test]
    fn a_change_that_concerns_two_topics_is_one() {
        let (past, change) = (Past::default(), change());
        past.note(&change);
        past.note(&change);
        assert!(past.is_ahead() && past.step());
        assert!(!past.is_ahead());
    }

    #[test]
    fn what_is_not_looked_at_for_too_long_is_a_break_and_takes_no_more_room() {
        let past = Past::default();
        (0..=LIMIT).for_each(|_| past.note(&change()));
        past.note(&change());
        assert_eq!(past.ahead.lock().changes.len(), 0);
        assert!(past.is_ahead());
        assert!(!past.step(), "nobody knows what was");
        assert!(!past.is_ahead());
        past.note(&change());
        assert!(past.step());
    }
}
