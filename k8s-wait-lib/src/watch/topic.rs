//! Who is woken by what: [`Topics`] hands out a [`Signal`] for an object, a namespace, a group or a selector.

use super::past::{Change, Past};
use crate::object::Labels;
use k8s_wait_target::Selector;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Before the first change.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The things that somebody waits for a change of. One that nobody waits for any more takes no room.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    places: Mutex<HashMap<Box<str>, Place>>,
}

/// What somebody waits for in a namespace. An event looks up what it is about and goes over nothing but the selectors.
#[derive(Debug, Default)]
struct Place {
    everything: Weak<Topic>,
    objects: HashMap<Box<str>, Weak<Topic>>,
    groups: HashMap<Box<str>, Weak<Topic>>,
    /// By their text.
    selectors: HashMap<Box<str>, (Selector, Weak<Topic>)>,
}

/// What a topic is about, in its namespace.
#[derive(Debug)]
enum About {
    /// Any object.
    Everything,
    Object(Box<str>),
    Group(Box<str>),
    /// The objects that a selector matches.
    Selected(Box<str>, Selector),
}

/// What has changed: an object, and what it was and is by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    /// Before and after.
    pub(crate) groups: [Option<&'a str>; 2],
    /// Before and after.
    pub(crate) labels: [Option<&'a Labels>; 2],
}

#[derive(Debug)]
struct Topic {
    namespace: Box<str>,
    about: About,
    /// How often it has changed.
    version: AtomicU64,
    /// When it changed last, in nanoseconds after [`EPOCH`].
    changed_at: AtomicU64,
    changed: Notify,
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

    fn wake(&self) {
        self.changed_at.store(EPOCH.elapsed().as_nanos() as u64, Ordering::Relaxed);
        self.version.fetch_add(1, Ordering::Release);
        self.changed.notify_waiters();
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        let Some(home) = self.home.upgrade() else { return };
        let mut places = home.places.lock();
        let Some(place) = places.get_mut(&self.namespace) else { return };
        place.forget(&self.about);
        if place.is_empty() {
            places.remove(&self.namespace);
        }
    }
}

impl Place {
    /// The topic of it that somebody listens to.
    fn topic(&self, about: &About) -> Option<Arc<Topic>> {
        match about {
            About::Everything => self.everything.upgrade(),
            About::Object(name) => self.objects.get(name)?.upgrade(),
            About::Group(group) => self.groups.get(group)?.upgrade(),
            About::Selected(text, _) => self.selectors.get(text)?.1.upgrade(),
        }
    }

    fn add(&mut self, topic: &Arc<Topic>) {
        let weak = Arc::downgrade(topic);
        match &topic.about {
            About::Everything => self.everything = weak,
            About::Object(name) => drop(self.objects.insert(name.clone(), weak)),
            About::Group(group) => drop(self.groups.insert(group.clone(), weak)),
            About::Selected(text, selector) => {
                drop(self.selectors.insert(text.clone(), (selector.clone(), weak)));
            }
        }
    }

    /// Somebody may have asked for the same since the last signal went.
    fn forget(&mut self, about: &About) {
        let is_gone = |topic: Option<&Weak<Topic>>| topic.is_some_and(|topic| topic.strong_count() == 0);
        match about {
            About::Everything if is_gone(Some(&self.everything)) => self.everything = Weak::new(),
            About::Object(name) if is_gone(self.objects.get(name)) => drop(self.objects.remove(name)),
            About::Group(group) if is_gone(self.groups.get(group)) => drop(self.groups.remove(group)),
            About::Selected(text, _) if is_gone(self.selectors.get(text).map(|(_, topic)| topic)) => {
                drop(self.selectors.remove(text));
            }
            _ => {}
        }
    }

    fn is_empty(&self) -> bool {
        self.everything.strong_count() == 0
            && self.objects.is_empty()
            && self.groups.is_empty()
            && self.selectors.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = &Weak<Topic>> {
        let selectors = self.selectors.values().map(|(_, topic)| topic);
        let named = self.objects.values().chain(self.groups.values());
        std::iter::once(&self.everything).chain(named).chain(selectors)
    }

    fn concerned<'a>(&'a self, event: Event<'a>) -> impl Iterator<Item = &'a Weak<Topic>> {
        let object = self.objects.get(event.name);
        let [before, after] = event.groups;
        let groups = [before.filter(|_| before != after), after].into_iter().flatten();
        let groups = groups.filter_map(|group| self.groups.get(group));
        let is_selected = move |selector: &Selector| {
            let mut labels = event.labels.into_iter().flatten();
            labels.any(|labels| selector.matches(|label| labels.get(label)))
        };
        let selecting = self.selectors.values().filter(move |(selector, _)| is_selected(selector));
        let selecting = selecting.map(|(_, topic)| topic);
        std::iter::once(&self.everything).chain(object).chain(groups).chain(selecting)
    }
}

impl Topics {
    /// A signal for changes of one object from now on.
    pub(crate) fn on_object(self: &Arc<Self>, namespace: &str, name: &str) -> Signal {
        self.subscribe(namespace, About::Object(name.into()))
    }

    /// A signal for changes of any object of a namespace from now on.
    pub(crate) fn on_namespace(self: &Arc<Self>, namespace: &str) -> Signal {
        self.subscribe(namespace, About::Everything)
    }

    /// A signal for changes of the objects of a group from now on.
    pub(crate) fn on_group(self: &Arc<Self>, namespace: &str, group: &str) -> Signal {
        self.subscribe(namespace, About::Group(group.into()))
    }

    /// A signal for changes from now on of objects that the selector matches, before or after.
    pub(crate) fn on_selected(self: &Arc<Self>, namespace: &str, selector: &Selector) -> Signal {
        self.subscribe(namespace, About::Selected(selector.to_string().into(), selector.clone()))
    }

    fn subscribe(self: &Arc<Self>, namespace: &str, about: About) -> Signal {
        let mut places = self.places.lock();
        let place = places.entry(namespace.into()).or_default();
        let topic = place.topic(&about).unwrap_or_else(|| {
            let topic = Arc::new(Topic {
                namespace: namespace.into(),
                about,
                version: AtomicU64::new(0),
                changed_at: AtomicU64::new(0),
                changed: Notify::new(),
                home: Arc::downgrade(self),
                pasts: Mutex::default(),
            });
            place.add(&topic);
            topic
        });
        Signal { seen: topic.version.load(Ordering::Acquire), topic }
    }

    /// Those who are to be told of an event. To be asked for before anybody can read what it led to: who comes later
    /// reads that anyway.
    pub(crate) fn concerned(&self, event: Event<'_>) -> Concerned {
        let places = self.places.lock();
        let place = places.get(event.namespace);
        Concerned(
            place.into_iter().flat_map(|place| place.concerned(event)).filter_map(Weak::upgrade).collect(),
        )
    }

    /// Everybody.
    pub(crate) fn all(&self) -> Concerned {
        Concerned(self.places.lock().values().flat_map(Place::all).filter_map(Weak::upgrade).collect())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.places
            .lock()
            .values()
            .map(|place| place.all().filter(|topic| topic.strong_count() > 0).count())
            .sum()
    }
}

/// Those who are concerned by a change. They must not be let go of under the lock of their table.
pub(crate) struct Concerned(Vec<Arc<Topic>>);

impl Concerned {
    /// Tells those who must not miss it of a change, before anybody can read it.
    pub(crate) fn note(&self, change: impl FnOnce() -> Change) {
        let attentive: Vec<_> = self.0.iter().flat_map(|topic| topic.attentive()).collect();
        if !attentive.is_empty() {
            let change = Arc::new(change());
            attentive.iter().for_each(|past| past.note(&change));
        }
    }

    /// Tells them that anything may have changed.
    pub(crate) fn note_break(&self) {
        self.0.iter().flat_map(|topic| topic.attentive()).for_each(|past| past.break_off());
    }

    /// Wakes them.
    pub(crate) fn wake(&self) {
        self.0.iter().for_each(|topic| topic.wake());
    }
}

/// Tells that something has changed since the signal was made.
///
/// Many changes are one: what the object is now is read again anyway.
#[derive(Debug)]
pub struct Signal {
    /// How often it had changed when the signal was made.
    seen: u64,
    /// Kept for as long as somebody listens.
    topic: Arc<Topic>,
}

impl Signal {
    /// Has it changed?
    pub fn has_changed(&self) -> bool {
        self.topic.version.load(Ordering::Acquire) != self.seen
    }

    /// When the last change came in; `None` where it has not changed.
    pub fn changed_at(&self) -> Option<Instant> {
        let after = || Duration::from_nanos(self.topic.changed_at.load(Ordering::Relaxed));
        self.has_changed().then(|| *EPOCH + after())
    }

    /// Tells `past` of each change too.
    pub(super) fn told_to(self, past: &Arc<Past>) -> Self {
        self.topic.attend(past);
        self
    }

    /// Ends when it has changed, at once if it has already: to have been told of it is not to have acted on it, and it
    /// stays changed until a new signal takes its place.
    pub async fn changed(&mut self) {
        // Made before looking, so that a change in between ends it.
        let changed = self.topic.changed.notified();
        if !self.has_changed() {
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str) -> Event<'_> {
        Event { namespace: "shop", name, groups: [None; 2], labels: [None; 2] }
    }

    #[test]
    fn those_who_have_gone_take_no_room() {
        let signal = Arc::new(Topics::default()).on_object("shop", "web");
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
        let (web, db) = (topics.on_object("shop", "web"), topics.on_object("shop", "db"));
        topics.concerned(event("web")).wake();
        assert!(web.has_changed());
        assert!(!db.has_changed());
    }

    #[test]
    fn a_signal_knows_only_what_came_after_it() {
        let topics = Arc::new(Topics::default());
        let first = topics.on_namespace("shop");
        topics.concerned(event("web")).wake();
        let second = topics.on_namespace("shop");
        assert!(first.has_changed());
        assert!(!second.has_changed());
        topics.all().wake();
        assert!(second.has_changed());
    }

    #[tokio::test]
    async fn a_signal_stays_changed() {
        let topics = Arc::new(Topics::default());
        let mut signal = topics.on_namespace("shop");
        topics.all().wake();
        signal.changed().await;
        assert!(signal.has_changed());
    }

    #[test]
    fn nothing_is_left_when_the_last_listener_has_gone() {
        let topics = Arc::new(Topics::default());
        let (one, two) = (topics.on_group("shop", "db"), topics.on_group("shop", "db"));
        assert_eq!(topics.len(), 1);
        drop(one);
        assert_eq!(topics.len(), 1);
        drop(two);
        assert_eq!(topics.len(), 0);
        let selector = "app=web".parse().unwrap();
        let (one, two) = (topics.on_selected("shop", &selector), topics.on_selected("shop", &selector));
        drop(one);
        assert_eq!(topics.len(), 1);
        drop(two);
        assert_eq!(topics.len(), 0);
        assert!(topics.places.lock().is_empty());
    }
}
