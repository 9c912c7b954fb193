//! Who is woken by what: [`Topics`] hands out a [`Signal`] for an object, a namespace or a group.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use tokio::sync::watch;

/// The things that somebody waits for a change of. One that nobody waits for any more takes no room.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    /// By [`object`], [`namespace`] or [`group`].
    table: Mutex<HashMap<Box<str>, Weak<Topic>>>,
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

#[derive(Debug)]
struct Topic {
    key: Box<str>,
    sender: watch::Sender<()>,
    home: Weak<Topics>,
}

impl Drop for Topic {
    fn drop(&mut self) {
        let Some(home) = self.home.upgrade() else { return };
        let mut table = home.table.lock();
        // Somebody may have asked for the same key since the last signal went.
        if table.get(&self.key).is_some_and(|topic| topic.strong_count() == 0) {
            table.remove(&self.key);
        }
    }
}

impl Topics {
    /// A signal for changes from now on.
    pub(crate) fn subscribe(self: &Arc<Self>, key: Box<str>) -> Signal {
        let mut table = self.table.lock();
        let topic = match table.get(&key).and_then(Weak::upgrade) {
            Some(topic) => topic,
            None => {
                let topic = Arc::new(Topic {
                    key: key.clone(),
                    sender: watch::Sender::new(()),
                    home: Arc::downgrade(self),
                });
                table.insert(key, Arc::downgrade(&topic));
                topic
            }
        };
        Signal { receiver: topic.sender.subscribe(), _topic: topic }
    }

    /// Wakes those who wait for one of these, and nobody else.
    pub(crate) fn wake<'a>(&self, keys: impl IntoIterator<Item = &'a Box<str>>) {
        let woken: Vec<_> = {
            let table = self.table.lock();
            keys.into_iter().filter_map(|key| table.get(key).and_then(Weak::upgrade)).collect()
        };
        woken.iter().for_each(|topic| topic.sender.send_replace(()));
    }

    /// Wakes everybody.
    pub(crate) fn wake_all(&self) {
        let woken: Vec<_> = self.table.lock().values().filter_map(Weak::upgrade).collect();
        woken.iter().for_each(|topic| topic.sender.send_replace(()));
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.table.lock().len()
    }
}

/// Tells that something has changed since the signal was made.
///
/// Many changes are one: what the object is now is read again anyway.
#[derive(Debug)]
pub struct Signal {
    receiver: watch::Receiver<()>,
    /// Keeps the topic for as long as somebody listens.
    _topic: Arc<Topic>,
}

impl Signal {
    /// Has it changed?
    pub fn has_changed(&self) -> bool {
        // The sender lives as long as the topic, so this does not fail; were it gone, looking again is right.
        self.receiver.has_changed().unwrap_or(true)
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
    }
}
