//! The paths of k8s-when-ready, as its clients ask them.

use crate::common::objects::{complete, endpoints, failed, job, service, slice};
use crate::common::process::until;
use crate::common::scene::Scene;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
#[ignore = "needs a cluster"]
fn clients_of_k8s_when_ready_get_the_answers_they_know() {
    let shop = Scene::new();
    let ask = |path: &str| -> Value {
        let (status, body) = shop.server.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    };
    let (db, migrate) = (format!("/service/{}/db", shop.name), format!("/job/{}/migrate", shop.name));
    for path in [&db, &migrate] {
        let answer = ask(path);
        assert_eq!(answer["running"], false, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains("does not exist"), "{answer}");
    }
    shop.create(&service("db"));
    shop.create(&slice("db-1", "db", false));
    assert_eq!(ask(&format!("{db}?uptime=1"))["running"], false);
    shop.patch("endpointslices/db-1", &json!({"endpoints": endpoints(true)}));
    // Their clients ask again until it runs.
    let runs = |path: String| (ask(&path) == json!({"running": true})).then_some(());
    until("the service to run", Duration::from_secs(30), || runs(format!("{db}?uptime=0.2")));
    shop.create(&job("migrate"));
    shop.status("jobs/migrate", &complete());
    until("the job to have run", Duration::from_secs(30), || runs(migrate.clone()));
    shop.create(&job("broken"));
    shop.status("jobs/broken", &failed());
    until("the failure to be told", Duration::from_secs(30), || {
        let answer = ask(&format!("/job/{}/broken", shop.name));
        assert_eq!(answer["running"], false);
        answer["error"].as_str().unwrap().contains("BackoffLimitExceeded").then_some(())
    });
}
