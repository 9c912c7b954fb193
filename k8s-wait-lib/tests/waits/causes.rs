//! When pods are looked at for the sake of a message, and what that never does.

use crate::common::{self, begun, client, eventually, next, put, soon, told, until, wait, watches};
use k8s_wait_lib::{Report, Watches};
use k8s_wait_testkit::build::{Deployment, Pod, deployment, job, pod, replicaset, service, slice};
use k8s_wait_testkit::{Api, Fault};
use std::time::Duration;
use tokio::time::Instant;

fn web() -> Deployment {
    deployment("web").updated(1).rolling_out("web-new")
}

fn new(name: &str) -> Pod {
    pod(name).label("app", "web").owned_by("ReplicaSet", "web-new")
}

fn message(report: &Report) -> &str {
    report.verdict.reason().map_or("", |reason| &reason.message)
}

/// The next report that says this, before anything is decided.
async fn says(wait: &mut k8s_wait_lib::Wait, what: &str) {
    loop {
        let report = next(wait).await;
        assert!(!report.is_final, "waiting for {what:?}: {report:?}");
        if message(&report).contains(what) {
            return;
        }
    }
}

#[tokio::test]
async fn pods_are_watched_only_while_something_is_not_ready_for_their_sake() {
    let api = Api::start().await.unwrap();
    let watches = Watches::with(client(&api), None, Duration::from_millis(1));
    let targets = ["deploy/web", "svc/web", "job/web", "job/never?for=exists"];
    put(&api, "shop", web().rolled_out());
    put(&api, "shop", job("web").complete());
    put(&api, "shop", service("web").selector("app", "web"));
    put(&api, "shop", slice("web").endpoint("10.0.0.1"));
    let mut wait = wait(&watches, "shop", &targets);
    begun(&mut wait).await;
    assert_eq!(api.count("list", "pods") + api.count("watch", "pods"), 0);
    put(&api, "shop", web());
    put(&api, "shop", new("a").crashlooping());
    says(&mut wait, "; pod a: container app: CrashLoopBackOff").await;
    assert_eq!(api.watches_open("pods"), 1);
    put(&api, "shop", web().rolled_out());
    until(&mut wait, "pending NotFound").await;
    // Those of the four other resources are left.
    eventually("pods are watched no more", || watches.open_count() == 4).await;
}

#[tokio::test]
async fn a_change_of_a_pod_is_told() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    put(&api, "shop", web());
    put(&api, "shop", service("web").selector("app", "web"));
    put(&api, "shop", job("web").active(1).with("/metadata/uid", "uid-of-web"));
    let task = || pod("task").owned_by("Job", "web");
    let mut waits = ["deploy/web", "svc/web", "job/web"].map(|target| wait(&watches, "shop", &[target]));
    for wait in &mut waits {
        begun(wait).await;
    }
    put(&api, "shop", new("a").unschedulable("0/3 nodes"));
    put(&api, "shop", task().unschedulable("0/3 nodes"));
    for wait in &mut waits {
        says(wait, ": no node was found for it: 0/3 nodes").await;
    }
    put(&api, "shop", new("a").waiting("app", "ErrImagePull", "not found"));
    put(&api, "shop", task().exited(3, "2026-01-01T00:00:00Z"));
    for (wait, what) in waits.iter_mut().zip(["ErrImagePull", "ErrImagePull", "exit code 3"]) {
        says(wait, what).await;
    }
    api.delete("pods", "shop", "a").unwrap();
    says(&mut waits[0], "0 of 1 replicas are available").await;
    says(&mut waits[1], "its selector matches no pod").await;
}

#[tokio::test]
async fn a_right_on_pods_that_is_missing_fails_nothing() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    let _fault = api.inject(Fault::status(403).on("pods"));
    put(&api, "shop", web());
    put(&api, "shop", new("a").crashlooping());
    let now = |target: &'static str| common::now(&watches, "shop", target);
    assert_eq!(message(&now("deploy/web").await), "deployment shop/web: 0 of 1 replicas are available");
    // Whoever relies on it has to know.
    let report = now("deploy/web?fail-on=crashloop&grace=0").await;
    assert_eq!(told(&report), "pending RolloutInProgress");
    assert!(message(&report).contains("available; fail-on cannot be judged: no right to "), "{report:?}");
    put(&api, "shop", web().rolled_out());
    common::stands(&watches, "shop", "deploy/web", "ready").await;
    common::stands(&watches, "shop", "deploy/web?fail-on=crashloop&grace=0", "ready").await;
}

#[tokio::test]
async fn a_job_that_has_failed_before_is_told_with_its_pod() {
    let api = Api::start().await.unwrap();
    put(&api, "shop", job("web").failed("BackoffLimitExceeded").with("/metadata/uid", "uid-of-web"));
    put(&api, "shop", pod("a").owned_by("Job", "web").exited(3, "2026-01-01T00:00:00Z"));
    let mut wait = wait(&watches(&api), "shop", &["job/web"]);
    let report = next(&mut wait).await;
    assert!(
        report.is_final && message(&report).ends_with("; pod a: container app: Error (exit code 3)"),
        "{report:?}"
    );
}

#[tokio::test]
async fn pods_that_do_not_come_keep_nobody() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    let _fault = api.inject(Fault::hang().on("pods"));
    put(&api, "shop", job("web").failed("BackoffLimitExceeded"));
    put(&api, "shop", job("slow").active(1));
    let begin = Instant::now();
    let mut failing = wait(&watches, "shop", &["job/web"]);
    let mut waiting = wait(&watches, "shop", &["job/slow"]);
    assert_eq!(
        told(&soon(until(&mut failing, "failed BackoffLimitExceeded")).await),
        "failed BackoffLimitExceeded"
    );
    until(&mut waiting, "pending JobRunning").await;
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

/// `stable` is judged at every change of what it is about, of which pods are none.
#[tokio::test]
async fn pods_that_never_stand_still_are_no_break_of_what_is_stable() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    put(&api, "shop", web());
    put(&api, "shop", replicaset("web-new").observed(1).with("/metadata/uid", "uid-of-web-new"));
    put(&api, "shop", new("a").restarted(1));
    let mut stable = wait(&watches, "shop", &["deploy/web?stable=1h"]);
    let mut other = wait(&watches, "shop", &["rs/web-new"]);
    // Somebody listens to the pods all the while.
    says(&mut other, "; pod a: container app runs again").await;
    says(&mut stable, "; pod a: container app runs again").await;
    put(&api, "shop", web().rolled_out());
    until(&mut stable, "pending Stabilizing").await;
    // More than is kept of what has not been looked at.
    for round in 1..600 {
        put(&api, "shop", new("a").restarted(round));
    }
    says(&mut other, "; pod a: container app runs again after exit code 599").await;
    put(&api, "shop", web().generation(2).rolled_out());
    common::stands(&watches, "shop", "deploy/web?for=jsonpath={.metadata.generation}=2", "ready").await;
    assert_eq!(message(&stable.now().await), "deploy/shop/web: ready, but not yet for 1h");
}

/// What pods do says nothing about what is ready.
#[tokio::test]
async fn pods_that_never_stand_still_do_not_keep_a_wait_from_being_ready() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    put(&api, "shop", web());
    let mut wait = wait(&watches, "shop", &["deploy/web", "job/web"]);
    until(&mut wait, "pending RolloutInProgress").await;
    let noise = {
        let api = api.clone();
        tokio::spawn(async move {
            for round in 0.. {
                put(&api, "shop", new("a").restarted(round % 200));
                tokio::task::yield_now().await;
            }
        })
    };
    put(&api, "shop", job("web").complete());
    put(&api, "shop", web().rolled_out());
    soon(async { while !next(&mut wait).await.is_final {} }).await;
    noise.abort();
}
