//! Daemon sets, one and many.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{DaemonSet, daemonset};

/// On three nodes, updated and available.
fn done() -> DaemonSet {
    daemonset("agent").rolled_out(3)
}

#[tokio::test]
async fn rollout() {
    let target = "daemonset/agent";
    let pending = |set, message| not_ready(target, objects![set], "pending RolloutInProgress", message);
    hold(vec![
        not_ready(target, objects![], "pending NotFound", "daemonset row-0/agent: it does not exist yet"),
        not_ready(target, objects![daemonset("agent")], "pending StaleStatus", "of generation 0"),
        // Nodes are known before the first pod is.
        pending(daemonset("agent").observed(1).nodes(3), "0 of 3 pods are updated"),
        ready(target, objects![done()]),
        ready("ds/agent?for=rollout", objects![done()]),
        ready("daemonsets/agent", objects![done()]),
        not_ready(target, objects![done().terminating()], "pending Terminating", ""),
        not_ready(
            target,
            objects![done().generation(2)],
            "pending StaleStatus",
            "its status is of generation 1, its spec of generation 2",
        ),
        pending(done().updated(0), "0 of 3 pods are updated"),
        pending(done().updated(2), "2 of 3 pods are updated"),
        pending(done().available(2), "2 of 3 pods are available"),
        // Ready is not yet available.
        pending(done().ready(3).available(0), "0 of 3 pods are available"),
        // A node has joined.
        pending(done().nodes(4), "3 of 4 pods are updated"),
        not_ready(target, objects![done().namespace("elsewhere-ds")], "pending NotFound", ""),
    ])
    .await;
}

#[tokio::test]
async fn on_delete() {
    let target = "ds/agent";
    hold(vec![
        ready(target, objects![done().on_delete()]),
        // Old pods count: who set this strategy deletes them when it suits.
        ready(target, objects![done().on_delete().updated(0)]),
        not_ready(target, objects![done().on_delete().available(2)], "pending RolloutInProgress", "2 of 3"),
        not_ready(target, objects![done().on_delete().generation(2)], "pending StaleStatus", ""),
        not_ready(target, objects![daemonset("agent").on_delete()], "pending StaleStatus", ""),
        not_ready(target, objects![done().on_delete().terminating()], "pending Terminating", ""),
    ])
    .await;
}

#[tokio::test]
async fn so_many_pods_of_a_rollout() {
    hold(vec![
        ready("ds/agent?min=2", objects![done().available(2)]),
        ready("ds/agent?min=50%25", objects![done().available(2)]),
        not_ready("ds/agent?min=2", objects![done().available(1)], "pending RolloutInProgress", "1 of 2"),
        not_ready("ds/agent?min=all", objects![done().available(2)], "pending RolloutInProgress", "2 of 3"),
        not_ready("ds/agent?min=4", objects![done()], "pending RolloutInProgress", "3 of 4"),
        not_ready("ds/agent?min=1", objects![done().updated(2)], "pending RolloutInProgress", "updated"),
    ])
    .await;
}

/// kubectl calls these rolled out.
#[tokio::test]
async fn no_node_is_to_run_it() {
    let none = || daemonset("agent").rolled_out(0);
    hold(vec![
        not_ready(
            "ds/agent",
            objects![none()],
            "pending ScaledToZero",
            "no node is to run it; min=0 accepts that",
        ),
        not_ready("ds/agent?min=1", objects![none()], "pending ScaledToZero", ""),
        not_ready("ds/agent?min=all", objects![none()], "pending ScaledToZero", ""),
        not_ready("ds/agent?min=50%25", objects![none()], "pending ScaledToZero", ""),
        not_ready("ds/agent", objects![none().on_delete()], "pending ScaledToZero", ""),
        ready("ds/agent?min=0", objects![none()]),
        not_ready("ds/agent?min=0", objects![], "pending NotFound", ""),
        not_ready("ds/agent?min=0", objects![daemonset("agent")], "pending StaleStatus", ""),
        not_ready("ds/agent?min=0", objects![none().generation(2)], "pending StaleStatus", ""),
        not_ready("ds/agent?min=0", objects![none().terminating()], "pending Terminating", ""),
    ])
    .await;
}

#[tokio::test]
async fn sets_of_daemon_sets() {
    let of = |name: &str| daemonset(name).label("app", "agent");
    let target = "ds?selector=app=agent";
    hold(vec![
        not_ready(target, objects![], "pending NoMatch", "daemonsets in namespace row-0"),
        ready(target, objects![of("a").rolled_out(2), of("b").rolled_out(1)]),
        not_ready(target, objects![of("a").rolled_out(2), of("b")], "pending StaleStatus", "1 of 2"),
        not_ready(target, objects![of("a").rolled_out(2), of("b").rolled_out(0)], "pending ScaledToZero", ""),
        ready("ds?selector=app=agent&min=1", objects![of("a").rolled_out(2), of("b")]),
    ])
    .await;
}
