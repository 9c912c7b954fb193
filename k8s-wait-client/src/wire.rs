//! What is said to the server and heard from it: [`Ask`] out, [`follow`] in.

use std::io::{self, BufRead};
use std::time::Duration;

use k8s_wait_target::DurationText;
use serde::Deserialize;

use crate::lines::Lines;
use crate::object::{Object, texts};
use crate::trouble::Trouble;
use crate::verdict::{Finding, Verdict};

/// The reason of an answer that stopped before its end: what a server does that leaves.
pub(crate) const CUT: &str = "StreamEnded";

/// How several targets make one wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All of them at the same moment.
    All,
    /// One of them.
    Any,
}

/// One question to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// In canonical form, each with its namespace; the server echoes exactly this text.
    pub(crate) targets: Vec<String>,
    pub(crate) namespace: String,
    pub(crate) mode: Mode,
    /// How long the server shall hold the question open.
    pub(crate) timeout: Duration,
}

impl Ask {
    /// The body of `POST /v1/wait`, with the token of an earlier answer, if it had one.
    pub(crate) fn body(&self, token: Option<&str>) -> String {
        let mode = match self.mode {
            Mode::All => "all",
            Mode::Any => "any",
        };
        let body = Object::new()
            .json("targets", &texts(&self.targets))
            .text("namespace", &self.namespace)
            .text("mode", mode)
            .text("timeout", &DurationText(self.timeout).to_string());
        match token {
            Some(token) => body.text("token", token).end(),
            None => body.end(),
        }
    }
}

/// What the server says about one target.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Told {
    pub(crate) target: String,
    verdict: Verdict,
    reason: Option<String>,
    message: Option<String>,
}

impl Told {
    /// The same without the target's name.
    pub(crate) fn finding(&self) -> Finding {
        Finding { verdict: self.verdict, reason: self.reason.clone(), message: self.message.clone() }
    }
}

/// A word of the server while the wait goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Targets that have changed.
    Targets(Vec<Told>),
    /// Whoever waits here is waited for by what it waits for.
    Cycle(String),
}

/// How an attempt to ask the server ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Everything that was asked for is ready, said in one whole answer about every target.
    Ready(Vec<Told>),
    /// Waiting cannot help, said in the same way.
    Failed(Vec<Told>),
    /// Not ready within the time that the server held the question.
    Pending { told: Vec<Told>, retry_after: Option<Duration> },
    /// No answer that could be believed.
    Lost { trouble: Trouble, retry_after: Option<Duration> },
    /// The server rejects the question itself, with its sentence.
    Rejected(String),
    /// The server lets this caller not ask, with its sentence.
    Refused(String),
}

impl Closing {
    /// No answer, and no word on when to come back.
    pub(crate) fn lost(trouble: Trouble) -> Self {
        Self::Lost { trouble, retry_after: None }
    }

    fn broken(message: impl Into<String>) -> Self {
        Self::lost(Trouble::new("BrokenAnswer", message))
    }
}

/// A line of the stream, or the single answer. Fields and events that a newer server may add are skipped.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    event: String,
    verdict: Option<Verdict>,
    #[serde(default)]
    targets: Vec<Told>,
    token: Option<String>,
    message: Option<String>,
}

/// Reads the server's stream to its end, handing every word in between to `tell` as it comes, and to `keep` each token
/// by which the server would know this wait again.
///
/// Ready and failed are believed only from a whole `done` line that speaks about every target in `ask`; anything
/// else is [`Closing::Lost`], so that it is asked again.
pub(crate) fn follow(
    reader: impl BufRead,
    ask: &Ask,
    mut tell: impl FnMut(Word),
    mut keep: impl FnMut(String),
) -> Closing {
    let mut lines = Lines::new(reader);
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => return Closing::lost(Trouble::new(CUT, "it ended its answer too early")),
            Err(error) => return Closing::lost(cut_short(&error)),
        };
        let mut line = match serde_json::from_slice::<Line>(line) {
            Ok(line) => line,
            Err(error) => return Closing::broken(format!("a line of its answer is not understood: {error}")),
        };
        line.token.take().into_iter().for_each(&mut keep);
        match line.event.as_str() {
            "done" => return done(line.verdict, line.targets, ask),
            "status" => tell(Word::Targets(line.targets)),
            "cycle" => line.message.take().into_iter().for_each(|message| tell(Word::Cycle(message))),
            event => log::debug!("event {event:?}"),
        }
    }
}

/// The token in a single answer.
pub(crate) fn token(text: &[u8]) -> Option<String> {
    serde_json::from_slice::<Line>(text).ok()?.token
}

/// A single answer in JSON that says `pending`, which 503 carries too; `None` when the text is something else.
pub(crate) fn pending(text: &[u8]) -> Option<Vec<Told>> {
    let line = serde_json::from_slice::<Line>(text).ok()?;
    (line.verdict? == Verdict::Pending).then_some(line.targets)
}

fn cut_short(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            Trouble::new(CUT, "it closed the connection in the middle of its answer")
        }
        io::ErrorKind::InvalidData => Trouble::new("BrokenAnswer", error.to_string()),
        _ => Trouble::of_io(error),
    }
}

fn done(verdict: Option<Verdict>, told: Vec<Told>, ask: &Ask) -> Closing {
    let count = |verdict| {
        let is_so =
            |target: &&String| told.iter().any(|told| told.target == **target && told.verdict == verdict);
        ask.targets.iter().filter(is_so).count()
    };
    if let Some(missing) = ask.targets.iter().find(|target| !told.iter().any(|told| told.target == **target))
    {
        return Closing::broken(format!("its answer does not mention {missing}"));
    }
    match verdict {
        Some(Verdict::Ready) if is_enough(count(Verdict::Ready), ask) => Closing::Ready(told),
        Some(Verdict::Failed) if is_hopeless(count(Verdict::Failed), ask) => Closing::Failed(told),
        Some(Verdict::Pending) => Closing::Pending { told, retry_after: None },
        _ => Closing::broken("its verdict does not follow from what it says about the targets"),
    }
}

fn is_enough(ready: usize, ask: &Ask) -> bool {
    match ask.mode {
        Mode::All => ready == ask.targets.len(),
        Mode::Any => ready > 0,
    }
}

fn is_hopeless(failed: usize, ask: &Ask) -> bool {
    match ask.mode {
        Mode::All => failed > 0,
        Mode::Any => failed == ask.targets.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "job/shop/migrate";
    const SERVICE: &str = "service/shop/db";

    fn ask(mode: Mode) -> Ask {
        Ask {
            targets: vec![JOB.to_owned(), SERVICE.to_owned()],
            namespace: "shop".to_owned(),
            mode,
            timeout: Duration::from_secs(300),
        }
    }

    fn stream(mode: Mode, text: &str) -> (Closing, Vec<Word>) {
        let mut heard = Vec::new();
        let closing = follow(text.as_bytes(), &ask(mode), |word| heard.push(word), drop);
        (closing, heard)
    }

    fn done_line(verdict: &str, job: &str, service: &str) -> String {
        serde_json::json!({"event": "done", "verdict": verdict, "targets": [
            {"target": JOB, "verdict": job}, {"target": SERVICE, "verdict": service},
        ]})
        .to_string()
    }

    fn name(closing: &Closing) -> &str {
        match closing {
            Closing::Ready(_) => "ready",
            Closing::Failed(_) => "failed",
            Closing::Pending { .. } => "pending",
            Closing::Lost { trouble, .. } => trouble.reason,
            Closing::Rejected(_) => "rejected",
            Closing::Refused(_) => "refused",
        }
    }

    #[test]
    fn the_body_is_what_the_server_takes() {
        let body: serde_json::Value = serde_json::from_str(&ask(Mode::Any).body(None)).unwrap();
        assert_eq!(
            body,
            serde_json::json!({"targets": [JOB, SERVICE], "namespace": "shop", "mode": "any", "timeout": "5m"})
        );
    }

    #[test]
    fn an_answer_is_believed_only_where_it_adds_up() {
        let rows = [
            (Mode::All, "ready", "ready", "ready", "ready"),
            (Mode::All, "ready", "ready", "pending", "BrokenAnswer"),
            (Mode::All, "ready", "ready", "paused", "BrokenAnswer"),
            (Mode::All, "failed", "failed", "pending", "failed"),
            (Mode::All, "failed", "pending", "pending", "BrokenAnswer"),
            (Mode::All, "pending", "ready", "pending", "pending"),
            (Mode::All, "paused", "ready", "ready", "pending"),
            (Mode::Any, "ready", "failed", "ready", "ready"),
            (Mode::Any, "ready", "pending", "pending", "BrokenAnswer"),
            (Mode::Any, "failed", "failed", "failed", "failed"),
            (Mode::Any, "failed", "failed", "pending", "BrokenAnswer"),
        ];
        for (mode, verdict, job, service, closing) in rows {
            let line = done_line(verdict, job, service);
            assert_eq!(name(&stream(mode, &line).0), closing, "{mode:?} {line}");
        }
    }

    #[test]
    fn an_answer_that_leaves_a_target_out_is_not_believed() {
        for mode in [Mode::All, Mode::Any] {
            let line = format!(
                r#"{{"event":"done","verdict":"ready","targets":[{{"target":"{JOB}","verdict":"ready"}}]}}"#
            );
            let (closing, _) = stream(mode, &line);
            let Closing::Lost { trouble, .. } = closing else { panic!("{closing:?}") };
            assert!(trouble.message.contains(SERVICE), "{}", trouble.message);
        }
        assert_eq!(name(&stream(Mode::All, r#"{"event":"done","verdict":"ready"}"#).0), "BrokenAnswer");
        assert_eq!(name(&stream(Mode::All, r#"{"event":"done"}"#).0), "BrokenAnswer");
    }

    #[test]
    fn a_done_line_that_is_cut_anywhere_is_never_ready() {
        let line = done_line("ready", "ready", "ready");
        for end in 0..line.len() {
            let closing = stream(Mode::All, &line[..end]).0;
            assert!(matches!(closing, Closing::Lost { .. }), "{closing:?} after {}", &line[..end]);
        }
        assert_eq!(name(&stream(Mode::All, &line).0), "ready");
    }

    #[test]
    fn changes_come_one_by_one_and_strange_events_are_skipped() {
        let status = format!(
            r#"{{"event":"status","verdict":"pending","targets":[{{"target":"{JOB}","verdict":"pending","reason":"JobRunning","message":"1 active","hint":7}}]}}"#
        );
        let cycle = r#"{"event":"cycle","reason":"Cycle","message":"a waits for a"}"#;
        let text = format!(
            "{{\"event\":\"heartbeat\"}}\n{status}\n{{\"event\":\"sparkle\"}}\n{{}}\n{cycle}\n{{\"event\":\"cycle\"}}\n"
        );
        let (closing, heard) = stream(Mode::All, &text);
        assert_eq!(name(&closing), CUT);
        let [Word::Targets(targets), Word::Cycle(message)] = &*heard else { panic!("{heard:?}") };
        assert_eq!(targets[0].finding(), Finding::pending("JobRunning", "1 active".to_owned()));
        assert_eq!(message, "a waits for a");
    }

    #[test]
    fn garbage_is_a_broken_answer() {
        for text in [
            "<html>\n",
            "\n",
            "[]\n",
            "{\"event\":7}\n",
            "\u{0}\n",
            "{\"event\":\"done\",\"verdict\":\"ready\",\n",
        ] {
            assert_eq!(name(&stream(Mode::All, text).0), "BrokenAnswer", "{text:?}");
        }
        let huge = "x".repeat(crate::lines::LONGEST + 1);
        assert_eq!(name(&stream(Mode::All, &huge).0), "BrokenAnswer");
    }

    #[test]
    fn a_single_pending_answer_is_told_from_other_json() {
        let text = format!(
            r#"{{"verdict":"pending","targets":[{{"target":"{JOB}","verdict":"pending","reason":"NotFound"}}]}}"#
        );
        assert_eq!(pending(text.as_bytes()).unwrap()[0].target, JOB);
        for text in ["", "no", "{}", r#"{"verdict":"ready","targets":[]}"#, r#"{"title":"Too many waiters"}"#]
        {
            assert_eq!(pending(text.as_bytes()), None, "{text}");
        }
    }
}
