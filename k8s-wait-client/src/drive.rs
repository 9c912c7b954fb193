//! Lets a session act on the world: [`drive`]; the real one is [`Threads`].

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::passes::Passes;
use crate::probe::Probe;
use crate::report::{Line, Start, State};
use crate::server::{Limits, Server};
use crate::session::{Action, Event, Session};
use crate::settings::Settings;
use crate::signals;
use crate::summary::Summary;
use crate::trouble::Trouble;
use crate::wire::{Ask, Closing};

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

/// Who is told how the wait goes. All times are from its start.
pub(crate) trait Audience {
    /// Hears of progress.
    fn say(&mut self, line: &Line, elapsed: Duration);
    /// When it wants to see how things stand; `None` for one that only listens.
    fn due(&self) -> Option<Duration>;
    /// Sees how things stand.
    fn see(&mut self, state: &State, elapsed: Duration);
}

/// Waits to the end.
pub(crate) fn drive(
    settings: &Settings,
    random: fn() -> u32,
    world: &mut impl World,
    audience: &mut impl Audience,
) -> Summary {
    let now = world.now();
    let mut session = Session::new(settings, random, now);
    let mut actions = session.begin(Line::Start(start(settings)), now);
    loop {
        for action in actions {
            match action {
                Action::Say(line) => audience.say(&line, elapsed(&session, world.now())),
                Action::Ask(ask) => world.ask(ask),
                Action::Probe(pass) => world.probe(pass),
                Action::End(summary) => return summary,
            }
        }
        let due = show(&session, world.now(), audience);
        actions = match world.next([session.wakeup(), due].into_iter().flatten().min()) {
            Some(event) => session.on(event, world.now()),
            None => session.tick(world.now()),
        };
    }
}

/// Shows how things stand if that is due, and says when it is due again.
fn show(session: &Session, now: Instant, audience: &mut impl Audience) -> Option<Instant> {
    if audience.due()? <= elapsed(session, now) {
        audience.see(&session.state(), elapsed(session, now));
    }
    session.started().checked_add(audience.due()?)
}

fn elapsed(session: &Session, now: Instant) -> Duration {
    now.saturating_duration_since(session.started())
}

fn start(settings: &Settings) -> Start {
    let server = settings.needs_server().then(|| (settings.server_name.clone(), settings.namespace.clone()));
    let targets = settings.targets.iter().map(ToString::to_string).collect();
    Start { targets, mode: settings.mode, timeout: settings.timeout, server }
}

/// The real world: a thread for each question to the server, one for each network target and one for signals. None
/// is waited for at the end: they hold nothing that outlives the process.
pub(crate) struct Threads {
    events: Receiver<Event>,
    sender: Sender<Event>,
    server: Arc<Server>,
    passes: Arc<Passes>,
    signal: Arc<AtomicUsize>,
}

impl Threads {
    /// Listens for signals and starts the probing threads, which wait for their first pass.
    ///
    /// # Errors
    ///
    /// Where the system gives no thread or no signal handler.
    pub(crate) fn new(settings: &Settings) -> io::Result<Self> {
        let (sender, events) = channel();
        let signal = signals::listen(sender.clone())?;
        let passes = Arc::new(Passes::default());
        for (index, target) in settings.targets.iter().enumerate() {
            if let Some(probe) = Probe::new(target, &settings.roots) {
                spawn_prober(index, probe, Arc::clone(&passes), sender.clone())?;
            }
        }
        let server = Arc::new(
            Server::new(&settings.server, &settings.roots, Limits::default())
                .of_pod(settings.pod.clone())
                .with_token(settings.token_file.clone()),
        );
        Ok(Self { events, sender, server, passes, signal })
    }

    /// The signal that came, also where that was too late for the session.
    pub(crate) fn signal(&self) -> Option<i32> {
        i32::try_from(self.signal.load(Ordering::SeqCst)).ok().filter(|number| *number != 0)
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

    fn ask(&mut self, ask: Ask) {
        let (server, events) = (Arc::clone(&self.server), self.sender.clone());
        let spawned = thread::Builder::new().name("server".to_owned()).spawn(move || {
            let hear = |word| tell(&events, Event::Word(word));
            server.ask(&ask, hear, |closing| tell(&events, Event::Closed(closing)));
        });
        if let Err(error) = spawned {
            let trouble =
                Trouble::new("NoThread", format!("the system gives no thread to ask with: {error}"));
            tell(&self.sender, Event::Closed(Closing::lost(trouble)));
        }
    }

    fn probe(&mut self, pass: u64) {
        self.passes.begin(pass);
    }
}

/// The main thread is there as long as the process is, so somebody listens.
fn tell(events: &Sender<Event>, event: Event) {
    drop(events.send(event));
}

fn spawn_prober(index: usize, probe: Probe, passes: Arc<Passes>, events: Sender<Event>) -> io::Result<()> {
    let builder = thread::Builder::new().name(format!("probe-{index}"));
    builder.spawn(move || {
        let mut pass = passes.next(0, None);
        loop {
            let finding = probe.run();
            let pause = probe.pause(&finding);
            tell(&events, Event::Probed { index, pass, finding });
            pass = passes.next(pass, pause);
        }
    })?;
    Ok(())
}

#[cfg(test)]
#[path = "drive_tests.rs"]
mod tests;
