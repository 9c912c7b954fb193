//! A thousand waits for one job.

use crate::common::{self, eventually, next, put, soon, told, wait};
use k8s_wait_lib::Watches;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::job;
use std::time::Duration;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_waits_share_one_list_and_one_watch() {
    let api = Api::start().await.unwrap();
    let watches = Watches::with(common::client(&api), None, Duration::from_millis(50));
    put(&api, "shop", job("migrate").active(1));
    let mut waits = JoinSet::new();
    for _ in 0..1000 {
        let mut wait = wait(&watches, "shop", &["job/migrate"]);
        while told(&next(&mut wait).await) != "pending JobRunning" {}
        waits.spawn(async move { wait.next().await.unwrap() });
    }
    put(&api, "shop", job("migrate").complete());
    while let Some(report) = soon(waits.join_next()).await {
        let report = report.unwrap();
        assert_eq!((told(&report).as_str(), report.is_final), ("ready", true));
    }
    assert_eq!((api.count("list", "jobs"), api.count("watch", "jobs")), (1, 1));
    eventually("the watch is closed", || watches.open_count() == 0 && api.watches_open("jobs") == 0).await;
}
