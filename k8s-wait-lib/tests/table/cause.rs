//! What is told of the pods behind an object, and of which of them.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{
    Deployment, Job, Pod, Service, daemonset, deployment, job, pod, replicaset, service, slice, statefulset,
};
use serde_json::{Value, json};

const IMAGE: &str = "Back-off pulling image \"example.com/app:1\"";

/// Three replicas, all updated, none available; the rollout is to ReplicaSet `web-new`.
fn web() -> Deployment {
    deployment("web").replicas(3).updated(3).rolling_out("web-new")
}

fn new(name: &str) -> Pod {
    pod(name).label("app", "web").owned_by("ReplicaSet", "web-new")
}

fn old(name: &str) -> Pod {
    pod(name).label("app", "web").owned_by("ReplicaSet", "web-old")
}

fn pulling(pod: Pod) -> Pod {
    pod.waiting("app", "ImagePullBackOff", IMAGE)
}

fn starting(pod: Pod) -> Pod {
    pod.waiting("app", "ContainerCreating", "")
}

fn web_row(objects: Vec<Value>, message: &'static str) -> super::Row {
    not_ready("deployment/web", objects, "pending RolloutInProgress", message)
}

#[tokio::test]
async fn a_deployment_names_the_pod_that_blocks_it() {
    const ALONE: &str = "/web: 0 of 3 replicas are available$";
    hold(vec![
        web_row(
            objects![web(), pulling(new("a"))],
            "0 of 3 replicas are available; pod a: container app: ImagePullBackOff: Back-off pulling image \"example.com/app:1\"$",
        ),
        web_row(objects![web(), new("a").crashlooping()], "; pod a: container app: CrashLoopBackOff (exit code 1): back-off"),
        web_row(objects![web(), new("a").unschedulable("0/3 nodes")], "; pod a: no node was found for it: 0/3 nodes$"),
        web_row(objects![web(), new("a")], "; pod a: it is not ready$"),
        web_row(objects![web()], ALONE),
        // The one that does not get on by itself, then by name.
        web_row(
            objects![web(), starting(new("a")), new("b").not_ready(), pulling(new("c")), new("d").crashlooping()],
            "; pod c (and 3 others): container app: ImagePullBackOff",
        ),
        web_row(
            objects![web(), starting(new("a")), new("b").not_ready()],
            "; pod b (and 1 other): container app runs but is not ready$",
        ),
        // One that crashes is told of in the same place whatever it does at the moment.
        web_row(objects![web(), new("a").not_ready(), new("b").restarted(1)], "; pod b (and 1 other): container app runs again"),
        // Those that are well, on their way out, left over, of the rollout before, or somebody else's.
        web_row(objects![web(), new("a").ready()], ALONE),
        web_row(objects![web(), new("a").crashlooping().terminating()], ALONE),
        web_row(objects![web(), new("a").evicted(), new("b").failed(), new("c").succeeded()], ALONE),
        web_row(objects![web(), old("a").crashlooping()], ALONE),
        web_row(objects![web(), pod("a").label("app", "web").crashlooping()], ALONE),
        web_row(objects![web(), pod("a").owned_by("StatefulSet", "web-new").crashlooping()], ALONE),
        web_row(objects![web(), new("a").crashlooping().namespace("elsewhere-cause")], ALONE),
        web_row(objects![web(), old("a").crashlooping(), starting(new("b"))], "; pod b: container app: ContainerCreating$"),
    ])
    .await;
}

#[tokio::test]
async fn a_deployment_in_every_state() {
    let unavailable = || web().condition("Available", "False", "MinimumReplicasUnavailable", "");
    hold(vec![
        not_ready(
            "deploy/web?for=available",
            objects![unavailable(), pulling(new("a"))],
            "pending NotAvailable",
            "0 of 3 replicas are available; pod a: container app: ImagePullBackOff",
        ),
        not_ready(
            "deploy/web",
            objects![timed_out(), pulling(new("a"))],
            "failed ProgressDeadlineExceeded",
            "has timed out progressing; pod a: container app: ImagePullBackOff",
        ),
        // What its pods do says nothing about a spec that the controller has not looked at.
        not_ready(
            "deploy/web",
            objects![web().generation(2), pulling(new("a"))],
            "pending StaleStatus",
            "its spec of generation 2$",
        ),
        not_ready(
            "deploy/web",
            objects![web().terminating(), pulling(new("a"))],
            "pending Terminating",
            "being deleted$",
        ),
        not_ready(
            "deploy/web?for=deleted",
            objects![web(), pulling(new("a"))],
            "pending StillExists",
            "still there$",
        ),
        ready("deploy/web?for=exists", objects![web(), pulling(new("a"))]),
        // Ready is ready.
        ready("deploy/web", objects![web().rolled_out(), pulling(new("a")), old("b").crashlooping()]),
        not_ready(
            "deploy?selector=app=web",
            objects![web().label("app", "web"), pulling(new("a"))],
            "pending RolloutInProgress",
            "/web: 0 of 3 replicas are available; pod a: container app: ImagePullBackOff",
        ),
    ])
    .await;
}

#[tokio::test]
async fn every_workload_names_the_pod_that_blocks_it() {
    let named = |object: Value| {
        let mut object = object;
        object["metadata"]["uid"] = json!("uid-of-web");
        object
    };
    let of = |kind: &str| pulling(pod("a").owned_by(kind, "web"));
    let sts = || named(statefulset("web").replicas(2).updated(2).observed(1).revisions("new", "new").into());
    let ds = || named(daemonset("web").nodes(2).updated(2).observed(1).into());
    let rs = || named(replicaset("web").replicas(2).observed(1).into());
    let told = "; pod a: container app: ImagePullBackOff: Back-off pulling image \"example.com/app:1\"$";
    hold(vec![
        not_ready("sts/web", objects![sts(), of("StatefulSet")], "pending RolloutInProgress", told),
        not_ready("ds/web", objects![ds(), of("DaemonSet")], "pending RolloutInProgress", told),
        not_ready("rs/web", objects![rs(), of("ReplicaSet")], "pending ReplicasNotReady", told),
        // A pod of another workload that has its name.
        not_ready("sts/web", objects![sts(), of("DaemonSet")], "pending RolloutInProgress", "ready$"),
        not_ready("ds/web", objects![ds(), of("StatefulSet")], "pending RolloutInProgress", "available$"),
        not_ready("rs/web", objects![rs(), of("Job")], "pending ReplicasNotReady", "ready$"),
        // Or had it.
        not_ready(
            "sts/web",
            objects![statefulset("web").updated(1).observed(1).revisions("new", "new"), of("StatefulSet")],
            "pending RolloutInProgress",
            "ready$",
        ),
    ])
    .await;
}

fn timed_out() -> Deployment {
    let message = "ReplicaSet \"web-new\" has timed out progressing.";
    web().condition("Progressing", "False", "ProgressDeadlineExceeded", message)
}

fn db() -> Job {
    job("db").with("/metadata/uid", "uid-of-db")
}

fn of_db(name: &str) -> Pod {
    pod(name).owned_by("Job", "db")
}

#[tokio::test]
async fn a_job_names_the_pod_that_failed_last() {
    let at = |time: &str| format!("2026-01-01T{time}Z");
    let three = || {
        objects![
            of_db("a").exited(1, &at("00:00:10")),
            of_db("b").exited(3, &at("00:01:00")),
            of_db("c").exited(2, &at("00:00:30")),
        ]
    };
    let with = |job: Job, mut pods: Vec<Value>| {
        pods.push(job.into());
        pods
    };
    hold(vec![
        not_ready(
            "job/db",
            with(db().failed_pods(3).failed("BackoffLimitExceeded"), three()),
            "failed BackoffLimitExceeded",
            "limit (BackoffLimitExceeded); pod b (and 2 others): container app: Error (exit code 3)$",
        ),
        not_ready(
            "job/db",
            with(db().active(1).failed_pods(3), three()),
            "pending JobRunning",
            "3 failed; pod b (and 2 others): container app: Error (exit code 3)$",
        ),
        not_ready(
            "job/db?for=finished",
            with(db().active(1).failed_pods(3), three()),
            "pending JobRunning",
            "; pod b (and 2 others)",
        ),
        // The next attempt has not got as far as that.
        not_ready(
            "job/db",
            with(db().active(1).failed_pods(3), [three(), objects![pulling(of_db("d"))]].concat()),
            "pending JobRunning",
            "; pod d (and 3 others): container app: ImagePullBackOff",
        ),
        not_ready(
            "job/db",
            with(
                db().active(1).failed_pods(3),
                [three(), objects![starting(of_db("d")), of_db("e").ready()]].concat(),
            ),
            "pending JobRunning",
            "; pod b (and 3 others): container app: Error (exit code 3)$",
        ),
        not_ready(
            "job/db",
            objects![db().active(1), starting(of_db("a"))],
            "pending JobRunning",
            "; pod a: container app: ContainerCreating$",
        ),
        not_ready(
            "job/db",
            objects![db().active(1), of_db("a").ready()],
            "pending JobRunning",
            "0 of 1 succeeded$",
        ),
        not_ready(
            "job/db",
            objects![db().failed_pods(1), of_db("a").evicted()],
            "pending JobRunning",
            "; pod a: Evicted$",
        ),
        // Left over from a job that had the name before.
        not_ready(
            "job/db",
            objects![job("db").active(1), of_db("a").failed()],
            "pending JobRunning",
            "0 of 1 succeeded$",
        ),
        not_ready(
            "job/db",
            objects![db().suspended(), of_db("a").failed()],
            "pending JobSuspended",
            "suspended$",
        ),
        not_ready(
            "job/db?for=failed",
            objects![db().complete(), of_db("a").failed()],
            "failed JobComplete",
            "any more$",
        ),
        ready("job/db", objects![db().complete(), of_db("a").failed()]),
    ])
    .await;
}

/// What a container writes at its end may be the end of its log.
#[tokio::test]
async fn what_a_container_wrote_at_its_end_is_not_told() {
    let mut ended = of_db("a").failed().build();
    ended["status"]["containerStatuses"][0]["state"]["terminated"]["message"] = json!("password: hunter2");
    hold(vec![not_ready(
        "job/db",
        objects![db().failed("BackoffLimitExceeded"), ended],
        "failed BackoffLimitExceeded",
        "; pod a: container app: Error (exit code 1)$",
    )])
    .await;
}

fn pg() -> Service {
    service("pg").selector("app", "pg").selector("tier", "db")
}

fn behind(name: &str) -> Pod {
    pod(name).label("app", "pg").label("tier", "db").owned_by("StatefulSet", "pg")
}

#[tokio::test]
async fn a_service_names_the_pod_behind_it() {
    let unready = || slice("pg").endpoint("10.0.0.1").not_ready().target_pod("a");
    hold(vec![
        not_ready(
            "service/pg",
            objects![pg(), behind("a").unschedulable("0/3 nodes")],
            "pending NoEndpoints",
            "/pg: it has no endpoints; pod a: no node was found for it: 0/3 nodes$",
        ),
        not_ready(
            "service/pg",
            objects![pg(), unready(), behind("a").crashlooping()],
            "pending EndpointsNotReady",
            "0 of 1 endpoints are ready, 1 needed; pod a: container app: CrashLoopBackOff",
        ),
        not_ready(
            "service/pg",
            objects![pg()],
            "pending NoEndpoints",
            "it has no endpoints; its selector matches no pod$",
        ),
        not_ready(
            "service/pg",
            objects![pg(), pod("a").label("app", "pg").crashlooping()],
            "pending NoEndpoints",
            "; its selector matches no pod$",
        ),
        not_ready(
            "service/pg",
            objects![pg(), behind("a").evicted()],
            "pending NoEndpoints",
            "it has no endpoints$",
        ),
        not_ready(
            "service/pg",
            objects![pg(), behind("a").ready()],
            "pending NoEndpoints",
            "it has no endpoints$",
        ),
        not_ready(
            "service/pg",
            objects![service("pg"), behind("a").crashlooping()],
            "pending NoEndpoints",
            "it has no endpoints$",
        ),
        // Without a selector somebody says which pods they are; without pods nobody says anything.
        not_ready(
            "service/pg",
            objects![service("pg"), unready(), pod("a").crashlooping(), pod("b").crashlooping()],
            "pending EndpointsNotReady",
            "1 needed; pod a: container app: CrashLoopBackOff",
        ),
        not_ready(
            "service/pg",
            objects![service("pg"), slice("pg").endpoint("10.0.0.1").not_ready()],
            "pending EndpointsNotReady",
            "1 needed$",
        ),
        // All endpoints: a pod that is none does not matter.
        not_ready(
            "service/pg?for=all",
            objects![
                pg(),
                unready().endpoint("10.0.0.2").target_pod("b"),
                behind("a").not_ready(),
                behind("b").ready(),
                behind("c").unschedulable("x")
            ],
            "pending EndpointsNotReady",
            "2 needed; pod a: container app runs but is not ready$",
        ),
        not_ready(
            "service/pg?for=all",
            objects![pg(), behind("c").unschedulable("x")],
            "pending NoEndpoints",
            "; pod c: no node was found",
        ),
        ready("service/pg", objects![pg(), slice("pg").endpoint("10.0.0.1"), behind("a").crashlooping()]),
        not_ready(
            "service/pg",
            objects![pg().terminating(), behind("a").crashlooping()],
            "pending Terminating",
            "deleted$",
        ),
        not_ready(
            "service?selector=app=pg",
            objects![pg().label("app", "pg"), behind("a").crashlooping()],
            "pending NoEndpoints",
            "/pg: it has no endpoints; pod a: container app: CrashLoopBackOff",
        ),
    ])
    .await;
}
