//! Who waits for whom, and who waits in vain: [`Graph`].
//!
//! A pod waits for targets, a target needs pods, and those may wait themselves. Where that comes round to where it began, none
//! of them can go on. A target that can do without the pods that wait is no part of that.

mod needs;
mod net;
mod owner;
mod picture;

use k8s_wait_lib::Mode;
use needs::Group;
pub(crate) use needs::{Need, Needs};
use net::Net;
pub(crate) use picture::{Arrow, Mark, Picture, Shape};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A wait as far as it matters here.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    /// Tells it from others.
    pub(crate) id: u64,
    pub(crate) namespace: &'a str,
    /// Without it nobody can be found to wait for it.
    pub(crate) pod: Option<&'a str>,
    pub(crate) mode: Mode,
    pub(crate) targets: Vec<Pending<'a>>,
}

impl Waiting<'_> {
    /// Does it wait for anything that needs pods?
    pub(crate) fn needs_pods(&self) -> bool {
        self.targets.iter().any(|pending| !pending.needs.is_empty())
    }
}

/// A target that is pending.
#[derive(Debug)]
pub(crate) struct Pending<'a> {
    pub(crate) target: &'a str,
    pub(crate) needs: Needs<'a>,
}

/// How they hang together.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    cycles: Vec<Arc<Cycle>>,
    /// Those that are in one.
    members: HashMap<u64, Arc<Cycle>>,
    /// Each that waits for a pod that waits itself, with a wait of that pod.
    next: HashMap<u64, u64>,
}

/// Some that wait for one another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// It in words.
    pub(crate) sentence: String,
    /// Those that are named in it.
    pub(crate) namespaces: BTreeSet<String>,
    pub(crate) waits: BTreeSet<u64>,
}

impl Graph {
    pub(crate) fn of(waits: &[Waiting<'_>]) -> Self {
        Plan::of(waits).graph()
    }

    /// All cycles, in the order of their sentences.
    pub(crate) fn cycles(&self) -> impl Iterator<Item = &Arc<Cycle>> {
        self.cycles.iter()
    }

    /// Does nobody wait for a pod that waits?
    pub(crate) fn is_empty(&self) -> bool {
        self.cycles.is_empty() && self.next.is_empty()
    }

    /// Forgets all other cycles.
    pub(crate) fn keep(&mut self, is_kept: impl Fn(&Cycle) -> bool) {
        self.cycles.retain(|cycle| is_kept(cycle));
        self.members.retain(|_, cycle| is_kept(cycle));
    }

    /// Is there a cycle of that sentence?
    pub(crate) fn has(&self, cycle: &Cycle) -> bool {
        self.cycles.iter().any(|known| known.sentence == cycle.sentence)
    }

    /// The cycle that a wait is in.
    pub(crate) fn cycle(&self, wait: u64) -> Option<&Arc<Cycle>> {
        self.members.get(&wait)
    }

    /// The waits behind a wait, nearest first: each is of a pod that the one before waits for. Ends where it would come
    /// round.
    pub(crate) fn behind(&self, wait: u64) -> Vec<u64> {
        let (mut way, mut seen, mut at) = (Vec::new(), HashSet::from([wait]), wait);
        while let Some(next) = self.next.get(&at).filter(|next| seen.insert(**next)) {
            way.push(*next);
            at = *next;
        }
        way
    }
}

/// What a place in the net stands for.
enum Thing<'a> {
    Wait(u64),
    Target(&'a str),
    /// Pods that a target needs.
    Obstacle,
    Pod {
        owner: String,
        namespace: String,
    },
}

/// The net, with what its places stand for.
#[derive(Default)]
struct Plan<'a> {
    net: Net,
    things: Vec<Thing<'a>>,
    targets: HashMap<&'a str, usize>,
    pods: HashMap<(String, String), usize>,
    next: HashMap<u64, u64>,
}

/// The waits of pods, by namespace and name.
type Holders<'a> = HashMap<(&'a str, &'a str), Vec<usize>>;

impl<'a> Plan<'a> {
    fn of(waits: &'a [Waiting<'a>]) -> Self {
        let mut plan = Self::default();
        for wait in waits {
            plan.add(0, Thing::Wait(wait.id));
        }
        let mut holders = Holders::new();
        for (place, wait) in waits.iter().enumerate() {
            if let Some(pod) = wait.pod {
                holders.entry((wait.namespace, pod)).or_default().push(place);
            }
        }
        for (place, wait) in waits.iter().enumerate() {
            plan.connect(place, wait, &holders);
        }
        plan.link(waits, &holders);
        plan
    }

    fn add(&mut self, spare: usize, thing: Thing<'a>) -> usize {
        self.things.push(thing);
        self.net.add(spare)
    }

    fn connect(&mut self, place: usize, wait: &'a Waiting<'a>, holders: &Holders<'_>) {
        if wait.mode == Mode::Any {
            self.net.set_spare(place, wait.targets.len().saturating_sub(1));
        }
        for pending in &wait.targets {
            let target = match self.targets.get(pending.target) {
                Some(target) => *target,
                None => self.target(pending, holders),
            };
            self.net.connect(place, target);
        }
    }

    fn target(&mut self, pending: &'a Pending<'a>, holders: &Holders<'_>) -> usize {
        let target = self.add(0, Thing::Target(pending.target));
        self.targets.insert(pending.target, target);
        for group in pending.needs.groups() {
            let pods: Vec<usize> = self.waiting_pods(&group, holders);
            // One that can do without all of those that wait is not in anybody's way for long.
            if !pods.is_empty() {
                let place = self.add(group.spare, Thing::Obstacle);
                self.net.connect(target, place);
                pods.into_iter().for_each(|pod| self.net.connect(place, pod));
            }
        }
        target
    }

    fn waiting_pods(&mut self, group: &Group<'_>, holders: &Holders<'_>) -> Vec<usize> {
        let (mut pods, namespace) = (Vec::new(), group.namespace);
        for (name, owner) in &group.pods {
            let Some(waits) = holders.get(&(namespace, *name)) else { continue };
            let key = (namespace.to_owned(), (*name).to_owned());
            let place = match self.pods.get(&key) {
                Some(place) => *place,
                None => {
                    let owner = owner.name(namespace, name);
                    let place = self.add(0, Thing::Pod { owner, namespace: namespace.to_owned() });
                    waits.iter().for_each(|wait| self.net.connect(place, *wait));
                    self.pods.insert(key, place);
                    place
                }
            };
            pods.push(place);
        }
        pods
    }

    /// Notes of each wait which other one is behind it.
    fn link(&mut self, waits: &[Waiting<'_>], holders: &Holders<'_>) {
        let mut known: HashMap<&str, Option<u64>> = HashMap::new();
        let first = |pending: &Pending<'_>| {
            let waits_of = |group: &Group<'_>| {
                let places =
                    group.pods.iter().filter_map(|(name, _)| holders.get(&(group.namespace, *name))?.first());
                places.filter_map(|place| Some(waits.get(*place)?.id)).next()
            };
            pending.needs.groups().iter().find_map(waits_of)
        };
        for wait in waits {
            let next = wait
                .targets
                .iter()
                .find_map(|pending| *known.entry(pending.target).or_insert_with(|| first(pending)));
            if let Some(next) = next {
                self.next.insert(wait.id, next);
            }
        }
    }

    fn graph(self) -> Graph {
        let stuck = self.net.stuck();
        let mut cycles: Vec<Arc<Cycle>> =
            self.net.cycles(&stuck).iter().filter_map(|group| self.cycle(group)).map(Arc::new).collect();
        cycles.sort_by(|one, other| one.sentence.cmp(&other.sentence));
        let member =
            |cycle: &Arc<Cycle>| cycle.waits.iter().map(|id| (*id, Arc::clone(cycle))).collect::<Vec<_>>();
        let members = cycles.iter().flat_map(member).collect();
        Graph { cycles, members, next: self.next }
    }

    fn cycle(&self, group: &[usize]) -> Option<Cycle> {
        let thing = |place: &usize| self.things.get(*place);
        let (mut waits, mut first) = (BTreeSet::new(), None);
        for place in group {
            match thing(place)? {
                Thing::Wait(id) => drop(waits.insert(*id)),
                Thing::Pod { owner, .. } if first.is_none_or(|(known, _)| owner < known) => {
                    first = Some((owner, *place));
                }
                _ => {}
            }
        }
        let way = self.net.way_round(first?.1, group);
        let namespaces =
            way.iter().filter_map(thing).filter_map(Thing::namespace).map(str::to_owned).collect();
        Some(Cycle { sentence: self.sentence(&way), namespaces, waits })
    }

    /// As `deployment/shop/web waits for service/shop/db, service/shop/db needs statefulset/shop/db, ...`.
    fn sentence(&self, way: &[usize]) -> String {
        let names: Vec<&str> = way.iter().filter_map(|place| self.things.get(*place)?.name()).collect();
        let mut parts = Vec::new();
        for (index, (from, to)) in names.iter().zip(names.iter().cycle().skip(1)).enumerate() {
            match index % 2 {
                0 => parts.push(format!("{from} waits for {to}")),
                _ if is_itself(from, to) => {}
                _ => parts.push(format!("{from} needs {to}")),
            }
        }
        format!("{}; none of them can go first", parts.join(", "))
    }
}

impl Thing<'_> {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Pod { owner, .. } => Some(owner),
            Self::Target(target) => Some(bare(target)),
            Self::Wait(_) | Self::Obstacle => None,
        }
    }

    fn namespace(&self) -> Option<&str> {
        match self {
            Self::Pod { namespace, .. } => Some(namespace),
            _ => None,
        }
    }
}

/// Is the target what keeps the pods, so that it needs no word between? Its kind may have another of its names there. Of a
/// service it is only the name.
fn is_itself(target: &str, owner: &str) -> bool {
    let parts = |name: &str| name.split_once('/').map(|(kind, rest)| (kind.to_owned(), rest.to_owned()));
    match (parts(target), parts(owner)) {
        (Some((kind, target)), Some((_, owner))) => {
            target == owner && !matches!(&*kind, "service" | "services" | "svc")
        }
        _ => false,
    }
}

/// A target without its options.
fn bare(target: &str) -> &str {
    target.split_once('?').map_or(target, |(bare, _)| bare)
}

#[cfg(test)]
mod tests;
