//! The state machine as tables: what happens, and what it does about it.

use super::*;
use crate::args::Args;
use crate::environment::fake::Fake;
use crate::wire::CUT;

const JOB: &str = "job/shop/migrate";
const DB: &str = "service/shop/db";
const TCP: &str = "tcp://db:5432";
const TCP2: &str = "tcp://cache:6379";

/// Target, verdict, reason.
type Answer<'a> = (&'a str, &'a str, &'a str);

/// A session with a clock that the test moves.
struct Scene {
    session: Session,
    start: Instant,
    now: Instant,
    /// Everything that was done, in short words.
    log: Vec<String>,
    summary: Option<Summary>,
}

impl Scene {
    fn new(line: &str) -> Self {
        let arguments: Vec<std::ffi::OsString> = line.split(' ').map(Into::into).collect();
        let Ok(crate::args::Request::Wait(args)) = Args::parse("k8s-wait-client", &arguments) else {
            panic!("{line}")
        };
        let fake = Fake { variables: vec![("K8S_WAIT_NAMESPACE", "shop")], ..Fake::default() };
        let settings = Settings::new(args, &fake).unwrap();
        let start = Instant::now();
        let session = Session::new(&settings, || 0, start);
        let mut scene = Self { session, start, now: start, log: Vec::new(), summary: None };
        let actions = scene.session.begin(Line::Reachable, start);
        scene.take(actions);
        scene.log.remove(0);
        scene
    }

    fn take(&mut self, actions: Vec<Action>) {
        for action in actions {
            assert!(self.summary.is_none(), "nothing happens after the end: {action:?}");
            self.log.push(match action {
                Action::Say(line) => said(&line),
                Action::Ask(ask) => {
                    format!(
                        "ask {} for {}",
                        ask.targets.join(" "),
                        k8s_wait_target::DurationText(ask.timeout)
                    )
                }
                Action::Probe(pass) => format!("probe {pass}"),
                Action::End(summary) => {
                    let code = summary.code();
                    self.summary = Some(summary);
                    format!("exit {code}")
                }
            });
        }
    }

    /// Lets time pass, stopping wherever the session wants to be woken.
    fn pass(&mut self, seconds: f64) -> &mut Self {
        let end = self.now + Duration::from_secs_f64(seconds);
        while self.summary.is_none() {
            let Some(next) = self.session.wakeup().filter(|next| *next <= end) else { break };
            assert!(next > self.now || next == self.start, "the session wants to be woken for nothing");
            self.now = next;
            let actions = self.session.tick(self.now);
            self.take(actions);
        }
        self.now = self.now.max(end);
        self
    }

    fn on(&mut self, event: Event) -> &mut Self {
        let actions = self.session.on(event, self.now);
        self.take(actions);
        self
    }

    fn status(&mut self, rows: &[Answer<'_>]) -> &mut Self {
        self.on(Event::Word(Word::Targets(told(rows))))
    }

    fn ready(&mut self, targets: &[&str]) -> &mut Self {
        let rows: Vec<_> = targets.iter().map(|&target| (target, "ready", "")).collect();
        self.on(Event::Closed(Closing::Ready(told(&rows))))
    }

    fn failed(&mut self, rows: &[Answer<'_>]) -> &mut Self {
        self.on(Event::Closed(Closing::Failed(told(rows))))
    }

    fn lost(&mut self, reason: &'static str) -> &mut Self {
        self.on(Event::Closed(Closing::lost(Trouble::new(reason, "no"))))
    }

    /// The probed target of that number, counted without the server's targets, answers.
    fn open(&mut self, number: usize, pass: u64) -> &mut Self {
        self.probed(number, pass, Finding::ready())
    }

    /// The same one does not.
    fn shut(&mut self, number: usize, pass: u64) -> &mut Self {
        self.probed(number, pass, Finding::pending("NotConnected", "no".to_owned()))
    }

    fn probed(&mut self, number: usize, pass: u64, finding: Finding) -> &mut Self {
        let mut probed = self.session.entries.iter().enumerate().filter(|(_, entry)| entry.is_local());
        let (index, _) = probed.nth(number).unwrap();
        self.on(Event::Probed { index, pass, finding })
    }

    /// What was done since the last look.
    fn done(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    fn elapsed(&self) -> f64 {
        (self.now - self.start).as_secs_f64()
    }

    fn summary(&self) -> &Summary {
        self.summary.as_ref().expect("the wait is over")
    }

    fn unmet(&self) -> Vec<(&str, &str, &str)> {
        let text = |text: &'_ Option<String>| text.as_deref().unwrap_or_default().to_owned().leak() as &str;
        let rows = self.summary().unmet.iter();
        rows.map(|row| (row.target.as_str(), text(&row.finding.reason), text(&row.finding.message))).collect()
    }
}

fn said(line: &Line) -> String {
    match line {
        Line::Native(_) => "native".to_owned(),
        Line::Start(_) => "start".to_owned(),
        Line::Status(row) => {
            let reason = row.finding.reason.as_deref().unwrap_or_default();
            format!("{} {} {reason}", row.target, row.finding.verdict.word()).trim_end().to_owned()
        }
        Line::Cycle(message) => format!("cycle {message}"),
        Line::Waiting { waiting, trouble } => {
            let names: Vec<&str> = waiting.iter().map(|row| row.target.as_str()).collect();
            let trouble = trouble.as_ref().map(|trouble| format!(" without server: {}", trouble.reason));
            format!("still {}{}", names.join(" "), trouble.unwrap_or_default())
        }
        Line::Unreachable(trouble) => format!("unreachable {}", trouble.reason),
        Line::Reachable => "reachable".to_owned(),
    }
}

fn told(rows: &[Answer<'_>]) -> Vec<Told> {
    let rows = rows.iter().map(|(target, verdict, reason)| {
        let reason = (!reason.is_empty()).then_some(reason);
        serde_json::json!({"target": target, "verdict": verdict, "reason": reason, "message": "why"})
    });
    serde_json::from_value(serde_json::Value::Array(rows.collect())).unwrap()
}

#[test]
fn the_server_is_asked_once_and_its_ready_ends_the_wait() {
    let mut scene = Scene::new("job/migrate service/db");
    assert_eq!(scene.done(), [format!("ask {JOB} {DB} for 5m")]);
    scene.status(&[(JOB, "pending", "JobRunning"), (DB, "ready", "")]);
    assert_eq!(scene.done(), [format!("{JOB} pending JobRunning"), format!("{DB} ready")]);
    scene.pass(3.0).ready(&[JOB, DB]);
    assert_eq!(scene.done(), [format!("{JOB} ready"), "exit 0".to_owned()]);
    assert!(scene.unmet().is_empty());
    assert_eq!(scene.summary().elapsed, Duration::from_secs(3));
}

#[test]
fn a_status_that_says_ready_or_failed_ends_nothing() {
    for mode in ["", " --any"] {
        let mut scene = Scene::new(&format!("job/migrate service/db{mode}"));
        scene.status(&[(JOB, "ready", ""), (DB, "ready", "")]);
        scene.status(&[(JOB, "failed", "JobFailed"), (DB, "failed", "Forbidden")]);
        assert!(scene.summary.is_none());
    }
}

#[test]
fn only_a_change_of_verdict_or_reason_is_told() {
    let mut scene = Scene::new("job/migrate");
    scene.done();
    for _ in 0..3 {
        scene.status(&[(JOB, "pending", "JobRunning")]);
    }
    scene.status(&[(JOB, "pending", "JobSuspended"), ("job/shop/strange", "ready", "")]);
    assert_eq!(scene.done(), [format!("{JOB} pending JobRunning"), format!("{JOB} pending JobSuspended")]);
}

#[test]
fn the_timeout_ends_it_with_the_last_reasons() {
    let mut scene = Scene::new("job/migrate service/db --timeout 90s");
    scene.status(&[(JOB, "pending", "JobRunning"), (DB, "ready", "")]);
    scene.done();
    scene.pass(1000.0);
    assert_eq!(scene.done(), [format!("still {JOB}"), format!("still {JOB}"), "exit 1".to_owned()]);
    assert_eq!(scene.unmet(), [(JOB, "JobRunning", "why")]);
    assert_eq!(scene.summary().ending, Ending::TimedOut);
    assert_eq!(scene.summary().elapsed, Duration::from_secs(90));
}

#[test]
fn the_server_is_told_what_is_left_and_an_hour_at_most() {
    for (line, asked) in [
        ("--timeout 90s", "1m30s"),
        ("--timeout 90500ms", "1m31s"),
        ("--timeout 500ms", "1s"),
        ("--timeout 1h", "1h"),
        ("--timeout 30h", "1h"),
        ("--timeout 0", "1h"),
    ] {
        let mut scene = Scene::new(&format!("job/migrate {line}"));
        assert_eq!(scene.done()[0], format!("ask {JOB} for {asked}"), "{line}");
    }
    let mut scene = Scene::new("job/migrate --timeout 90s");
    scene.pass(29.5).lost(CUT).done();
    scene.pass(0.1);
    assert_eq!(scene.done(), [format!("ask {JOB} for 1m1s")]);
}

#[test]
fn without_a_timeout_it_waits_on() {
    let mut scene = Scene::new("job/migrate --timeout 0");
    scene.done();
    scene.pass(100_000.0);
    let beats = scene.done();
    assert_eq!(beats.len(), 3333);
    assert!(beats.iter().all(|beat| *beat == format!("still {JOB}")));
}

#[test]
fn the_heartbeat_counts_from_the_last_line() {
    let mut scene = Scene::new("job/migrate");
    scene.done();
    scene.pass(20.0).status(&[(JOB, "pending", "JobRunning")]);
    scene.done();
    scene.pass(29.9);
    assert!(scene.done().is_empty());
    scene.pass(0.1);
    assert_eq!(scene.done(), [format!("still {JOB}")]);
}

#[test]
fn a_failed_answer_ends_it_with_the_status_of_its_reasons() {
    let rows: [(&[Answer<'_>], u8); 5] = [
        (&[(JOB, "failed", "BackoffLimitExceeded"), (DB, "pending", "NoEndpoints")], 3),
        (&[(JOB, "failed", "Forbidden"), (DB, "failed", "JobFailed")], 4),
        (&[(JOB, "failed", "NamespaceNotWatched"), (DB, "ready", "")], 4),
        (&[(JOB, "failed", "TimedOut"), (DB, "pending", "NoEndpoints")], 1),
        (&[(JOB, "failed", "TimedOut"), (DB, "failed", "JobFailed")], 3),
    ];
    for (told, code) in rows {
        let mut scene = Scene::new("job/migrate service/db");
        scene.failed(told);
        assert_eq!(scene.summary().code(), code, "{told:?}");
    }
}

#[test]
fn a_refusal_and_a_rejection_end_it_with_the_servers_sentence() {
    for (closing, code, reason) in [
        (Closing::Refused("no token".to_owned()), 4, "Refused"),
        (Closing::Rejected("no such kind".to_owned()), 2, "Rejected"),
    ] {
        let mut scene = Scene::new("job/migrate tcp://db:5432");
        scene.status(&[(JOB, "pending", "JobRunning")]);
        scene.on(Event::Closed(closing.clone()));
        assert_eq!(scene.summary().code(), code);
        assert_eq!(scene.unmet()[0].1, reason);
        assert!(scene.summary().sentence().contains(scene.unmet()[0].2));
        assert_eq!(scene.unmet()[1], (TCP, "NotAnswered", "no answer yet"));
    }
}

#[test]
fn a_server_that_is_away_is_asked_again_and_again_and_told_of_once() {
    let mut scene = Scene::new("job/migrate --timeout 1m");
    scene.done();
    for _ in 0..4 {
        scene.lost("ConnectionRefused");
        scene.pass(5.0);
    }
    let done = scene.done();
    assert_eq!(done[0], "unreachable ConnectionRefused");
    assert!(done[1..].iter().all(|action| action.starts_with("ask ")), "{done:?}");
    assert_eq!(done.len(), 5);
    scene.lost("ServerBusy");
    assert_eq!(scene.done(), ["unreachable ServerBusy"]);
    scene.pass(5.0).done();
    scene.status(&[(JOB, "pending", "JobRunning")]);
    assert_eq!(scene.done(), ["reachable".to_owned(), format!("{JOB} pending JobRunning")]);
    scene.ready(&[JOB]);
    assert_eq!(scene.summary().code(), 0);
}

#[test]
fn a_server_that_never_answers_is_the_reason_at_the_end() {
    let mut scene = Scene::new("job/migrate --timeout 40s");
    scene.done();
    let mut asked = 0;
    while scene.summary.is_none() {
        scene.lost("ConnectionRefused");
        scene.pass(5.1);
        asked += scene.done().iter().filter(|action| action.starts_with("ask ")).count();
    }
    assert_eq!(scene.unmet(), [(JOB, "ConnectionRefused", "no")]);
    assert_eq!(scene.summary().code(), 1);
    assert!((7..=9).contains(&asked), "{asked}");
}

#[test]
fn the_heartbeat_says_that_the_server_is_away() {
    let mut scene = Scene::new("job/migrate");
    scene.lost("ConnectionRefused");
    scene.done();
    scene.pass(30.0);
    let done = scene.done();
    assert_eq!(done.last().unwrap(), &format!("still {JOB} without server: ConnectionRefused"));
}

#[test]
fn retry_after_is_waited_for_but_not_beyond_the_timeout() {
    let mut scene = Scene::new("job/migrate --timeout 20s");
    scene.done();
    let trouble = Trouble::new("ServerBusy", "full");
    scene.on(Event::Closed(Closing::Lost { trouble, retry_after: Some(Duration::from_secs(7)) }));
    scene.pass(6.9);
    assert_eq!(scene.done(), ["unreachable ServerBusy"]);
    scene.pass(0.1);
    assert_eq!(scene.done(), [format!("ask {JOB} for 13s")]);
    let trouble = Trouble::new("ServerBusy", "full");
    scene.on(Event::Closed(Closing::Lost { trouble, retry_after: Some(Duration::from_secs(600)) }));
    scene.pass(100.0);
    assert_eq!(scene.done(), ["exit 1"]);
}

#[test]
fn a_pending_answer_is_news_and_is_followed_by_the_next_question() {
    let mut scene = Scene::new("job/migrate");
    scene.done();
    let told = told(&[(JOB, "pending", "JobRunning")]);
    scene.on(Event::Closed(Closing::Pending { told, retry_after: None })).pass(0.1);
    assert_eq!(scene.done(), [format!("{JOB} pending JobRunning"), format!("ask {JOB} for 5m")]);
}

#[test]
fn a_server_that_leaves_is_followed_silently() {
    let mut scene = Scene::new("job/migrate");
    scene.status(&[(JOB, "pending", "JobRunning")]).pass(20.0).lost(CUT);
    scene.done();
    scene.pass(0.1);
    assert_eq!(scene.done(), [format!("ask {JOB} for 4m40s")]);
    scene.status(&[(JOB, "pending", "JobRunning")]);
    assert!(scene.done().is_empty());
}

#[test]
fn a_targets_own_timeout_is_kept_on_both_sides() {
    let mut scene = Scene::new("job/migrate?timeout=30s service/db");
    assert_eq!(scene.done()[0], format!("ask {JOB}?timeout=30s {DB} for 5m"));
    scene.pass(10.0).lost(CUT).pass(0.1);
    assert_eq!(scene.done(), [format!("ask {JOB}?timeout=19s900ms {DB} for 4m50s")]);
    let own = format!("{JOB}?timeout=30s");
    scene.status(&[(&format!("{JOB}?timeout=19s900ms"), "pending", "JobRunning")]);
    assert_eq!(scene.done(), [format!("{own} pending JobRunning")]);
    scene.pass(100.0);
    assert_eq!((scene.summary().code(), &scene.summary().ending), (1, &Ending::OwnTimeout));
    assert_eq!(scene.unmet()[0], (own.as_str(), "TimedOut", "not ready within its timeout of 30s: why"));
    assert_eq!(scene.summary().elapsed, Duration::from_secs(30));
}

#[test]
fn with_any_a_target_that_timed_out_is_not_asked_about_again() {
    let mut scene = Scene::new("job/migrate?timeout=30s service/db --any");
    scene.pass(31.0);
    assert!(scene.summary.is_none());
    scene.done();
    scene.lost(CUT).pass(1.0);
    assert_eq!(scene.done(), [format!("ask {DB} for 4m29s")]);
    scene.failed(&[(DB, "failed", "Broken")]);
    assert_eq!(scene.summary().code(), 3);
}

#[test]
fn with_any_all_own_timeouts_end_it() {
    let mut scene = Scene::new("job/migrate?timeout=10s tcp://db:5432?timeout=20s --any");
    scene.pass(100.0);
    assert_eq!((scene.summary().code(), scene.elapsed()), (1, 100.0));
    assert_eq!(scene.summary().elapsed, Duration::from_secs(20));
}

#[test]
fn two_that_differ_in_a_timeout_that_has_passed_are_one_question() {
    let mut scene = Scene::new("job/migrate job/migrate?timeout=5s service/db");
    scene.status(&[(JOB, "ready", ""), (&format!("{JOB}?timeout=5s"), "ready", "")]);
    scene.pass(6.0).lost(CUT);
    scene.done();
    scene.pass(0.1);
    assert_eq!(scene.done(), [format!("ask {JOB} {DB} for 4m54s")]);
    scene.status(&[(JOB, "pending", "JobRunning")]);
    assert_eq!(scene.done().len(), 2, "both are told");
}

#[test]
fn a_signal_ends_it_at_once_with_what_is_known() {
    for (signal, code) in [(15, 143), (2, 130)] {
        let mut scene = Scene::new("job/migrate tcp://db:5432");
        scene.status(&[(JOB, "pending", "JobRunning")]).on(Event::Signal(signal));
        assert_eq!(scene.summary().code(), code);
        assert_eq!(scene.unmet()[0], (JOB, "JobRunning", "why"));
    }
}

// Targets that the client probes.

#[test]
fn one_probed_target_alone_ends_at_its_first_success() {
    let mut scene = Scene::new(TCP);
    assert_eq!(scene.done(), ["probe 1"]);
    scene.open(0, 1);
    assert_eq!(scene.done(), [format!("{TCP} ready"), "exit 0".to_owned()]);
}

#[test]
fn probed_targets_must_succeed_in_one_pass() {
    let mut scene = Scene::new(&format!("{TCP} {TCP2}"));
    scene.open(0, 1).shut(1, 1);
    scene.done();
    scene.pass(60.0).done();
    // The second one opens a minute later: the first has to be looked at again.
    scene.open(1, 1);
    assert_eq!(scene.done(), [format!("{TCP2} ready"), "probe 2".to_owned()]);
    scene.open(1, 2).shut(0, 2);
    assert!(scene.summary.is_none(), "they were never ready together");
    scene.open(0, 2);
    assert_eq!(scene.done().last().unwrap(), "probe 3");
    scene.open(0, 3);
    assert!(scene.summary.is_none());
    scene.open(1, 3);
    assert_eq!(scene.summary().code(), 0);
}

#[test]
fn probes_are_made_once_more_after_the_server_says_ready() {
    let mut scene = Scene::new("job/migrate tcp://db:5432");
    assert_eq!(scene.done(), [format!("ask {JOB} for 5m"), "probe 1".to_owned()]);
    scene.open(0, 1).pass(10.0).ready(&[JOB]);
    assert_eq!(scene.done(), [format!("{TCP} ready"), format!("{JOB} ready"), "probe 2".to_owned()]);
    assert!(scene.summary.is_none());
    scene.open(0, 2);
    assert_eq!(scene.done(), ["exit 0"]);
}

#[test]
fn the_result_of_a_probe_that_began_before_the_pass_does_not_count() {
    let mut scene = Scene::new("job/migrate tcp://db:5432");
    scene.open(0, 1).ready(&[JOB]);
    scene.done();
    scene.open(0, 1).shut(0, 1);
    assert!(scene.done().is_empty());
    scene.open(0, 2);
    assert_eq!(scene.done(), ["exit 0"]);
}

#[test]
fn a_ready_answer_grows_old_while_a_probe_fails() {
    let mut scene = Scene::new("job/migrate tcp://db:5432");
    scene.shut(0, 1).ready(&[JOB]);
    scene.done();
    // Minutes later the port opens: whether the job's object still says so has to be asked.
    scene.pass(100.0).done();
    scene.open(0, 1);
    assert_eq!(scene.done(), [format!("{TCP} ready"), format!("ask {JOB} for 3m20s")]);
    scene.status(&[(JOB, "pending", "JobRunning")]);
    assert_eq!(scene.done(), [format!("{JOB} pending JobRunning")]);
    scene.ready(&[JOB]);
    assert_eq!(scene.done(), [format!("{JOB} ready"), "probe 2".to_owned()]);
    scene.open(0, 2);
    assert_eq!(scene.done(), ["exit 0"]);
}

#[test]
fn a_pass_that_fails_starts_over_with_the_server() {
    let mut scene = Scene::new("job/migrate tcp://db:5432");
    scene.open(0, 1).ready(&[JOB]).shut(0, 2);
    scene.done();
    scene.open(0, 2);
    assert_eq!(scene.done(), [format!("{TCP} ready"), format!("ask {JOB} for 5m")]);
    scene.ready(&[JOB]).open(0, 2);
    assert!(scene.summary.is_none());
    scene.open(0, 3);
    assert_eq!(scene.summary().code(), 0);
}

#[test]
fn a_probe_that_is_not_ready_is_named_at_the_end() {
    let mut scene = Scene::new("job/migrate tcp://db:5432 --timeout 20s");
    scene.shut(0, 1).ready(&[JOB]).pass(60.0);
    assert_eq!(scene.unmet(), [(TCP, "NotConnected", "no")]);
}

#[test]
fn with_any_the_first_ready_target_is_enough() {
    let mut scene = Scene::new("job/migrate tcp://db:5432 --any");
    scene.shut(0, 1).open(0, 1);
    assert_eq!(scene.summary().code(), 0);
    let mut scene = Scene::new("job/migrate tcp://db:5432 --any");
    scene.shut(0, 1).ready(&[JOB]);
    assert_eq!(scene.summary().code(), 0);
}

#[test]
fn with_any_a_failed_answer_leaves_the_probes() {
    let mut scene = Scene::new("job/migrate tcp://db:5432 --any");
    scene.shut(0, 1).failed(&[(JOB, "failed", "JobFailed")]);
    assert!(scene.summary.is_none());
    scene.done();
    scene.pass(30.0);
    assert_eq!(scene.done(), [format!("still {JOB} {TCP}")]);
    scene.open(0, 1);
    assert_eq!(scene.summary().code(), 0);
}

#[test]
fn a_probed_targets_own_timeout_ends_the_wait() {
    let mut scene = Scene::new("job/migrate tcp://db:5432?timeout=15s");
    scene.shut(0, 1).pass(15.0);
    assert_eq!((scene.summary().code(), &scene.summary().ending), (1, &Ending::OwnTimeout));
    assert_eq!(scene.unmet()[1].1, "TimedOut");
}

#[test]
fn a_stable_probe_counts_once_it_has_lasted() {
    let mut scene = Scene::new("tcp://db:5432?stable=5s");
    scene.open(0, 1);
    assert_eq!(
        scene.done(),
        ["probe 1".to_owned(), "tcp://db:5432?stable=5s pending Stabilizing".to_owned()]
    );
    scene.pass(5.0).open(0, 1);
    assert_eq!(scene.done(), ["tcp://db:5432?stable=5s ready".to_owned(), "probe 2".to_owned()]);
    scene.open(0, 2);
    assert_eq!(scene.summary().code(), 0);
}
