//! The cache against a simple model of it, under random events: same answers, none while it is not live, and nobody
//! left asleep.

use super::Cache;
use crate::object::{Cached, EndpointSlice};
use crate::watch::past::Past;
use crate::watch::{Lease, Signal, Watch};
use crate::{CheckError, Verdict};
use kube::runtime::watcher::Event;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const NAMESPACES: [&str; 2] = ["shop", "other"];
const NAMES: [&str; 3] = ["a", "b", "c"];
const SERVICES: [&str; 2] = ["db", "web"];

/// A slice: where it is, whose it is, and whether its one endpoint is ready.
type Slice = (&'static str, &'static str, Option<&'static str>, bool);

#[derive(Clone, Debug)]
enum Step {
    Init,
    List(Slice),
    Done,
    Apply(Slice),
    Delete(Slice),
    Fail { is_lasting: bool },
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Trust {
    #[default]
    Unsynced,
    Live,
    Broken,
}

type Objects = BTreeMap<(&'static str, &'static str), Slice>;

#[derive(Clone, Debug, Default)]
struct Model {
    objects: Objects,
    listing: Objects,
    trust: Trust,
}

impl Model {
    fn step(&mut self, step: &Step) {
        let key = |slice: &Slice| (slice.0, slice.1);
        match step {
            Step::Init => self.listing.clear(),
            Step::List(slice) => drop(self.listing.insert(key(slice), *slice)),
            Step::Done => {
                (self.objects, self.trust) = (std::mem::take(&mut self.listing), Trust::Live);
            }
            Step::Apply(slice) => drop(self.objects.insert(key(slice), *slice)),
            Step::Delete(slice) => drop(self.objects.remove(&key(slice))),
            Step::Fail { .. } => {
                self.listing.clear();
                self.trust = if self.trust == Trust::Unsynced { Trust::Unsynced } else { Trust::Broken };
            }
        }
    }

    fn group(&self, namespace: &str, service: &str) -> Vec<bool> {
        let own = |slice: &&Slice| slice.0 == namespace && slice.2 == Some(service);
        self.objects.values().filter(own).map(|slice| slice.3).collect()
    }
}

fn slice() -> impl Strategy<Value = Slice> {
    let service = prop::option::weighted(0.9, prop::sample::select(&SERVICES[..]));
    (prop::sample::select(&NAMESPACES[..]), prop::sample::select(&NAMES[..]), service, any::<bool>())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Init),
        4 => slice().prop_map(Step::List),
        2 => Just(Step::Done),
        8 => slice().prop_map(Step::Apply),
        4 => slice().prop_map(Step::Delete),
        1 => any::<bool>().prop_map(|is_lasting| Step::Fail { is_lasting }),
    ]
}

type Wire = <EndpointSlice as Cached>::Wire;

fn wire(&(namespace, name, service, is_ready): &Slice) -> Wire {
    let labels = service.map(|service| serde_json::json!({"kubernetes.io/service-name": service}));
    serde_json::from_value(serde_json::json!({
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": is_ready}}],
    }))
    .unwrap()
}

fn play(cache: &Cache<EndpointSlice>, step: &Step) {
    match step {
        Step::Init => cache.apply(Event::Init),
        Step::List(slice) => cache.apply(Event::InitApply(wire(slice))),
        Step::Done => cache.apply(Event::InitDone),
        Step::Apply(slice) => cache.apply(Event::Apply(wire(slice))),
        Step::Delete(slice) => cache.apply(Event::Delete(wire(slice))),
        Step::Fail { is_lasting } => {
            let error = CheckError::Unavailable { resource: "slices".into(), error: "down".into() };
            cache.fail(error, *is_lasting);
        }
    }
}

/// What is told of what was read: whether each of them is ready, in words that can be compared.
fn told(ready: impl IntoIterator<Item = bool>) -> Verdict {
    let ready: Vec<_> = ready.into_iter().collect();
    match ready.is_empty() || ready.contains(&false) {
        true => Verdict::pending("NotReady", format!("{ready:?}")),
        false => Verdict::Ready,
    }
}

fn is_ready(slice: &EndpointSlice) -> bool {
    slice.endpoints.iter().all(|endpoint| endpoint.is_ready)
}

/// The same questions, asked of a lease; signals are kept, so that their topics are.
fn seen(lease: &Lease<EndpointSlice>) -> (Vec<Signal>, Vec<Verdict>) {
    let (mut signals, mut verdicts) = (Vec::new(), Vec::new());
    let mut ask = |signal, verdict: Result<Verdict, CheckError>| {
        signals.push(signal);
        verdicts.push(verdict.unwrap());
    };
    for namespace in NAMESPACES {
        for name in NAMES {
            let signal = lease.on_object(namespace, name);
            ask(signal, lease.object(namespace, name).judge(|one| told(one.as_deref().map(is_ready))));
        }
        for service in SERVICES {
            let signal = lease.on_group(namespace, service);
            let count = |slices: Vec<Arc<EndpointSlice>>| {
                // Without names there is no order.
                let mut ready: Vec<_> = slices.iter().map(|slice| is_ready(slice)).collect();
                ready.sort_unstable();
                told(ready)
            };
            let named = |slices: Vec<(_, _)>| slices.into_iter().map(|(_, slice)| slice).collect();
            ask(signal, lease.group(namespace, service).map(named).judge(count));
            let names = NAMES.map(Box::from);
            ask(lease.on_namespace(namespace), lease.named(namespace, &names).map(named).judge(count));
            ask(lease.on_namespace(namespace), lease.all(namespace).judge(count));
            let selector = format!("kubernetes.io/service-name={service}").parse().unwrap();
            let selected = lease.selected(namespace, &selector);
            let verdict = selected.judge(|slices| told(slices.iter().map(|(_, slice)| is_ready(slice))));
            ask(lease.on_selected(namespace, &selector), verdict);
        }
    }
    (signals, verdicts)
}

/// Everything that can be asked, with what is told and the signal for its changes, which is taken first.
fn answers(cache: &Cache<EndpointSlice>) -> Vec<(Signal, Result<Verdict, CheckError>)> {
    let mut answers = Vec::new();
    for namespace in NAMESPACES {
        for name in NAMES {
            let signal = cache.topics.on_object(namespace, name);
            answers.push((
                signal,
                cache.object(namespace, name).judge(|one| told(one.as_deref().map(is_ready))),
            ));
        }
        for service in SERVICES {
            let signal = cache.topics.on_group(namespace, service);
            let group = cache.group(namespace, service);
            answers
                .push((signal, group.judge(|slices| told(slices.iter().map(|(_, slice)| is_ready(slice))))));
            let selector = format!("kubernetes.io/service-name={service}").parse().unwrap();
            let signal = cache.topics.on_selected(namespace, &selector);
            for signal in [signal, cache.topics.on_namespace(namespace)] {
                let selected = cache.selected(namespace, &selector);
                let answer = selected.judge(|slices| told(slices.iter().map(|(_, slice)| is_ready(slice))));
                answers.push((signal, answer));
            }
        }
    }
    answers
}

/// The same from the model, without the trust.
fn truths(model: &Model) -> Vec<Verdict> {
    let mut truths = Vec::new();
    for namespace in NAMESPACES {
        truths.extend(NAMES.map(|name| told(model.objects.get(&(namespace, name)).map(|slice| slice.3))));
        for service in SERVICES {
            let group = told(model.group(namespace, service));
            truths.extend([group.clone(), group.clone(), group]);
        }
    }
    truths
}

proptest! {
    #[test]
    fn the_cache_answers_as_its_model_and_wakes_whoever_is_concerned(steps in prop::collection::vec(step(), 0..60)) {
        let (cache, mut model) = (Cache::<EndpointSlice>::new("slices".into()), Model::default());
        let mut before = answers(&cache);
        for step in &steps {
            play(&cache, step);
            model.step(step);
            let after = answers(&cache);
            for (((_, answer), truth), (signal, old)) in after.iter().zip(truths(&model)).zip(&before) {
                match model.trust {
                    Trust::Live => prop_assert_eq!(answer, &Ok(truth)),
                    Trust::Unsynced => prop_assert!(answer.is_err()),
                    Trust::Broken => prop_assert!(answer.as_ref().map_or(true, |verdict| *verdict == truth && verdict.is_pending())),
                }
                prop_assert!(answer == old || signal.has_changed(), "asleep over {:?}: {:?} became {:?}", step, old, answer);
            }
            before = after;
        }
        drop(before);
        prop_assert_eq!(cache.topics.len(), 0, "nobody listens any more");
    }

    /// Whoever looks seldom sees what he sees who looks all the time.
    #[test]
    fn nothing_that_comes_and_goes_is_missed(
        steps in prop::collection::vec((step(), prop::bool::weighted(0.2)), 0..60),
    ) {
        let cache = Arc::new(Cache::<EndpointSlice>::new("slices".into()));
        play(&cache, &Step::Init);
        play(&cache, &Step::Done);
        let lease = || {
            let leases = Arc::default();
            Lease::new(Arc::new(Watch { cache: Arc::clone(&cache), leases }))
        };
        let past = Arc::<Past>::default();
        let (eager, seldom) = (lease(), lease().seen_through(Some(Arc::clone(&past))));
        let mut all = vec![seen(&eager).1];
        let (mut signals, first) = seen(&seldom);
        let mut looks = vec![first];
        for (step, is_looked_at) in steps {
            if let Step::Apply(_) | Step::Delete(_) = step {
                play(&cache, &step);
                all.push(seen(&eager).1);
            }
            while is_looked_at && past.is_ahead() {
                prop_assert!(past.step());
                let look = seen(&seldom);
                signals = look.0;
                looks.push(look.1);
            }
        }
        while past.is_ahead() {
            prop_assert!(past.step());
            looks.push(seen(&seldom).1);
        }
        drop(signals);
        all.dedup();
        looks.dedup();
        prop_assert_eq!(looks, all);
    }
}
