//! Lets a session act on the world: [`drive`]; the real one is [`Threads`].

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::backoff::random;
use crate::probe::Probe;
use crate::report::{Line, Start};
use crate::server::{Limits, Server};
use crate::session::{Action, Event, Session};
use crate::settings::Settings;
use crate::signals;
use crate::summary::Summary;
use crate::verdict::Verdict;
use crate::wire::Ask;

/// The pause between two probes of a target that is not ready, before its random part.
const INTERVAL: Duration = Duration::from_secs(1);

/// What a session needs; tests have one without a network and with a clock of its own.
pub(crate) trait World {
    /// The time.
    fn now(&self) -> Instant;
    /// The next event; `None` when there is none until then.
    fn next(&mut self, until: Option<Instant>) -> Option<Event>;
    /// Asks the server, which ends in [`Event::Closed`].
    fn ask(&mut self, ask: Ask);
    /// Probes every network target for this pass.
    fn probe(&mut self, pass: u64);
}

/// Waits to the end. `say` gets every line with the time since the start.
pub(crate) fn drive(
    settings: &Settings,
    random: fn() -> u32,
    world: &mut impl World,
    mut say: impl FnMut(&Line, Duration),
) -> Summary {
    let now = world.now();
    let mut session = Session::new(settings, random, now);
    let mut actions = session.begin(Line::Start(start(settings)), now);
    loop {
        for action in actions {
            match action {
                Action::Say(line) => say(&line, world.now().saturating_duration_since(session.started())),
                Action::Ask(ask) => world.ask(ask),
                Action::Probe(pass) => world.probe(pass),
                Action::End(summary) => return summary,
            }
        }
        actions = match world.next(session.wakeup()) {
            Some(event) => session.on(event, world.now()),
            None => session.tick(world.now()),
        };
    }
}

fn start(settings: &Settings) -> Start {
    let server = settings.needs_server().then(|| (settings.server.clone(), settings.namespace.clone()));
    let targets = settings.targets.iter().map(ToString::to_string).collect();
    Start { targets, mode: settings.mode, timeout: settings.timeout, server }
}

/// The real world: a thread that talks to the server, one for each network target and one for signals. None is
/// waited for at the end: they hold nothing that outlives the process.
pub(crate) struct Threads {
    events: Receiver<Event>,
    /// Held so that `events` never reads as closed.
    _sender: Sender<Event>,
    asks: Sender<Ask>,
    probes: Vec<Sender<u64>>,
}

impl Threads {
    /// Starts the threads; none does anything before it is told to, but for the one that listens for signals.
    ///
    /// # Errors
    ///
    /// Where the system gives no thread or no signal handler.
    pub(crate) fn new(settings: &Settings) -> io::Result<Self> {
        let (sender, events) = channel();
        signals::listen(sender.clone())?;
        let asks = spawn_asker(Server::new(&settings.server, Limits::default()), sender.clone())?;
        let mut probes = Vec::new();
        for (index, target) in settings.targets.iter().enumerate() {
            if let Some(probe) = Probe::new(target) {
                probes.push(spawn_prober(index, probe, sender.clone())?);
            }
        }
        Ok(Self { events, _sender: sender, asks, probes })
    }
}

impl World for Threads {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn next(&mut self, until: Option<Instant>) -> Option<Event> {
        let Some(until) = until else { return self.events.recv().ok() };
        self.events.recv_timeout(until.saturating_duration_since(Instant::now())).ok()
    }

    // A thread that is gone has nothing left to do: the session's deadline ends the wait all the same.

    fn ask(&mut self, ask: Ask) {
        let _ = self.asks.send(ask);
    }

    fn probe(&mut self, pass: u64) {
        for probe in &self.probes {
            let _ = probe.send(pass);
        }
    }
}

fn spawn_asker(server: Server, events: Sender<Event>) -> io::Result<Sender<Ask>> {
    let (sender, asks) = channel::<Ask>();
    thread::Builder::new().name("server".to_owned()).spawn(move || {
        for ask in asks {
            let closing = server.ask(&ask, |told| drop(events.send(Event::Status(told))));
            if events.send(Event::Closed(closing)).is_err() {
                break;
            }
        }
    })?;
    Ok(sender)
}

fn spawn_prober(index: usize, mut probe: Probe, events: Sender<Event>) -> io::Result<Sender<u64>> {
    let (sender, passes) = channel();
    thread::Builder::new().name(format!("probe-{index}")).spawn(move || {
        let mut next = passes.recv().ok();
        while let Some(pass) = next {
            let finding = probe.run();
            let is_resting = finding.verdict == Verdict::Ready && !probe.is_watched();
            if events.send(Event::Probed { index, pass, finding }).is_err() {
                break;
            }
            next = next_pass(&passes, pass, is_resting);
        }
    })?;
    Ok(sender)
}

/// The pass of the next probe: a new one at once, the same one again after the interval unless it is `is_resting`.
fn next_pass(passes: &Receiver<u64>, pass: u64, is_resting: bool) -> Option<u64> {
    if is_resting {
        return passes.recv().ok();
    }
    let jitter = INTERVAL.mul_f64(f64::from(random()) / f64::from(u32::MAX) / 5.0);
    match passes.recv_timeout(INTERVAL + jitter) {
        Ok(pass) => Some(pass),
        Err(RecvTimeoutError::Timeout) => Some(pass),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

#[cfg(test)]
#[path = "drive_tests.rs"]
mod tests;
