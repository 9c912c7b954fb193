//! What people and programs are told while a wait goes on: [`Reporter`].
//!
//! Nothing that a server puts into a message is obeyed by a terminal: the text goes to `kubectl logs` and from there into
//! terminals. Escape codes are written to a terminal alone, for the table that [`Live`] keeps there.

use std::io::Write;
use std::time::Duration;

use crate::drive::Audience;
use crate::environment::Environment;
use crate::foreign::Native;
use crate::live::Live;
use crate::settings::Settings;
use crate::summary::Summary;
use crate::trouble::Trouble;
use crate::verdict::Finding;
use crate::wire::Mode;
use crate::{json, text};

/// A target and what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) target: String,
    pub(crate) finding: Finding,
}

/// How things stand with all targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) rows: Vec<Row>,
    /// Why the server cannot be asked, while it cannot.
    pub(crate) trouble: Option<Trouble>,
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// What the words of another tool are in our own.
    Native(Native),
    /// What is waited for, where and how long.
    Start(Start),
    /// A target's verdict or reason has changed.
    Status(Row),
    /// What is waited for waits for this very wait to end.
    Cycle(String),
    /// Nothing has changed for a while.
    Waiting { waiting: Vec<Row>, trouble: Option<Trouble> },
    /// The server cannot be asked.
    Unreachable(Trouble),
    /// The server is back.
    Reachable,
}

/// The question as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) targets: Vec<String>,
    pub(crate) mode: Mode,
    /// `None`: forever.
    pub(crate) timeout: Option<Duration>,
    /// The server and the namespace; `None` where nothing is asked of a server.
    pub(crate) server: Option<(String, String)>,
}

/// The form of the output (`--output`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// One JSON object a line: see the crate's page.
    Json,
}

/// Writes progress to one stream; with `--quiet` there is none, and only the targets that were not ready are named,
/// on the other.
pub(crate) struct Reporter<'a> {
    output: Output,
    is_quiet: bool,
    progress: &'a mut dyn Write,
    complaints: &'a mut dyn Write,
    /// The width of the column of targets, known from the start line on.
    width: usize,
    /// The table, where progress goes to a terminal.
    live: Option<Live<'a>>,
}

impl<'a> Reporter<'a> {
    /// A reporter that writes to these two.
    pub(crate) fn new(
        settings: &Settings,
        environment: &'a dyn Environment,
        progress: &'a mut dyn Write,
        complaints: &'a mut dyn Write,
    ) -> Self {
        let (output, is_quiet) = (settings.output, settings.is_quiet);
        let live = Live::new(settings, environment);
        Self { output, is_quiet, progress, complaints, width: 0, live }
    }

    /// Tells how it ended.
    pub(crate) fn conclude(&mut self, summary: &Summary) {
        let said = match (self.output, self.is_quiet) {
            (Output::Text, false) => self.last_picture() + &text::end(summary),
            (Output::Text, true) => text::unmet(summary),
            (Output::Json, true) if summary.unmet.is_empty() => String::new(),
            (Output::Json, _) => json::end(summary),
        };
        let stream = if self.is_quiet { &mut *self.complaints } else { &mut *self.progress };
        write(stream, &said);
    }

    fn last_picture(&mut self) -> String {
        self.live.as_mut().map(|live| live.end(self.width)).unwrap_or_default()
    }

    fn said(&mut self, line: &Line, elapsed: Duration) -> String {
        let gone = match (self.output, &mut self.live) {
            (Output::Json, _) => return json::line(line, elapsed),
            (Output::Text, None) => String::new(),
            (Output::Text, Some(live)) if Live::is_shown(line) => {
                live.note(line, elapsed);
                return String::new();
            }
            (Output::Text, Some(live)) => live.erase(),
        };
        gone + &text::line(line, elapsed, self.width)
    }
}

impl Audience for Reporter<'_> {
    fn say(&mut self, line: &Line, elapsed: Duration) {
        if let Line::Start(start) = line {
            self.width = text::width(&start.targets);
        }
        if !self.is_quiet {
            let said = self.said(line, elapsed);
            write(self.progress, &said);
        }
    }

    fn due(&self) -> Option<Duration> {
        self.live.as_ref().map(Live::due)
    }

    fn see(&mut self, state: &State, elapsed: Duration) {
        if let Some(live) = &mut self.live {
            write(self.progress, &live.picture(state, elapsed));
        }
    }
}

/// Whoever reads may have gone; the wait goes on without a reader.
fn write(stream: &mut dyn Write, said: &str) {
    if let Err(error) = stream.write_all(said.as_bytes()).and_then(|()| stream.flush()) {
        log::debug!("nobody reads the output: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Args, Request};
    use crate::environment::{Size, fake::Fake};
    use crate::summary::{Ending, Exits};
    use std::io;

    fn summary(ending: Ending) -> Summary {
        let row = Row {
            target: "job/a/b".to_owned(),
            finding: Finding::pending("NotFound", "not there".to_owned()),
        };
        let unmet = if ending == Ending::Ready { Vec::new() } else { vec![row] };
        Summary {
            ending,
            elapsed: Duration::from_secs(1),
            mode: Mode::All,
            total: 1,
            unmet,
            exits: Exits::Own,
        }
    }

    fn settings(output: Output, is_quiet: bool) -> Settings {
        let line = [
            "job/a/b".into(),
            "--output".into(),
            if output == Output::Json { "json" } else { "text" }.into(),
        ];
        let Ok(Request::Wait(mut args)) = Args::parse("k8s-wait-client", &line) else { panic!("{line:?}") };
        args.quiet = is_quiet;
        Settings::new(args, &Fake::default()).unwrap()
    }

    /// Progress and complaints on a terminal, or on none.
    fn told(output: Output, is_quiet: bool, ending: Ending, terminal: Option<Size>) -> (String, String) {
        let (mut progress, mut complaints) = (Vec::new(), Vec::new());
        let environment = Fake { terminal, variables: vec![("TERM", "xterm")], namespace: None };
        let settings = settings(output, is_quiet);
        let mut reporter = Reporter::new(&settings, &environment, &mut progress, &mut complaints);
        reporter.say(&Line::Reachable, Duration::ZERO);
        reporter.conclude(&summary(ending));
        (String::from_utf8(progress).unwrap(), String::from_utf8(complaints).unwrap())
    }

    const SCREEN: Option<Size> = Some(Size { columns: 80, rows: 24 });

    #[test]
    fn only_text_on_a_terminal_has_escape_codes() {
        for (output, is_quiet, terminal, has_codes) in [
            (Output::Text, false, SCREEN, true),
            (Output::Text, false, None, false),
            (Output::Text, true, SCREEN, false),
            (Output::Json, false, SCREEN, false),
        ] {
            let (progress, complaints) = told(output, is_quiet, Ending::TimedOut, terminal);
            assert_eq!(progress.contains('\u{1b}'), has_codes, "{progress:?}");
            assert!(!complaints.contains('\u{1b}'), "{complaints:?}");
        }
    }

    #[test]
    fn progress_and_end_go_to_one_stream() {
        for output in [Output::Text, Output::Json] {
            let (progress, complaints) = told(output, false, Ending::TimedOut, None);
            assert!(progress.contains("NotFound") && progress.lines().count() >= 2, "{progress}");
            assert_eq!(complaints, "");
        }
    }

    #[test]
    fn quiet_names_what_was_not_ready_and_nothing_else() {
        for output in [Output::Text, Output::Json] {
            let (progress, complaints) = told(output, true, Ending::TimedOut, None);
            assert_eq!(progress, "");
            assert!(complaints.contains("NotFound") && complaints.lines().count() == 1, "{complaints}");
            assert_eq!(told(output, true, Ending::Ready, None), (String::new(), String::new()));
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_reason_to_stop() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let (mut progress, mut complaints) = (Gone, Gone);
        let (settings, environment) = (settings(Output::Text, false), Fake::default());
        let mut reporter = Reporter::new(&settings, &environment, &mut progress, &mut complaints);
        reporter.say(&Line::Reachable, Duration::ZERO);
        reporter.conclude(&summary(Ending::Ready));
    }
}
