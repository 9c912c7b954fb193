//! What is waited for, and how it becomes so: [`Target`].

use crate::plane::Api;
use k8s_wait_benches::Failure;
use k8s_wait_examples::objects;
use serde_json::{Value, json};
use std::time::Duration;

/// For how long those that flap have to stay ready; they never do before the fault is over.
pub(crate) const STABLE: Duration = Duration::from_secs(2);

/// A kind of which one is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Thing {
    Job,
    Pod,
    Service,
    Deployment,
}

/// When it becomes what it becomes, and what that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Ready at the moment in which the fault begins.
    Before,
    /// Ready in the middle of it, or as soon as the API server takes it.
    During,
    /// Ready a while after it.
    After,
    /// Failed for good, just as [`During`](Self::During).
    FailsDuring,
    /// Failed for good, just as [`After`](Self::After).
    FailsAfter,
    /// Ready now and then, and for good a while after the fault.
    Flaps,
}

/// How an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Unready,
    Ready,
    Failed,
}

use Fate::{After, Before, During, FailsAfter, FailsDuring, Flaps};
use Thing::{Deployment, Job, Pod, Service};

/// What every round has.
const ALL: [(Thing, Fate); 20] = [
    (Job, Before),
    (Pod, Before),
    (Service, Before),
    (Deployment, Before),
    (Job, During),
    (Pod, During),
    (Service, During),
    (Deployment, During),
    (Job, After),
    (Pod, After),
    (Service, After),
    (Deployment, After),
    (Job, After),
    (Pod, After),
    (Job, FailsDuring),
    (Job, FailsDuring),
    (Job, FailsAfter),
    (Pod, Flaps),
    (Pod, Flaps),
    (Service, Flaps),
];

/// An object that nobody but this program acts upon.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    thing: Thing,
    pub(crate) fate: Fate,
    name: String,
    namespace: String,
}

/// The targets of a round, in a namespace of its own.
pub(crate) fn all(namespace: &str) -> Vec<Target> {
    let target = |(number, (thing, fate))| Target {
        thing,
        fate,
        name: format!("it-{number}"),
        namespace: namespace.to_owned(),
    };
    ALL.into_iter().enumerate().map(target).collect()
}

impl Target {
    /// The target as the client is given it.
    pub(crate) fn words(&self) -> String {
        let kind = match self.thing {
            Job => "job",
            Pod => "pod",
            Service => "service",
            Deployment => "deployment",
        };
        let stable =
            if self.fate == Flaps { format!("?stable={}s", STABLE.as_secs()) } else { String::new() };
        format!("{kind}/{}{stable}", self.name)
    }

    /// The exit status of a client that is told right.
    pub(crate) fn status(&self) -> i32 {
        if self.end() == State::Failed { 3 } else { 0 }
    }

    /// For how long it has to be ready.
    pub(crate) fn stable(&self) -> Duration {
        if self.fate == Flaps { STABLE } else { Duration::ZERO }
    }

    /// What it is in the end.
    pub(crate) fn end(&self) -> State {
        if matches!(self.fate, FailsDuring | FailsAfter) { State::Failed } else { State::Ready }
    }

    /// Makes it, not ready.
    pub(crate) async fn create(&self, api: &Api) -> Result<(), Failure> {
        let name = self.name.as_str();
        let object = match self.thing {
            Job => objects::job(name),
            Pod => objects::pod(name, name),
            Service => {
                api.create(&self.path("services"), &objects::service(name)).await?;
                objects::slice(name, name, false)
            }
            Deployment => objects::deployment(name, 1),
        };
        api.create(&self.path(self.resource()), &object).await?;
        self.turn(api, State::Unready).await
    }

    /// Writes how it stands.
    pub(crate) async fn turn(&self, api: &Api, state: State) -> Result<(), Failure> {
        let path = self.path(&format!("{}/{}", self.resource(), self.name));
        match self.thing {
            Service => {
                let change = json!({"endpoints": objects::endpoints(state == State::Ready)});
                api.patch(&path, &change).await
            }
            _ => api.patch(&format!("{path}/status"), &json!({"status": self.report(state)})).await,
        }
    }

    /// What its controller would say.
    fn report(&self, state: State) -> Value {
        match (self.thing, state) {
            (Job, State::Ready) => objects::complete(),
            (Job, State::Failed) => objects::failed(),
            (Job, State::Unready) => objects::working(0),
            (Pod | Service, _) => objects::running(state == State::Ready),
            (Deployment, _) => {
                let ready = u32::from(state == State::Ready);
                json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1,
                    "readyReplicas": ready, "availableReplicas": ready})
            }
        }
    }

    fn resource(&self) -> &'static str {
        match self.thing {
            Job => "jobs",
            Pod => "pods",
            Service => "endpointslices",
            Deployment => "deployments",
        }
    }

    fn path(&self, object: &str) -> String {
        let group = match object.split('/').next() {
            Some("jobs") => "/apis/batch/v1",
            Some("deployments") => "/apis/apps/v1",
            Some("endpointslices") => "/apis/discovery.k8s.io/v1",
            _ => "/api/v1",
        };
        format!("{group}/namespaces/{}/{object}", self.namespace)
    }
}
