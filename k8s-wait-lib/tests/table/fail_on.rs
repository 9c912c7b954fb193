//! `fail-on`: when a cause that has lasted is failed, and when it is not. Here the grace is none.

use super::{Row, hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{
    Deployment, Job, Pod, Service, daemonset, deployment, job, pod, replicaset, service, slice, statefulset,
};
use serde_json::Value;

const ALL: &str = "fail-on=crashloop,imagepull,unschedulable&grace=0";

fn web(name: &str) -> Pod {
    pod(name).label("app", "web")
}

fn pulling(pod: Pod) -> Pod {
    pod.waiting("app", "ErrImagePull", "no such image")
}

fn stuck(pod: Pod) -> Pod {
    pod.waiting("app", "CreateContainerConfigError", "no such secret")
}

/// A row whose target ends with `fail-on` all, in place of `FAIL`.
fn row(target: &str, objects: Vec<Value>, told: &'static str, message: &'static str) -> Row {
    let target = String::leak(target.replace("FAIL", ALL));
    match told {
        "ready" => ready(target, objects),
        _ => not_ready(target, objects, told, message),
    }
}

#[tokio::test]
async fn a_pod() {
    let waiting = |reason: &str| pod("web").waiting("app", reason, "");
    hold(vec![
        row(
            "pod/web?FAIL",
            objects![pod("web").crashlooping()],
            "failed CrashLoop",
            "/web: crashloop has lasted for 0s: container app: CrashLoopBackOff (exit code 1)",
        ),
        row(
            "pod/web?FAIL",
            objects![waiting("ErrImagePull")],
            "failed ImagePull",
            "imagepull has lasted for 0s: container app: ErrImagePull: example.com/app:1$",
        ),
        row("pod/web?FAIL", objects![waiting("ImagePullBackOff")], "failed ImagePull", ""),
        row("pod/web?FAIL", objects![waiting("InvalidImageName")], "failed ImagePull", ""),
        row("pod/web?FAIL", objects![waiting("ErrImageNeverPull")], "failed ImagePull", ""),
        row("pod/web?FAIL", objects![waiting("ImageInspectError")], "failed ImagePull", ""),
        row("pod/web?FAIL", objects![waiting("RegistryUnavailable")], "failed ImagePull", ""),
        row(
            "pod/web?FAIL",
            objects![pod("web").unschedulable("0/3 nodes")],
            "failed Unschedulable",
            "unschedulable has lasted for 0s: no node was found for it: 0/3 nodes$",
        ),
        row("pod/web?for=succeeded&FAIL", objects![pod("web").crashlooping()], "failed CrashLoop", ""),
        row("pod/web?for=finished&FAIL", objects![pod("web").unschedulable("")], "failed Unschedulable", ""),
        // What is no cause.
        row("pod/web?FAIL", objects![], "pending NotFound", ""),
        row("pod/web?FAIL", objects![stuck(pod("web"))], "pending PodNotReady", ""),
        row("pod/web?FAIL", objects![waiting("ContainerCreating")], "pending PodNotReady", ""),
        row("pod/web?FAIL", objects![pod("web").restarted(1)], "pending PodNotReady", ""),
        row(
            "pod/web?FAIL",
            objects![pod("web").condition("PodScheduled", "False", "SchedulingGated", "")],
            "pending PodNotReady",
            "",
        ),
        row("pod/web?FAIL", objects![pod("web").crashlooping().terminating()], "pending Terminating", ""),
        row("pod/web?FAIL", objects![pod("web").ready()], "ready", ""),
        row("pod/web?for=finished&FAIL", objects![pod("web").failed()], "ready", ""),
        // What was not asked for.
        row(
            "pod/web?fail-on=imagepull,unschedulable&grace=0",
            objects![pod("web").crashlooping()],
            "pending PodNotReady",
            "",
        ),
        row("pod/web?fail-on=crashloop&grace=0", objects![pulling(pod("web"))], "pending PodNotReady", ""),
        row("pod/web", objects![pulling(pod("web"))], "pending PodNotReady", ""),
        // The default is a minute.
        row("pod/web?fail-on=imagepull", objects![pulling(pod("web"))], "pending PodNotReady", ""),
    ])
    .await;
}

#[tokio::test]
async fn pods() {
    let two = || objects![web("a").ready(), pulling(web("b"))];
    hold(vec![
        row(
            "pod?selector=app&FAIL",
            two(),
            "failed ImagePull",
            "1 of 2 are ready, 2 needed; pod row-0/b: imagepull has lasted for 0s: container app",
        ),
        row("pod?selector=app&min=1&FAIL", two(), "ready", ""),
        row(
            "pod?selector=app&min=1&FAIL",
            objects![web("a"), pulling(web("b"))],
            "pending PodNotReady",
            "0 of 2",
        ),
        row(
            "pod?selector=app&min=1&FAIL",
            objects![pulling(web("a")), web("b").crashlooping()],
            "failed ImagePull",
            "0 of 2",
        ),
        row(
            "pod?selector=app&min=50%25&FAIL",
            objects![pulling(web("a")), web("b").crashlooping(), web("c")],
            "failed ImagePull",
            "",
        ),
        // More may come.
        row("pod?selector=app&min=3&FAIL", two(), "pending TooFew", ""),
        row(
            "pod?selector=app&FAIL",
            objects![web("a").ready(), pulling(web("b")).terminating()],
            "ready",
            "",
        ),
    ])
    .await;
}

/// Three replicas, all updated, none available.
fn rollout() -> Deployment {
    deployment("web").replicas(3).updated(3).rolling_out("web-new")
}

fn new(name: &str) -> Pod {
    web(name).owned_by("ReplicaSet", "web-new")
}

#[tokio::test]
async fn a_deployment() {
    let one = || objects![rollout(), pulling(new("a")), new("b"), new("c").ready()];
    let surge = || rollout().updated(1).current(4);
    let old = |name: &str| web(name).owned_by("ReplicaSet", "web-old");
    hold(vec![
        row(
            "deploy/web?FAIL",
            one(),
            "failed ImagePull",
            "/web: imagepull has lasted for 0s: 0 of 3 replicas are available; pod a: container app: ErrImagePull",
        ),
        row("deploy/web?min=2&FAIL", one(), "pending RolloutInProgress", "; pod a (and 1 other): container app: ErrImagePull"),
        row("deploy/web?min=3&FAIL", one(), "failed ImagePull", ""),
        row("deploy/web?min=50%25&FAIL", objects![rollout(), pulling(new("a")), pulling(new("b")), new("c")], "failed ImagePull", "; pod a (and 1 other)"),
        // Named is who is to blame, and not who is the most telling otherwise.
        row("deploy/web?FAIL", objects![rollout(), stuck(new("a")), pulling(new("b"))], "failed ImagePull", "; pod b: container app: ErrImagePull"),
        row("deploy/web?FAIL", objects![rollout(), stuck(new("a"))], "pending RolloutInProgress", "; pod a: container app: Create"),
        // The rollout before, those that go, and those that have gone.
        row("deploy/web?FAIL", objects![surge(), old("a").crashlooping(), old("b").crashlooping(), new("c")], "pending RolloutInProgress", "; pod c: it is not ready$"),
        row("deploy/web?FAIL", objects![surge(), old("a").ready(), pulling(new("b"))], "failed ImagePull", "; pod b:"),
        row("deploy/web?FAIL", objects![rollout(), pulling(new("a")).terminating(), new("b").evicted()], "pending RolloutInProgress", "available$"),
        row("deploy/web?FAIL", objects![rollout().generation(2), pulling(new("a"))], "pending StaleStatus", ""),
        row("deploy/web?FAIL", objects![deployment("web").replicas(3).updated(3).observed(1), pulling(new("a"))], "pending RolloutInProgress", "available$"),
        row("deploy/web?FAIL", objects![rollout().rolled_out(), pulling(new("a"))], "ready", ""),
        // Old ones may make it available as well, and any one may.
        row("deploy/web?for=available&FAIL", objects![surge(), pulling(new("a"))], "pending NotAvailable", ""),
        row("deploy/web?for=available&FAIL", one(), "pending NotAvailable", "; pod a (and 1 other)"),
        row("deploy/web?for=available&min=3&FAIL", one(), "failed ImagePull", ""),
        row("deploy/web?for=available&min=3&FAIL", objects![surge(), pulling(new("a"))], "pending NotAvailable", ""),
        row("deploy/web?for=available&FAIL", objects![rollout(), pulling(new("a")), pulling(new("b")), pulling(new("c"))], "failed ImagePull", ""),
        row("deploy?selector=app&FAIL", objects![rollout().label("app", "web"), pulling(new("a"))], "failed ImagePull", "0 of 1 are ready, 1 needed; deployment row-17/web: imagepull has lasted"),
        // In a set, min counts deployments: each of them needs all of its pods.
        row(
            "deploy?selector=app&min=1&FAIL",
            objects![rollout().label("app", "web"), pulling(new("a")), new("b")],
            "failed ImagePull",
            "",
        ),
        row(
            "deploy?selector=app&min=1&FAIL",
            objects![rollout().label("app", "web"), deployment("b").label("app", "web"), pulling(new("a"))],
            "pending StaleStatus",
            "",
        ),
    ])
    .await;
}

#[tokio::test]
async fn every_workload() {
    let of = |kind: &str, name: &str| pod(name).owned_by(kind, "web");
    let two = |kind: &str| objects![pulling(of(kind, "a")), of(kind, "b")];
    let with = |object: Value, mut pods: Vec<Value>| {
        let mut object = object;
        object["metadata"]["uid"] = "uid-of-web".into();
        pods.push(object);
        pods
    };
    let sts = || statefulset("web").replicas(2).updated(2).observed(1).revisions("old", "new");
    let revision = |pod: Pod, revision: &str| pod.label("controller-revision-hash", revision);
    let (old, new) = (
        || revision(of("StatefulSet", "a"), "old").crashlooping(),
        || revision(of("StatefulSet", "b"), "new").crashlooping(),
    );
    let ds = || daemonset("web").nodes(2).updated(2).observed(1).into();
    let rs = || replicaset("web").replicas(2).observed(1).into();
    hold(vec![
        row("ds/web?FAIL", with(ds(), two("DaemonSet")), "failed ImagePull", "; pod a: container app"),
        row(
            "ds/web?min=1&FAIL",
            with(ds(), two("DaemonSet")),
            "pending RolloutInProgress",
            "; pod a (and 1 other)",
        ),
        row("rs/web?FAIL", with(rs(), two("ReplicaSet")), "failed ImagePull", "; pod a: container app"),
        row("rs/web?min=50%25&FAIL", with(rs(), two("ReplicaSet")), "pending ReplicasNotReady", ""),
        row(
            "sts/web?FAIL",
            with(sts().into(), objects![old(), new()]),
            "failed CrashLoop",
            "; pod b: container app",
        ),
        row(
            "sts/web?min=1&FAIL",
            with(sts().into(), objects![old(), new()]),
            "pending RolloutInProgress",
            "",
        ),
        // What the rollout has not come to may get better by it.
        row(
            "sts/web?FAIL",
            with(sts().updated(0).into(), objects![old()]),
            "pending RolloutInProgress",
            "; pod a: container app",
        ),
        row(
            "sts/web?FAIL",
            with(sts().on_delete().into(), objects![old()]),
            "failed CrashLoop",
            "; pod a: container app",
        ),
        row("sts/web?FAIL", with(sts().generation(2).into(), objects![new()]), "pending StaleStatus", ""),
        row("sts/web?FAIL", with(sts().rolled_out().into(), objects![new()]), "ready", ""),
    ])
    .await;
}

#[tokio::test]
async fn a_job() {
    let db = || -> Job { job("db").with("/metadata/uid", "uid-of-db").active(2).completions(4) };
    let of = |name: &str| pod(name).owned_by("Job", "db");
    hold(vec![
        row(
            "job/db?FAIL",
            objects![db(), of("a").ready(), pulling(of("b"))],
            "failed ImagePull",
            "imagepull has lasted for 0s: 2 active, 0 of 4 succeeded; pod b: container app",
        ),
        row(
            "job/db?for=finished&FAIL",
            objects![db(), of("a").unschedulable("0/3 nodes")],
            "failed Unschedulable",
            "",
        ),
        // Retries are the job's own business.
        row(
            "job/db?FAIL",
            objects![db().failed_pods(1), of("a").failed(), of("b").ready()],
            "pending JobRunning",
            "; pod a: container app: Error",
        ),
        row(
            "job/db?FAIL",
            objects![db(), pulling(of("b")).terminating()],
            "pending JobRunning",
            "succeeded$",
        ),
        row(
            "job/db?FAIL",
            objects![db().with("/metadata/uid", "another"), pulling(of("b"))],
            "pending JobRunning",
            "succeeded$",
        ),
        row(
            "job/db?FAIL",
            objects![db().failed("DeadlineExceeded"), pulling(of("b"))],
            "failed DeadlineExceeded",
            "",
        ),
        row("job/db?FAIL", objects![db().complete(), pulling(of("b"))], "ready", ""),
    ])
    .await;
}

#[tokio::test]
async fn a_service() {
    let pg = || -> Service { service("pg").selector("app", "web") };
    let unready = |name: &str| slice("pg").endpoint("10.0.0.1").not_ready().target_pod(name);
    hold(vec![
        row(
            "svc/pg?FAIL",
            objects![pg(), pulling(web("a"))],
            "failed ImagePull",
            "/pg: imagepull has lasted for 0s: it has no endpoints; pod a: container app",
        ),
        row(
            "svc/pg?FAIL",
            objects![pg(), unready("a"), web("a").crashlooping(), web("b").unschedulable("x")],
            "failed CrashLoop",
            "; pod a (and 1 other): container app: Crash",
        ),
        // Another one may still make it.
        row(
            "svc/pg?FAIL",
            objects![pg(), pulling(web("a")), web("b")],
            "pending NoEndpoints",
            "; pod a (and 1 other)",
        ),
        row("svc/pg?FAIL", objects![pg(), pulling(web("a")), stuck(web("b"))], "pending NoEndpoints", ""),
        row("svc/pg?min=2&FAIL", objects![pg(), pulling(web("a")), web("b")], "failed ImagePull", ""),
        row("svc/pg?min=all&FAIL", objects![pg(), pulling(web("a")), web("b")], "failed ImagePull", ""),
        row(
            "svc/pg?FAIL",
            objects![pg(), pulling(web("a")).terminating(), web("b").evicted()],
            "pending NoEndpoints",
            "endpoints$",
        ),
        row("svc/pg?FAIL", objects![pg()], "pending NoEndpoints", "no pod$"),
        row("svc/pg?FAIL", objects![pg(), slice("pg").endpoint("10.0.0.1"), pulling(web("a"))], "ready", ""),
        // All endpoints: a pod that is none is not needed.
        row(
            "svc/pg?for=all&FAIL",
            objects![pg(), unready("a"), web("a").crashlooping()],
            "failed CrashLoop",
            "",
        ),
        row(
            "svc/pg?for=all&FAIL",
            objects![pg(), unready("a"), web("a").not_ready(), web("b").unschedulable("x")],
            "pending EndpointsNotReady",
            "; pod a: container app runs",
        ),
        row("svc/pg?for=all&FAIL", objects![pg(), web("b").unschedulable("x")], "failed Unschedulable", ""),
        // Without a selector: those behind the endpoints.
        row(
            "svc/pg?FAIL",
            objects![service("pg"), unready("a"), pod("a").crashlooping()],
            "failed CrashLoop",
            "",
        ),
        row(
            "svc/pg?FAIL",
            objects![service("pg"), unready("a").endpoint("10.0.0.2").not_ready(), pod("a").crashlooping()],
            "pending EndpointsNotReady",
            "; pod a: container app: Crash",
        ),
        row(
            "svc?selector=app&FAIL",
            objects![pg().label("app", "web"), pulling(web("a"))],
            "failed ImagePull",
            "service row-14/pg: imagepull has lasted",
        ),
    ])
    .await;
}
