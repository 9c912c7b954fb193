//! Answers over objects of the testkit's API.

use super::super::{App, routes};
use super::{LIMIT, SWEEPS};
use crate::auth::Caller;
use k8s_wait_lib::{CheckRegistry, Reach};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

struct Stage {
    api: Api,
    app: Arc<App>,
    _stop: watch::Sender<bool>,
}

const WEB: &str = "target=pod/web";

impl Stage {
    async fn start() -> Self {
        let api = Api::start().await.unwrap();
        let config = kube::Config::new(api.url().parse().unwrap());
        let client = k8s_wait_lib::client(config).unwrap();
        let mut registry = CheckRegistry::kubernetes().unwrap();
        registry.register_network(&Reach::anywhere()).unwrap();
        let (app, _stop) = App::open(registry, 10, client);
        Self { api, app, _stop }
    }

    async fn check(&self, query: &str) -> u16 {
        let path = format!("/v1/check?{query}");
        let request = warp::test::request().path(&path);
        request.reply(&routes(Arc::clone(&self.app), None)).await.status().as_u16()
    }

    async fn check_by_body(&self, body: &str) -> u16 {
        let request = warp::test::request().method("POST").path("/v1/check");
        let request = request.header("content-type", "application/json").body(body);
        request.reply(&routes(Arc::clone(&self.app), None)).await.status().as_u16()
    }

    fn is_kept(&self, query: &str) -> bool {
        self.app.answers.find(&Caller::Anyone, query).is_some()
    }

    /// Until the server knows.
    async fn until_dropped(&self, query: &str) {
        let dropped = async {
            while self.is_kept(query) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), dropped).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_holds_until_its_object_changes() {
    let stage = Stage::start().await;
    stage.api.apply(pod("web").ready()).unwrap();
    stage.api.apply(pod("db")).unwrap();
    assert_eq!(stage.check(WEB).await, 200);
    assert_eq!(stage.check("target=pod/db").await, 503);
    assert!(stage.is_kept(WEB) && stage.is_kept("target=pod/db"));
    stage.api.apply(pod("db").ready()).unwrap();
    stage.until_dropped("target=pod/db").await;
    assert!(stage.is_kept(WEB), "it is about another one");
    assert_eq!(stage.check("target=pod/db").await, 200);
    stage.api.delete("pods", "default", "web").unwrap();
    stage.until_dropped(WEB).await;
    assert_eq!(stage.check(WEB).await, 503);
}

#[tokio::test]
async fn an_answer_is_not_given_once_the_server_knows_better() {
    let stage = Stage::start().await;
    stage.api.apply(pod("web").ready()).unwrap();
    assert_eq!(stage.check(WEB).await, 200);
    stage.api.delete("pods", "default", "web").unwrap();
    // A body is looked at each time, and gives the watch no turn by itself.
    let knows = async {
        while stage.check_by_body(r#"{"targets":["pod/web"]}"#).await == 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), knows).await.unwrap();
    assert_eq!(stage.check(WEB).await, 503);
}

#[tokio::test]
async fn what_goes_by_time_is_looked_at_each_time() {
    let stage = Stage::start().await;
    stage.api.apply(pod("web").ready()).unwrap();
    let port = stage.api.url().rsplit(':').next().unwrap().to_owned();
    let asked = [
        "target=pod/web%3Fstable=1h".to_owned(),
        "target=pod/no%3Ftimeout=1h".to_owned(),
        format!("target=tcp/127.0.0.1:{port}"),
    ];
    for query in asked {
        stage.check(&query).await;
        assert!(!stage.is_kept(&query), "{query}");
    }
}

#[tokio::test]
async fn answers_are_kept_for_a_while_and_not_without_limit() {
    let stage = Stage::start().await;
    stage.api.apply(pod("web").ready()).unwrap();
    for number in 0..LIMIT + 10 {
        stage.check(&format!("target=pod/a-{number}")).await;
    }
    assert_eq!(stage.app.answers.0.lock().len(), LIMIT);
    (0..=SWEEPS).for_each(|_| stage.app.answers.sweep());
    assert_eq!(stage.app.answers.0.lock().len(), 0, "or their watches would stay open");
    let long = format!("{WEB}&{}", "target=pod/web&".repeat(90));
    assert_eq!(stage.check(&long).await, 200);
    assert!(!stage.is_kept(&long));
}
