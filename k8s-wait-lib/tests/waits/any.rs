//! Kinds that nobody registered, found out by asking the API server.

use crate::common::{begun, eventually, next, now, put, soon, told, until, wait, watches};
use k8s_wait_lib::Watches;
use k8s_wait_testkit::build::{Object, object};
use k8s_wait_testkit::{Api, Fault, ResourceType};
use std::time::Duration;

const CERTIFICATES: &str = "certificates";

fn certificates() -> ResourceType {
    ResourceType::new("cert-manager.io/v1", "Certificate", "certificates").short("cert")
}

fn certificate(status: &str) -> Object {
    object("cert-manager.io/v1", "Certificate", "web").condition("Ready", status, "Issuing", "on its way")
}

async fn api() -> Api {
    let api = Api::start().await.unwrap();
    api.serve(certificates());
    api
}

async fn tells(watches: &Watches, target: &str, wanted: &str) {
    let report = now(watches, "shop", target).await;
    assert_eq!(told(&report), wanted, "{target}: {:?}", report.verdict);
}

#[tokio::test]
async fn a_kind_is_found_by_all_its_names() {
    let api = api().await;
    put(&api, "shop", certificate("True"));
    let watches = watches(&api);
    for kind in ["certificate", "certificates", "cert", "Certificate"] {
        tells(&watches, &format!("{kind}.cert-manager.io/web"), "ready").await;
        tells(&watches, &format!("{kind}.v1.cert-manager.io/web"), "ready").await;
    }
    tells(&watches, "certificate.v2.cert-manager.io/web", "pending KindNotServed").await;
    tells(&watches, "certificate.example.org/web", "pending KindNotServed").await;
    tells(&watches, "configmap.v1/web", "pending NotFound").await;
    assert_eq!(api.count("watch", CERTIFICATES), 1, "one watch for all of them");
}

#[tokio::test]
async fn ready_is_condition_ready_or_else_available() {
    let api = api().await;
    let watches = watches(&api);
    let target = "certificate.cert-manager.io/web";
    tells(&watches, target, "pending NotFound").await;
    let none = || object("cert-manager.io/v1", "Certificate", "web");
    for (object, wanted) in [
        (none(), "pending NoCondition"),
        (none().condition("Available", "False", "", ""), "pending ConditionNotMet"),
        (none().condition("Available", "True", "", ""), "ready"),
        (
            none().condition("Available", "True", "", "").condition("Ready", "False", "", ""),
            "pending ConditionNotMet",
        ),
        (none().condition("Available", "False", "", "").condition("Ready", "True", "", ""), "ready"),
        (certificate("True").generation(2).observed(1), "pending StaleStatus"),
        (certificate("True").terminating(), "pending Terminating"),
    ] {
        put(&api, "shop", object);
        crate::common::stands(&watches, "shop", target, wanted).await;
    }
}

#[tokio::test]
async fn every_state_of_any_kind() {
    let api = api().await;
    put(&api, "shop", certificate("True").label("app", "web"));
    let watches = watches(&api);
    for (options, wanted) in [
        ("for=exists", "ready"),
        ("for=condition=Ready", "ready"),
        ("for=condition=Ready=False", "pending ConditionNotMet"),
        ("for=jsonpath={.status.conditions[0].reason}=Issuing", "ready"),
        ("for=cel=self.kind == 'Certificate'", "ready"),
        ("for=deleted", "pending StillExists"),
    ] {
        tells(&watches, &format!("certificate.cert-manager.io/web?{options}"), wanted).await;
        tells(&watches, &format!("certificate.cert-manager.io?selector=app=web&{options}"), wanted).await;
    }
    tells(&watches, "certificate.cert-manager.io/absent?missing=ready", "ready").await;
    tells(&watches, "certificate.cert-manager.io?selector=app=no", "pending NoMatch").await;
}

#[tokio::test]
async fn objects_that_live_in_no_namespace_are_found() {
    let api = Api::start().await.unwrap();
    api.serve(ResourceType::new("example.org/v1", "Tenant", "tenants").cluster_scoped());
    let watches =
        Watches::with(crate::common::client(&api), Some(["shop".to_owned()].into()), Duration::from_secs(9));
    tells(&watches, "tenant.example.org/blue", "pending NotFound").await;
    api.apply(object("example.org/v1", "Tenant", "blue").label("a", "b").condition("Ready", "True", "", ""))
        .unwrap();
    crate::common::stands(&watches, "shop", "tenant.example.org/blue", "ready").await;
    tells(&watches, "tenant.example.org?selector=a=b", "ready").await;
    let report = now(&watches, "shop", "tenant.example.org/red").await;
    assert_eq!(report.verdict.reason().unwrap().message, "tenant.example.org red: it does not exist yet");
}

#[tokio::test]
async fn a_kind_that_comes_later_is_picked_up() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    let mut wait = wait(&watches, "shop", &["certificate.cert-manager.io/web"]);
    let report = next(&mut wait).await;
    assert_eq!(told(&report), "pending KindNotServed");
    let message = &report.verdict.reason().unwrap().message;
    assert!(message.contains("certificate.cert-manager.io"), "{message}");
    api.serve(certificates());
    put(&api, "shop", certificate("False"));
    until(&mut wait, "pending ConditionNotMet").await;
    put(&api, "shop", certificate("True"));
    assert_eq!(told(&next(&mut wait).await), "ready");
}

#[tokio::test]
async fn many_who_ask_for_kinds_that_are_not_there_ask_the_api_server_once() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    let asked = (0..200).map(|n| {
        let watches = watches.clone();
        async move { tells(&watches, &format!("thing{n}.example.org/web"), "pending KindNotServed").await }
    });
    soon(futures::future::join_all(asked)).await;
    let discoveries =
        api.requests().iter().filter(|request| matches!(request.path.as_str(), "/api" | "/apis")).count();
    assert!(discoveries <= 4, "{discoveries} requests for one answer");
    assert_eq!(watches.open_count(), 0, "what is not served is not watched");
}

#[tokio::test]
async fn secrets_are_refused() {
    let watches = watches(&Api::start().await.unwrap());
    for kind in ["secret.v1", "Secrets.v1"] {
        let plan = crate::common::plan("shop", &[&format!("{kind}/db?for=exists")]);
        let error =
            k8s_wait_lib::Wait::new(&crate::common::registry(), &watches, plan).err().unwrap().to_string();
        assert!(error.contains("secrets are not watched"), "{error}");
    }
}

#[tokio::test]
async fn mistakes_are_found_before_the_kind_is_looked_up() {
    let api = Api::start().await.unwrap();
    let watches = watches(&api);
    for (options, part) in [
        ("for=happy", "has no state \"happy\""),
        ("for=condition=", "for=condition=TYPE"),
        ("for=jsonpath={.a", "closing brace"),
        ("for=cel=self.", "is no CEL expression"),
        ("min=2", "min means nothing"),
        ("port=80", "port means nothing"),
        ("for=exists&missing=ready", "missing means nothing"),
    ] {
        let plan = crate::common::plan("shop", &[&format!("certificate.cert-manager.io/web?{options}")]);
        let error =
            k8s_wait_lib::Wait::new(&crate::common::registry(), &watches, plan).err().unwrap().to_string();
        assert!(error.contains(part), "{options}: {error}");
    }
    assert!(api.requests().is_empty());
}

#[tokio::test]
async fn while_the_api_server_does_not_tell_it_is_pending() {
    let api = api().await;
    let fault = api.inject(Fault::status(500).verb("get"));
    let watches = watches(&api);
    put(&api, "shop", certificate("True"));
    let mut wait = wait(&watches, "shop", &["certificate.cert-manager.io/web"]);
    assert_eq!(told(&next(&mut wait).await), "pending ApiUnavailable");
    drop(fault);
    until(&mut wait, "ready").await;
}

#[tokio::test]
async fn a_watch_of_any_kind_is_shared_and_wakes_those_it_concerns() {
    let api = api().await;
    put(&api, "shop", certificate("False"));
    let watches = watches(&api);
    let mut waits: Vec<_> =
        (0..20).map(|_| wait(&watches, "shop", &["certificate.cert-manager.io/web"])).collect();
    for wait in &mut waits {
        begun(wait).await;
    }
    put(&api, "shop", certificate("True"));
    for wait in &mut waits {
        assert_eq!(told(&next(wait).await), "ready");
    }
    assert_eq!(api.count("watch", CERTIFICATES), 1, "one watch for all of them");
    drop(waits);
    eventually("one watch lingers", || watches.open_count() == 1).await;
}
