//! Bad days of the API server while a hundred wait: all finish, and nobody gets a wrong verdict.

use crate::crowd::{all_become_ready, gather};
use crate::support::{Lines, Server, brief, strings, until};
use futures::future::join_all;
use k8s_wait_server::Settings;
use k8s_wait_testkit::build::{job, pod};
use k8s_wait_testkit::{Api, Fault, Memory};

const JOB: &str = "/v1/wait?target=job/migrate&timeout=10m";
const CROWD: usize = 100;

async fn a_crowd() -> (Api, Server, Vec<Lines>) {
    let api = Api::start().await.unwrap();
    api.apply(job("migrate").active(1)).unwrap();
    let server = Server::start(&api).await;
    let crowd = gather(&server, JOB, "JobRunning", CROWD).await;
    (api, server, crowd)
}

#[tokio::test]
async fn every_watch_is_dropped() {
    let (api, _server, crowd) = a_crowd().await;
    for _ in 0..3 {
        api.drop_watches();
        until(async || api.watches_open("jobs") == 1).await;
    }
    api.apply(job("migrate").complete()).unwrap();
    all_become_ready(crowd).await;
}

#[tokio::test]
async fn the_job_completes_while_the_watch_is_down() {
    let (api, _server, crowd) = a_crowd().await;
    let refusal = api.inject(Fault::status(500).on("jobs"));
    api.drop_watches();
    api.apply(job("migrate").complete()).unwrap();
    refusal.clear();
    all_become_ready(crowd).await;
}

#[tokio::test]
async fn the_api_server_restarts() {
    for memory in [Memory::Kept, Memory::HistoryLost] {
        let (api, _server, crowd) = a_crowd().await;
        api.restart(memory).await.unwrap();
        api.apply(job("migrate").complete()).unwrap();
        all_become_ready(crowd).await;
    }
}

#[tokio::test]
async fn the_api_server_restarts_with_an_empty_memory() {
    let (api, _server, mut crowd) = a_crowd().await;
    api.restart(Memory::AllLost).await.unwrap();
    join_all(crowd.iter_mut().map(|lines| lines.until_reason("NotFound"))).await;
    api.apply(job("migrate").active(1)).unwrap();
    join_all(crowd.iter_mut().map(|lines| lines.until_reason("JobRunning"))).await;
    api.apply(job("migrate").complete()).unwrap();
    all_become_ready(crowd).await;
}

#[tokio::test]
async fn what_was_ready_before_the_restart_is_not_ready_after_it() {
    let api = Api::start().await.unwrap();
    api.apply(pod("web").ready()).unwrap();
    let server = Server::start(&api).await;
    let mut lines = server.lines("/v1/wait?target=pod/web&target=job/migrate&timeout=10m").await;
    while brief(&lines.next().await.unwrap()).1 != strings(&["", "NotFound"]) {}
    api.restart(Memory::AllLost).await.unwrap();
    api.apply(job("migrate").complete()).unwrap();
    until(async || server.get("/v1/check?target=job/migrate").await.status == 200).await;
    until(async || {
        let (verdict, reasons) = brief(&server.get("/v1/check?target=pod/web").await.json());
        assert_eq!(verdict, "pending", "{reasons:?}");
        reasons == ["NotFound"]
    })
    .await;
    api.apply(pod("web").ready()).unwrap();
    assert_eq!(brief(&lines.done().await), ("ready".to_owned(), strings(&["", ""])));
}

#[tokio::test]
async fn a_right_is_missing_in_one_namespace() {
    let api = Api::start().await.unwrap();
    api.inject(Fault::status(403).in_namespace("bank")).forget();
    api.apply(job("migrate").namespace("shop").active(1)).unwrap();
    let namespaces = Some(["shop", "bank"].map(str::to_owned).into());
    let server = Server::with(&api, Settings { namespaces, ..Settings::default() }).await;
    let in_shop = gather(&server, "/v1/wait?target=job/shop/migrate", "JobRunning", CROWD / 2).await;
    let refused = async || server.lines("/v1/wait?target=job/bank/migrate").await.done().await;
    for last in join_all((0..CROWD / 2).map(|_| refused())).await {
        assert_eq!(brief(&last), ("failed".to_owned(), strings(&["Forbidden"])));
        let message = last["targets"][0]["message"].as_str().unwrap();
        assert!(message.contains("no right to watch jobs.batch in namespace bank"), "{message}");
    }
    api.apply(job("migrate").namespace("shop").complete()).unwrap();
    all_become_ready(in_shop).await;
}
