//! Pods that wait by annotation, as a real API server makes them with the webhook.

use crate::common::api::Api;
use crate::common::objects::{deployment, job, pod, stateful_set};
use crate::common::process::until;
use crate::common::webhook::Webhook;
use serde_json::{Value, json};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(90);

/// A pod that asks for it, and that no node will run.
fn annotated(name: &str, targets: &str) -> Value {
    let mut pod = pod(name, name);
    pod["metadata"]["annotations"] = json!({"k8s-wait.dev/wait-for": targets});
    pod["spec"]["schedulerName"] = json!("nobody");
    pod
}

fn init_containers(pod: &Value) -> Vec<&str> {
    let containers = pod["spec"]["initContainers"].as_array().map(Vec::as_slice).unwrap_or_default();
    containers.iter().map(|container| container["name"].as_str().unwrap()).collect()
}

/// A container that the restricted Pod Security Standard allows.
fn restricted(image: &str) -> Value {
    json!({"name": "main", "image": image, "securityContext": {
        "runAsNonRoot": true, "runAsUser": 65532, "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}})
}

/// The namespace asks for limits of everything, gives defaults to those who have none, and lets in nobody who may do much.
#[test]
#[ignore = "needs a cluster"]
fn pods_of_every_workload_wait_in_a_namespace_with_rules() {
    let Some(webhook) = Webhook::start("Fail", &["--auth", "token", "--inject-server", "http://wait:8080"])
    else {
        return;
    };
    let shop = &webhook.namespace;
    shop.restrict();
    let core = format!("/api/v1/namespaces/{}", shop.name);
    let limits = json!({"cpu": "1", "memory": "64Mi"});
    let range = json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "rules"}, "spec": {"limits": [{
        "type": "Container", "default": limits, "defaultRequest": {"cpu": "10m", "memory": "16Mi"}, "max": limits,
        "maxLimitRequestRatio": {"cpu": "100", "memory": "4"}}]}});
    shop.api.post(&format!("{core}/limitranges"), &range).unwrap();
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "rules"}, "spec": {"hard": {
        "requests.cpu": "1", "requests.memory": "1Gi", "limits.cpu": "8", "limits.memory": "1Gi", "pods": "20"}}});
    shop.api.post(&format!("{core}/resourcequotas"), &quota).unwrap();

    let template = |app: &str, restart: &str| {
        json!({
            "metadata": {"labels": {"app": app}, "annotations": {"k8s-wait.dev/wait-for": "service/db job/migrate"}},
            "spec": {"containers": [restricted("main:1")], "restartPolicy": restart, "schedulerName": "nobody"},
        })
    };
    let mut web = deployment("web", 1);
    web["spec"]["template"] = template("web", "Always");
    let mut db = stateful_set("db", 1, 0);
    db["spec"]["template"] = template("db", "Always");
    let mut migrate = job("migrate");
    migrate["spec"] = json!({"template": template("migrate", "Never")});
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template("nightly", "Never")}}}});
    for workload in [&web, &db, &migrate] {
        shop.create(workload);
    }
    shop.api.post(&format!("/apis/batch/v1/namespaces/{}/cronjobs", shop.name), &cron).unwrap();
    let bare = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "labels": {"app": "bare"},
        "annotations": template("bare", "Never")["metadata"]["annotations"]}, "spec": template("bare", "Never")["spec"]});
    shop.create(&bare);
    let apps: &[&str] = match shop.cluster.has_controllers {
        true => &["bare", "web", "db", "migrate", "nightly"],
        false => &["bare"],
    };
    if !shop.cluster.has_controllers {
        println!("not tested: there are no controllers that make pods");
    }
    for app in apps {
        let made = until(&format!("a pod of {app}"), PATIENCE, || {
            shop.list(&format!("pods?labelSelector=app={app}")).into_iter().next()
        });
        assert_eq!(init_containers(&made), ["k8s-wait"], "{app}");
        let container = &made["spec"]["initContainers"][0];
        assert_eq!(container["image"], "client:1");
        let token = "--token-file=/var/run/secrets/k8s-wait/token";
        assert_eq!(
            container["args"],
            json!(["service/db", "job/migrate", "--server=http://wait:8080", token])
        );
        assert_eq!(container["resources"]["requests"], json!({"cpu": "5m", "memory": "4Mi"}));
        let volumes = made["spec"]["volumes"].as_array().unwrap();
        let tokens = volumes.iter().filter(|volume| volume["name"] == "k8s-wait").collect::<Vec<_>>();
        let source = &tokens[0]["projected"]["sources"][0]["serviceAccountToken"];
        assert_eq!((tokens.len(), &source["audience"]), (1, &json!("k8s-wait")));
    }
}

#[test]
#[ignore = "needs a cluster"]
fn nonsense_is_refused_with_its_sentence_or_let_in_with_a_warning() {
    let Some(refusing) = Webhook::start("Fail", &[]) else { return };
    let create =
        |webhook: &Webhook, pod: &Value| webhook.namespace.api.warnings(&webhook.namespace.path("pods"), pod);
    let sentence = "annotation k8s-wait.dev/wait-for: target \\\"jbo/migrate\\\"";
    let error = create(&refusing, &annotated("bad", "jbo/migrate")).unwrap_err();
    assert!(error.contains("admission webhook \\\"inject.k8s-wait.dev\\\" denied the request: "), "{error}");
    assert!(error.contains(sentence), "{error}");
    assert!(
        refusing.server.log().contains("a pod is refused for its annotations"),
        "{}",
        refusing.server.log()
    );
    // One that is misspelt would be a pod that does not wait.
    let mut misspelt = pod("misspelt", "misspelt");
    misspelt["metadata"]["annotations"] = json!({"k8s-wait.dev/waitfor": "job/migrate"});
    let error = create(&refusing, &misspelt).unwrap_err();
    assert!(error.contains("annotation \\\"k8s-wait.dev/waitfor\\\" is unknown"), "{error}");

    let Some(admitting) = Webhook::start("Fail", &["--inject-invalid", "admit"]) else { return };
    let warnings = create(&admitting, &annotated("bad", "jbo/migrate")).unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("this pod will not wait: ")), "{warnings:?}");
    let made = admitting.namespace.api.get(&admitting.namespace.path("pods/bad")).unwrap();
    assert_eq!(init_containers(&made), [""; 0]);
}

#[test]
#[ignore = "needs a cluster"]
fn while_the_webhook_is_away_its_policy_says_what_becomes_of_pods() {
    for (policy, is_created) in [("Fail", false), ("Ignore", true)] {
        let Some(mut webhook) = Webhook::start(policy, &[]) else { return };
        webhook.server.stop();
        let shop = &webhook.namespace;
        let made = shop.api.post(&shop.path("pods"), &annotated("web", "job/a"));
        match made {
            Ok(pod) => assert!(is_created && init_containers(&pod).is_empty(), "{policy}: {pod}"),
            Err(error) => {
                let error = error.to_string();
                assert!(!is_created && error.contains("failed calling webhook"), "{policy}: {error}");
            }
        }
        // Nobody else notices.
        let mut other = pod("other", "other");
        other["spec"]["schedulerName"] = json!("nobody");
        shop.create(&other);
        webhook.server.start_again();
        let again = until("the webhook", PATIENCE, || {
            shop.api.post(&shop.path("pods"), &annotated("again", "job/a")).ok()
        });
        assert_eq!(init_containers(&again), ["k8s-wait"], "{policy}");
    }
}

#[test]
#[ignore = "needs a cluster"]
fn a_pod_that_has_the_container_keeps_it_if_it_waits_for_the_same() {
    let Some(webhook) = Webhook::start("Fail", &["--inject-server", "http://wait:8080"]) else { return };
    let shop = &webhook.namespace;
    let mut own = annotated("own", "job/a");
    own["spec"]["initContainers"] = json!([
        {"name": "first", "image": "first:1"},
        {"name": "k8s-wait", "image": "mine:1", "args": ["job/a", "--server=http://mine:8080"]},
    ]);
    let made = shop.create(&own);
    assert_eq!(init_containers(&made), ["first", "k8s-wait"]);
    assert_eq!(made["spec"]["initContainers"][1]["image"], "mine:1");
    own["metadata"]["name"] = json!("other");
    own["spec"]["initContainers"][1]["args"] = json!(["job/b"]);
    let error = shop.api.post(&shop.path("pods"), &own).unwrap_err().to_string();
    assert!(error.contains("is there already, and does not wait as the annotations say"), "{error}");
    // Not asked for, though it is in the namespace.
    own["metadata"]["annotations"]["k8s-wait.dev/inject"] = json!("false");
    assert_eq!(init_containers(&shop.create(&own)), ["first", "k8s-wait"]);
}

/// The files are looked at every ten seconds. Each question has a connection of its own.
#[test]
#[ignore = "needs a cluster"]
fn a_certificate_is_rotated_and_nobody_notices() {
    let Some(webhook) = Webhook::start("Fail", &[]) else { return };
    let (path, kubeconfig) =
        (webhook.namespace.path("pods?dryRun=All"), webhook.namespace.cluster.kubeconfig.clone());
    let end = Instant::now() + Duration::from_secs(28);
    let loads = [0, 1].map(|load| {
        let (path, kubeconfig) = (path.clone(), kubeconfig.clone());
        spawn(move || {
            let (api, mut made) = (Api::new(&kubeconfig).unwrap(), 0);
            while Instant::now() < end {
                let pod = api.post(&path, &annotated(&format!("web-{load}-{made}"), "job/a")).unwrap();
                assert_eq!(init_containers(&pod), ["k8s-wait"]);
                made += 1;
            }
            made
        })
    });
    let renewed = || webhook.server.log().matches("a new certificate is in use").count();
    for rotation in 1..=2 {
        sleep(Duration::from_millis(500));
        webhook.certify();
        until("the new certificate", Duration::from_secs(25), || (renewed() == rotation).then_some(()));
    }
    let made: u32 = loads.into_iter().map(|load| load.join().unwrap()).sum();
    assert!(made > 100, "{made} pods");
    println!("{made} pods were made, none failed");
}

#[test]
#[ignore = "needs a cluster"]
fn a_namespace_without_the_label_is_not_asked_about() {
    let Some(webhook) = Webhook::start("Fail", &[]) else { return };
    let shop = &webhook.namespace;
    let path = format!("{}?dryRun=All", shop.path("pods"));
    let made = || shop.api.post(&path, &annotated("web", "job/a")).unwrap();
    assert_eq!(init_containers(&made()), ["k8s-wait"]);
    let none = json!({"metadata": {"labels": {"k8s-wait.dev/inject": null}}});
    shop.api.patch(&format!("/api/v1/namespaces/{}", shop.name), &none).unwrap();
    until("the API server to know of it", PATIENCE, || init_containers(&made()).is_empty().then_some(()));
    let before = webhook.asked();
    assert!(init_containers(&made()).is_empty());
    assert_eq!(webhook.asked(), before);
}

#[test]
#[ignore = "needs a cluster"]
fn a_thousand_pods_without_an_annotation_are_not_asked_about() {
    let Some(webhook) = Webhook::start("Fail", &[]) else { return };
    let (before, path) = (webhook.asked(), webhook.namespace.path("pods"));
    for number in 0..1_000 {
        let mut plain = pod(&format!("plain-{number}"), "plain");
        plain["spec"]["schedulerName"] = json!("nobody");
        if number % 2 == 0 {
            plain["metadata"]["annotations"] = json!({"example.org/wait-for": "job/a"});
        }
        let made = webhook.namespace.api.post(&path, &plain).unwrap();
        assert!(init_containers(&made).is_empty());
    }
    assert_eq!(webhook.asked(), before);
    webhook.namespace.api.post(&path, &annotated("web", "job/a")).unwrap();
    assert!(webhook.asked() > before);
}
