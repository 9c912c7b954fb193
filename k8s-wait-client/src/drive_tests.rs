use super::*;
use crate::args::{Args, Request};
use crate::environment::fake::Fake;
use crate::trouble::Trouble;
use crate::verdict::Finding;
use crate::wire::{Closing, Told};

/// A world in which time passes only by waiting, with a server and a port that follow a plan in seconds.
struct Plan {
    start: Instant,
    now: Instant,
    /// Until then the server refuses connections.
    server_from: u64,
    /// From then on the job is complete.
    job_from: u64,
    /// While it is within, the port is open.
    port: std::ops::Range<u64>,
    asks: Vec<Ask>,
    question: Option<Ask>,
    probing: Option<u64>,
    attempts: u32,
}

impl Plan {
    fn second(&self) -> u64 {
        (self.now - self.start).as_secs()
    }

    /// What happens at this moment.
    fn event(&mut self) -> Option<Event> {
        self.answer().map(Event::Closed).or_else(|| self.probed())
    }

    fn answer(&mut self) -> Option<Closing> {
        let question = self.question.take()?;
        if self.second() < self.server_from {
            self.attempts += 1;
            return Some(Closing::lost(Trouble::new("ConnectionRefused", "refused")));
        }
        if self.second() >= self.job_from {
            return Some(Closing::Ready(told(&question.targets, "ready")));
        }
        self.question = Some(question);
        None
    }

    fn probed(&mut self) -> Option<Event> {
        let pass = self.probing?;
        let is_open = self.port.contains(&self.second());
        self.probing = (!is_open).then_some(pass);
        let pending = || Finding::pending("NotConnected", "refused".to_owned());
        let finding = if is_open { Finding::ready() } else { pending() };
        Some(Event::Probed { index: 1, pass, finding })
    }
}

fn told(targets: &[String], verdict: &str) -> Vec<Told> {
    let row = |target: &String| serde_json::json!({"target": target, "verdict": verdict});
    serde_json::from_value(targets.iter().map(row).collect()).unwrap()
}

impl World for Plan {
    fn now(&self) -> Instant {
        self.now
    }

    fn next(&mut self, until: Option<Instant>) -> Option<Event> {
        let tick = Duration::from_millis(250);
        loop {
            if until.is_some_and(|until| until <= self.now) {
                return None;
            }
            self.now = until.unwrap_or(self.now + tick).min(self.now + tick);
            if let Some(event) = self.event() {
                return Some(event);
            }
        }
    }

    fn ask(&mut self, ask: Ask) {
        assert!(self.question.is_none(), "one question at a time");
        self.asks.push(ask.clone());
        self.question = Some(ask);
    }

    fn probe(&mut self, pass: u64) {
        self.probing = Some(pass);
    }
}

fn play(
    line: &str,
    server_from: u64,
    job_from: u64,
    port: std::ops::Range<u64>,
) -> (Summary, Plan, Vec<Line>) {
    let mut listener = Listener::default();
    let (summary, plan) = play_to(&mut listener, line, server_from, job_from, port);
    (summary, plan, listener.lines)
}

fn play_to(
    listener: &mut Listener,
    line: &str,
    server_from: u64,
    job_from: u64,
    port: std::ops::Range<u64>,
) -> (Summary, Plan) {
    let arguments: Vec<std::ffi::OsString> = line.split(' ').map(Into::into).collect();
    let Ok(Request::Wait(args)) = Args::parse("k8s-wait-client", &arguments) else { panic!("{line}") };
    let settings = Settings::new(args, &Fake::default()).unwrap();
    let start = Instant::now();
    let mut plan = Plan {
        start,
        now: start,
        server_from,
        job_from,
        port,
        asks: Vec::new(),
        question: None,
        probing: None,
        attempts: 0,
    };
    let summary = drive(&settings, || 0, &mut plan, listener);
    (summary, plan)
}

/// Hears every line, and looks when the plan for it says so.
#[derive(Default)]
struct Listener {
    lines: Vec<Line>,
    due: Option<Duration>,
    seen: Vec<(Duration, State)>,
}

impl Audience for Listener {
    fn say(&mut self, line: &Line, _: Duration) {
        self.lines.push(line.clone());
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }

    fn see(&mut self, state: &State, elapsed: Duration) {
        self.seen.push((elapsed, state.clone()));
        self.due = Some(elapsed + Duration::from_secs(1));
    }
}

#[test]
fn it_waits_for_the_server_then_for_the_job() {
    let (summary, plan, lines) = play("job/x", 20, 50, 0..0);
    assert_eq!(summary.code(), 0);
    assert_eq!(plan.second(), 50);
    assert!((8..=16).contains(&plan.attempts), "{} attempts in 20 s", plan.attempts);
    assert!(matches!(lines[0], Line::Start(_)));
    assert_eq!(lines.iter().filter(|line| matches!(line, Line::Unreachable(_))).count(), 1);
}

#[test]
fn it_gives_up_on_time_whatever_the_server_does() {
    for (server_from, asks) in [(0, 1), (1000, 15)] {
        let (summary, plan, lines) = play("job/x --timeout 40s", server_from, 1000, 0..0);
        assert_eq!((summary.code(), plan.second()), (1, 40));
        assert!(plan.asks.len().abs_diff(asks) <= 5, "{} questions", plan.asks.len());
        assert!(matches!(lines.last(), Some(Line::Waiting { .. })), "{lines:?}");
    }
}

#[test]
fn it_believes_only_what_is_true_at_one_moment() {
    // The job is complete from 30 s on; the port is open until 20 s and nobody sees it afterwards.
    let (summary, ..) = play("job/x tcp://db:1 --timeout 1m", 0, 30, 0..20);
    assert_eq!(summary.code(), 1);
    assert_eq!(summary.unmet.len(), 1);
    assert_eq!(summary.unmet[0].target, "tcp://db:1");
    // The port opens long after the job is complete: the server is asked again before it counts.
    let (summary, plan, _) = play("job/x tcp://db:1 --timeout 1m", 0, 5, 40..100);
    assert_eq!((summary.code(), plan.asks.len()), (0, 2));
    assert!((40..42).contains(&plan.second()));
}

#[test]
fn who_looks_sees_every_target_in_time_whatever_happens() {
    let mut listener = Listener { due: Some(Duration::ZERO), ..Listener::default() };
    let (summary, _) = play_to(&mut listener, "job/x tcp://db:1", 20, 50, 40..100);
    assert_eq!(summary.code(), 0);
    let seconds: Vec<u64> = listener.seen.iter().map(|(elapsed, _)| elapsed.as_secs()).collect();
    assert_eq!(seconds, (0..=50).collect::<Vec<_>>());
    let ready = |second: usize| {
        listener.seen[second].1.rows.iter().map(|row| row.finding.is_ready()).collect::<Vec<_>>()
    };
    assert_eq!((ready(10), ready(45)), (vec![false, false], vec![false, true]));
    let trouble = |second: usize| listener.seen[second].1.trouble.is_some();
    assert!(
        trouble(10) && listener.seen[10].1.rows[0].finding.reason.as_deref() == Some("ConnectionRefused")
    );
}
