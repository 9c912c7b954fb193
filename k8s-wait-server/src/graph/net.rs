//! What can never come about, in numbers: [`Net`].

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{HashMap, VecDeque};

/// Things that need one another, each known by its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Net {
    nodes: Vec<Node>,
}

/// A thing, and what it needs.
#[derive(Clone, Debug, Default)]
struct Node {
    needs: Vec<usize>,
    /// How many of them it can do without.
    spare: usize,
}

impl Net {
    /// One more thing, which needs nothing yet and can do without so many of its needs. Its place is answered.
    pub(crate) fn add(&mut self, spare: usize) -> usize {
        self.nodes.push(Node { needs: Vec::new(), spare });
        self.nodes.len() - 1
    }

    /// One thing needs another one.
    pub(crate) fn connect(&mut self, from: usize, to: usize) {
        if let Some(node) = self.nodes.get_mut(from) {
            node.needs.push(to);
        }
    }

    /// How many it can do without, once that is known.
    pub(crate) fn set_spare(&mut self, at: usize, spare: usize) {
        if let Some(node) = self.nodes.get_mut(at) {
            node.spare = spare;
        }
    }

    /// What needs so much of what is stuck that it is stuck itself.
    ///
    /// Everything is taken to be stuck at first, and let go when what it cannot do without has been. What is left waits for
    /// itself, or for what does. Costs as much as there are needs.
    pub(crate) fn stuck(&self) -> Vec<bool> {
        let mut left: Vec<usize> = self.nodes.iter().map(|node| node.needs.len()).collect();
        let mut stuck: Vec<bool> = self.nodes.iter().map(|node| node.needs.len() > node.spare).collect();
        let mut free: VecDeque<usize> = places(&stuck, false).collect();
        let needed_by = self.needed_by();
        while let Some(place) = free.pop_front() {
            for user in needed_by.get(place).into_iter().flatten() {
                let (Some(left), Some(is_stuck), Some(node)) =
                    (left.get_mut(*user), stuck.get_mut(*user), self.nodes.get(*user))
                else {
                    continue;
                };
                *left -= 1;
                if *is_stuck && *left <= node.spare {
                    *is_stuck = false;
                    free.push_back(*user);
                }
            }
        }
        stuck
    }

    fn needed_by(&self) -> Vec<Vec<usize>> {
        let mut users = vec![Vec::new(); self.nodes.len()];
        for (user, node) in self.nodes.iter().enumerate() {
            for need in &node.needs {
                if let Some(users) = users.get_mut(*need) {
                    users.push(user);
                }
            }
        }
        users
    }

    /// Those of what is stuck that wait for one another: each is reached from each other one of its group. What waits for
    /// them, without being waited for by them, is in none.
    pub(crate) fn cycles(&self, stuck: &[bool]) -> Vec<Vec<usize>> {
        let places: Vec<usize> = places(stuck, true).collect();
        let numbers: HashMap<usize, usize> =
            places.iter().enumerate().map(|(n, place)| (*place, n)).collect();
        let number = |place: &usize| numbers.get(place).map(|number| NodeIndex::new(*number));
        let mut graph = DiGraph::<usize, ()>::new();
        for place in &places {
            graph.add_node(*place);
        }
        for place in &places {
            let needs = self.needs(*place).iter().filter_map(number);
            needs.zip(std::iter::repeat(number(place))).for_each(|(to, from)| {
                if let Some(from) = from {
                    graph.add_edge(from, to, ());
                }
            });
        }
        let groups = kosaraju_scc(&graph).into_iter().filter(|group| group.len() > 1);
        groups
            .map(|group| group.into_iter().filter_map(|at| graph.node_weight(at).copied()).collect())
            .collect()
    }

    /// The shortest way from a thing to itself that stays within these.
    pub(crate) fn way_round(&self, start: usize, within: &[usize]) -> Vec<usize> {
        let mut came_from: HashMap<usize, Option<usize>> =
            within.iter().map(|place| (*place, None)).collect();
        let mut ahead = VecDeque::from([start]);
        while let Some(place) = ahead.pop_front() {
            for next in self.needs(place) {
                match came_from.get_mut(next) {
                    Some(from @ None) => *from = Some(place),
                    _ => continue,
                }
                if *next == start {
                    return traced(start, &came_from);
                }
                ahead.push_back(*next);
            }
        }
        Vec::new()
    }

    pub(crate) fn needs(&self, place: usize) -> &[usize] {
        self.nodes.get(place).map(|node| node.needs.as_slice()).unwrap_or_default()
    }
}

/// From the start, each step once.
fn traced(start: usize, came_from: &HashMap<usize, Option<usize>>) -> Vec<usize> {
    let back = |place: &usize| came_from.get(place).copied().flatten();
    let steps = std::iter::successors(back(&start), |place| back(place).filter(|_| *place != start));
    let mut steps: Vec<usize> = steps.collect();
    steps.reverse();
    steps
}

fn places(marks: &[bool], wanted: bool) -> impl Iterator<Item = usize> {
    marks.iter().enumerate().filter(move |(_, mark)| **mark == wanted).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn net() -> impl Strategy<Value = Net> {
        (1..24usize).prop_flat_map(|count| {
            let node = (prop::collection::btree_set(0..count, 0..5), 0..3usize);
            let node = node.prop_map(|(needs, spare)| Node { needs: needs.into_iter().collect(), spare });
            // Nothing in a graph of waits needs itself without another thing between.
            prop::collection::vec(node, count).prop_map(|mut nodes| {
                nodes.iter_mut().enumerate().for_each(|(at, node)| node.needs.retain(|need| *need != at));
                Net { nodes }
            })
        })
    }

    /// Asks each thing again until nothing changes any more.
    fn slowly_stuck(net: &Net) -> Vec<bool> {
        let mut stuck = vec![true; net.nodes.len()];
        loop {
            let count = |node: &Node| node.needs.iter().filter(|need| stuck[**need]).count();
            let next: Vec<bool> = net.nodes.iter().map(|node| count(node) > node.spare).collect();
            if next == stuck {
                return stuck;
            }
            stuck = next;
        }
    }

    /// Which of what is stuck is reached from which.
    fn reached(net: &Net, stuck: &[bool]) -> Vec<BTreeSet<usize>> {
        let needs = |at: usize| net.needs(at).iter().copied().filter(|need| stuck[*need]);
        (0..net.nodes.len())
            .map(|start| {
                let (mut seen, mut ahead) = (BTreeSet::new(), vec![start]);
                while let Some(at) = ahead.pop() {
                    ahead.extend(needs(at).filter(|_| stuck[at]).filter(|need| seen.insert(*need)));
                }
                seen
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn stuck_is_what_a_slow_search_leaves(net in net()) {
            prop_assert_eq!(net.stuck(), slowly_stuck(&net));
        }

        #[test]
        fn whatever_is_stuck_leads_into_a_cycle(net in net()) {
            let stuck = net.stuck();
            let members: BTreeSet<usize> = net.cycles(&stuck).into_iter().flatten().collect();
            let reached = reached(&net, &stuck);
            for at in places(&stuck, true) {
                prop_assert!(members.contains(&at) || reached[at].iter().any(|place| members.contains(place)));
            }
        }

        #[test]
        fn a_cycle_is_all_that_reach_one_another(net in net()) {
            let stuck = net.stuck();
            let reached = reached(&net, &stuck);
            let mut expected = BTreeSet::new();
            for at in places(&stuck, true).filter(|at| reached[*at].contains(at)) {
                expected.insert(reached[at].iter().copied().filter(|to| reached[*to].contains(&at)).collect::<BTreeSet<_>>());
            }
            let found: BTreeSet<BTreeSet<usize>> =
                net.cycles(&stuck).into_iter().map(|group| group.into_iter().collect()).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_way_round_goes_by_needs_and_comes_back(net in net()) {
            for group in net.cycles(&net.stuck()) {
                for start in &group {
                    let way = net.way_round(*start, &group);
                    prop_assert_eq!(way.first(), Some(start));
                    let next = way.iter().cycle().skip(1);
                    prop_assert!(way.iter().zip(next).all(|(from, to)| net.needs(*from).contains(to)));
                    prop_assert!(way.iter().all(|place| group.contains(place)));
                }
            }
        }
    }

    #[test]
    fn a_long_chain_is_no_matter() {
        let mut net = Net::default();
        let places: Vec<usize> = (0..100_000).map(|_| net.add(0)).collect();
        places.windows(2).for_each(|pair| net.connect(pair[0], pair[1]));
        assert!(!net.stuck().contains(&true));
        net.connect(places[99_999], places[0]);
        let stuck = net.stuck();
        assert_eq!(net.cycles(&stuck).concat().len(), 100_000);
        assert_eq!(net.way_round(0, &places), places);
    }
}
