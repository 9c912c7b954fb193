//! What one replica tells another of those who wait on it: [`Snapshot`].

use crate::graph::{Need, Needs, Pending, Waiting};
use k8s_wait_lib::Mode;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Those of a replica that wait for something that needs pods. Who waits for anything else is on no cycle.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct Snapshot {
    /// Tells the replica from others, and from itself after a restart.
    pub(crate) replica: String,
    targets: Vec<ToldTarget>,
    waits: Vec<ToldWait>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct ToldTarget {
    target: String,
    needs: Vec<Need>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct ToldWait {
    namespace: String,
    pod: String,
    #[serde(default)]
    any: bool,
    /// Their places among the targets.
    targets: Vec<usize>,
}

impl Snapshot {
    pub(crate) fn of(replica: &str, waits: &[Waiting<'_>]) -> Self {
        let mut snapshot = Self { replica: replica.to_owned(), ..Self::default() };
        let mut places: HashMap<&str, usize> = HashMap::new();
        for wait in waits.iter().filter(|wait| wait.needs_pods()) {
            let Some(pod) = wait.pod else { continue };
            let targets = wait
                .targets
                .iter()
                .map(|pending| *places.entry(pending.target).or_insert_with(|| snapshot.add(pending)));
            let targets = targets.collect();
            let (namespace, pod) = (wait.namespace.to_owned(), pod.to_owned());
            snapshot.waits.push(ToldWait { namespace, pod, any: wait.mode == Mode::Any, targets });
        }
        snapshot
    }

    fn add(&mut self, pending: &Pending<'_>) -> usize {
        let needs = pending.needs.to_tell();
        self.targets.push(ToldTarget { target: pending.target.to_owned(), needs });
        self.targets.len() - 1
    }

    /// Does anybody wait there?
    pub(crate) fn is_empty(&self) -> bool {
        self.waits.is_empty()
    }

    /// Those who wait, numbered from there on. A place that is none is left out.
    pub(crate) fn waits(&self, first: u64) -> impl Iterator<Item = Waiting<'_>> {
        (first..).zip(&self.waits).map(|(id, wait)| {
            let targets = wait.targets.iter().filter_map(|place| self.targets.get(*place));
            let pending =
                targets.map(|target| Pending { target: &target.target, needs: Needs::Told(&target.needs) });
            let mode = if wait.any { Mode::Any } else { Mode::All };
            Waiting { id, namespace: &wait.namespace, pod: Some(&wait.pod), mode, targets: pending.collect() }
        })
    }
}
