use super::*;
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
struct World(BTreeMap<&'static str, Arc<[Obstacle]>>);

impl World {
    fn needs(mut self, target: &'static str, pods: &[&str], spare: usize) -> Self {
        let pods = pods.iter().map(|name| pod(name)).collect();
        let obstacle = Obstacle::new("shop", pods, spare);
        self.0.insert(target, [obstacle].into());
        self
    }

    fn waits(&self, waits: &[(&'static str, Mode, &[&'static str])]) -> Graph {
        let waiting = |(id, (pod, mode, targets)): (usize, &(&'static str, Mode, &[&'static str]))| {
            let pending = |target: &&'static str| Pending {
                target,
                obstacles: self.0.get(target).cloned().unwrap_or_default(),
            };
            let targets = targets.iter().map(pending).collect();
            Waiting { id: id as u64, namespace: "shop", pod: Some(pod), mode: *mode, targets }
        };
        Graph::of(&waits.iter().enumerate().map(waiting).collect::<Vec<_>>())
    }
}

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
