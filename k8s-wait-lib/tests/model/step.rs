//! What can happen: [`step`].

use crate::reference::{Goal, NAMES, NAMESPACES, Question, Want};
use k8s_wait_testkit::build::{deployment, job, pod, service, slice};
use k8s_wait_testkit::{Fault, Memory};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) event: Event,
    /// What passes until the next one.
    pub(crate) pause: Duration,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Put(Object),
    Delete(Object),
    Trouble(Trouble),
    /// Somebody begins to wait,
    Begin(Question),
    /// somebody goes away,
    Leave(prop::sample::Index),
    /// somebody asks how it stands.
    Ask(Question),
    /// All troubles end, and nothing happens until everybody must have been told.
    Settle,
}

/// An object in one of its states.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) resource: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
    pub(crate) variant: u8,
}

/// What goes wrong, or another way than before.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    Drop,
    End,
    Stall,
    Compact,
    Restart(&'static str),
    Away,
    Streaming(bool),
    Fault { fault: &'static str, on: &'static str, times: usize },
}

pub(crate) const RESOURCES: [&str; 5] = ["jobs", "pods", "deployments", "services", "endpointslices"];

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let event = prop_oneof![
        40 => object().prop_map(Event::Put),
        10 => object().prop_map(Event::Delete),
        12 => trouble().prop_map(Event::Trouble),
        25 => question().prop_map(Event::Begin),
        3 => any::<prop::sample::Index>().prop_map(Event::Leave),
        10 => question().prop_map(Event::Ask),
        6 => Just(Event::Settle),
    ];
    (event, pause()).prop_map(|(event, pause)| Step { event, pause })
}

fn pause() -> impl Strategy<Value = Duration> {
    prop_oneof![
        6 => Just(0), 4 => Just(1), 3 => 2..1000u64, 1 => 1000..20_000u64,
    ]
    .prop_map(Duration::from_millis)
}

fn question() -> impl Strategy<Value = Question> {
    let want = select(vec![
        Want::JobComplete,
        Want::JobFinished,
        Want::PodReady,
        Want::PodExists,
        Want::PodsReady,
        Want::Rollout,
        Want::Service,
    ]);
    let goal = (want, select(&NAMESPACES[..]), select(&NAMES[..])).prop_map(|(want, namespace, name)| Goal {
        want,
        namespace,
        name,
    });
    (prop::collection::vec(goal, 1..4), any::<bool>()).prop_map(|(goals, is_any)| Question { goals, is_any })
}

fn object() -> impl Strategy<Value = Object> {
    (select(&RESOURCES[..]), select(&NAMESPACES[..]), select(&NAMES[..]), 0..16u8)
        .prop_map(|(resource, namespace, name, variant)| Object { resource, namespace, name, variant })
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let fault =
        select(vec!["half event", "error 410", "error 500", "truncated", "hang", "delay", "500", "429"]);
    prop_oneof![
        3 => Just(Trouble::Drop),
        3 => Just(Trouble::End),
        1 => Just(Trouble::Stall),
        2 => Just(Trouble::Compact),
        1 => select(vec!["kept", "history lost", "all lost"]).prop_map(Trouble::Restart),
        1 => Just(Trouble::Away),
        1 => any::<bool>().prop_map(Trouble::Streaming),
        6 => (fault, select(&RESOURCES[..]), 1..4usize).prop_map(|(fault, on, times)| Trouble::Fault { fault, on, times }),
    ]
}

impl Trouble {
    /// May it keep a watch from telling what happens, without anybody noticing?
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::Stall | Self::Fault { fault: "hang" | "delay", .. })
    }
}

pub(crate) fn memory(word: &str) -> Memory {
    match word {
        "kept" => Memory::Kept,
        "history lost" => Memory::HistoryLost,
        _ => Memory::AllLost,
    }
}

pub(crate) fn fault(word: &str) -> Fault {
    match word {
        "half event" => Fault::half_event(),
        "error 410" => Fault::watch_error(410),
        "error 500" => Fault::watch_error(500),
        "truncated" => Fault::truncated_list(),
        "hang" => Fault::hang(),
        "delay" => Fault::delay(Duration::from_secs(3)),
        "429" => Fault::status(429).retry_after(2),
        _ => Fault::status(500),
    }
}

impl Object {
    /// Slices have names of their own: two for each service.
    pub(crate) fn key(&self) -> String {
        match self.resource {
            "endpointslices" => format!("{}-{}", self.name, self.variant % 2),
            _ => self.name.to_owned(),
        }
    }

    pub(crate) fn build(&self) -> Value {
        let mut object = match self.resource {
            "jobs" => job_in(self.name, self.variant),
            "pods" => pod_in(self.name, self.variant),
            "deployments" => deployment_in(self.name, self.variant),
            "services" if self.variant == 0 => service(self.name).terminating().build(),
            "services" => service(self.name).build(),
            _ => slice_in(self.name, self.variant / 2).named(&self.key()).build(),
        };
        object["metadata"]["namespace"] = self.namespace.into();
        object
    }
}

fn job_in(name: &str, variant: u8) -> Value {
    let job = job(name);
    match variant % 8 {
        0 => job,
        1 | 2 => job.active(1),
        3 => job.failed_pods(2),
        4 => job.failed("BackoffLimitExceeded"),
        5 => job.failure_target("DeadlineExceeded"),
        6 => job.complete().terminating(),
        _ => job.complete(),
    }
    .build()
}

fn pod_in(name: &str, variant: u8) -> Value {
    let pod = if variant.is_multiple_of(2) { pod(name).label("app", "web") } else { pod(name) };
    match variant / 2 {
        0 => pod,
        1 => pod.not_ready(),
        2 => pod.succeeded(),
        3 => pod.failed(),
        4 => pod.failed().owned_by("StatefulSet", "web"),
        5 => pod.ready().terminating(),
        _ => pod.ready(),
    }
    .build()
}

fn deployment_in(name: &str, variant: u8) -> Value {
    let deployment = deployment(name).replicas(2);
    match variant % 8 {
        0 => deployment,
        1 => deployment.updated(1).available(1).observed(1),
        2 => deployment.rolled_out().generation(2),
        3 => deployment.rolled_out().current(3),
        4 => deployment.rolled_out().available(1),
        5 => deployment.progress_deadline_exceeded(),
        6 => deployment.replicas(0).rolled_out(),
        _ => deployment.rolled_out(),
    }
    .build()
}

/// One address stands in both slices of a service.
fn slice_in(service: &str, variant: u8) -> k8s_wait_testkit::build::Slice {
    let slice = slice(service).port("http", 80);
    match variant {
        0 => slice,
        1 => slice.endpoint("10.0.0.1").not_ready(),
        2 => slice.endpoint("10.0.0.1").terminating(),
        3 => slice.endpoint("10.0.0.1").not_ready().endpoint("10.0.0.2").not_ready(),
        4 => slice.endpoint("10.0.0.1").not_ready().endpoint("10.0.0.3"),
        5 => slice.endpoint("10.0.0.1").unknown(),
        _ => slice.endpoint("10.0.0.1"),
    }
}
