//! What the tests of this folder share: an API, watches of it, and targets written as people write them.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use k8s_wait_lib::{CheckRegistry, Mode, Plan, Report, Wait, Watches};
use k8s_wait_testkit::Api;
use serde_json::{Value, json};
use std::time::Duration;

/// No test waits longer for anything; only a test that fails gets there.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A list of objects out of builders and JSON.
#[macro_export]
macro_rules! objects {
    ($($object:expr),* $(,)?) => { vec![$(serde_json::Value::from($object)),*] };
}

pub fn client(api: &Api) -> kube::Client {
    let config = kube::Config::new(api.url().parse().unwrap());
    k8s_wait_lib::client(config).unwrap()
}

pub fn watches(api: &Api) -> Watches {
    Watches::new(client(api))
}

pub fn registry() -> CheckRegistry {
    CheckRegistry::standard().unwrap()
}

pub fn plan(namespace: &str, targets: &[&str]) -> Plan {
    let targets = targets.iter().map(|target| target.parse().unwrap()).collect();
    Plan { targets, namespace: namespace.to_owned(), mode: Mode::All, timeout: None }
}

pub fn wait(watches: &Watches, namespace: &str, targets: &[&str]) -> Wait {
    Wait::new(&registry(), watches, plan(namespace, targets)).unwrap()
}

/// Puts an object into a namespace, unless it names one itself.
pub fn put(api: &Api, namespace: &str, object: impl Into<Value>) {
    let mut object: Value = object.into();
    let home = &mut object["metadata"]["namespace"];
    if home.is_null() {
        *home = json!(namespace);
    }
    api.apply(object).unwrap();
}

/// How a target stands.
pub async fn now(watches: &Watches, namespace: &str, target: &str) -> Report {
    wait(watches, namespace, &[target]).now().await
}

/// The verdict's word and its reason's code, as `pending NotFound` or `ready`.
pub fn told(report: &Report) -> String {
    match report.verdict.reason() {
        Some(reason) => format!("{} {}", report.verdict.word(), reason.code),
        None => report.verdict.word().to_owned(),
    }
}

/// The next report, which has to come.
pub async fn next(wait: &mut Wait) -> Report {
    soon(wait.next()).await.expect("one more report")
}

/// The first report that says this; those before must all be pending.
pub async fn until(wait: &mut Wait, wanted: &str) -> Report {
    loop {
        let report = next(wait).await;
        if told(&report) == wanted {
            return report;
        }
        assert!(report.verdict.is_pending() && !report.is_final, "waiting for {wanted}: {report:?}");
    }
}

/// The first report in which every watch has brought its list.
pub async fn begun(wait: &mut Wait) -> Report {
    loop {
        let report = next(wait).await;
        let codes = report.targets.iter().filter_map(|target| target.verdict.reason());
        if codes.into_iter().all(|reason| reason.code != "NotSynced") {
            return report;
        }
    }
}

/// Until a target stands so: a change that was made takes a moment to be seen.
pub async fn stands(watches: &Watches, namespace: &str, target: &str, wanted: &str) {
    let poll = async {
        while told(&now(watches, namespace, target).await) != wanted {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    soon(poll).await;
}

/// What the future comes to, which has to be soon.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it should have come by now")
}

/// Until `holds` does.
pub async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let poll = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, poll).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"));
}
