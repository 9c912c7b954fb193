//! The builders' objects, read with the types of the Kubernetes API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaim, Pod, PodStatus, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_wait_testkit::build::{
    self, crd, daemonset, deployment, job, namespace, object, pod, pvc, replicaset, service, slice,
    statefulset,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn read<T: DeserializeOwned>(object: impl Into<Value>) -> T {
    serde_json::from_value(object.into()).unwrap()
}

fn status(pod: build::Pod) -> PodStatus {
    read::<Pod>(pod).status.unwrap()
}

fn ready(status: &PodStatus) -> Option<&str> {
    let conditions = status.conditions.as_deref().unwrap_or_default();
    conditions.iter().find(|condition| condition.type_ == "Ready").map(|condition| condition.status.as_str())
}

#[test]
fn pods() {
    for (pod, phase, is_ready) in [
        (pod("a"), "Pending", None),
        (pod("a").ready(), "Running", Some("True")),
        (pod("a").not_ready(), "Running", Some("False")),
        (pod("a").ready().not_ready(), "Running", Some("False")),
        (pod("a").succeeded(), "Succeeded", Some("False")),
        (pod("a").failed(), "Failed", Some("False")),
        (pod("a").evicted(), "Failed", None),
        (pod("a").waiting("app", "ImagePullBackOff", "Back-off"), "Pending", Some("False")),
        (pod("a").crashlooping(), "Running", Some("False")),
        (pod("a").unschedulable("0/3 nodes"), "Pending", None),
        (pod("a").phase("Unknown"), "Unknown", None),
    ] {
        let status = status(pod);
        assert_eq!((status.phase.as_deref(), ready(&status)), (Some(phase), is_ready));
    }
}

#[test]
fn causes_of_pods() {
    let waiting =
        |status: PodStatus| status.container_statuses.unwrap()[0].state.clone().unwrap().waiting.unwrap();
    let pull = waiting(status(pod("a").waiting("app", "ImagePullBackOff", "Back-off")));
    assert_eq!((pull.reason.unwrap(), pull.message.unwrap()), ("ImagePullBackOff".into(), "Back-off".into()));
    let crash = status(pod("a").crashlooping()).container_statuses.unwrap().remove(0);
    assert_eq!((crash.restart_count, crash.last_state.unwrap().terminated.unwrap().exit_code), (7, 1));
    assert_eq!(status(pod("a").evicted()).reason.unwrap(), "Evicted");
    let conditions = status(pod("a").unschedulable("0/3 nodes")).conditions.unwrap();
    assert_eq!(conditions[0].reason.as_deref(), Some("Unschedulable"));
}

#[test]
fn metadata() {
    let built = pod("a").namespace("shop").label("app.kubernetes.io/name", "web").annotation("x/y", "z");
    let built: Pod = read(built.owned_by("ReplicaSet", "web-abc").terminating().generation(2).observed(1));
    let metadata = built.metadata;
    assert_eq!(metadata.labels.unwrap()["app.kubernetes.io/name"], "web");
    assert_eq!(metadata.annotations.unwrap()["x/y"], "z");
    let owner = metadata.owner_references.unwrap().remove(0);
    assert_eq!((owner.api_version.as_str(), owner.controller), ("apps/v1", Some(true)));
    assert!(metadata.deletion_timestamp.is_some());
    assert_eq!((metadata.generation, built.status.unwrap().observed_generation), (Some(2), Some(1)));
}

fn condition(job: build::Job, kind: &str) -> Option<String> {
    let conditions = read::<Job>(job).status.unwrap().conditions.unwrap_or_default();
    conditions.into_iter().find(|condition| condition.type_ == kind && condition.status == "True")?.reason
}

#[test]
fn jobs() {
    let active: Job = read(job("a").completions(3).parallelism(2).active(1).failed_pods(2).succeeded_pods(1));
    let counts = active.status.unwrap();
    assert_eq!((counts.active, counts.failed, counts.succeeded), (Some(1), Some(2), Some(1)));
    let done: Job = read(job("a").completions(3).active(1).complete());
    assert_eq!(done.status.unwrap().succeeded, Some(3));
    assert_eq!(condition(job("a").complete(), "Complete").as_deref(), Some("CompletionsReached"));
    assert_eq!(condition(job("a").failed("DeadlineExceeded"), "Failed").as_deref(), Some("DeadlineExceeded"));
    let target = job("a").failure_target("PodFailurePolicy");
    assert_eq!(condition(target.clone(), "FailureTarget").as_deref(), Some("PodFailurePolicy"));
    assert_eq!(condition(target, "Failed"), None);
    assert_eq!(condition(job("a").suspended(), "Suspended").as_deref(), Some("JobSuspended"));
    assert_eq!(read::<Job>(job("a")).status.unwrap(), Default::default());
}

#[test]
fn deployments() {
    let done: Deployment = read(deployment("a").generation(4).replicas(3).rolled_out());
    let status = done.status.unwrap();
    assert_eq!((status.observed_generation, status.replicas), (Some(4), Some(3)));
    assert_eq!((status.updated_replicas, status.available_replicas), (Some(3), Some(3)));
    let midway: Deployment =
        read(deployment("a").replicas(3).current(4).updated(2).ready(2).available(1).observed_generation(1));
    let status = midway.status.unwrap();
    assert_eq!(
        (status.replicas, status.updated_replicas, status.available_replicas),
        (Some(4), Some(2), Some(1))
    );
    let stuck = deployment("a").progress_deadline_exceeded().build();
    assert_eq!(stuck["status"]["conditions"][1]["reason"], "ProgressDeadlineExceeded");
}

#[test]
fn stateful_sets() {
    let done: StatefulSet = read(statefulset("db").generation(2).replicas(3).partition(1).rolled_out());
    let status = done.status.unwrap();
    assert_eq!((status.observed_generation, status.replicas), (Some(2), 3));
    assert_eq!((status.ready_replicas, status.updated_replicas), (Some(3), Some(3)));
    assert_eq!(status.current_revision, status.update_revision);
    let strategy = done.spec.unwrap().update_strategy.unwrap();
    assert_eq!(strategy.rolling_update.unwrap().partition, Some(1));
    let midway: StatefulSet = read(statefulset("db").current(3).updated(1).ready(2).revisions("a", "b"));
    let status = midway.status.unwrap();
    assert_eq!((status.current_replicas, status.updated_replicas), (Some(2), Some(1)));
    assert_eq!(
        (status.current_revision.as_deref(), status.update_revision.as_deref()),
        (Some("a"), Some("b"))
    );
    let manual: StatefulSet = read(statefulset("db").on_delete());
    assert_eq!(manual.spec.unwrap().update_strategy.unwrap().type_.as_deref(), Some("OnDelete"));
}

#[test]
fn daemon_sets() {
    let done: DaemonSet = read(daemonset("agent").generation(2).rolled_out(3));
    let status = done.status.unwrap();
    assert_eq!((status.observed_generation, status.desired_number_scheduled), (Some(2), 3));
    assert_eq!((status.updated_number_scheduled, status.number_available), (Some(3), Some(3)));
    let midway: DaemonSet = read(daemonset("agent").rolled_out(3).updated(2).available(1).on_delete());
    let status = midway.status.unwrap();
    assert_eq!((status.number_available, status.number_unavailable), (Some(1), Some(2)));
    assert_eq!(midway.spec.unwrap().update_strategy.unwrap().type_.as_deref(), Some("OnDelete"));
}

#[test]
fn replica_sets() {
    let done: ReplicaSet = read(replicaset("web-1").replicas(2).all_ready());
    let status = done.status.unwrap();
    assert_eq!((status.observed_generation, status.replicas, status.ready_replicas), (Some(1), 2, Some(2)));
    assert_eq!(read::<ReplicaSet>(replicaset("web-1")).status.unwrap().replicas, 0);
}

#[test]
fn claims() {
    let phase = |claim: build::PersistentVolumeClaim| {
        read::<PersistentVolumeClaim>(claim).status.unwrap().phase.unwrap()
    };
    assert_eq!(
        [pvc("data"), pvc("data").bound("pv-1"), pvc("data").lost()].map(phase),
        ["Pending", "Bound", "Lost"]
    );
}

#[test]
fn objects_of_the_cluster() {
    let phase = |built: build::Namespace| {
        let built: Namespace = read(built);
        (built.status.unwrap().phase.unwrap(), built.metadata.deletion_timestamp.is_some())
    };
    assert_eq!(phase(namespace("shop")), ("Active".to_owned(), false));
    assert_eq!(phase(namespace("shop").terminating()), ("Terminating".to_owned(), true));

    let conditions = |built: build::CustomResourceDefinition| {
        let built: CustomResourceDefinition = read(built);
        assert_eq!(built.metadata.name.as_deref(), Some("widgets.example.com"));
        let conditions = built.status.unwrap().conditions.unwrap_or_default().into_iter();
        conditions.map(|c| format!("{}={}", c.type_, c.status)).collect::<Vec<_>>()
    };
    let widgets = || crd("example.com", "Widget", "widgets");
    assert_eq!(conditions(widgets()), [""; 0]);
    assert_eq!(conditions(widgets().installing()), ["NamesAccepted=True", "Established=False"]);
    assert_eq!(conditions(widgets().established()), ["NamesAccepted=True", "Established=True"]);
    assert_eq!(conditions(widgets().names_taken("widgets")), ["NamesAccepted=False", "Established=False"]);
    assert_eq!(
        conditions(widgets().established().names_taken("widgets").terminating()),
        ["Established=True", "NamesAccepted=False", "Terminating=True"]
    );
}

#[test]
fn services() {
    let db: Service = read(service("db").selector("app.kubernetes.io/name", "db").port("pg", 5432));
    let spec = db.spec.unwrap();
    assert_eq!(
        (spec.selector.unwrap()["app.kubernetes.io/name"].as_str(), spec.ports.unwrap()[0].port),
        ("db", 5432)
    );
    let headless: Service = read(service("db").headless());
    assert_eq!(headless.spec.unwrap().cluster_ip.as_deref(), Some("None"));
    let external: Service = read(service("db").external_name("db.example"));
    assert_eq!(external.spec.unwrap().type_.as_deref(), Some("ExternalName"));
    let balanced: Service = read(service("db").load_balancer().ingress("192.0.2.9"));
    assert_eq!(
        balanced.status.unwrap().load_balancer.unwrap().ingress.unwrap()[0].ip.as_deref(),
        Some("192.0.2.9")
    );
}

#[test]
fn slices() {
    let built =
        slice("db").namespace("shop").named("db-2").port("pg", 5432).endpoint("10.0.0.1").target_pod("db-0");
    let built = built
        .endpoint("10.0.0.2")
        .not_ready()
        .endpoint("10.0.0.3")
        .terminating()
        .endpoint("10.0.0.4")
        .unknown();
    let built: EndpointSlice = read(built);
    assert_eq!(built.metadata.labels.unwrap()["kubernetes.io/service-name"], "db");
    assert_eq!(built.metadata.name.as_deref(), Some("db-2"));
    let ready: Vec<_> =
        built.endpoints.iter().map(|endpoint| endpoint.conditions.clone().unwrap().ready).collect();
    assert_eq!(ready, [Some(true), Some(false), Some(false), None]);
    let first = built.endpoints[0].clone().target_ref.unwrap();
    assert_eq!((first.name.as_deref(), first.namespace.as_deref()), (Some("db-0"), Some("shop")));
}

#[test]
fn any_object() {
    let built = object("v1", "Node", "n").condition("Ready", "False", "", "").condition(
        "Ready",
        "True",
        "KubeletReady",
        "",
    );
    let built = built.observed(3).with("/spec/taints", json!([])).build();
    let conditions = built["status"]["conditions"].as_array().unwrap();
    assert_eq!((conditions.len(), &conditions[0]["status"]), (1, &json!("True")));
    assert_eq!((&built["status"]["observedGeneration"], &built["spec"]["taints"]), (&json!(3), &json!([])));
}
