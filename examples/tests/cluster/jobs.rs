//! Jobs, with the status that the Job controller writes or would write.

use crate::common::objects::{complete, controlled_job, failed, job, working};
use crate::common::process::until;
use crate::common::scene::Scene;
use serde_json::json;
use std::time::Duration;

#[test]
#[ignore = "needs a cluster"]
fn a_job_is_waited_for_through_failed_pods_until_it_is_complete() {
    let shop = Scene::new();
    shop.create(&job("migrate"));
    let mut wait = shop.wait(&["job/migrate"]);
    wait.sees("job/", "JobNotStarted");
    shop.status("jobs/migrate", &working(0));
    wait.sees("job/", "JobRunning");
    shop.status("jobs/migrate", &working(2));
    assert!(wait.is_waiting(), "retries are left");
    shop.status("jobs/migrate", &complete());
    wait.ends(0);
}

#[test]
#[ignore = "needs a cluster"]
fn a_job_that_failed_for_good_ends_the_wait_with_its_reason() {
    let shop = Scene::new();
    shop.create(&job("migrate"));
    shop.status("jobs/migrate", &working(0));
    let wait = shop.wait(&["job/migrate", "--output", "text"]);
    let mut watcher = shop.wait(&["job/migrate"]);
    watcher.sees("job/", "JobRunning");
    shop.status("jobs/migrate", &failed());
    watcher.ends(3);
    let ended = wait.ends(3);
    for text in [&ended.output, &ended.termination] {
        assert!(text.contains("BackoffLimitExceeded"), "{text}");
        assert!(text.contains(&format!("job/{}/migrate", shop.name)), "{text}");
        assert!(text.contains("Job has reached the specified backoff limit"), "{text}");
    }
}

#[test]
#[ignore = "needs a cluster"]
fn a_suspended_job_is_waited_for() {
    let shop = Scene::new();
    let mut suspended = job("migrate");
    suspended["spec"]["suspend"] = json!(true);
    shop.create(&suspended);
    let mut wait = shop.wait(&["job/migrate"]);
    wait.sees("job/", "JobSuspended");
    shop.patch("jobs/migrate", &json!({"spec": {"suspend": false}}));
    wait.sees("job/", "JobNotStarted");
    shop.status("jobs/migrate", &complete());
    wait.ends(0);
}

/// The same as the Job controller writes it, from what a kubelet would say of the pods.
#[test]
#[ignore = "needs a cluster"]
fn what_the_job_controller_writes_is_understood() {
    let shop = Scene::new();
    if !shop.cluster.has_controllers {
        println!("skipped: no controllers run in this cluster");
        return;
    }
    for (name, phase, code) in [("good", "Succeeded", 0), ("bad", "Failed", 3)] {
        shop.create(&controlled_job(name));
        let mut wait = shop.wait(&[&format!("job/{name}")]);
        wait.sees("job/", "JobRunning");
        let pods = format!("pods?labelSelector=job-name={name}");
        let made = until("the job's pod", Duration::from_secs(60), || shop.list(&pods).pop());
        let pod = made["metadata"]["name"].as_str().unwrap();
        shop.status(&format!("pods/{pod}"), &json!({"phase": phase}));
        let ended = wait.ends(code);
        assert_eq!(ended.output.contains("BackoffLimitExceeded"), code == 3, "{}", ended.output);
    }
}
