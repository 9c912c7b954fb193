//! The objects of one watch, with those who wait for their changes: [`Cache`].

mod objects;

pub(crate) use objects::Named;

use super::past::Change;
use super::topic::{self, Concerned, Topics};
use super::trust::{Reading, Trust};
use crate::CheckError;
use crate::object::Cached;
use k8s_wait_target::Selector;
use kube::ResourceExt;
use kube::runtime::watcher::Event;
use objects::{Objects, Shelf};
use parking_lot::RwLock;
use std::any::Any;
use std::sync::Arc;

/// The objects of one watch, cut down, with those who wait for their changes.
pub(crate) struct Cache<S> {
    /// What is cached, as `pods in namespace shop`.
    resource: String,
    state: RwLock<State<S>>,
    topics: Arc<Topics>,
}

struct State<S> {
    trust: Trust,
    objects: Objects<S>,
    /// What a list in progress has brought so far; the old objects are not touched before it is whole.
    listing: Objects<S>,
}

impl<S: Cached> Cache<S> {
    pub(crate) fn new(resource: String) -> Self {
        let state =
            State { trust: Trust::Unsynced(None), objects: Objects::default(), listing: Objects::default() };
        Self { resource, state: RwLock::new(state), topics: Arc::default() }
    }

    /// One object.
    pub(crate) fn object(&self, namespace: &str, name: &str) -> Reading<Option<Arc<S>>> {
        self.read(|objects| objects.get(namespace, name).map(|(_, object)| Arc::clone(object)))
    }

    /// Those objects of a namespace that have one of these names.
    pub(crate) fn named(&self, namespace: &str, names: &[Box<str>]) -> Reading<Vec<Named<S>>> {
        self.read(|objects| {
            let found = names.iter().filter_map(|name| objects.get(namespace, name));
            found.map(|(name, object)| (Arc::clone(name), Arc::clone(object))).collect()
        })
    }

    /// The objects of a namespace that a selector matches, by name.
    pub(crate) fn selected(&self, namespace: &str, selector: &Selector) -> Reading<Vec<Named<S>>> {
        let matches = |object: &S| selector.matches(|label| object.meta().labels.get(label));
        self.scan(namespace).map(|objects| {
            let matching = objects.iter().filter(|(_, object)| matches(object));
            matching.map(|(name, object)| (Arc::clone(name), Arc::clone(object))).collect()
        })
    }

    /// The objects of a group, by name.
    pub(crate) fn group(&self, namespace: &str, group: &str) -> Reading<Vec<Named<S>>> {
        self.read(|objects| objects.group(namespace, group))
    }

    /// All objects of a namespace.
    pub(crate) fn all(&self, namespace: &str) -> Reading<Vec<Arc<S>>> {
        self.scan(namespace).map(|objects| objects.values().cloned().collect())
    }

    /// What a namespace holds, to be gone through without the lock.
    fn scan(&self, namespace: &str) -> Reading<Shelf<S>> {
        self.read(|objects| objects.shelf(namespace))
    }

    fn read<T>(&self, read: impl FnOnce(&Objects<S>) -> T) -> Reading<T> {
        let state = self.state.read();
        Reading::new(read(&state.objects), state.trust.clone(), self.resource.clone())
    }

    /// Who is woken by what; also what tells this cache from others.
    pub(crate) fn topics(&self) -> &Arc<Topics> {
        &self.topics
    }

    /// Takes in an event and wakes those concerned.
    pub(crate) fn apply(&self, event: Event<S::Wire>) {
        match event {
            Event::Init => self.state.write().listing = Objects::default(),
            Event::InitApply(wire) => self.list(wire),
            Event::InitDone => self.synced(),
            Event::Apply(wire) => self.put(wire),
            Event::Delete(wire) => self.remove(&wire),
        }
    }

    /// What is as it was before the list is kept once for both.
    fn list(&self, wire: S::Wire) {
        let key = Key::of(&wire);
        let object = S::cut(wire);
        let State { objects, listing, .. } = &mut *self.state.write();
        let (name, object) = match objects.get(&key.namespace, &key.name) {
            Some((name, old)) if old.is_same(&object) => (Arc::clone(name), Arc::clone(old)),
            old => (shared(&key.name, old), Arc::new(thrifty(object, old, listing, &key.namespace))),
        };
        listing.insert(&key.namespace, name, object);
    }

    fn synced(&self) {
        let outdated = {
            let mut state = self.state.write();
            let listed = std::mem::take(&mut state.listing);
            state.trust = Trust::Live;
            self.topics.all().note_break();
            std::mem::replace(&mut state.objects, listed)
        };
        self.topics.all().wake();
        // Freed here, when nobody waits for the lock any more.
        drop(outdated);
    }

    fn put(&self, wire: S::Wire) {
        let Key { namespace, name } = &Key::of(&wire);
        let object = S::cut(wire);
        let concerned = {
            let objects = &mut self.state.write().objects;
            let old = objects.get(namespace, name);
            if old.is_some_and(|(_, old)| old.is_same(&object)) {
                return;
            }
            let object = Arc::new(thrifty(object, old, objects, namespace));
            let name = shared(name, old);
            let old = objects.insert(namespace, Arc::clone(&name), Arc::clone(&object));
            self.note(namespace, name, [old, Some(object)])
        };
        concerned.wake();
    }

    fn remove(&self, wire: &S::Wire) {
        let Key { namespace, name } = &Key::of(wire);
        let concerned = {
            let objects = &mut self.state.write().objects;
            let Some((name, old)) = objects.remove(namespace, name) else { return };
            self.note(namespace, name, [Some(old), None])
        };
        concerned.wake();
    }

    /// Notes that an object has become another one, and answers who has to be woken once that can be read.
    fn note(&self, namespace: &str, name: Arc<str>, change: [Option<Arc<S>>; 2]) -> Concerned {
        let [before, after] = change.each_ref().map(Option::as_deref);
        let concerned = self.topics.concerned(topic::Event {
            namespace,
            name: &name,
            groups: [before, after].map(|object| object.and_then(S::group)),
            labels: [before, after].map(|object| object.map(|object| &object.meta().labels)),
        });
        let any = |object: Arc<S>| object as Arc<dyn Any + Send + Sync>;
        concerned.note(|| {
            let [before, after] = change.map(|object| object.map(any));
            Change {
                cache: Arc::downgrade(&self.topics),
                namespace: namespace.into(),
                name: Arc::clone(&name),
                before,
                after,
            }
        });
        concerned
    }

    /// Notes that the watch is down; `is_lasting` once it has been for a while. Everybody is woken when that makes
    /// a difference to what they are told.
    pub(crate) fn fail(&self, error: CheckError, is_lasting: bool) {
        let is_news = {
            let mut state = self.state.write();
            state.listing = Objects::default();
            let trust = match state.trust {
                Trust::Unsynced(_) => Trust::Unsynced(Some(error)),
                _ => Trust::Broken { error, is_lasting },
            };
            self.topics.all().note_break();
            std::mem::replace(&mut state.trust, trust.clone()) != trust
        };
        if is_news {
            self.topics.all().wake();
        }
    }

    /// Has a first list ever been in?
    pub(crate) fn was_synced(&self) -> bool {
        !matches!(self.state.read().trust, Trust::Unsynced(_))
    }

    /// Is the list whole, and the watch after it not known to be down?
    pub(crate) fn is_live(&self) -> bool {
        self.state.read().trust == Trust::Live
    }

    /// How many objects it keeps.
    pub(crate) fn len(&self) -> usize {
        self.state.read().objects.len()
    }
}

struct Key {
    namespace: String,
    name: String,
}

impl Key {
    fn of(wire: &impl kube::Resource) -> Self {
        Self { namespace: wire.namespace().unwrap_or_default(), name: wire.name_any() }
    }
}

/// The name as it is kept already, or the first of its kind.
fn shared<S>(name: &str, known: Option<(&Arc<str>, &Arc<S>)>) -> Arc<str> {
    known.map_or_else(|| name.into(), |(name, _)| Arc::clone(name))
}

/// The object, of which only that is kept which the one before, or else another one of its group, does not have too.
fn thrifty<S: Cached>(
    mut object: S,
    old: Option<(&Arc<str>, &Arc<S>)>,
    among: &Objects<S>,
    namespace: &str,
) -> S {
    let sibling = || among.sibling(namespace, object.group()?);
    if let Some(known) = old.map(|(_, old)| old).or_else(sibling) {
        let known = Arc::clone(known);
        object.share(&known);
    }
    object
}

#[cfg(test)]
mod model;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::judge;
    use crate::object::{EndpointSlice, Pod};
    use serde_json::json;

    fn pod(name: &str, ready: &str, app: &str) -> <Pod as Cached>::Wire {
        serde_json::from_value(json!({
            "metadata": {"name": name, "namespace": "shop", "uid": "u", "resourceVersion": "1", "labels": {"app": app}},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]},
        }))
        .unwrap()
    }

    fn slice(name: &str, service: &str) -> <EndpointSlice as Cached>::Wire {
        let labels = json!({"kubernetes.io/service-name": service});
        serde_json::from_value(json!({"metadata": {"name": name, "namespace": "shop", "labels": labels}}))
            .unwrap()
    }

    fn synced<S: Cached>(objects: Vec<S::Wire>) -> Cache<S> {
        let cache = Cache::new("things".into());
        cache.apply(Event::Init);
        objects.into_iter().for_each(|object| cache.apply(Event::InitApply(object)));
        cache.apply(Event::InitDone);
        cache
    }

    fn verdict(cache: &Cache<Pod>, name: &str) -> Result<Verdict, CheckError> {
        cache.object("shop", name).judge(|pod| judge::pod::ready(pod.as_deref()))
    }

    #[test]
    fn nothing_is_answered_before_the_list_is_whole() {
        let cache = Cache::<Pod>::new("pods".into());
        cache.apply(Event::Init);
        cache.apply(Event::InitApply(pod("web", "True", "web")));
        cache.apply(Event::Apply(pod("web", "True", "web")));
        assert!(verdict(&cache, "web").is_err());
        cache.apply(Event::InitDone);
        assert_eq!(verdict(&cache, "web"), Ok(Verdict::Ready));
    }

    #[test]
    fn a_new_list_replaces_everything() {
        let cache = synced::<Pod>(vec![pod("old", "True", "web")]);
        cache.apply(Event::Init);
        cache.apply(Event::InitApply(pod("new", "True", "web")));
        assert_eq!(
            verdict(&cache, "old"),
            Ok(Verdict::Ready),
            "the old list holds until the new one is whole"
        );
        cache.apply(Event::InitDone);
        assert_eq!(verdict(&cache, "old").unwrap().reason().unwrap().code, "NotFound");
        assert_eq!(verdict(&cache, "new"), Ok(Verdict::Ready));
    }

    #[test]
    fn what_a_new_list_brings_as_it_was_is_kept_once() {
        let cache = synced::<Pod>(vec![pod("web", "True", "web"), pod("db", "True", "db")]);
        let kept = |name: &str| cache.object("shop", name).peek().clone().unwrap();
        let (web, db) = (kept("web"), kept("db"));
        cache.apply(Event::Init);
        cache.apply(Event::InitApply(pod("web", "True", "web")));
        cache.apply(Event::InitApply(pod("db", "False", "db")));
        cache.apply(Event::InitDone);
        assert!(Arc::ptr_eq(&kept("web"), &web), "two generations of the same");
        assert!(!kept("db").is_ready && db.is_ready);
    }

    #[test]
    fn the_objects_of_a_group_keep_what_they_have_in_common_once() {
        let labels = |cache: &Cache<EndpointSlice>, name: &str| {
            let slice = cache.object("shop", name).peek().clone().unwrap();
            slice.meta.labels.get("kubernetes.io/service-name").unwrap().as_ptr()
        };
        let cache = synced::<EndpointSlice>(vec![slice("a", "db"), slice("b", "db"), slice("c", "web")]);
        cache.apply(Event::Apply(slice("d", "db")));
        assert_eq!(labels(&cache, "a"), labels(&cache, "b"));
        assert_eq!(labels(&cache, "a"), labels(&cache, "d"));
        assert_ne!(labels(&cache, "a"), labels(&cache, "c"));
    }

    #[test]
    fn who_goes_through_a_namespace_sees_one_moment_of_it_and_keeps_nobody_waiting() {
        let cache = synced::<Pod>(vec![pod("web", "True", "web")]);
        let moment = cache.scan("shop");
        cache.apply(Event::Apply(pod("web", "False", "web")));
        cache.apply(Event::Delete(pod("web", "False", "web")));
        assert!(moment.peek()["web"].is_ready);
        assert!(cache.object("shop", "web").peek().is_none());
    }

    #[test]
    fn a_change_wakes_its_object_and_its_namespace_and_nobody_else() {
        let cache = synced::<Pod>(vec![pod("web", "False", "web")]);
        let (web, db) = (cache.topics.on_object("shop", "web"), cache.topics.on_object("shop", "db"));
        let (shop, other) = (cache.topics.on_namespace("shop"), cache.topics.on_namespace("other"));
        cache.apply(Event::Apply(pod("web", "True", "web")));
        assert!(web.has_changed() && shop.has_changed());
        assert!(!db.has_changed() && !other.has_changed());
    }

    #[test]
    fn a_change_that_no_judge_can_see_wakes_nobody() {
        let cache = synced::<Pod>(vec![pod("web", "False", "web")]);
        let web = cache.topics.on_object("shop", "web");
        cache.apply(Event::Apply(pod("web", "False", "web")));
        assert!(!web.has_changed());
    }

    #[test]
    fn a_slice_is_found_by_its_service_and_moves_with_it() {
        let cache = synced::<EndpointSlice>(vec![slice("a", "db"), slice("b", "db")]);
        let found = |service: &str| {
            let mut count = 0;
            let _ = cache.group("shop", service).judge(|slices| {
                count = slices.len();
                Verdict::Ready
            });
            count
        };
        let (db, web) = (cache.topics.on_group("shop", "db"), cache.topics.on_group("shop", "web"));
        assert_eq!((found("db"), found("web")), (2, 0));
        cache.apply(Event::Apply(slice("b", "web")));
        assert_eq!((found("db"), found("web")), (1, 1));
        assert!(db.has_changed() && web.has_changed());
        cache.apply(Event::Delete(slice("b", "web")));
        assert_eq!((found("db"), found("web")), (1, 0));
    }

    #[test]
    fn a_change_wakes_whoever_selects_the_object_before_or_after() {
        let cache = synced::<Pod>(vec![pod("a", "True", "web")]);
        let on = |namespace, selector: &str| cache.topics.on_selected(namespace, &selector.parse().unwrap());
        let (web, db) = (on("shop", "app=web"), on("shop", "app=db"));
        let (other, elsewhere) = (on("shop", "app=other"), on("elsewhere", "app=web"));
        cache.apply(Event::Apply(pod("a", "True", "db")));
        assert!(web.has_changed() && db.has_changed());
        assert!(!other.has_changed() && !elsewhere.has_changed());
        let (web, db) = (on("shop", "app=web"), on("shop", "app=db"));
        cache.apply(Event::Delete(pod("a", "True", "db")));
        assert!(db.has_changed() && !web.has_changed());
    }

    #[test]
    fn a_failing_watch_wakes_everybody_once() {
        let cache = synced::<Pod>(vec![pod("web", "True", "web")]);
        let error = || CheckError::Unavailable { resource: "pods".into(), error: "refused".into() };
        let before = cache.topics.on_object("shop", "web");
        cache.fail(error(), false);
        assert!(before.has_changed());
        assert_eq!(verdict(&cache, "web"), Err(error()));
        let after = cache.topics.on_object("shop", "web");
        cache.fail(error(), false);
        assert!(!after.has_changed(), "the same news twice is no news");
    }
}
