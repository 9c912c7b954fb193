//! What people and programs are told while a wait goes on: [`Reporter`].
//!
//! Nothing here holds an escape code, whatever a server puts into a message: the text goes to `kubectl logs` and
//! from there into terminals.

use std::io::Write;
use std::time::Duration;

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

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// What is waited for, where and how long.
    Start(Start),
    /// A target's verdict or reason has changed.
    Status(Row),
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
    pub(crate) output: Output,
    pub(crate) is_quiet: bool,
    pub(crate) progress: &'a mut dyn Write,
    pub(crate) complaints: &'a mut dyn Write,
    /// The width of the column of targets, known from the start line on.
    width: usize,
}

impl<'a> Reporter<'a> {
    /// A reporter that writes to these two.
    pub(crate) fn new(
        output: Output,
        is_quiet: bool,
        progress: &'a mut dyn Write,
        complaints: &'a mut dyn Write,
    ) -> Self {
        Self { output, is_quiet, progress, complaints, width: 0 }
    }

    /// Tells of progress, `elapsed` after the start.
    pub(crate) fn say(&mut self, line: &Line, elapsed: Duration) {
        if let Line::Start(start) = line {
            self.width = text::width(&start.targets);
        }
        if self.is_quiet {
            return;
        }
        let said = match self.output {
            Output::Text => text::line(line, elapsed, self.width),
            Output::Json => json::line(line, elapsed),
        };
        write(self.progress, &said);
    }

    /// Tells how it ended.
    pub(crate) fn conclude(&mut self, summary: &Summary) {
        let said = match (self.output, self.is_quiet) {
            (Output::Text, false) => text::end(summary),
            (Output::Text, true) => text::unmet(summary),
            (Output::Json, true) if summary.unmet.is_empty() => String::new(),
            (Output::Json, _) => json::end(summary),
        };
        let stream = if self.is_quiet { &mut *self.complaints } else { &mut *self.progress };
        write(stream, &said);
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
    use crate::summary::Ending;
    use std::io;

    fn summary(ending: Ending) -> Summary {
        let row = Row {
            target: "job/a/b".to_owned(),
            finding: Finding::pending("NotFound", "not there".to_owned()),
        };
        let unmet = if ending == Ending::Ready { Vec::new() } else { vec![row] };
        Summary { ending, elapsed: Duration::from_secs(1), mode: Mode::All, total: 1, unmet }
    }

    fn told(output: Output, is_quiet: bool, ending: Ending) -> (String, String) {
        let (mut progress, mut complaints) = (Vec::new(), Vec::new());
        let mut reporter = Reporter::new(output, is_quiet, &mut progress, &mut complaints);
        reporter.say(&Line::Reachable, Duration::ZERO);
        reporter.conclude(&summary(ending));
        (String::from_utf8(progress).unwrap(), String::from_utf8(complaints).unwrap())
    }

    #[test]
    fn progress_and_end_go_to_one_stream() {
        for output in [Output::Text, Output::Json] {
            let (progress, complaints) = told(output, false, Ending::TimedOut);
            assert!(progress.contains("NotFound") && progress.lines().count() >= 2, "{progress}");
            assert_eq!(complaints, "");
        }
    }

    #[test]
    fn quiet_names_what_was_not_ready_and_nothing_else() {
        for output in [Output::Text, Output::Json] {
            let (progress, complaints) = told(output, true, Ending::TimedOut);
            assert_eq!(progress, "");
            assert!(complaints.contains("NotFound") && complaints.lines().count() == 1, "{complaints}");
            assert_eq!(told(output, true, Ending::Ready), (String::new(), String::new()));
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
        let mut reporter = Reporter::new(Output::Text, false, &mut progress, &mut complaints);
        reporter.say(&Line::Reachable, Duration::ZERO);
        reporter.conclude(&summary(Ending::Ready));
    }
}
