//! How long pods have shown a cause for which they may be given up: [`Grace`].

use super::due::{Due, left};
use crate::judge::cause::shown;
use crate::object::Pod;
use k8s_wait_target::{Cause, FailOn};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// The clocks of `fail-on=`, one for each pod, cause and container. They start when a cause is first seen, and are reset
/// when it is seen to be over, or not seen at all.
pub(super) struct Grace {
    fail_on: FailOn,
    grace: Duration,
    clocks: HashMap<Key, Clock>,
    due: Due,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    /// The pod's UID.
    pod: Box<str>,
    cause: Cause,
    container: Box<str>,
}

struct Clock {
    since: Instant,
    /// Has it been seen since the last sweep?
    is_seen: bool,
}

impl Grace {
    pub(super) fn new(fail_on: FailOn, grace: Duration) -> Self {
        Self { fail_on, grace, clocks: HashMap::new(), due: Due::default() }
    }

    pub(super) fn period(&self) -> Duration {
        self.grace
    }

    /// The cause that a pod has shown for longest, and how much of the grace is left to it.
    pub(super) fn look(&mut self, pod: &Pod) -> Option<(Cause, Duration)> {
        let (now, is_late) = (Instant::now(), self.due.is_late());
        let oldest = self.causes(pod).into_iter().map(|key| self.tick(key, now)).min();
        oldest.map(|(since, cause)| (cause, left(self.grace.saturating_sub(now - since), is_late)))
    }

    fn causes(&self, pod: &Pod) -> Vec<Key> {
        let key = |(cause, container): (Cause, &str)| Key {
            pod: pod.meta.uid.clone(),
            cause,
            container: container.into(),
        };
        // Between two crashes a container runs or has ended: it is out of the loop once it is ready.
        let unready = pod.unready.iter().map(|container| key((Cause::CrashLoop, &container.name)));
        let looping = unready.filter(|key| self.clocks.contains_key(key));
        shown(pod).filter(|(cause, _)| self.fail_on.contains(*cause)).map(key).chain(looping).collect()
    }

    fn tick(&mut self, key: Key, now: Instant) -> (Instant, Cause) {
        let cause = key.cause;
        let clock = self.clocks.entry(key).or_insert(Clock { since: now, is_seen: true });
        clock.is_seen = true;
        (clock.since, cause)
    }

    /// Forgets what has not been seen since the sweep before. The next one is due when nothing is left of the clock that runs
    /// out first.
    pub(super) fn sweep(&mut self, left: Option<Duration>) {
        self.due.set(left);
        self.clocks.retain(|_, clock| std::mem::take(&mut clock.is_seen));
    }
}
