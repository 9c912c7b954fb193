//! Stateful sets, one and many.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{StatefulSet, statefulset};
use serde_json::json;

/// Three replicas, all of one revision and ready.
fn done() -> StatefulSet {
    statefulset("db").replicas(3).rolled_out()
}

/// An update under way: so many of three are of the new revision.
fn updating(updated: i32) -> StatefulSet {
    done().revisions("db-1", "db-2").updated(updated)
}

#[tokio::test]
async fn rollout() {
    let target = "statefulset/db";
    let pending = |set, message| not_ready(target, objects![set], "pending RolloutInProgress", message);
    hold(vec![
        not_ready(target, objects![], "pending NotFound", "statefulset row-0/db: it does not exist yet"),
        not_ready(target, objects![statefulset("db")], "pending StaleStatus", "of generation 0"),
        not_ready(target, objects![statefulset("db").observed(0)], "pending StaleStatus", "of generation 0"),
        pending(statefulset("db").observed(1), "0 of 1 replicas are updated"),
        ready(target, objects![done()]),
        ready("sts/db?for=rollout", objects![done()]),
        ready("statefulsets/db", objects![done()]),
        not_ready(target, objects![done().terminating()], "pending Terminating", ""),
        not_ready(
            target,
            objects![done().generation(2)],
            "pending StaleStatus",
            "its status is of generation 1, its spec of generation 2",
        ),
        pending(done().ready(2), "2 of 3 replicas are ready"),
        pending(done().ready(0), "0 of 3 replicas are ready"),
        // The first pods of the old revision are all ready.
        pending(updating(0), "0 of 3 replicas are updated"),
        pending(updating(2), "2 of 3 replicas are updated"),
        pending(updating(3).ready(2), "2 of 3 replicas are ready"),
        // Replicas that are not wanted any more are counted among those that are ready.
        pending(done().replicas(2), "1 replicas too many are pending termination"),
        not_ready(target, objects![done().namespace("elsewhere-sts")], "pending NotFound", ""),
    ])
    .await;
}

#[tokio::test]
async fn partitions() {
    let target = "sts/db";
    let partly = |partition, updated| updating(updated).partition(partition);
    let unset = |set: StatefulSet| set.with("/spec/updateStrategy/rollingUpdate", json!(null));
    hold(vec![
        ready(target, objects![partly(2, 1)]),
        ready(target, objects![partly(1, 2)]),
        not_ready(target, objects![partly(1, 1)], "pending RolloutInProgress", "1 of 2 replicas are updated"),
        not_ready(target, objects![partly(0, 2)], "pending RolloutInProgress", "2 of 3"),
        // Nothing is to be updated; all are to be ready.
        ready(target, objects![partly(3, 0)]),
        ready(target, objects![partly(7, 0)]),
        not_ready(
            target,
            objects![partly(7, 0).ready(2)],
            "pending RolloutInProgress",
            "2 of 3 replicas are ready",
        ),
        not_ready(target, objects![partly(2, 1).ready(2)], "pending RolloutInProgress", "2 of 3"),
        not_ready(target, objects![partly(2, 1).generation(2)], "pending StaleStatus", ""),
        // Without a partition kubectl compares the revisions.
        ready(target, objects![unset(done())]),
        not_ready(
            target,
            objects![unset(updating(2))],
            "pending RolloutInProgress",
            "2 of 3 replicas are updated",
        ),
        // No strategy at all is the default one.
        not_ready(
            target,
            objects![updating(2).with("/spec/updateStrategy", json!(null))],
            "pending RolloutInProgress",
            "2 of 3",
        ),
    ])
    .await;
}

#[tokio::test]
async fn on_delete() {
    let target = "sts/db";
    hold(vec![
        ready(target, objects![done().on_delete()]),
        // Old pods count: who set this strategy deletes them when it suits.
        ready(target, objects![updating(0).on_delete()]),
        not_ready(
            target,
            objects![updating(3).on_delete().ready(2)],
            "pending RolloutInProgress",
            "2 of 3 replicas are ready",
        ),
        not_ready(target, objects![done().on_delete().generation(2)], "pending StaleStatus", ""),
        not_ready(target, objects![statefulset("db").on_delete()], "pending StaleStatus", ""),
        not_ready(target, objects![done().on_delete().replicas(0)], "pending ScaledToZero", ""),
        not_ready(target, objects![done().on_delete().terminating()], "pending Terminating", ""),
    ])
    .await;
}

#[tokio::test]
async fn so_many_replicas_of_a_rollout() {
    hold(vec![
        ready("sts/db?min=2", objects![done().ready(2)]),
        ready("sts/db?min=50%25", objects![done().ready(2)]),
        ready("sts/db?min=1", objects![updating(3).ready(1)]),
        ready("sts/db?min=1", objects![done().on_delete().ready(1)]),
        not_ready("sts/db?min=2", objects![done().ready(1)], "pending RolloutInProgress", "1 of 2"),
        not_ready("sts/db?min=all", objects![done().ready(2)], "pending RolloutInProgress", "2 of 3"),
        not_ready("sts/db?min=4", objects![done()], "pending RolloutInProgress", "3 of 4"),
        not_ready("sts/db?min=1", objects![updating(2)], "pending RolloutInProgress", "updated"),
        not_ready("sts/db?min=1", objects![done().generation(2)], "pending StaleStatus", ""),
    ])
    .await;
}

#[tokio::test]
async fn scaled_to_zero() {
    let zero = || statefulset("db").replicas(0).rolled_out();
    hold(vec![
        not_ready(
            "sts/db",
            objects![zero()],
            "pending ScaledToZero",
            "it is scaled to zero; min=0 accepts that",
        ),
        not_ready("sts/db?min=1", objects![zero()], "pending ScaledToZero", ""),
        not_ready("sts/db?min=all", objects![zero()], "pending ScaledToZero", ""),
        not_ready("sts/db?min=100%25", objects![zero()], "pending ScaledToZero", ""),
        ready("sts/db?min=0", objects![zero()]),
        not_ready("sts/db?min=0", objects![], "pending NotFound", ""),
        not_ready("sts/db?min=0", objects![zero().generation(2)], "pending StaleStatus", ""),
        not_ready(
            "sts/db?min=0",
            objects![zero().current(2)],
            "pending RolloutInProgress",
            "2 replicas too many",
        ),
        not_ready("sts/db?min=0", objects![zero().terminating()], "pending Terminating", ""),
    ])
    .await;
}

#[tokio::test]
async fn sets_of_stateful_sets() {
    let of = |name: &str| statefulset(name).label("app", "db").replicas(2);
    let target = "sts?selector=app=db";
    hold(vec![
        not_ready(target, objects![], "pending NoMatch", "statefulsets in namespace row-0"),
        ready(target, objects![of("a").rolled_out(), of("b").rolled_out()]),
        not_ready(target, objects![of("a").rolled_out(), of("b")], "pending StaleStatus", "1 of 2"),
        not_ready(target, objects![of("a").rolled_out().replicas(0)], "pending ScaledToZero", ""),
        // In a set, min counts stateful sets and not replicas.
        ready("sts?selector=app=db&min=1", objects![of("a").rolled_out(), of("b")]),
        not_ready(
            "sts?selector=app=db&min=1",
            objects![of("a").rolled_out().ready(1)],
            "pending RolloutInProgress",
            "1 of 2",
        ),
    ])
    .await;
}
