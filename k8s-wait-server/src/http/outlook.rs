//! A look, every second, at who waits in vain: [`Outlook`].

use super::roster::{Roster, Row};
use crate::graph::{Cycle, Graph, Needs, Pending, Waiting};
use crate::metrics::Metrics;
use crate::replicas::{Replicas, Snapshot};
use k8s_wait_lib::Report;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Those who wait elsewhere have numbers from here on.
const ELSEWHERE: u64 = 1 << 63;
/// How often it is looked.
const STEP: Duration = Duration::from_secs(1);

/// So many are written into the log at once: without tokens anybody can say that it is in one.
const MOST_TOLD: usize = 10;

/// What was seen at the last look.
pub(super) struct Outlook {
    roster: Arc<Roster>,
    metrics: Arc<Metrics>,
    replicas: Arc<Replicas>,
    /// The cycles that were there. Each target is looked at by itself and at its own moment, so that a cycle which was seen
    /// once may never have been: it counts when it is seen again.
    before: BTreeSet<String>,
}

impl Outlook {
    pub(super) fn new(roster: &Arc<Roster>, metrics: &Arc<Metrics>, replicas: &Arc<Replicas>) -> Self {
        let (roster, metrics, replicas) = (Arc::clone(roster), Arc::clone(metrics), Arc::clone(replicas));
        Self { roster, metrics, replicas, before: BTreeSet::new() }
    }

    /// Looks every second, for ever. It takes its time where thousands wait for one another, and keeps nobody waiting who is to
    /// be answered meanwhile.
    pub(super) async fn keep(mut self) {
        let mut ticks = interval_at(Instant::now() + STEP, STEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if self.is_needed() {
                let look = move || {
                    self.look();
                    self
                };
                let Ok(outlook) = spawn_blocking(look).await else { return };
                self = outlook;
            }
        }
    }

    /// Does anybody wait for pods, or is anything known that may have changed?
    fn is_needed(&self) -> bool {
        let needs_pods = |report: &Report| {
            let mut pending = report.targets.iter().filter(|target| target.verdict.is_pending());
            pending.any(|target| !target.obstacles.now().is_empty())
        };
        let is_anybody_elsewhere = self.replicas.told().iter().any(|told| !told.is_empty());
        let rows = self.roster.rows();
        is_anybody_elsewhere
            || !self.roster.graph().is_empty()
            || rows.iter().any(|row| row.state().1.is_some_and(|report| needs_pods(&report)))
    }

    /// Looks at how those who wait hang together, tells those that have come into a cycle, and counts.
    pub(super) fn look(&mut self) {
        let rows = self.roster.rows();
        let reports: Vec<_> = rows.iter().map(|row| row.state().1).collect();
        let others = self.replicas.told();
        let mut waits: Vec<_> = rows.iter().zip(&reports).map(|(row, report)| waiting(row, report)).collect();
        for other in &others {
            waits.extend(other.waits(ELSEWHERE + waits.len() as u64));
        }
        let mut graph = Graph::of(&waits);
        let seen = graph.cycles().map(|cycle| cycle.sentence.clone()).collect();
        // Of those that are elsewhere alone the others will tell.
        graph.keep(|cycle| self.before.contains(&cycle.sentence) && waits_here(cycle) > 0);
        self.before = seen;
        self.tell(graph, &rows);
    }

    fn tell(&self, graph: Graph, rows: &[Arc<Row>]) {
        let known = self.roster.graph();
        for cycle in graph.cycles().filter(|cycle| !known.has(cycle)).take(MOST_TOLD) {
            log::warn!(cycle = cycle.sentence; "pods wait for one another");
        }
        for cycle in known.cycles().filter(|cycle| !graph.has(cycle)).take(MOST_TOLD) {
            log::info!(cycle = cycle.sentence; "pods wait for one another no more");
        }
        self.metrics.in_cycles(graph.cycles().count(), graph.cycles().map(|cycle| waits_here(cycle)).sum());
        self.roster.hang(Arc::new(graph), rows);
    }
}

/// A wait as far as it matters to others.
pub(super) fn waiting<'a>(row: &'a Row, report: &'a Option<Arc<Report>>) -> Waiting<'a> {
    let targets = report.iter().flat_map(|report| &report.targets);
    let pending = targets
        .filter(|target| target.verdict.is_pending())
        .map(|target| Pending { target: &target.target, needs: Needs::Seen(target.obstacles.now()) });
    Waiting {
        id: row.number,
        namespace: row.who.namespace(),
        pod: row.who.pod(),
        mode: row.mode,
        targets: pending.collect(),
    }
}

/// How many of those in a cycle wait on this replica.
fn waits_here(cycle: &Cycle) -> usize {
    cycle.waits.range(..ELSEWHERE).count()
}

/// Those who wait here, for another replica.
pub(super) fn snapshot(roster: &Roster, replica: &str) -> Snapshot {
    let rows = roster.rows();
    let reports: Vec<_> = rows.iter().map(|row| row.state().1).collect();
    let waits: Vec<_> = rows.iter().zip(&reports).map(|(row, report)| waiting(row, report)).collect();
    Snapshot::of(replica, &waits)
}

/// What may be told of a cycle to somebody who may not ask about all of its namespaces.
pub(super) fn told(cycle: &Cycle, may_ask: impl Fn(&str) -> bool) -> String {
    match cycle.namespaces.iter().all(|namespace| may_ask(namespace)) {
        true => cycle.sentence.clone(),
        false => {
            "it waits for pods that wait for it, by way of namespaces that it may not be told of".to_owned()
        }
    }
}
