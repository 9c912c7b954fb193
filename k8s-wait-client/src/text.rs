//! The output for people: [`line()`] and [`end`].

use std::time::Duration;

use k8s_wait_target::DurationText;

use crate::foreign::Native;
use crate::report::{Line, Row, Start};
use crate::summary::{Summary, targets};
use crate::trouble::Trouble;
use crate::verdict::Finding;
use crate::wire::Mode;

/// No column is wider: one long target must not push the reasons of the others out of sight.
const WIDEST: usize = 48;

/// How many targets a line names that says what is still waited for.
const NAMED: usize = 5;

/// The width of the column that holds these targets.
pub(crate) fn width(targets: &[String]) -> usize {
    targets.iter().map(|target| target.chars().count()).max().unwrap_or_default().min(WIDEST)
}

/// One line of progress, with its newline.
pub(crate) fn line(line: &Line, elapsed: Duration, width: usize) -> String {
    let (word, rest) = match line {
        Line::Native(native) => return translated(native, elapsed),
        Line::Start(start) => ("start", started(start)),
        Line::Status(row) => (row.finding.verdict.word(), status(row, width)),
        Line::Cycle(message) => ("cycle", message.clone()),
        Line::Waiting { waiting, trouble } => ("waiting", still(waiting, trouble.as_ref(), width)),
        Line::Unreachable(trouble) => {
            ("server", format!("cannot be asked: {}: {}; trying again", trouble.reason, trouble.message))
        }
        Line::Reachable => ("server", "answers again".to_owned()),
    };
    entry(word, &rest, elapsed)
}

fn entry(word: &str, rest: &str, elapsed: Duration) -> String {
    clean(&format!("{:>7}  {word:<8} {rest}", clock(elapsed)))
}

/// The line to paste, and what is to be known about it.
fn translated(native: &Native, elapsed: Duration) -> String {
    let notes = native.notes.iter().map(|note| entry("note", note, elapsed));
    entry("native", &native.command, elapsed) + &notes.collect::<String>()
}

/// The last lines: why it is over, then each target that was not ready.
pub(crate) fn end(summary: &Summary) -> String {
    let word = if summary.code() == 0 { "ready" } else { "end" };
    let sentence = entry(word, &summary.sentence(), summary.elapsed);
    sentence + &unmet(summary)
}

/// A line for each target that was not ready.
pub(crate) fn unmet(summary: &Summary) -> String {
    let names: Vec<String> = summary.unmet.iter().map(|row| row.target.clone()).collect();
    let width = width(&names);
    summary.unmet.iter().map(|row| clean(&format!("not ready  {}", status(row, width)))).collect()
}

/// A target and why it is not ready, without columns.
pub(crate) fn why(row: &Row) -> String {
    clean(&format!("{}: {}", row.target, because(&row.finding)))
}

/// The text in one line that no terminal obeys: control characters become spaces.
pub(crate) fn clean(text: &str) -> String {
    sober(text.trim_end()) + "\n"
}

/// The text with spaces for control characters.
pub(crate) fn sober(text: &str) -> String {
    text.chars().map(|c| if is_control(c) { ' ' } else { c }).collect()
}

/// Also the characters that turn the direction of what follows, which could forge a line as well.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn started(start: &Start) -> String {
    let what = match (start.targets.as_slice(), start.mode) {
        ([one], _) => one.clone(),
        (many, Mode::All) => format!("all of {}", targets(many.len())),
        (many, Mode::Any) => format!("any of {}", targets(many.len())),
    };
    let bound = match start.timeout {
        Some(timeout) => format!("for {} at most", DurationText(timeout)),
        None => "forever (no timeout)".to_owned(),
    };
    match &start.server {
        Some((server, namespace)) => {
            format!("waiting {bound} for {what}, namespace {namespace}, server {server}")
        }
        None => format!("waiting {bound} for {what}"),
    }
}

fn status(row: &Row, width: usize) -> String {
    format!("{:<width$}  {}", row.target, because(&row.finding))
}

fn because(finding: &Finding) -> String {
    let known = [finding.reason.as_deref(), finding.message.as_deref()];
    known.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

fn still(waiting: &[Row], trouble: Option<&Trouble>, width: usize) -> String {
    let what = match waiting {
        [] => "for everything at the same moment".to_owned(),
        [one] => status(one, width),
        many => {
            let named: Vec<String> = many.iter().take(NAMED).map(short).collect();
            match many.len().saturating_sub(NAMED) {
                0 => named.join(", "),
                more => format!("{} and {more} more", named.join(", ")),
            }
        }
    };
    match trouble {
        Some(trouble) => {
            format!("{what}; the server cannot be asked: {}: {}", trouble.reason, trouble.message)
        }
        None => what,
    }
}

fn short(row: &Row) -> String {
    match &row.finding.reason {
        Some(reason) => format!("{} ({reason})", row.target),
        None => row.target.clone(),
    }
}

/// Time as a person reads it in a log: tenths at first, whole seconds later.
pub(crate) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}.{}s", elapsed.subsec_millis() / 100),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes:02}m{seconds:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{Ending, Exits};

    fn row(target: &str, finding: Finding) -> Row {
        Row { target: target.to_owned(), finding }
    }

    fn start(targets: &[&str], mode: Mode, timeout: u64) -> Start {
        Start {
            targets: targets.iter().map(|&target| target.to_owned()).collect(),
            mode,
            timeout: (timeout > 0).then(|| Duration::from_secs(timeout)),
            server: Some(("http://k8s-wait.k8s-wait.svc:8080".to_owned(), "shop".to_owned())),
        }
    }

    #[test]
    fn a_log_reads_like_this() {
        let job = || {
            row("job/shop/migrate", Finding::pending("JobRunning", "job shop/migrate: 1 active".to_owned()))
        };
        let db = row("service/shop/db", Finding::ready());
        let refused = Trouble::new("ConnectionRefused", "the connection was refused");
        let lines = [
            (0, Line::Start(start(&["job/shop/migrate", "service/shop/db"], Mode::All, 300))),
            (12, Line::Unreachable(refused.clone())),
            (5_249, Line::Reachable),
            (5_250, Line::Status(job())),
            (7_000, Line::Cycle("service/shop/a needs pod/shop/a\nand".to_owned())),
            (59_960, Line::Status(db)),
            (90_000, Line::Waiting { waiting: vec![job()], trouble: None }),
            (3_661_000, Line::Waiting { waiting: vec![job(), job()], trouble: Some(refused) }),
        ];
        let text: String =
            lines.iter().map(|(millis, said)| line(said, Duration::from_millis(*millis), 16)).collect();
        let expected = [
            "   0.0s  start    waiting for 5m at most for all of 2 targets, namespace shop, server http://k8s-wait.k8s-wait.svc:8080",
            "   0.0s  server   cannot be asked: ConnectionRefused: the connection was refused; trying again",
            "   5.2s  server   answers again",
            "   5.2s  pending  job/shop/migrate  JobRunning: job shop/migrate: 1 active",
            "   7.0s  cycle    service/shop/a needs pod/shop/a and",
            "  59.9s  ready    service/shop/db",
            "  1m30s  waiting  job/shop/migrate  JobRunning: job shop/migrate: 1 active",
            "1h01m01s  waiting  job/shop/migrate (JobRunning), job/shop/migrate (JobRunning); the server cannot be asked: ConnectionRefused: the connection was refused",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_long_list_is_not_named_to_its_end() {
        let rows: Vec<Row> = (0..100)
            .map(|n| row(&format!("job/a/{n}"), Finding::pending("NotFound", String::new())))
            .collect();
        let said = still(&rows, None, 7);
        assert!(said.ends_with("job/a/4 (NotFound) and 95 more"), "{said}");
        assert!(still(&rows[..5], None, 7).ends_with("job/a/4 (NotFound)"));
        assert_eq!(still(&[], None, 0), "for everything at the same moment");
    }

    #[test]
    fn the_start_says_what_is_special() {
        let said = |start: Start| started(&start);
        assert!(
            said(start(&["a", "b"], Mode::Any, 0))
                .starts_with("waiting forever (no timeout) for any of 2 targets,")
        );
        let alone = Start { server: None, ..start(&["tcp://db:5432"], Mode::All, 60) };
        assert_eq!(said(alone), "waiting for 1m at most for tcp://db:5432");
    }

    #[test]
    fn the_end_names_each_target_that_was_not_ready() {
        let unmet = vec![
            row("job/shop/migrate", Finding::pending("JobRunning", "1 active".to_owned())),
            row("tcp://db:5432", Finding::pending("ConnectionRefused", "refused".to_owned())),
        ];
        let elapsed = Duration::from_secs(300);
        let summary = Summary {
            ending: Ending::TimedOut,
            elapsed,
            mode: Mode::All,
            total: 3,
            unmet,
            exits: Exits::Own,
        };
        assert_eq!(
            end(&summary),
            "  5m00s  end      timed out after 5m: 2 of 3 targets not ready
not ready  job/shop/migrate  JobRunning: 1 active
not ready  tcp://db:5432     ConnectionRefused: refused\n"
        );
    }

    #[test]
    fn no_message_moves_a_terminal_or_makes_a_line_of_its_own() {
        let evil = "one\r\n\u{1b}[31mtwo\u{7f}\u{9b}\u{202e}three\u{2028}".to_owned();
        let said = line(&Line::Status(row("job/a/b", Finding::pending("Bad", evil))), Duration::ZERO, 7);
        assert_eq!(said.lines().count(), 1);
        assert!(!said.trim_end_matches('\n').chars().any(is_control), "{said:?}");
        assert!(said.contains("two") && said.contains("three"));
    }

    #[test]
    fn one_long_target_does_not_push_the_others_out() {
        let targets = ["x".repeat(300), "job/a/b".to_owned()];
        assert_eq!(width(&targets), WIDEST);
    }
}
