//! Waits that outlive their client's connection: [`Parking`].
//!
//! Some waits remember what cannot be seen again: since when a target is ready (`stable`) or has a cause to be given up
//! (`fail-on`), and which objects were there at first (`for=deleted`). Such a wait is run by a task of its own and has a token. A client that comes back with it takes
//! the wait up where it is; when its connection goes, or its time is up, the wait is kept for a while, and goes on looking.

use super::questions::stopped;
use super::record::Record;
use super::wire::{self, Answer};
use crate::places::Place;
use bytes::Bytes;
use k8s_wait_lib::{Mode, Plan, Report, Target, Wait};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{Semaphore, watch};
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

/// How long a wait is kept that nobody reads.
const KEPT: Duration = Duration::from_secs(30);
/// Of all places to wait, one in so many may be held by waits that nobody reads.
const SHARE: usize = 4;

/// The waits that can be taken up again, by their tokens.
pub(crate) struct Parking {
    table: Mutex<HashMap<Arc<str>, Entry>>,
    /// One for each wait that nobody reads.
    lots: Arc<Semaphore>,
}

struct Entry {
    question: Question,
    clients: UnboundedSender<Client>,
    _task: AbortOnDropHandle<()>,
}

/// What has to be the same for a wait to be the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    targets: Vec<Target>,
    mode: Mode,
    /// Is it asked by somebody who may ask about namespaces alone?
    is_confined: bool,
}

/// Somebody who reads a wait's reports.
struct Client {
    timeout: Option<Duration>,
    reports: mpsc::Sender<Report>,
}

/// The reports of a wait, from where it is.
pub(super) struct Feed {
    token: Arc<str>,
    reports: mpsc::Receiver<Report>,
}

impl Question {
    /// `None` for a wait that has nothing to remember.
    pub(super) fn of(plan: &Plan, is_confined: bool) -> Option<Self> {
        let remembers = |target: &Target| {
            let options = target.options();
            let has_time = options.stable.is_some() || options.fail_on.is_some();
            has_time || options.state.as_deref() == Some("deleted")
        };
        let targets = || plan.targets.iter().map(|target| target.clone().in_namespace(&plan.namespace));
        let question = || Self { targets: targets().collect(), mode: plan.mode, is_confined };
        plan.targets.iter().any(remembers).then(question)
    }
}

impl Feed {
    /// The next line; `None` after the final one, and when the server is told to stop.
    pub(super) async fn line(&mut self, record: &mut Record) -> Option<Bytes> {
        let report = Arc::new(self.reports.recv().await?);
        record.tell(&report);
        Some(wire::line(&report, Some(&self.token)))
    }

    /// The answer after the final report, or how it stood last when the server is told to stop.
    pub(super) async fn last(mut self, record: &mut Record) -> Option<Answer> {
        let mut last = None;
        while let Some(report) = self.reports.recv().await.map(Arc::new) {
            record.tell(&report);
            last = Some(report);
        }
        last.map(|report| Answer::new(&report, Some(&self.token)))
    }
}

impl Parking {
    /// For a server with so many places.
    pub(crate) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), lots: Arc::new(Semaphore::new((places / SHARE).max(1))) })
    }

    /// The reports of the wait with this token, if it is here and asks the same. Whoever read them before reads no more:
    /// its connection is dead, or it would not be asked for again.
    pub(super) fn take_up(
        &self,
        token: &str,
        question: &Question,
        timeout: Option<Duration>,
    ) -> Option<Feed> {
        let table = self.table.lock();
        let (token, entry) = table.get_key_value(token).filter(|(_, entry)| entry.question == *question)?;
        let (sender, reports) = mpsc::channel(1);
        entry.clients.send(Client { timeout, reports: sender }).ok()?;
        Some(Feed { token: Arc::clone(token), reports })
    }

    /// Begins a wait that can be taken up again, in a place of its own.
    pub(super) fn begin(
        self: &Arc<Self>,
        wait: Wait,
        (question, timeout): (Question, Option<Duration>),
        place: Place,
        stopping: watch::Receiver<bool>,
    ) -> Result<Feed, getrandom::Error> {
        let token = token()?;
        let (clients, inbox) = mpsc::unbounded_channel();
        let (sender, reports) = mpsc::channel(1);
        let stay = Stay { parking: Arc::downgrade(self), token: Arc::clone(&token), inbox, _place: place };
        let task = async move {
            tokio::select! {
                () = stay.tend(wait, Client { timeout, reports: sender }) => {}
                () = stopped(stopping) => {}
            }
        };
        // The task cannot leave the table before it is in it.
        let mut table = self.table.lock();
        let _task = AbortOnDropHandle::new(tokio::spawn(task));
        table.insert(Arc::clone(&token), Entry { question, clients, _task });
        Ok(Feed { token, reports })
    }
}

/// 128 bits that nobody can guess.
fn token() -> Result<Arc<str>, getrandom::Error> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bits)).into())
}

/// A wait's time in the table. However it ends, it takes itself out.
struct Stay {
    parking: Weak<Parking>,
    token: Arc<str>,
    inbox: UnboundedReceiver<Client>,
    _place: Place,
}

impl Drop for Stay {
    fn drop(&mut self) {
        let Some(parking) = self.parking.upgrade() else { return };
        let entry = parking.table.lock().remove(&self.token);
        // Ends the task that this is the end of, when nobody waits for the lock any more.
        drop(entry);
    }
}

impl Stay {
    async fn tend(mut self, mut wait: Wait, first: Client) {
        let mut client = Some(first);
        while let Some(current) = client {
            client = match self.serve(&mut wait, current).await {
                Some(next) => Some(next),
                None => self.park(&mut wait).await,
            };
        }
    }

    /// Hands its reports to a client until the final one, or until that one has gone, or until another one comes.
    async fn serve(&mut self, wait: &mut Wait, client: Client) -> Option<Client> {
        wait.begin_anew(client.timeout);
        loop {
            tokio::select! {
                next = self.inbox.recv() => return next,
                () = client.reports.closed() => return None,
                report = report(wait, &client) => report?,
            }
        }
    }

    /// Goes on looking until somebody comes for it, but not for long, and not if too many do.
    async fn park(&mut self, wait: &mut Wait) -> Option<Client> {
        let lots = Arc::clone(&self.parking.upgrade()?.lots);
        let Ok(_lot) = lots.try_acquire() else { return self.leave() };
        tokio::select! {
            next = self.inbox.recv() => next,
            never = wait.keep_watch() => match never {},
            () = sleep(KEPT) => self.leave(),
        }
    }

    /// Leaves the table, unless somebody has come at the last moment.
    fn leave(&mut self) -> Option<Client> {
        let parking = self.parking.upgrade()?;
        let mut table = parking.table.lock();
        let next = self.inbox.try_recv().ok();
        let entry = next.is_none().then(|| table.remove(&self.token));
        drop(table);
        drop(entry);
        next
    }
}

/// One report; `None` after the final one, and when the client has gone.
async fn report(wait: &mut Wait, client: &Client) -> Option<()> {
    let room = tokio::select! {
        biased;
        room = client.reports.reserve() => room.ok()?,
        // A client that does not read misses reports, and the wait nothing.
        never = wait.keep_watch() => match never {},
    };
    room.send(wait.next().await?);
    Some(())
}

#[cfg(test)]
mod tests;
