//! Why the pods behind an object keep it waiting, and whether they are to be given up: [`Causes`].

use super::grace::Grace;
use super::{Evaluation, Recheck};
use crate::judge::behind::{Behind, Pods, PodsOf};
use crate::judge::cause::{Named, blocking, is_underway, named};
use crate::object::{Controller, Pod};
use crate::watch::{Lease, Reading, Signal, Watches};
use crate::{CheckError, Obstacle, Reason, Verdict};
use k8s_wait_target::{Cause, DurationText, Min, Subject, Target};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long `fail-on=` bears with a cause unless said otherwise.
const GRACE: Duration = Duration::from_secs(60);

/// For so long from its first evaluation on, a request waits for the first list of pods, so that what it is told first,
/// which may be all, is told with its cause. A little less than a wait keeps its first word back.
const FIRST_LOOK: Duration = Duration::from_millis(400);

/// So many pods are told of at most that are in an object's way.
const MOST_OBSTACLES: usize = 1000;

/// Verdicts to which pods have nothing to add: those over what is not there, not yet looked at by its controller, or
/// without pods on purpose.
const PLAIN: [&str; 7] = [
    "NotFound",
    "Terminating",
    "StaleStatus",
    "ScaledToZero",
    "JobNotStarted",
    "JobSuspended",
    "JobComplete",
];

/// The causes of one request: looks at pods while it is not ready, and at none else.
///
/// Each evaluation explains the verdicts that are not ready and then ends the round. What pods tell never makes anything
/// ready, and nothing failed but for `fail-on=`; where they cannot be read, a verdict stays as it was.
pub(super) struct Causes {
    grace: Option<Grace>,
    /// Does the target need each object that it is about? Else nobody can tell which are in its way.
    needs_each: bool,
    /// Only while there is something to explain.
    pods: Option<Lease<Pod>>,
    round: Round,
    /// The time of the first evaluation.
    begin: Option<Instant>,
}

/// What came of an evaluation so far.
#[derive(Default)]
struct Round {
    has_looked: bool,
    signals: Vec<Signal>,
    /// What is left of the grace that ends first.
    left: Option<Duration>,
    unsynced: Option<CheckError>,
    obstacles: Vec<Obstacle>,
}

/// An object whose verdict is explained.
#[derive(Clone, Copy)]
pub(super) struct Explained<'a> {
    /// As owner references have it, where it can be a controller.
    pub(super) kind: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) uid: &'a str,
    /// Was its verdict made from what is there now?
    pub(super) is_live: bool,
    /// It itself, where it is a pod.
    pub(super) pod: Option<&'a Arc<Pod>>,
}

/// A pod with its name.
type PodOf = (Arc<str>, Arc<Pod>);

/// Pods with their names.
type Found = Vec<PodOf>;

impl Causes {
    pub(super) fn new(target: &Target) -> Self {
        let options = target.options();
        let needs_each = matches!(target.subject(), Subject::Object { .. })
            || matches!(options.min, None | Some(Min::All));
        let grace = options.fail_on.clone();
        let grace = grace.map(|fail_on| Grace::new(fail_on, options.grace.unwrap_or(GRACE)));
        Self { grace, needs_each, pods: None, round: Round::default(), begin: None }
    }

    /// The verdict with what the pods behind the object tell.
    pub(super) fn explain(
        &mut self,
        watches: &Watches,
        object: Explained<'_>,
        behind: &Behind<'_>,
        verdict: Verdict,
    ) -> Verdict {
        if verdict.reason().is_none_or(|reason| PLAIN.contains(&&*reason.code)) {
            return verdict;
        }
        match behind {
            Behind::Itself(pod) => {
                let counted = Some((object.name, *pod)).filter(|(_, pod)| is_underway(pod));
                let lost = self.lost(object, counted.as_slice(), &verdict);
                if counted.is_some_and(|(_, pod)| !pod.is_ready) {
                    self.stand_in_the_way(
                        object,
                        object.pod.map(|pod| (object.name.into(), Arc::clone(pod))),
                        0,
                    );
                }
                lost.first().map_or(verdict.clone(), |(_, cause)| self.given_up(*cause, &verdict))
            }
            Behind::Pods(Pods { of: PodsOf::Named(names), .. }) if names.is_empty() => verdict,
            Behind::Pods(pods) => self.look(watches, object, pods, verdict),
        }
    }

    fn look(
        &mut self,
        watches: &Watches,
        mut object: Explained<'_>,
        pods: &Pods<'_>,
        verdict: Verdict,
    ) -> Verdict {
        let reading = match self.read(watches, object, &pods.of) {
            Ok(reading) => reading,
            Err(error) => return self.unexplained(error, verdict),
        };
        object.is_live &= reading.is_live();
        match reading.judge(|found| self.judge(object, pods, &found, verdict.clone())) {
            Ok(explained) => explained,
            Err(error) => self.unexplained(error, verdict),
        }
    }

    fn read(
        &mut self,
        watches: &Watches,
        object: Explained<'_>,
        pods: &PodsOf<'_>,
    ) -> Result<Reading<Found>, CheckError> {
        let lease = match self.pods.take() {
            Some(lease) => lease,
            // Whatever pods went through on the way decides nothing, so nobody has to go through it again.
            None => watches.as_they_are().lease::<Pod>(&(), object.namespace)?,
        };
        let (signals, reading) = look_up(&lease, object, pods);
        self.round.has_looked = true;
        self.round.signals.extend(signals);
        self.pods = Some(lease);
        Ok(reading)
    }

    fn unexplained(&mut self, error: CheckError, verdict: Verdict) -> Verdict {
        match &error {
            CheckError::NotSynced { .. } => self.round.unsynced = Some(error),
            // Whoever relies on it has to know; nobody else has asked for what is missing.
            CheckError::Forbidden { .. } if self.grace.is_some() => {
                return with(verdict, format_args!("fail-on cannot be judged: {error}"));
            }
            _ => {}
        }
        verdict
    }

    fn judge(&mut self, object: Explained<'_>, pods: &Pods<'_>, found: &Found, verdict: Verdict) -> Verdict {
        let counting = || found.iter().filter(|(_, pod)| pods.counts(pod));
        let unready = counting().filter(|(_, pod)| !pod.is_ready);
        self.stand_in_the_way(object, unready.cloned(), pods.spare(counting().count()));
        let found: Vec<Named<'_>> = found.iter().map(|(name, pod)| (&**name, &**pod)).collect();
        let counted: Vec<_> = found.iter().copied().filter(|(_, pod)| pods.counts(pod)).collect();
        let lost = self.lost(object, &counted, &verdict);
        match lost.first() {
            Some((first, cause)) if pods.are_too_few_without(lost.len(), counted.len()) => {
                return with(self.given_up(*cause, &verdict), named(*first, lost.len() - 1));
            }
            _ => {}
        }
        match blocking(found.iter().copied(), pods.failed) {
            Some(told) => with(verdict, told),
            None if found.is_empty() && matches!(pods.of, PodsOf::Selected(_)) => {
                with(verdict, "its selector matches no pod")
            }
            None => verdict,
        }
    }

    /// The pods that have shown a cause of `fail-on=` for the whole grace.
    fn lost<'a>(
        &mut self,
        object: Explained<'_>,
        pods: &[Named<'a>],
        verdict: &Verdict,
    ) -> Vec<(Named<'a>, Cause)> {
        let Some(grace) = self.grace.as_mut().filter(|_| object.is_live && verdict.is_pending()) else {
            return Vec::new();
        };
        let mut lost = Vec::new();
        for named in pods.iter().filter(|(_, pod)| !pod.is_ready) {
            match grace.look(named.1) {
                Some((cause, left)) if left.is_zero() => lost.push((*named, cause)),
                Some((_, left)) => self.round.left = self.round.left.into_iter().chain([left]).min(),
                None => {}
            }
        }
        lost
    }

    fn stand_in_the_way(
        &mut self,
        object: Explained<'_>,
        pods: impl IntoIterator<Item = PodOf>,
        spare: usize,
    ) {
        let room = MOST_OBSTACLES.saturating_sub(self.round.obstacles.len());
        let pods: Found = pods.into_iter().take(room).collect();
        if self.needs_each && !pods.is_empty() {
            self.round.obstacles.push(Obstacle::new(object.namespace, pods, spare));
        }
    }

    fn given_up(&self, cause: Cause, verdict: &Verdict) -> Verdict {
        let lasted = self.grace.as_ref().map(Grace::period).unwrap_or_default();
        let message = verdict.reason().map(|reason| reason.message.as_str()).unwrap_or_default();
        Verdict::failed(cause.reason(), format!("{cause} has lasted for {}: {message}", DurationText(lasted)))
    }

    /// Ends an evaluation.
    pub(super) fn finish(&mut self, mut evaluation: Evaluation) -> Evaluation {
        let Round { has_looked, signals, left, unsynced, obstacles } = std::mem::take(&mut self.round);
        if !has_looked {
            self.pods = None;
        }
        if let Some(grace) = &mut self.grace {
            grace.sweep(left);
        }
        let begin = *self.begin.get_or_insert_with(Instant::now);
        // Nothing left is no pause: it would be looked at again without end for as long as no time passes.
        let first_look =
            FIRST_LOOK.checked_sub(begin.elapsed()).filter(|left| unsynced.is_some() && !left.is_zero());
        if let (Some(_), Some(error)) = (first_look, unsynced) {
            evaluation.verdict = Err(error);
        }
        evaluation.obstacles = obstacles;
        let Recheck { signals: all, after } = &mut evaluation.recheck;
        all.extend(signals);
        *after = [*after, left, first_look].into_iter().flatten().min();
        evaluation
    }
}

/// The pods of an object, and the signals for changes of them, taken before.
fn look_up(lease: &Lease<Pod>, object: Explained<'_>, pods: &PodsOf<'_>) -> (Vec<Signal>, Reading<Found>) {
    let namespace = object.namespace;
    let group = |key: &str| (vec![lease.on_group(namespace, key)], lease.group(namespace, key));
    match pods {
        PodsOf::Controlled => {
            let (signals, pods) = group(&Controller::key(object.kind, object.name));
            (signals, pods.map(|pods| owned(pods, object.uid)))
        }
        PodsOf::ReplicaSet(name) => group(&Controller::replica_set(name)),
        PodsOf::Selected(selector) => {
            (vec![lease.on_selected(namespace, selector)], lease.selected(namespace, selector))
        }
        PodsOf::Named(names) => {
            let signals = names.iter().map(|name| lease.on_object(namespace, name)).collect();
            (signals, lease.named(namespace, names))
        }
    }
}

/// Without those of a namesake that the object has taken the place of.
fn owned(pods: Found, uid: &str) -> Found {
    let is_own = |pod: &Pod| pod.meta.controller.as_ref().is_some_and(|controller| &*controller.uid == uid);
    pods.into_iter().filter(|(_, pod)| is_own(pod)).collect()
}

/// The verdict with more to its message.
fn with(verdict: Verdict, more: impl fmt::Display) -> Verdict {
    let longer = |reason: Reason| {
        Reason::new(reason.code, format!("{}; {more}", reason.message.trim_end_matches('.')))
    };
    match verdict {
        Verdict::Ready => Verdict::Ready,
        Verdict::Pending(reason) => Verdict::Pending(longer(reason)),
        Verdict::Failed(reason) => Verdict::Failed(longer(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At the very moment when the time for the first look is over.
    #[tokio::test(start_paused = true)]
    async fn pods_that_do_not_come_are_not_looked_for_again_at_once() {
        let mut causes = Causes::new(&"job/a".parse().unwrap());
        let mut finished = || {
            let resource = "pods in namespace shop".to_owned();
            causes.round.unsynced = Some(CheckError::NotSynced { resource });
            let pending = Ok(Verdict::pending("JobRunning", "it runs"));
            causes.finish(Evaluation::new(pending, Recheck::default()))
        };
        assert_eq!(finished().recheck.after, Some(FIRST_LOOK));
        tokio::time::advance(FIRST_LOOK).await;
        let evaluation = finished();
        assert_eq!(evaluation.recheck.after, None);
        assert!(evaluation.verdict.is_ok_and(|verdict| verdict.is_pending()));
    }
}
