//! What a report tells of the pods that are in a target's way.

use crate::common::{begun, put, wait, watches};
use k8s_wait_lib::{Report, Wait};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{Pod, deployment, job, pod, service, slice};
use std::time::Duration;

/// For each target its obstacles, as `shop: a b -1` where one of the two can be done without.
fn told(report: &Report) -> Vec<Vec<String>> {
    let obstacles = |target: &k8s_wait_lib::TargetReport| {
        let obstacles = target.obstacles.now();
        let named = |obstacle: &k8s_wait_lib::Obstacle| {
            let names: Vec<&str> = obstacle.pods.iter().map(|(name, _)| &**name).collect();
            format!("{}: {} -{}", obstacle.namespace, names.join(" "), obstacle.spare)
        };
        obstacles.iter().map(named).collect()
    };
    report.targets.iter().map(obstacles).collect()
}

/// The report in whose view they stand so, once the pods have been looked at.
async fn becomes(wait: &mut Wait, expected: &[&[&str]]) -> Report {
    let mut report = begun(wait).await;
    for _ in 0..5000 {
        if told(&report) == expected {
            return report;
        }
        tokio::select! {
            next = wait.next() => report = next.unwrap(),
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
        }
    }
    panic!("{report:?}");
}

fn waiting(name: &str, app: &str) -> Pod {
    pod(name).label("app", app).waiting("app", "PodInitializing", "")
}

#[tokio::test]
async fn the_pods_that_are_not_ready_and_how_many_can_be_done_without() {
    let api = Api::start().await.unwrap();
    put(&api, "shop", service("web").selector("app", "web"));
    put(&api, "shop", slice("web"));
    put(&api, "shop", deployment("web").replicas(3).updated(3).rolling_out("web-new"));
    for name in ["web-a", "web-b"] {
        put(&api, "shop", waiting(name, "web").owned_by("ReplicaSet", "web-new"));
    }
    put(&api, "shop", pod("web-c").label("app", "web").owned_by("ReplicaSet", "web-new").ready());
    put(&api, "shop", pod("web-d").label("app", "web").owned_by("ReplicaSet", "web-old").succeeded());
    let targets = [
        // Of three pods that have not ended one is enough, or two.
        "svc/web",
        "svc/web?min=2",
        // There are to be three, and all of them, or two.
        "deploy/web",
        "deploy/web?min=2",
        "pod/web-a",
        "pod?selector=app=web",
        "pod?selector=app=web&min=1",
        "deploy/web?for=exists",
    ];
    let mut wait = wait(&watches(&api), "shop", &targets);
    let expected: [&[&str]; 8] = [
        &["shop: web-a web-b -2"],
        &["shop: web-a web-b -1"],
        &["shop: web-a web-b -0"],
        &["shop: web-a web-b -1"],
        &["shop: web-a -0"],
        &["shop: web-a -0", "shop: web-b -0"],
        &[],
        &[],
    ];
    becomes(&mut wait, &expected).await;
}

#[tokio::test]
async fn they_go_with_the_pods_without_a_report() {
    let api = Api::start().await.unwrap();
    put(&api, "shop", deployment("db").replicas(2).updated(2).rolling_out("db-new"));
    put(&api, "shop", job("migrate").active(1));
    put(&api, "shop", waiting("db-0", "db").owned_by("ReplicaSet", "db-new"));
    put(&api, "shop", waiting("db-1", "db").owned_by("ReplicaSet", "db-new"));
    let mut wait = wait(&watches(&api), "shop", &["deploy/db", "job/migrate"]);
    let report = becomes(&mut wait, &[&["shop: db-0 db-1 -0"], &[]]).await;
    // The message is about the first of them, and does not change.
    put(&api, "shop", waiting("db-1", "db").owned_by("ReplicaSet", "db-new").label("is", "new"));
    for _ in 0..5000 {
        tokio::select! {
            report = wait.next() => panic!("{report:?}"),
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
        }
        if report.targets[0].obstacles.now()[0].pods[1].1.meta.labels.get("is") == Some("new") {
            return;
        }
    }
    panic!("{:?}", report.targets[0].obstacles);
}
