//! Who waits for whom, as boxes and arrows: [`Picture`].

use super::{Graph, Pending, Waiting};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// So many groups of pods are drawn at most.
const MOST: usize = 30;
/// And so many of what each of them waits for, the most telling first.
const MOST_TARGETS: usize = 8;

/// Pods on the left, what they wait for on the right of them, and so on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) boxes: Vec<Shape>,
    pub(crate) arrows: Vec<Arrow>,
    /// How many groups of pods there was no room for.
    pub(crate) left_out: usize,
}

/// Something that waits or is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) name: String,
    /// How many pods it stands for; `None` for a target.
    pub(crate) pods: Option<usize>,
    pub(crate) mark: Mark,
    /// Its place from the left, and from above among those in the same column.
    pub(crate) column: usize,
    pub(crate) row: usize,
}

/// From who waits to what it waits for, or from a target to pods that it needs; by their places in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrow {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// On a cycle.
    Cycle,
    /// It waits for a pod that waits.
    Blocked,
    Plain,
}

/// A target, and the groups of pods that it needs, by their places, with their marks.
struct Needed<'a> {
    target: &'a str,
    pods: BTreeMap<usize, Mark>,
}

impl<'a> Needed<'a> {
    fn of(pending: &'a Pending<'_>, homes: &HashMap<(&str, &str), usize>, groups: &[Group<'_>]) -> Self {
        let needed = pending.needs.groups();
        let names =
            needed.iter().flat_map(|group| group.pods.iter().map(|(name, _)| (group.namespace, *name)));
        let places = names.filter_map(|pod| homes.get(&pod));
        Self {
            target: pending.target,
            pods: places.filter_map(|place| Some((*place, groups.get(*place)?.mark))).collect(),
        }
    }

    /// For those who wait for it and are marked so.
    fn mark(&self, waiting: Mark) -> Mark {
        match self.pods.values().min() {
            Some(Mark::Cycle) if waiting == Mark::Cycle => Mark::Cycle,
            Some(_) => Mark::Blocked,
            None => Mark::Plain,
        }
    }
}

/// Pods of a namespace that wait for the same.
struct Group<'a> {
    waits: Vec<&'a Waiting<'a>>,
    mark: Mark,
}

impl Picture {
    /// Of those who wait, in the order in which they are to be drawn. Whoever is on a cycle comes first, then whoever waits for
    /// somebody who waits.
    pub(crate) fn of(waits: &[Waiting<'_>], graph: &Graph) -> Self {
        let mut groups = groups(waits, graph);
        groups.sort_by_key(|group| group.mark);
        let left_out = groups.len().saturating_sub(MOST);
        groups.truncate(MOST);
        let mut picture = Self { left_out, ..Self::default() };
        for group in &groups {
            picture.boxes.push(group.shape());
        }
        picture.connect(&groups);
        picture.arrange();
        picture
    }

    fn connect(&mut self, groups: &[Group<'_>]) {
        let mut homes: HashMap<(&str, &str), usize> = HashMap::new();
        for (place, group) in groups.iter().enumerate() {
            let pods = group.waits.iter().filter_map(|wait| Some((wait.namespace, wait.pod?)));
            homes.extend(pods.map(|pod| (pod, place)));
        }
        let mut targets: HashMap<&str, usize> = HashMap::new();
        for (from, group) in groups.iter().enumerate() {
            let mut needs: Vec<Needed<'_>> =
                group.targets().map(|pending| Needed::of(pending, &homes, groups)).collect();
            needs.sort_by_key(|needed| needed.mark(group.mark));
            for needed in needs.iter().take(MOST_TARGETS) {
                let mark = needed.mark(group.mark);
                let target = match targets.get(needed.target) {
                    Some(target) => *target,
                    None => self.add(needed, mark),
                };
                targets.insert(needed.target, target);
                if let Some(shape) = self.boxes.get_mut(target) {
                    shape.mark = shape.mark.min(mark);
                }
                self.arrows.push(Arrow { from, to: target, mark });
            }
        }
    }

    /// A target, with arrows to the pods that it needs.
    fn add(&mut self, needed: &Needed<'_>, mark: Mark) -> usize {
        let from = self.boxes.len();
        self.boxes.push(Shape::new(super::bare(needed.target), None, mark));
        self.arrows.extend(needed.pods.iter().map(|(to, far)| Arrow { from, to: *to, mark: mark.max(*far) }));
        from
    }

    /// Puts each as far to the left of what it leads to as that needs, arrows that lead back aside.
    fn arrange(&mut self) {
        let mut after = vec![Vec::new(); self.boxes.len()];
        for arrow in &self.arrows {
            if let Some(after) = after.get_mut(arrow.from) {
                after.push(arrow.to);
            }
        }
        let mut depths = Depths { after, known: HashMap::new(), under_way: HashSet::new() };
        let depths: Vec<usize> = (0..self.boxes.len()).map(|place| depths.of(place)).collect();
        let deepest = depths.iter().copied().max().unwrap_or_default();
        let mut heights: HashMap<usize, usize> = HashMap::new();
        for (shape, depth) in self.boxes.iter_mut().zip(depths) {
            shape.column = deepest - depth;
            let height = heights.entry(shape.column).or_default();
            shape.row = *height;
            *height += 1;
        }
    }
}

/// How many arrows it is to the end of the longest way.
struct Depths {
    after: Vec<Vec<usize>>,
    known: HashMap<usize, usize>,
    under_way: HashSet<usize>,
}

impl Depths {
    fn of(&mut self, place: usize) -> usize {
        if let Some(depth) = self.known.get(&place) {
            return *depth;
        }
        // An arrow that leads back.
        if !self.under_way.insert(place) {
            return 0;
        }
        let after = self.after.get(place).cloned().unwrap_or_default();
        let further: Vec<usize> = after.into_iter().filter(|next| !self.under_way.contains(next)).collect();
        let depth = further.into_iter().map(|next| self.of(next) + 1).max().unwrap_or_default();
        self.under_way.remove(&place);
        self.known.insert(place, depth);
        depth
    }
}

fn groups<'a>(waits: &'a [Waiting<'a>], graph: &Graph) -> Vec<Group<'a>> {
    let mut places: HashMap<(&str, Vec<&str>), usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for wait in waits.iter().filter(|wait| !wait.targets.is_empty()) {
        let targets: BTreeSet<&str> = wait.targets.iter().map(|pending| pending.target).collect();
        let key = (wait.namespace, targets.into_iter().collect());
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group { waits: Vec::new(), mark: Mark::Plain });
        }
        if let Some(group) = groups.get_mut(place) {
            group.mark = group.mark.min(graph.mark(wait.id));
            group.waits.push(wait);
        }
    }
    groups
}

impl<'a> Group<'a> {
    /// What all of them wait for.
    fn targets(&self) -> impl Iterator<Item = &'a Pending<'a>> {
        self.waits.first().into_iter().flat_map(|wait| &wait.targets)
    }

    fn shape(&self) -> Shape {
        let first = self.waits.first();
        let name = first.map(|wait| format!("{}/{}", wait.namespace, wait.pod.unwrap_or("unknown")));
        Shape::new(&name.unwrap_or_default(), Some(self.waits.len()), self.mark)
    }
}

impl Shape {
    fn new(name: &str, pods: Option<usize>, mark: Mark) -> Self {
        Self { name: name.to_owned(), pods, mark, column: 0, row: 0 }
    }
}

impl Graph {
    fn mark(&self, wait: u64) -> Mark {
        match () {
            () if self.cycle(wait).is_some() => Mark::Cycle,
            () if self.next.contains_key(&wait) => Mark::Blocked,
            () => Mark::Plain,
        }
    }
}
