//! What an answer never holds: labels, annotations, specs, environments, logs.

use crate::support::{Server, asks, within};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{deployment, job, pod, service, slice};
use serde_json::{Value, json};

/// Puts a word that must not be seen wherever users put theirs.
fn with_secrets(mut object: Value) -> Value {
    object["metadata"]["labels"]["word"] = json!("HUSH-label");
    object["metadata"]["annotations"] = json!({"word": "HUSH-annotation"});
    let container = json!({
        "name": "app", "image": "registry/HUSH-image", "args": ["HUSH-arg"],
        "env": [{"name": "PASSWORD", "value": "HUSH-env"}],
    });
    for spec in ["/spec", "/spec/template/spec"] {
        if let Some(spec) = object.pointer_mut(spec).filter(|spec| spec.get("containers").is_some()) {
            spec["containers"] = json!([container]);
            spec["nodeName"] = json!("HUSH-node");
        }
    }
    object
}

fn secretive(api: &Api) {
    let pods = [
        pod("ready").ready(),
        pod("failed").failed(),
        pod("waiting").waiting("app", "CreateContainerError", "no"),
        pod("crashing").crashlooping(),
        pod("of-job").owned_by("Job", "failed").failed(),
        pod("of-web").owned_by("ReplicaSet", "web-new").crashlooping(),
    ];
    let objects = pods.map(|pod| pod.build()).into_iter().chain([
        job("active").active(1).build(),
        job("failed").failed("BackoffLimitExceeded").with("/metadata/uid", "uid-of-failed").build(),
        deployment("web").replicas(2).rolling_out("web-new").build(),
        service("db").selector("word", "HUSH-label").port("pg", 5432).build(),
        slice("db").port("pg", 5432).endpoint("10.0.0.1").not_ready().build(),
    ]);
    objects.for_each(|object| drop(api.apply(with_secrets(object)).unwrap()));
}

#[tokio::test]
async fn no_answer_holds_what_people_put_into_their_objects() {
    let api = Api::start().await.unwrap();
    secretive(&api);
    let server = Server::start(&api).await;
    let targets = [
        "pod/ready?for=deleted",
        "pod/failed",
        "pod/waiting",
        "pod/crashing",
        "pods?selector=word&min=all",
        "pods?selector=word&for=succeeded",
        "job/active",
        "job/failed",
        "jobs?selector=word",
        "deployment/web",
        "deployment/web?for=available",
        "service/db",
        "service/db?for=all",
        "service/db?port=5433",
    ];
    for target in targets {
        let answer = server.get(&asks("/v1/check", &[target], "")).await;
        assert_ne!(answer.status, 200, "{target} should say why it is not ready");
        assert!(!answer.text().contains("HUSH"), "{}", answer.text());
    }
    let mut lines = server.lines(&asks("/v1/wait", &targets[2..3], "")).await;
    assert!(!within(lines.next()).await.unwrap().to_string().contains("HUSH"));
}

/// What a container wrote into its termination message is, with `FallbackToLogsOnError`, the end of its log.
#[tokio::test]
async fn no_answer_holds_what_a_container_wrote_at_its_end() {
    let api = Api::start().await.unwrap();
    let end = json!({"exitCode": 1, "reason": "Error", "message": "HUSH-log: password is 1234"});
    let ends = [json!({"terminated": end}), json!({"waiting": {"reason": "CrashLoopBackOff"}})];
    for (number, state) in ends.into_iter().enumerate() {
        let status = json!([{
            "name": "app", "ready": false, "restartCount": 1, "image": "", "imageID": "",
            "state": state, "lastState": {"terminated": end},
        }]);
        let pod = pod(&format!("web-{number}")).not_ready();
        api.apply(pod.with("/status/containerStatuses", status)).unwrap();
    }
    let server = Server::start(&api).await;
    for target in ["pod/web-0", "pod/web-1", "pod/web-0?for=succeeded"] {
        let answer = server.get(&asks("/v1/check", &[target], "")).await;
        assert_eq!(answer.status, 503);
        assert!(!answer.text().contains("HUSH"), "{}", answer.text());
    }
}
