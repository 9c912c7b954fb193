//! Deployments, one and many.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{Deployment, deployment};

/// Three replicas, all there.
fn done() -> Deployment {
    deployment("web").replicas(3).rolled_out()
}

/// Three are wanted, so many are available.
fn partly(available: i32) -> Deployment {
    done().available(available).ready(available)
}

#[tokio::test]
async fn rollout() {
    let target = "deployment/web";
    hold(vec![
        not_ready(target, objects![], "pending NotFound", "deployment row-0/web: it does not exist yet"),
        not_ready(target, objects![deployment("web")], "pending StaleStatus", ""),
        not_ready(
            target,
            objects![deployment("web").observed(1)],
            "pending RolloutInProgress",
            "0 of 1 replicas are updated",
        ),
        ready(target, objects![done()]),
        ready("deploy/web?for=rollout", objects![done()]),
        ready("deployments/web", objects![done()]),
        not_ready(target, objects![done().terminating()], "pending Terminating", ""),
        not_ready(
            target,
            objects![done().generation(2)],
            "pending StaleStatus",
            "its status is of generation 1, its spec of generation 2",
        ),
        not_ready(
            target,
            objects![done().updated(2)],
            "pending RolloutInProgress",
            "2 of 3 replicas are updated",
        ),
        not_ready(
            target,
            objects![done().current(5)],
            "pending RolloutInProgress",
            "2 old replicas are pending termination",
        ),
        not_ready(target, objects![partly(2)], "pending RolloutInProgress", "2 of 3 replicas are available"),
        not_ready(
            target,
            objects![partly(0).progress_deadline_exceeded()],
            "failed ProgressDeadlineExceeded",
            "it exceeded its progress deadline: ReplicaSet has timed out progressing.",
        ),
        // The deadline was that of an older spec.
        not_ready(
            target,
            objects![done().progress_deadline_exceeded().generation(2)],
            "pending StaleStatus",
            "",
        ),
        not_ready(
            target,
            objects![quota()],
            "pending RolloutInProgress",
            "replicas cannot be made: exceeded quota",
        ),
        not_ready(target, objects![done().namespace("elsewhere-deploy")], "pending NotFound", ""),
    ])
    .await;
}

#[tokio::test]
async fn available() {
    let target = "deployment/web?for=available";
    let unavailable = || partly(1).condition("Available", "False", "MinimumReplicasUnavailable", "");
    hold(vec![
        not_ready(target, objects![], "pending NotFound", ""),
        not_ready(target, objects![deployment("web")], "pending StaleStatus", ""),
        not_ready(target, objects![deployment("web").observed(1)], "pending NotAvailable", "0 of 1"),
        not_ready(target, objects![unavailable()], "pending NotAvailable", "1 of 3 replicas are available"),
        not_ready(target, objects![done().generation(2)], "pending StaleStatus", ""),
        not_ready(target, objects![done().terminating()], "pending Terminating", ""),
        ready(target, objects![done()]),
        // Available as the deployment defines it, in the middle of a rollout.
        ready(target, objects![partly(2).updated(1)]),
        ready("deployment/web?for=available&min=1", objects![unavailable()]),
        not_ready(
            "deployment/web?for=available&min=2",
            objects![unavailable()],
            "pending NotAvailable",
            "1 of 2",
        ),
        not_ready(
            "deployment/web?for=available&min=50%25",
            objects![unavailable()],
            "pending NotAvailable",
            "1 of 2",
        ),
        not_ready(
            "deployment/web?for=available&min=all",
            objects![partly(2)],
            "pending NotAvailable",
            "2 of 3",
        ),
        not_ready(
            "deployment/web?for=available&min=2",
            objects![partly(2).generation(2)],
            "pending StaleStatus",
            "",
        ),
        not_ready("deployment/web?for=available&min=1", objects![], "pending NotFound", ""),
    ])
    .await;
}

#[tokio::test]
async fn so_many_replicas_of_a_rollout() {
    hold(vec![
        ready("deployment/web?min=2", objects![partly(2)]),
        ready("deployment/web?min=50%25", objects![partly(2)]),
        not_ready("deployment/web?min=2", objects![partly(1)], "pending RolloutInProgress", "1 of 2"),
        not_ready("deployment/web?min=all", objects![partly(2)], "pending RolloutInProgress", "2 of 3"),
        not_ready("deployment/web?min=4", objects![done()], "pending RolloutInProgress", "3 of 4"),
        not_ready(
            "deployment/web?min=1",
            objects![done().updated(2)],
            "pending RolloutInProgress",
            "updated",
        ),
    ])
    .await;
}

#[tokio::test]
async fn scaled_to_zero() {
    let zero = || deployment("web").replicas(0).rolled_out();
    hold(vec![
        not_ready("deployment/web", objects![zero()], "pending ScaledToZero", "min=0 accepts that"),
        not_ready("deployment/web?for=available", objects![zero()], "pending ScaledToZero", ""),
        not_ready("deployment/web?min=1", objects![zero()], "pending ScaledToZero", ""),
        not_ready("deployment/web?min=all", objects![zero()], "pending ScaledToZero", ""),
        not_ready("deployment/web?min=100%25", objects![zero()], "pending ScaledToZero", ""),
        ready("deployment/web?min=0", objects![zero()]),
        ready("deployment/web?for=available&min=0", objects![zero()]),
        not_ready("deployment/web?min=0", objects![], "pending NotFound", ""),
        not_ready("deployment/web?min=0", objects![zero().generation(2)], "pending StaleStatus", ""),
        not_ready(
            "deployment/web?min=0",
            objects![zero().current(2)],
            "pending RolloutInProgress",
            "2 old replicas",
        ),
        not_ready("deployment/web?min=0", objects![zero().terminating()], "pending Terminating", ""),
    ])
    .await;
}

#[tokio::test]
async fn sets_of_deployments() {
    let of = |name: &str| deployment(name).label("app", "web").replicas(2);
    let target = "deploy?selector=app=web";
    hold(vec![
        not_ready(target, objects![], "pending NoMatch", "deployments in namespace row-0"),
        ready(target, objects![of("a").rolled_out(), of("b").rolled_out()]),
        not_ready(target, objects![of("a").rolled_out(), of("b")], "pending StaleStatus", "1 of 2"),
        not_ready(
            target,
            objects![of("a").rolled_out(), of("b").replicas(0).rolled_out()],
            "pending ScaledToZero",
            "",
        ),
        not_ready(
            target,
            objects![of("a").rolled_out(), of("b").progress_deadline_exceeded()],
            "failed ProgressDeadlineExceeded",
            "",
        ),
        // In a set, min counts deployments and not replicas.
        ready("deploy?selector=app=web&min=1", objects![of("a").rolled_out(), of("b")]),
        not_ready(
            "deploy?selector=app=web&min=1",
            objects![of("a").rolled_out().available(1)],
            "pending RolloutInProgress",
            "1 of 2",
        ),
        ready("deploy?selector=app=web&for=available&min=50%25", objects![of("a").rolled_out(), of("b")]),
    ])
    .await;
}

fn quota() -> Deployment {
    deployment("web").observed(1).condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota")
}
