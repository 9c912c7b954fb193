//! What the API held, and until when: [`History`].

use crate::reference::{Goal, Question, State, Verdict};
use k8s_wait_lib::Report;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a verdict may be behind: what is on its way takes a moment.
const ON_ITS_WAY: Duration = Duration::from_millis(100);
/// How long nobody notices that a watch has died without a word, as the documentation has it.
const UNNOTICED: Duration = Duration::from_secs(60);

/// May a watch be taken for a good one that tells nothing?
#[derive(Clone, Copy, Default)]
enum Silence {
    #[default]
    Never,
    Now,
    Until(Instant),
}

#[derive(Default)]
pub(crate) struct History {
    /// What was, with the moment when it ended.
    past: Vec<(Instant, Arc<State>)>,
    now: Arc<State>,
    silence: Silence,
    /// What was told that was not so.
    pub(crate) wrong: Vec<String>,
}

impl History {
    pub(crate) fn note(&mut self, state: State) {
        let now = Instant::now();
        self.past.retain(|(end, _)| *end + UNNOTICED >= now);
        let past = std::mem::replace(&mut self.now, Arc::new(state));
        self.past.push((now, past));
    }

    pub(crate) fn now(&self) -> &State {
        &self.now
    }

    /// From now on a watch may be silent.
    pub(crate) fn fall_silent(&mut self) {
        self.silence = Silence::Now;
    }

    /// From now on none falls silent any more.
    pub(crate) fn speak(&mut self) {
        if let Silence::Now = self.silence {
            self.silence = Silence::Until(Instant::now() + UNNOTICED);
        }
    }

    /// Takes note of a verdict that was never true in the time that it may be about.
    pub(crate) fn hear(&mut self, question: &Question, verdict: Verdict, report: &Report) {
        if !self.was(question, verdict) {
            let now = question.verdict(&self.now);
            self.wrong.push(format!("{question:?} is {now:?}, and was not so when told {report:?}"));
        }
    }

    fn was(&self, question: &Question, verdict: Verdict) -> bool {
        let once = |goal: &Goal| {
            goal.watched()
                .iter()
                .all(|resource| self.at_some_moment(|state| goal.part(resource, state) >= verdict))
        };
        match verdict {
            Verdict::Pending => true,
            Verdict::Failed if question.is_any => question.goals.iter().all(once),
            Verdict::Failed => question.goals.iter().any(once),
            Verdict::Ready if question.is_any => {
                question.goals.iter().any(|goal| self.was_ready(std::slice::from_ref(goal)))
            }
            Verdict::Ready => self.was_ready(&question.goals),
        }
    }

    /// For each watch there is a moment at which all that it tells of these goals is ready.
    fn was_ready(&self, goals: &[Goal]) -> bool {
        let watched = goals.iter().flat_map(|goal| goal.watched());
        watched.into_iter().all(|resource| {
            let about = || goals.iter().filter(|goal| goal.watched().contains(resource));
            self.at_some_moment(|state| about().all(|goal| goal.part(resource, state) == Verdict::Ready))
        })
    }

    fn at_some_moment(&self, holds: impl Fn(&State) -> bool) -> bool {
        let now = Instant::now();
        let late = match self.silence {
            Silence::Now => UNNOTICED,
            Silence::Until(end) if now <= end => UNNOTICED,
            _ => ON_ITS_WAY,
        };
        let mut recent = self.past.iter().filter(|(end, _)| *end + late >= now);
        holds(&self.now) || recent.any(|(_, state)| holds(state))
    }
}
