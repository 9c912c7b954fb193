//! The objects of one watch: [`Cache`].

use super::past::Change;
use super::topic::{self, Signal, Topics};
use super::trust::{Reading, Trust};
use crate::CheckError;
use crate::object::Cached;
use k8s_wait_target::Selector;
use kube::ResourceExt;
use kube::runtime::watcher::Event;
use parking_lot::RwLock;
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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

type Objects<S> = HashMap<Box<str>, Namespace<S>>;

/// The objects of a namespace; `""` holds those of a cluster-scoped kind.
struct Namespace<S> {
    objects: BTreeMap<Box<str>, Arc<S>>,
    /// The names of the objects of a group.
    groups: HashMap<Box<str>, BTreeSet<Box<str>>>,
}

impl<S> Default for Namespace<S> {
    fn default() -> Self {
        Self { objects: BTreeMap::new(), groups: HashMap::new() }
    }
}

impl<S: Cached> Namespace<S> {
    /// Puts an object in the place of the one before, in its group as well, and answers that one. A streamed list may
    /// bring an object twice: as it was, and as it has become meanwhile.
    fn insert(&mut self, name: &str, object: Arc<S>) -> Option<Arc<S>> {
        let old = self.objects.insert(name.into(), Arc::clone(&object));
        let left = old.as_ref().and_then(|old| old.group()).filter(|group| Some(*group) != object.group());
        if let Some(group) = left {
            self.leave(group, name);
        }
        if let Some(group) = object.group() {
            self.groups.entry(group.into()).or_default().insert(name.into());
        }
        old
    }

    fn leave(&mut self, group: &str, name: &str) {
        if let Some(names) = self.groups.get_mut(group) {
            names.remove(name);
            if names.is_empty() {
                self.groups.remove(group);
            }
        }
    }
}

impl<S: Cached> Cache<S> {
    pub(crate) fn new(resource: String) -> Self {
        let state = State { trust: Trust::Unsynced(None), objects: HashMap::new(), listing: HashMap::new() };
        Self { resource, state: RwLock::new(state), topics: Arc::default() }
    }

    /// One object.
    pub(crate) fn object(&self, namespace: &str, name: &str) -> Reading<Option<Arc<S>>> {
        self.read(|objects| objects.get(namespace)?.objects.get(name).cloned())
    }

    /// Those objects of a namespace that have one of these names.
    pub(crate) fn named(&self, namespace: &str, names: &[Box<str>]) -> Reading<Vec<(Box<str>, Arc<S>)>> {
        self.read(|objects| {
            let Some(namespace) = objects.get(namespace) else { return Vec::new() };
            let found = names.iter().filter_map(|name| namespace.objects.get_key_value(name));
            found.map(|(name, object)| (name.clone(), Arc::clone(object))).collect()
        })
    }

    /// The objects of a namespace that a selector matches, by name.
    pub(crate) fn selected(&self, namespace: &str, selector: &Selector) -> Reading<Vec<(Box<str>, Arc<S>)>> {
        let matches = |object: &S| selector.matches(|label| object.meta().labels.get(label));
        self.read(|objects| {
            let objects = objects.get(namespace).into_iter().flat_map(|namespace| &namespace.objects);
            let matching = objects.filter(|(_, object)| matches(object));
            matching.map(|(name, object)| (name.clone(), Arc::clone(object))).collect()
        })
    }

    /// The objects of a group, by name.
    pub(crate) fn group(&self, namespace: &str, group: &str) -> Reading<Vec<(Box<str>, Arc<S>)>> {
        self.read(|objects| {
            let Some(namespace) = objects.get(namespace) else { return Vec::new() };
            let names = namespace.groups.get(group).into_iter().flatten();
            names.filter_map(|name| Some((name.clone(), Arc::clone(namespace.objects.get(name)?)))).collect()
        })
    }

    /// All objects of a namespace.
    pub(crate) fn all(&self, namespace: &str) -> Reading<Vec<Arc<S>>> {
        self.read(|objects| {
            objects.get(namespace).into_iter().flat_map(|ns| ns.objects.values().cloned()).collect()
        })
    }

    fn read<T>(&self, read: impl FnOnce(&Objects<S>) -> T) -> Reading<T> {
        let state = self.state.read();
        Reading::new(read(&state.objects), state.trust.clone(), self.resource.clone())
    }

    /// A signal for changes of one object.
    pub(crate) fn on_object(&self, namespace: &str, name: &str) -> Signal {
        self.topics.subscribe(topic::object(namespace, name))
    }

    /// A signal for changes of any object of a namespace.
    pub(crate) fn on_namespace(&self, namespace: &str) -> Signal {
        self.topics.subscribe(topic::namespace(namespace))
    }

    /// A signal for changes of a group's objects.
    pub(crate) fn on_group(&self, namespace: &str, group: &str) -> Signal {
        self.topics.subscribe(topic::group(namespace, group))
    }

    /// Who is woken by what; also what tells this cache from others.
    pub(crate) fn topics(&self) -> &Arc<Topics> {
        &self.topics
    }

    /// A signal for changes of the objects of a namespace that a selector matches, before or after.
    pub(crate) fn on_selected(&self, namespace: &str, selector: &Selector) -> Signal {
        self.topics.subscribe_selected(namespace, selector)
    }

    /// Takes in an event and wakes those concerned.
    pub(crate) fn apply(&self, event: Event<S::Wire>) {
        match event {
            Event::Init => self.state.write().listing = HashMap::new(),
            Event::InitApply(wire) => self.list(wire),
            Event::InitDone => self.synced(),
            Event::Apply(wire) => self.put(wire),
            Event::Delete(wire) => self.remove(&wire),
        }
    }

    fn list(&self, wire: S::Wire) {
        let (namespace, name) = key(&wire);
        let object = Arc::new(S::cut(wire));
        self.state.write().listing.entry(namespace).or_default().insert(&name, object);
    }

    fn synced(&self) {
        let outdated = {
            let mut state = self.state.write();
            let listed = std::mem::take(&mut state.listing);
            state.trust = Trust::Live;
            self.topics.note_break();
            std::mem::replace(&mut state.objects, listed)
        };
        self.topics.wake_all();
        // Freed here, when nobody waits for the lock any more.
        drop(outdated);
    }

    fn put(&self, wire: S::Wire) {
        let (namespace, name) = key(&wire);
        let object = Arc::new(S::cut(wire));
        let mut concerned = vec![topic::object(&namespace, &name), topic::namespace(&namespace)];
        concerned.extend(object.group().map(|group| topic::group(&namespace, group)));
        {
            let mut state = self.state.write();
            let home = state.objects.entry(namespace.clone()).or_default();
            if home.objects.get(&name).is_some_and(|old| old.is_same(&object)) {
                return;
            }
            let old = home.insert(&name, Arc::clone(&object));
            let left = old.as_ref().and_then(|old| old.group());
            concerned.extend(left.map(|group| topic::group(&namespace, group)));
            concerned.extend(self.selecting(&namespace, old.iter().chain([&object])));
            self.topics.note(&concerned, || self.change(&namespace, &name, old, Some(object)));
        }
        self.topics.wake(&concerned);
    }

    fn remove(&self, wire: &S::Wire) {
        let (namespace, name) = key(wire);
        let mut concerned = vec![topic::object(&namespace, &name), topic::namespace(&namespace)];
        {
            let mut state = self.state.write();
            let Some(home) = state.objects.get_mut(&namespace) else { return };
            let Some(old) = home.objects.remove(&name) else { return };
            if let Some(group) = old.group() {
                home.leave(group, &name);
                concerned.push(topic::group(&namespace, group));
            }
            concerned.extend(self.selecting(&namespace, [&old]));
            self.topics.note(&concerned, || self.change(&namespace, &name, Some(old), None));
            if home.objects.is_empty() {
                state.objects.remove(&namespace);
            }
        }
        self.topics.wake(&concerned);
    }

    /// The topics of those who select an object, as it was or as it is.
    fn selecting<'a>(
        &self,
        namespace: &str,
        objects: impl IntoIterator<Item = &'a Arc<S>>,
    ) -> impl Iterator<Item = Box<str>> {
        objects.into_iter().flat_map(|object| self.topics.selecting(namespace, &object.meta().labels))
    }

    fn change(&self, namespace: &str, name: &str, before: Option<Arc<S>>, after: Option<Arc<S>>) -> Change {
        let any = |object: Arc<S>| object as Arc<dyn Any + Send + Sync>;
        Change {
            cache: Arc::downgrade(&self.topics),
            namespace: namespace.into(),
            name: name.into(),
            before: before.map(any),
            after: after.map(any),
        }
    }

    /// Notes that the watch is down; `is_lasting` once it has been for a while. Everybody is woken when that makes
    /// a difference to what they are told.
    pub(crate) fn fail(&self, error: CheckError, is_lasting: bool) {
        let is_news = {
            let mut state = self.state.write();
            state.listing = HashMap::new();
            let trust = match state.trust {
                Trust::Unsynced(_) => Trust::Unsynced(Some(error)),
                _ => Trust::Broken { error, is_lasting },
            };
            self.topics.note_break();
            std::mem::replace(&mut state.trust, trust.clone()) != trust
        };
        if is_news {
            self.topics.wake_all();
        }
    }

    /// Has a first list ever been in?
    pub(crate) fn was_synced(&self) -> bool {
        !matches!(self.state.read().trust, Trust::Unsynced(_))
    }
}

fn key(wire: &impl kube::Resource) -> (Box<str>, Box<str>) {
    (wire.namespace().unwrap_or_default().into(), wire.name_any().into())
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
    fn a_change_wakes_its_object_and_its_namespace_and_nobody_else() {
        let cache = synced::<Pod>(vec![pod("web", "False", "web")]);
        let (web, db) = (cache.on_object("shop", "web"), cache.on_object("shop", "db"));
        let (shop, other) = (cache.on_namespace("shop"), cache.on_namespace("other"));
        cache.apply(Event::Apply(pod("web", "True", "web")));
        assert!(web.has_changed() && shop.has_changed());
        assert!(!db.has_changed() && !other.has_changed());
    }

    #[test]
    fn a_change_that_no_judge_can_see_wakes_nobody() {
        let cache = synced::<Pod>(vec![pod("web", "False", "web")]);
        let web = cache.on_object("shop", "web");
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
        let (db, web) = (cache.on_group("shop", "db"), cache.on_group("shop", "web"));
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
        let on = |namespace, selector: &str| cache.on_selected(namespace, &selector.parse().unwrap());
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
        let before = cache.on_object("shop", "web");
        cache.fail(error(), false);
        assert!(before.has_changed());
        assert_eq!(verdict(&cache, "web"), Err(error()));
        let after = cache.on_object("shop", "web");
        cache.fail(error(), false);
        assert!(!after.has_changed(), "the same news twice is no news");
    }
}
