//! Replica sets, one and many.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{ReplicaSet, replicaset};

/// Three replicas, all ready.
fn done() -> ReplicaSet {
    replicaset("web-1").replicas(3).all_ready()
}

fn quota() -> ReplicaSet {
    replicaset("web-1").observed(1).condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota")
}

#[tokio::test]
async fn all_ready() {
    let target = "replicaset/web-1";
    let pending = |set, message| not_ready(target, objects![set], "pending ReplicasNotReady", message);
    hold(vec![
        not_ready(target, objects![], "pending NotFound", "replicaset row-0/web-1: it does not exist yet"),
        not_ready(target, objects![replicaset("web-1")], "pending StaleStatus", "of generation 0"),
        pending(replicaset("web-1").observed(1), "0 of 1 replicas are ready"),
        ready(target, objects![done()]),
        ready("rs/web-1?for=ready", objects![done()]),
        ready("replicasets/web-1", objects![done()]),
        not_ready(target, objects![done().terminating()], "pending Terminating", ""),
        not_ready(
            target,
            objects![done().generation(2)],
            "pending StaleStatus",
            "its status is of generation 1, its spec of generation 2",
        ),
        pending(done().ready(2), "2 of 3 replicas are ready"),
        pending(done().ready(0), "0 of 3 replicas are ready"),
        // Scaled down, as an old one in the course of a rollout.
        pending(done().replicas(1), "2 replicas too many are pending termination"),
        pending(done().replicas(4), "3 of 4 replicas are ready"),
        pending(quota(), "0 of 1 replicas are ready; replicas cannot be made: exceeded quota"),
        not_ready(target, objects![done().namespace("elsewhere-rs")], "pending NotFound", ""),
    ])
    .await;
}

#[tokio::test]
async fn so_many_replicas() {
    hold(vec![
        ready("rs/web-1?min=2", objects![done().ready(2)]),
        ready("rs/web-1?min=50%25", objects![done().ready(2)]),
        not_ready("rs/web-1?min=2", objects![done().ready(1)], "pending ReplicasNotReady", "1 of 2"),
        not_ready("rs/web-1?min=all", objects![done().ready(2)], "pending ReplicasNotReady", "2 of 3"),
        not_ready("rs/web-1?min=4", objects![done()], "pending ReplicasNotReady", "3 of 4"),
        not_ready("rs/web-1?min=1", objects![done().generation(2)], "pending StaleStatus", ""),
    ])
    .await;
}

#[tokio::test]
async fn scaled_to_zero() {
    let zero = || replicaset("web-1").replicas(0).all_ready();
    hold(vec![
        not_ready(
            "rs/web-1",
            objects![zero()],
            "pending ScaledToZero",
            "it is scaled to zero; min=0 accepts that",
        ),
        not_ready("rs/web-1?min=1", objects![zero()], "pending ScaledToZero", ""),
        not_ready("rs/web-1?min=all", objects![zero()], "pending ScaledToZero", ""),
        ready("rs/web-1?min=0", objects![zero()]),
        not_ready("rs/web-1?min=0", objects![], "pending NotFound", ""),
        not_ready("rs/web-1?min=0", objects![zero().generation(2)], "pending StaleStatus", ""),
        not_ready(
            "rs/web-1?min=0",
            objects![zero().current(2)],
            "pending ReplicasNotReady",
            "2 replicas too many",
        ),
        not_ready("rs/web-1?min=0", objects![zero().terminating()], "pending Terminating", ""),
    ])
    .await;
}

#[tokio::test]
async fn sets_of_replica_sets() {
    let of = |name: &str| replicaset(name).label("app", "web").replicas(2);
    let target = "rs?selector=app=web";
    hold(vec![
        not_ready(target, objects![], "pending NoMatch", "replicasets in namespace row-0"),
        ready(target, objects![of("a").all_ready(), of("b").all_ready()]),
        not_ready(target, objects![of("a").all_ready(), of("b")], "pending StaleStatus", "1 of 2"),
        // A deployment's older revisions.
        not_ready(
            target,
            objects![of("a").all_ready(), of("b").replicas(0).all_ready()],
            "pending ScaledToZero",
            "",
        ),
        ready("rs?selector=app=web&min=1", objects![of("a").all_ready(), of("b").replicas(0).all_ready()]),
    ])
    .await;
}
