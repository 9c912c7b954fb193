use super::owner::owner;
use super::*;
use k8s_wait_lib::Obstacle;
use k8s_wait_lib::object::{Cached, Pod};
use serde_json::json;
use std::collections::BTreeMap;

/// Pods by name; `web-1` belongs to the StatefulSet `web`.
fn pod(name: &str) -> (Arc<str>, Arc<Pod>) {
    let set = name.rsplit_once('-').map_or(name, |(set, _)| set);
    let owner =
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": set, "uid": "u", "controller": true});
    let metadata = json!({"name": name, "namespace": "shop", "ownerReferences": [owner]});
    let wire: <Pod as Cached>::Wire = serde_json::from_value(json!({ "metadata": metadata })).unwrap();
    (name.into(), Arc::new(Pod::cut(wire)))
}

/// Targets with the pods that they need, and how many they can do without.
#[derive(Default)]
struct World(BTreeMap<&'static str, Needs<'static>>);

impl World {
    fn needs(mut self, target: &'static str, pods: &[&str], spare: usize) -> Self {
        let pods = pods.iter().map(|name| pod(name)).collect();
        let obstacle = Obstacle::new("shop", pods, spare);
        self.0.insert(target, Needs::Seen([obstacle].into()));
        self
    }

    fn waiting(&self, waits: Waits<'_>) -> Vec<Waiting<'static>> {
        let waiting = |(id, (pod, mode, targets)): (usize, &(&'static str, Mode, &[&'static str]))| {
            let needs = |target| self.0.get(target).cloned().unwrap_or_default();
            let pending = |target: &&'static str| Pending { target, needs: needs(*target) };
            let targets = targets.iter().map(pending).collect();
            Waiting { id: id as u64, namespace: "shop", pod: Some(pod), mode: *mode, targets }
        };
        waits.iter().enumerate().map(waiting).collect()
    }

    fn waits(&self, waits: Waits<'_>) -> Graph {
        Graph::of(&self.waiting(waits))
    }

    fn picture(&self, waits: Waits<'_>) -> Picture {
        Picture::of(&self.waiting(waits), &self.waits(waits))
    }
}

/// Pods with what they wait for.
type Waits<'w> = &'w [(&'static str, Mode, &'w [&'static str])];

fn sentences(graph: &Graph) -> Vec<&str> {
    graph.cycles().map(|cycle| cycle.sentence.as_str()).collect()
}

const A: &str = "service/shop/a";
const B: &str = "service/shop/b";

#[test]
fn two_that_wait_for_one_another_are_named() {
    let world = World::default().needs(A, &["a-0", "a-1"], 1).needs(B, &["b-0"], 0);
    let graph = world.waits(&[
        ("a-0", Mode::All, &[B]),
        ("a-1", Mode::All, &[B]),
        ("b-0", Mode::All, &["tcp://x:1", A]),
    ]);
    assert_eq!(
        sentences(&graph),
        ["statefulset/shop/a waits for service/shop/b, service/shop/b needs statefulset/shop/b, \
          statefulset/shop/b waits for service/shop/a, service/shop/a needs statefulset/shop/a; none of them can go first"]
    );
    assert!((0..3).all(|wait| graph.cycle(wait).is_some()));
}

#[test]
fn a_pod_that_waits_for_its_own_service_waits_for_itself() {
    let world = World::default().needs(A, &["a-0"], 0);
    let graph = world.waits(&[("a-0", Mode::All, &[A])]);
    assert_eq!(
        sentences(&graph),
        [
            "statefulset/shop/a waits for service/shop/a, service/shop/a needs statefulset/shop/a; none of them can go first"
        ]
    );
}

#[test]
fn a_workload_that_is_waited_for_needs_no_word_between() {
    let world = World::default().needs("sts/shop/b?for=rollout", &["b-0"], 0).needs(A, &["a-0"], 0);
    let graph = world.waits(&[("a-0", Mode::All, &["sts/shop/b?for=rollout"]), ("b-0", Mode::All, &[A])]);
    assert_eq!(
        sentences(&graph),
        ["statefulset/shop/a waits for sts/shop/b, statefulset/shop/b waits for service/shop/a, \
          service/shop/a needs statefulset/shop/a; none of them can go first"]
    );
}

#[test]
fn whoever_can_do_without_those_that_wait_is_in_no_cycle() {
    let world = World::default().needs(A, &["a-0", "a-1"], 1).needs(B, &["b-0"], 0);
    // a-1 starts by itself and will serve.
    let graph = world.waits(&[("a-0", Mode::All, &[B]), ("b-0", Mode::All, &[A])]);
    assert!(graph.cycles().next().is_none());
    assert_eq!(graph.behind(1), [0], "it is told all the same who is waited for");
}

#[test]
fn one_way_out_is_enough_for_whoever_waits_for_any() {
    let world = World::default().needs(A, &["a-0"], 0).needs(B, &["b-0"], 0);
    let free = world.waits(&[("a-0", Mode::Any, &[B, "tcp://x:1"]), ("b-0", Mode::All, &[A])]);
    assert!(free.cycles().next().is_none());
    let stuck = world.waits(&[("a-0", Mode::Any, &[B, A]), ("b-0", Mode::All, &[A])]);
    assert_eq!(stuck.cycles().count(), 1);
}

#[test]
fn who_waits_for_a_cycle_is_in_none() {
    let world = World::default().needs(A, &["a-0"], 0);
    let graph = world.waits(&[("a-0", Mode::All, &[A]), ("c-0", Mode::All, &[A])]);
    assert!(graph.cycle(1).is_none());
    assert_eq!(graph.cycle(0).unwrap().waits, BTreeSet::from([0]));
}

#[test]
fn the_way_behind_a_wait_ends() {
    let world = World::default().needs(A, &["a-0"], 0).needs(B, &["b-0"], 0);
    let graph = world.waits(&[
        ("c-0", Mode::All, &[B]),
        ("b-0", Mode::All, &[A]),
        ("a-0", Mode::All, &["tcp://x:1"]),
    ]);
    assert_eq!((graph.behind(0), graph.behind(2)), (vec![1, 2], vec![]));
    let round = world.waits(&[("b-0", Mode::All, &[A]), ("a-0", Mode::All, &[B])]);
    assert_eq!(round.behind(0), [1]);
}

#[test]
fn a_pod_belongs_to_what_keeps_it_there() {
    let named = |kind: Option<(&str, &str)>, hash: &str| {
        let owners: Vec<_> = kind
            .map(|(kind, name)| json!({"apiVersion": "v1", "kind": kind, "name": name, "uid": "u", "controller": true}))
            .into_iter()
            .collect();
        let metadata = json!({"name": "p", "ownerReferences": owners, "labels": {"pod-template-hash": hash}});
        let wire: <Pod as Cached>::Wire = serde_json::from_value(json!({ "metadata": metadata })).unwrap();
        owner("shop", "p", &Pod::cut(wire))
    };
    assert_eq!(named(None, ""), "pod/shop/p");
    assert_eq!(named(Some(("ReplicaSet", "web-a-7f9c")), "7f9c"), "deployment/shop/web-a");
    assert_eq!(named(Some(("ReplicaSet", "web-7f9c")), "7f"), "replicaset/shop/web-7f9c");
    assert_eq!(named(Some(("ReplicaSet", "7f9c")), "7f9c"), "replicaset/shop/7f9c");
    assert_eq!(named(Some(("Job", "migrate")), ""), "job/shop/migrate");
}

/// As `a-0 > service/shop/b`, with what is drawn around it, left to right.
fn drawn(picture: &Picture) -> Vec<String> {
    let name = |place: usize| picture.boxes[place].name.trim_start_matches("shop/").to_owned();
    let arrow = |arrow: &Arrow| format!("{} > {} {:?}", name(arrow.from), name(arrow.to), arrow.mark);
    let mut arrows: Vec<String> = picture.arrows.iter().map(arrow).collect();
    arrows.sort();
    arrows
}

#[test]
fn a_picture_marks_cycles_and_who_waits_for_them() {
    let world = World::default().needs(A, &["a-0"], 0).needs(B, &["b-0"], 0);
    let waits: Waits<'_> = &[
        ("c-0", Mode::All, &[A, "tcp://x:1"]),
        ("c-1", Mode::All, &["tcp://x:1", A]),
        ("a-0", Mode::All, &[B]),
        ("b-0", Mode::All, &[A]),
    ];
    let picture = world.picture(waits);
    assert_eq!(
        drawn(&picture),
        [
            "a-0 > service/shop/b Cycle",
            "b-0 > service/shop/a Cycle",
            "c-0 > service/shop/a Blocked",
            "c-0 > tcp://x:1 Plain",
            "service/shop/a > a-0 Cycle",
            "service/shop/b > b-0 Cycle",
        ]
    );
    let pods: Vec<_> = picture.boxes.iter().filter_map(|shape| shape.pods).collect();
    assert_eq!(pods, [1, 1, 2], "those that wait for the same are one, and cycles come first");
    let back = picture
        .arrows
        .iter()
        .filter(|arrow| picture.boxes[arrow.from].column >= picture.boxes[arrow.to].column);
    assert_eq!(back.count(), 1, "all arrows but the one that closes the cycle lead to the right");
}

#[test]
fn no_two_boxes_of_a_picture_have_one_place_and_thirty_groups_are_enough() {
    let names: Vec<&'static str> =
        (0..40).map(|n| &*Box::leak(format!("job/shop/{n}").into_boxed_str())).collect();
    let targets: Vec<[&'static str; 1]> = names.iter().map(|name| [*name]).collect();
    let waits: Vec<_> = targets.iter().map(|targets| ("p", Mode::All, &targets[..])).collect();
    let picture = World::default().picture(&waits);
    assert_eq!((picture.boxes.len(), picture.left_out), (60, 10));
    let places: BTreeSet<_> = picture.boxes.iter().map(|shape| (shape.column, shape.row)).collect();
    assert_eq!(places.len(), 60);
    assert_eq!(World::default().picture(&[]), Picture::default());
}
