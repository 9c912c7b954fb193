//! The two paths of k8s-when-ready.

use crate::support::{Server, until};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{job, service, slice};
use serde_json::{Value, json};
use std::time::Instant;

async fn running(server: &Server, path: &str) -> Value {
    let answer = server.get(path).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    answer.json()
}

#[tokio::test]
async fn a_job_is_running_when_it_is_complete() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    api.apply(job("migrate").namespace("shop").complete()).unwrap();
    api.apply(job("slow").namespace("shop").active(1)).unwrap();
    assert_eq!(running(&server, "/job/shop/migrate").await, json!({"running": true}));
    let error = "job shop/slow: 1 active, 0 of 1 succeeded";
    assert_eq!(running(&server, "/job/shop/slow?uptime=0").await, json!({"running": false, "error": error}));
    let error = "job shop/none: it does not exist yet";
    assert_eq!(running(&server, "/job/shop/none").await, json!({"running": false, "error": error}));
}

#[tokio::test]
async fn a_service_is_running_when_all_its_endpoints_have_been_for_the_uptime() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    api.apply(service("db").namespace("shop")).unwrap();
    api.apply(slice("db").namespace("shop").endpoint("10.0.0.1").endpoint("10.0.0.2").not_ready()).unwrap();
    assert_eq!(running(&server, "/service/shop/db?uptime=0.2").await["running"], false);
    api.apply(slice("db").namespace("shop").endpoint("10.0.0.1").endpoint("10.0.0.2")).unwrap();
    until(async || server.get("/v1/check?target=service/shop/db?for=all").await.status == 200).await;
    let asked = Instant::now();
    assert_eq!(running(&server, "/service/shop/db?uptime=0.2").await, json!({"running": true}));
    assert!(asked.elapsed().as_millis() >= 200, "{:?}", asked.elapsed());
    assert_eq!(running(&server, "/service/shop/db?uptime=0").await, json!({"running": true}));
}

#[tokio::test]
async fn what_makes_no_sense_is_not_running_and_nothing_is_watched() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let cases = [
        ("/service/shop/Web_1", "Web_1"),
        ("/service/Shop/web", "Shop"),
        ("/job/shop/we%62", "we%62"),
        ("/job/shop/..", ".."),
        ("/job/shop/web%3Fmin=0", "web%3Fmin=0"),
        ("/job/shop/x?uptime=soon", "uptime \"soon\" is no number of seconds from 0 to 3600"),
        ("/job/shop/x?uptime=-1", "uptime \"-1\""),
        ("/job/shop/x?uptime=NaN", "uptime \"NaN\""),
        ("/job/shop/x?uptime=3601", "uptime \"3601\""),
    ];
    for (path, expected) in cases {
        let answer = running(&server, path).await;
        assert_eq!(answer["running"], false);
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(expected) && !error.contains('\n'), "{error:?} lacks {expected:?}");
    }
    let watched = api.requests().into_iter().filter(|request| !request.resource.is_empty());
    assert_eq!(watched.count(), 0);
}

#[tokio::test]
async fn the_api_server_being_away_is_not_running() {
    let api = Api::start().await.unwrap();
    api.stop().await;
    let server = Server::start(&api).await;
    let answer = running(&server, "/job/shop/migrate").await;
    assert_eq!(answer["running"], false);
    assert!(answer["error"].as_str().unwrap().contains("cannot be asked"), "{answer}");
}
