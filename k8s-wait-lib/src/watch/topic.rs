//! Who is woken by what: [`Topics`] hands out a [`Signal`] for an object, a namespace, a group or a selector.

use super::past::{Change, Past};
use crate::object::Labels;
use k8s_wait_target::Selector;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use tokio::sync::watch;

/// The things that somebody waits for a change of. One that nobody waits for any more takes no room.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    /// By [`object`], [`namespace`], [`group`] or [`selected`].
    topics: HashMap<Box<str>, Weak<Topic>>,
    /// The selectors among them: by their namespace, with their keys.
    selectors: HashMap<Box<str>, HashMap<Box<str>, Selector>>,
}

/// The key of one object.
pub(crate) fn object(namespace: &str, name: &str) -> Box<str> {
    format!("o/{namespace}/{name}").into()
}

/// The key of all objects of a namespace, for selectors.
pub(crate) fn namespace(namespace: &str) -> Box<str> {
    format!("n/{namespace}").into()
}

/// The key of the objects of a group.
pub(crate) fn group(namespace: &str, group: &str) -> Box<str> {
    format!("g/{namespace}/{group}").into()
}

/// The key of the objects that a selector matches.
fn selected(namespace: &str, selector: &Selector) -> Box<str> {
    format!("s/{namespace}/{selector}").into()
}

#[derive(Debug)]
struct Topic {
    key: Box<str>,
    /// Of a selector: its namespace.
    selects_in: Option<Box<str>>,
    sender: watch::Sender<()>,
    home: Weak<Topics>,
    /// Those who must not miss what comes and goes, by their addresses, which are theirs for as long as they stand here.
    pasts: Mutex<HashMap<usize, Weak<Past>>>,
}

impl Topic {
    fn attend(&self, past: &Arc<Past>) {
        let mut pasts = self.pasts.lock();
        // Thousands may wait for the same, and each of them comes by with each change.
        if pasts.len() == pasts.capacity() {
            pasts.retain(|_, known| known.strong_count() > 0);
        }
        pasts.entry(Arc::as_ptr(past).addr()).or_insert_with(|| Arc::downgrade(past));
    }

    fn attentive(&self) -> Vec<Arc<Past>> {
        self.pasts.lock().values().filter_map(Weak::upgrade).collect()
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        let Some(home) = self.home.upgrade() else { return };
        let mut table = home.table.lock();
        // Somebody may have asked for the same key since the last signal went.
        if table.topics.get(&self.key).is_some_and(|topic| topic.strong_count() == 0) {
            table.topics.remove(&self.key);
            table.forget(self.selects_in.as_deref(), &self.key);
        }
    }
}

impl Table {
    fn forget(&mut self, selects_in: Option<&str>, key: &str) {
        let Some(namespace) = selects_in else { return };
        let Some(selectors) = self.selectors.get_mut(namespace) else { return };
        selectors.remove(key);
        if selectors.is_empty() {
            self.selectors.remove(namespace);
        }
    }
}

impl Topics {
    /// A signal for changes from now on.
    pub(crate) fn subscribe(self: &Arc<Self>, key: Box<str>) -> Signal {
        self.signal(&mut self.table.lock(), key, None)
    }

    /// A signal for changes from now on of objects that the selector matches, before or after.
    pub(crate) fn subscribe_selected(self: &Arc<Self>, namespace: &str, selector: &Selector) -> Signal {
        let (key, home) = (selected(namespace, selector), Box::from(namespace));
        let mut table = self.table.lock();
        let selectors = table.selectors.entry(namespace.into()).or_default();
        selectors.entry(key.clone()).or_insert_with(|| selector.clone());
        self.signal(&mut table, key, Some(home))
    }

    fn signal(self: &Arc<Self>, table: &mut Table, key: Box<str>, selects_in: Option<Box<str>>) -> Signal {
        let topic = match table.topics.get(&key).and_then(Weak::upgrade) {
            Some(topic) => topic,
            None => {
                let topic = Arc::new(Topic {
                    key: key.clone(),
                    selects_in,
                    sender: watch::Sender::new(()),
                    home: Arc::downgrade(self),
                    pasts: Mutex::default(),
                });
                table.topics.insert(key, Arc::downgrade(&topic));
                topic
            }
        };
        Signal { receiver: topic.sender.subscribe(), topic }
    }

    /// Tells those who must not miss it of a change of one of these, before anybody can read it.
    pub(crate) fn note(&self, keys: &[Box<str>], change: impl FnOnce() -> Change) {
        let attentive: Vec<_> = self.these(keys).iter().flat_map(|topic| topic.attentive()).collect();
        if !attentive.is_empty() {
            let change = Arc::new(change());
            attentive.iter().for_each(|past| past.note(&change));
        }
    }

    /// Tells them that anything may have changed.
    pub(crate) fn note_break(&self) {
        self.all().iter().flat_map(|topic| topic.attentive()).for_each(|past| past.break_off());
    }

    /// The keys of the selectors that match an object with these labels.
    pub(crate) fn selecting(&self, namespace: &str, labels: &Labels) -> Vec<Box<str>> {
        let table = self.table.lock();
        let selectors = table.selectors.get(namespace).into_iter().flatten();
        let matching = selectors.filter(|(_, selector)| selector.matches(|label| labels.get(label)));
        matching.map(|(key, _)| key.clone()).collect()
    }

    /// Wakes those who wait for one of these, and nobody else.
    pub(crate) fn wake(&self, keys: &[Box<str>]) {
        self.these(keys).iter().for_each(|topic| topic.sender.send_replace(()));
    }

    /// Wakes everybody.
    pub(crate) fn wake_all(&self) {
        self.all().iter().for_each(|topic| topic.sender.send_replace(()));
    }

    fn these(&self, keys: &[Box<str>]) -> Vec<Arc<Topic>> {
        let table = self.table.lock();
        keys.iter().filter_map(|key| table.topics.get(key).and_then(Weak::upgrade)).collect()
    }

    fn all(&self) -> Vec<Arc<Topic>> {
        self.table.lock().topics.values().filter_map(Weak::upgrade).collect()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let table = self.table.lock();
        table.topics.len() + table.selectors.len()
    }
}

/// Tells that something has changed since the signal was made.
///
/// Many changes are one: what the object is now is read again anyway.
#[derive(Debug)]
pub struct Signal {
    receiver: watch::Receiver<()>,
    /// Kept for as long as somebody listens.
    topic: Arc<Topic>,
}

impl Signal {
    /// Has it changed?
    pub fn has_changed(&self) -> bool {
        // The sender lives as long as the topic, so this does not fail; were it gone, looking again is right.
        self.receiver.has_changed().unwrap_or(true)
    }

    /// Tells `past` of each change too.
    pub(super) fn told_to(self, past: &Arc<Past>) -> Self {
        self.topic.attend(past);
        self
    }

    /// Ends when it has changed, at once if it has already.
    pub async fn changed(&mut self) {
        // As above.
        let _ = self.receiver.changed().await;
        // To have been told of it is not to have acted on it: it stays changed until a new signal takes its place.
        self.receiver.mark_changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_have_gone_take_no_room() {
        let signal = Arc::new(Topics::default()).subscribe(object("shop", "web"));
        let stays = Arc::<Past>::default();
        for _ in 0..1000 {
            signal.topic.attend(&stays);
            signal.topic.attend(&Arc::default());
        }
        assert!(signal.topic.pasts.lock().len() < 50, "{}", signal.topic.pasts.lock().len());
        assert_eq!(signal.topic.attentive().len(), 1);
    }

    #[test]
    fn only_those_concerned_are_woken() {
        let topics = Arc::new(Topics::default());
        let (web, db) = (topics.subscribe(object("shop", "web")), topics.subscribe(object("shop", "db")));
        topics.wake(&[object("shop", "web"), namespace("shop")]);
        assert!(web.has_changed());
        assert!(!db.has_changed());
    }

    #[test]
    fn a_signal_knows_only_what_came_after_it() {
        let topics = Arc::new(Topics::default());
        let first = topics.subscribe(namespace("shop"));
        topics.wake(&[namespace("shop")]);
        let second = topics.subscribe(namespace("shop"));
        assert!(first.has_changed());
        assert!(!second.has_changed());
        topics.wake_all();
        assert!(second.has_changed());
    }

    #[tokio::test]
    async fn a_signal_stays_changed() {
        let topics = Arc::new(Topics::default());
        let mut signal = topics.subscribe(namespace("shop"));
        topics.wake_all();
        signal.changed().await;
        assert!(signal.has_changed());
    }

    #[test]
    fn nothing_is_left_when_the_last_listener_has_gone() {
        let topics = Arc::new(Topics::default());
        let (one, two) = (topics.subscribe(group("shop", "db")), topics.subscribe(group("shop", "db")));
        assert_eq!(topics.len(), 1);
        drop(one);
        assert_eq!(topics.len(), 1);
        drop(two);
        assert_eq!(topics.len(), 0);
        let selector = "app=web".parse().unwrap();
        let (one, two) =
            (topics.subscribe_selected("shop", &selector), topics.subscribe_selected("shop", &selector));
        drop(one);
        assert_eq!(topics.len(), 2, "the topic and its selector");
        drop(two);
        assert_eq!(topics.len(), 0);
    }
}
