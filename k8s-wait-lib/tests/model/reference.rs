//! What is true of the objects that the API holds: [`Goal::verdict`].
//!
//! Written from what the documentation promises, over plain JSON, so that it shares no line with the judges.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

pub(crate) const NAMESPACES: [&str; 2] = ["shop", "till"];
pub(crate) const NAMES: [&str; 2] = ["a", "b"];

/// All objects: by resource, namespace and name.
pub(crate) type State = BTreeMap<(&'static str, &'static str, String), Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Ready,
    Pending,
    Failed,
}

use Verdict::{Failed, Pending, Ready};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Want {
    JobComplete,
    JobFinished,
    PodReady,
    PodExists,
    PodsReady,
    Rollout,
    Service,
}

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(crate) want: Want,
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
}

/// As people write it.
impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { want, namespace, name } = self;
        match want {
            Want::JobComplete => write!(f, "job/{namespace}/{name}"),
            Want::JobFinished => write!(f, "job/{namespace}/{name}?for=finished"),
            Want::PodReady => write!(f, "pod/{namespace}/{name}"),
            Want::PodExists => write!(f, "pod/{namespace}/{name}?for=exists"),
            Want::PodsReady => write!(f, "pod?selector=app=web&namespace={namespace}"),
            Want::Rollout => write!(f, "deployment/{namespace}/{name}"),
            Want::Service => write!(f, "service/{namespace}/{name}"),
        }
    }
}

impl Goal {
    /// The reference.
    pub(crate) fn verdict(&self, state: &State) -> Verdict {
        self.watched().iter().map(|resource| self.part(resource, state)).max().unwrap()
    }

    /// The resources that it is about. Each has a watch of its own, and those need not be of one moment.
    pub(crate) fn watched(&self) -> &'static [&'static str] {
        match self.want {
            Want::JobComplete | Want::JobFinished => &["jobs"],
            Want::PodReady | Want::PodExists | Want::PodsReady => &["pods"],
            Want::Rollout => &["deployments"],
            Want::Service => &["services", "endpointslices"],
        }
    }

    /// What one resource makes of it.
    pub(crate) fn part(&self, resource: &'static str, state: &State) -> Verdict {
        let object = state.get(&(resource, self.namespace, self.name.to_owned()));
        match (self.want, object) {
            (Want::PodsReady, _) => pods(all(state, resource, self.namespace)),
            (Want::Service, _) if resource == "endpointslices" => {
                endpoints(self, all(state, resource, self.namespace))
            }
            (_, None) => Pending,
            (Want::PodExists, Some(_)) => Ready,
            (Want::JobComplete, Some(job)) => {
                let has_failed = is(job, "Failed") || is(job, "FailureTarget");
                ready_if(is(job, "Complete")).or(if has_failed { Failed } else { Pending })
            }
            (Want::JobFinished, Some(job)) => ready_if(is(job, "Complete") || is(job, "Failed")),
            (Want::PodReady, Some(pod)) => readiness(pod),
            (Want::Rollout, Some(deployment)) => rollout(deployment),
            (Want::Service, Some(service)) => ready_if(!is_terminating(service)),
        }
    }
}

impl Verdict {
    fn or(self, other: Self) -> Self {
        if self == Ready { Ready } else { other }
    }
}

fn ready_if(holds: bool) -> Verdict {
    if holds { Ready } else { Pending }
}

fn all<'a>(
    state: &'a State,
    resource: &'static str,
    namespace: &'static str,
) -> impl Iterator<Item = &'a Value> + Clone {
    state
        .iter()
        .filter(move |((of, place, _), _)| *of == resource && *place == namespace)
        .map(|(_, object)| object)
}

/// Is this condition True?
fn is(object: &Value, condition: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.is_some_and(|all| all.iter().any(|one| one["type"] == condition && one["status"] == "True"))
}

fn is_terminating(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

fn has_ended(pod: &Value) -> bool {
    pod["status"]["phase"] == "Failed" || pod["status"]["phase"] == "Succeeded"
}

fn readiness(pod: &Value) -> Verdict {
    match pod {
        pod if is_terminating(pod) => Pending,
        pod if has_ended(pod) => {
            if pod["metadata"]["ownerReferences"].is_array() {
                Pending
            } else {
                Failed
            }
        }
        pod => ready_if(is(pod, "Ready")),
    }
}

fn pods<'a>(pods: impl Iterator<Item = &'a Value> + Clone) -> Verdict {
    let selected = pods.filter(|pod| pod["metadata"]["labels"]["app"] == "web");
    let mut counted =
        selected.filter(|pod| !is_terminating(pod) && !has_ended(pod)).map(readiness).peekable();
    ready_if(counted.peek().is_some() && counted.all(|verdict| verdict == Ready))
}

fn rollout(deployment: &Value) -> Verdict {
    let number = |place: &str| deployment.pointer(place).and_then(Value::as_i64).unwrap_or_default();
    let [wanted, all, updated, available] = [
        number("/spec/replicas"),
        number("/status/replicas"),
        number("/status/updatedReplicas"),
        number("/status/availableReplicas"),
    ];
    let is_stale = number("/status/observedGeneration") < number("/metadata/generation");
    let conditions = deployment["status"]["conditions"].as_array();
    let is_late =
        conditions.is_some_and(|all| all.iter().any(|one| one["reason"] == "ProgressDeadlineExceeded"));
    match wanted {
        _ if is_terminating(deployment) || is_stale => Pending,
        0 => Pending,
        _ if is_late => Failed,
        _ => ready_if(updated >= wanted && all <= updated && available >= updated),
    }
}

/// An address that stands in two slices is ready when both say so.
fn endpoints<'a>(goal: &Goal, slices: impl Iterator<Item = &'a Value>) -> Verdict {
    let mut ready = BTreeMap::new();
    for slice in slices.filter(|slice| slice["metadata"]["labels"]["kubernetes.io/service-name"] == goal.name)
    {
        for endpoint in slice["endpoints"].as_array().unwrap() {
            let conditions = &endpoint["conditions"];
            let is_ready = conditions["ready"] != false && conditions["terminating"] != true;
            *ready.entry(endpoint["addresses"][0].as_str()).or_insert(true) &= is_ready;
        }
    }
    ready_if(ready.values().any(|is_ready| *is_ready))
}

/// Several goals together.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) goals: Vec<Goal>,
    pub(crate) is_any: bool,
}

impl Question {
    pub(crate) fn verdict(&self, state: &State) -> Verdict {
        let verdicts = self.goals.iter().map(|goal| goal.verdict(state));
        if self.is_any { verdicts.min().unwrap() } else { verdicts.max().unwrap() }
    }
}
