//! Waits that are held by many, and looked at once for all of them: [`Sharing`].
//!
//! Whoever asks the same at the same time gets the same lines, written once. One who comes later begins with how it stands
//! and goes on with the others; the time that it is given is its own.

use super::App;
use super::problem::Problem;
use super::questions::{begin, place, stopped};
use super::record::Record;
use super::wire::{Answer, Told};
use crate::auth::Caller;
use crate::places::Place;
use bytes::Bytes;
use k8s_wait_lib::{Mode, Plan, Wait};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Weak};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::AbortOnDropHandle;

/// The waits that are under way, by what they ask.
#[derive(Default)]
pub(super) struct Sharing(Mutex<HashMap<Question, Weak<Shared>>>);

/// What has to be the same for a wait to be the same: the mode, the targets as they display, and whether those who ask may
/// ask about namespaces alone.
type Question = Box<str>;

/// A wait, for as long as somebody listens to it.
struct Shared {
    reports: watch::Receiver<Arc<Told>>,
    /// Where it is found, unless there is nothing to come, or nobody else may listen to it.
    place: Option<(Weak<Sharing>, Question)>,
    _task: Option<AbortOnDropHandle<()>>,
}

/// Somebody who holds a shared wait.
pub(super) struct Listener {
    shared: Arc<Shared>,
    reports: watch::Receiver<Arc<Told>>,
    /// When it gives up.
    deadline: Option<Instant>,
    /// The report that it was told last.
    last: Option<usize>,
    is_over: bool,
    _place: Place,
}

impl Sharing {
    /// Listens to a wait for the same if one is under way, and else begins one.
    ///
    /// # Errors
    ///
    /// The first target that cannot be waited for, or that there is no place left. Nothing has been watched by then.
    pub(super) async fn listen(
        self: &Arc<Self>,
        mut plan: Plan,
        caller: &Caller,
        app: &App,
    ) -> Result<Listener, Problem> {
        let deadline = plan.timeout.take().and_then(|timeout| Instant::now().checked_add(timeout));
        let question = question(&plan, app.is_confined(caller));
        let known = question.as_deref().and_then(|question| self.find(question));
        let (shared, place) = match known {
            Some(shared) => (shared, place(caller, app)?),
            None => {
                let (wait, place) = (begin(plan, caller, app)?, place(caller, app)?);
                (self.begin(wait, question, app).await, place)
            }
        };
        let reports = shared.reports.clone();
        Ok(Listener { shared, reports, deadline, last: None, is_over: false, _place: place })
    }

    /// One that is over knows nothing of what has happened since.
    fn find(&self, question: &str) -> Option<Arc<Shared>> {
        let shared = self.0.lock().get(question).and_then(Weak::upgrade)?;
        let is_over = shared.reports.borrow().is_final();
        Some(shared).filter(|_| !is_over)
    }

    /// Two that begin the same at the same moment hold it each for themselves; who comes later joins one of them.
    async fn begin(self: &Arc<Self>, mut wait: Wait, question: Option<Question>, app: &App) -> Arc<Shared> {
        let first = Told::new(wait.glance().await, 0);
        let is_over = first.is_final();
        let (sender, reports) = watch::channel(Arc::new(first));
        let stopping = app.stopping.clone();
        let _task = (!is_over).then(|| AbortOnDropHandle::new(tokio::spawn(tell(wait, sender, stopping))));
        let place = question.filter(|_| !is_over);
        let place = place.map(|question| (Arc::downgrade(self), question));
        let shared = Arc::new(Shared { reports, place, _task });
        if let Some((_, question)) = &shared.place {
            self.0.lock().insert(question.clone(), Arc::downgrade(&shared));
        }
        shared
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let Some((home, question)) = &self.place else { return };
        let Some(home) = home.upgrade() else { return };
        let mut table = home.0.lock();
        if table.get(question).is_some_and(|shared| shared.strong_count() == 0) {
            table.remove(question);
        }
    }
}

/// `None` for a wait that nobody else can join: a target's own timeout begins with its wait.
fn question(plan: &Plan, is_confined: bool) -> Option<Question> {
    if plan.targets.iter().any(|target| target.options().timeout.is_some()) {
        return None;
    }
    let mode = match plan.mode {
        Mode::All => "all",
        Mode::Any => "any",
    };
    let targets = plan.targets.iter().map(|target| target.clone().in_namespace(&plan.namespace).to_string());
    let beginning = [mode.to_owned(), is_confined.to_string()];
    Some(beginning.into_iter().chain(targets).collect::<Vec<_>>().join("\n").into())
}

/// Tells each report, until the last one or until the server is told to stop.
async fn tell(mut wait: Wait, reports: watch::Sender<Arc<Told>>, stopping: watch::Receiver<bool>) {
    let telling = async {
        let mut number = 0;
        while let Some(report) = wait.next().await {
            number += 1;
            reports.send_replace(Arc::new(Told::new(report, number)));
        }
    };
    tokio::select! {
        () = telling => {}
        () = stopped(stopping) => {}
    }
}

impl Listener {
    /// The next line; `None` after the final one, and when the server is told to stop. May be dropped and called again.
    pub(super) async fn line(&mut self, record: &mut Record) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        let Some(told) = self.next().await? else { return Some(self.give_up(record).done()) };
        record.tell(told.report());
        self.is_over = told.is_final();
        // A line tells what has become different since the report before, which this one has not seen.
        let follows = self.last.is_some_and(|last| told.number() == last + 1);
        self.last = Some(told.number());
        Some(match () {
            () if self.is_over => told.done(),
            () if follows => told.news(),
            () => told.status(),
        })
    }

    /// The answer once there is nothing more to wait for, or how it stood last when the server is told to stop.
    pub(super) async fn last(mut self, record: &mut Record) -> Option<Answer> {
        loop {
            let Some(next) = self.next().await else { return self.last.map(|_| self.current().answer()) };
            let Some(told) = next else { return Some(self.give_up(record).answer()) };
            record.tell(told.report());
            match told.is_final() {
                true => return Some(told.answer()),
                false => self.last = Some(told.number()),
            }
        }
    }

    /// The next report, or `Some(None)` when the time is up; `None` when none will come.
    async fn next(&mut self) -> Option<Option<Arc<Told>>> {
        loop {
            let told = Arc::clone(&self.reports.borrow_and_update());
            // The glance at the beginning is for those alone whose time is up before there is more to say.
            let is_word = told.number() > 0 || told.is_final();
            if is_word && self.last != Some(told.number()) {
                return Some(Some(told));
            }
            // A timer would take its time over what is due already.
            if self.deadline.is_some_and(|at| at <= Instant::now()) {
                return Some(None);
            }
            tokio::select! {
                // A verdict that is there goes out before anything else.
                biased;
                more = self.reports.changed() => more.ok()?,
                () = at(self.deadline) => return Some(None),
            }
        }
    }

    /// How it stands when the time is up. It is not ready, or it would be over.
    fn give_up(&mut self, record: &mut Record) -> Arc<Told> {
        self.is_over = true;
        let told = self.current();
        record.end(told.report());
        told
    }

    /// How it stands.
    pub(super) fn current(&self) -> Arc<Told> {
        Arc::clone(&self.shared.reports.borrow())
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests;
