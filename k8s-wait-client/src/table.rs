//! The live table, as lines of text: [`lines`].
//!
//! Nothing here is wider than the terminal, nor has more lines: what moves the cursor counts on it.

use std::time::Duration;

use k8s_wait_target::DurationText;

use crate::environment::Size;
use crate::report::{Row, State};
use crate::text::{clock, sober};
use crate::verdict::Verdict;
use crate::wire::Mode;

/// The table and what does not change while it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) mode: Mode,
    /// `None`: forever.
    pub(crate) timeout: Option<Duration>,
    pub(crate) has_colours: bool,
}

/// What is shown first where not all fits.
const URGENCY: [Verdict; 3] = [Verdict::Failed, Verdict::Pending, Verdict::Ready];

/// A line as it goes to the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Painted {
    pub(crate) text: String,
    /// How many columns it takes at most; its colours take none.
    pub(crate) columns: usize,
}

/// A line before it is cut to the width, but for its verdict.
struct Plain {
    verdict: Option<Verdict>,
    rest: String,
}

/// A line for the whole, one for each target and one for what does not fit; none is of the terminal's full width, so
/// that no line breaks, and one line is left for the cursor.
pub(crate) fn lines(table: &Table, state: &State, elapsed: Duration, size: Size) -> Vec<Painted> {
    let columns = size.columns.saturating_sub(1);
    let room = size.rows.saturating_sub(1);
    let mut lines = vec![Plain { verdict: None, rest: header(table, &state.rows, elapsed) }];
    if let Some(trouble) = &state.trouble {
        let rest = format!("  the server cannot be asked: {}: {}", trouble.reason, sober(&trouble.message));
        lines.push(Plain { verdict: None, rest });
    }
    lines.extend(rows(&state.rows, room.saturating_sub(lines.len()), columns));
    lines.iter().take(room).map(|line| line.painted(columns, table.has_colours)).collect()
}

impl Plain {
    fn painted(&self, columns: usize, has_colours: bool) -> Painted {
        let word = self.verdict.map(|verdict| format!("  {:<7}", verdict.word())).unwrap_or_default();
        let word = cut(&word, columns);
        let rest = cut(&self.rest, columns - columns_of(&word));
        let columns = columns_of(&word) + columns_of(&rest);
        let text = match self.verdict.filter(|_| has_colours) {
            None => word + &rest,
            Some(Verdict::Ready) => format!("\u{1b}[32m{word}\u{1b}[0m{rest}"),
            Some(Verdict::Pending) => format!("\u{1b}[33m{word}\u{1b}[0m{rest}"),
            Some(Verdict::Failed) => format!("\u{1b}[31m{word}\u{1b}[0m{rest}"),
        };
        Painted { text, columns }
    }
}

fn header(table: &Table, rows: &[Row], elapsed: Duration) -> String {
    let spinner = match elapsed.as_millis() / 100 % 4 {
        0 => '|',
        1 => '/',
        2 => '-',
        _ => '\\',
    };
    let ready = rows.iter().filter(|row| row.finding.is_ready()).count();
    let wanted = match table.mode {
        Mode::All => "",
        Mode::Any => " (one is enough)",
    };
    let left = match table.timeout {
        Some(timeout) => {
            let seconds = timeout.saturating_sub(elapsed).as_secs();
            format!("{} left", DurationText(Duration::from_secs(seconds)))
        }
        None => "no timeout".to_owned(),
    };
    format!("{spinner} {}  {ready} of {} ready{wanted}, {left}", clock(elapsed), rows.len())
}

/// As many as fit; where not all do, those first that are not ready.
fn rows(rows: &[Row], room: usize, columns: usize) -> Vec<Plain> {
    let mut shown: Vec<&Row> = rows.iter().collect();
    let mut hidden = Vec::new();
    if shown.len() > room {
        let of = |verdict| rows.iter().filter(move |row| row.finding.verdict == verdict);
        shown = URGENCY.into_iter().flat_map(of).collect();
        hidden = shown.split_off(room.saturating_sub(1).min(shown.len()));
    }
    let targets = width(shown.iter().map(|row| row.target.as_str()), columns * 2 / 5);
    let reasons = width(shown.iter().filter_map(|row| row.finding.reason.as_deref()), columns / 3);
    let mut lines: Vec<Plain> = shown.iter().map(|row| line(row, targets, reasons)).collect();
    if !hidden.is_empty() {
        lines.push(Plain { verdict: None, rest: more(&hidden) });
    }
    lines
}

fn line(row: &Row, targets: usize, reasons: usize) -> Plain {
    let finding = &row.finding;
    let reason = finding.reason.as_deref().unwrap_or_default();
    let rest =
        format!("  {}  {}  {}", padded(&row.target, targets), padded(reason, reasons), sober(brief(row)));
    Plain { verdict: Some(finding.verdict), rest: rest.trim_end().to_owned() }
}

fn more(hidden: &[&Row]) -> String {
    let count = |verdict| hidden.iter().filter(|row| row.finding.verdict == verdict).count();
    let parts = URGENCY.map(|verdict| (count(verdict), verdict));
    let said = parts.iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = said.map(|(count, verdict)| format!("{count} {}", verdict.word())).collect();
    format!("  and {} more: {}", hidden.len(), said.join(", "))
}

/// The message without the name of its own target, which stands beside it.
fn brief(row: &Row) -> &str {
    let message = row.finding.message.as_deref().unwrap_or_default();
    let place = row.target.split('?').next().unwrap_or_default();
    let name = place.split_once("://").or_else(|| place.split_once('/')).map(|(_, name)| name);
    let (subject, rest) = message.split_once(": ").unwrap_or_default();
    let named = subject.split_once(' ').map(|(_, named)| named);
    if named.is_some() && named == name { rest } else { message }
}

/// The width of a column that holds these, at most `most`.
fn width<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> usize {
    texts.map(columns_of).max().unwrap_or_default().min(most)
}

/// The text in exactly that many columns.
fn padded(text: &str, columns: usize) -> String {
    let mut text = cut(&sober(text), columns);
    text.extend(std::iter::repeat_n(' ', columns.saturating_sub(columns_of(&text))));
    text
}

/// The text in at most that many columns; what is cut off leaves dots.
fn cut(text: &str, columns: usize) -> String {
    if columns_of(text) <= columns {
        return text.to_owned();
    }
    let dots = ".".repeat(columns.min(3));
    let mut left = columns.saturating_sub(dots.len());
    let fits = |c: &char| match left.checked_sub(columns_of_char(*c)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    text.chars().take_while(fits).chain(dots.chars()).collect()
}

fn columns_of(text: &str) -> usize {
    text.chars().map(columns_of_char).sum()
}

/// Never too few: no character before U+1100 takes two, and what comes later and takes one only makes a line end early.
fn columns_of_char(c: char) -> usize {
    if c < '\u{1100}' { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::Trouble;
    use crate::verdict::Finding;

    fn row(target: &str, finding: Finding) -> Row {
        Row { target: target.to_owned(), finding }
    }

    fn table() -> Table {
        Table { mode: Mode::All, timeout: Some(Duration::from_secs(300)), has_colours: false }
    }

    fn state() -> State {
        let migrate =
            Finding::pending("JobRunning", "job shop/migrate: 1 active, 0 of 1 succeeded".to_owned());
        let cache = Finding::failed("PodFailed", "pod shop/cache: exit code 3\u{1b}[2J".to_owned());
        let rows = vec![
            row("service/shop/db", Finding::ready()),
            row("job/shop/migrate", migrate),
            row("pod/shop/cache", cache),
        ];
        State { rows, trouble: None }
    }

    fn drawn(table: &Table, state: &State, columns: usize, rows: usize) -> Vec<String> {
        let lines = lines(table, state, Duration::from_millis(12_345), Size { columns, rows });
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_table_looks_like_this() {
        let expected = [
            "\\ 12.3s  1 of 3 ready, 4m47s left",
            "  ready    service/shop/db",
            "  pending  job/shop/migrate  JobRunning  1 active, 0 of 1 succeeded",
            "  failed   pod/shop/cache    PodFailed   exit code 3 [2J",
        ];
        assert_eq!(drawn(&table(), &state(), 80, 24), expected);
        let expected = [
            "\\ 12.3s  1 of 3 ready, 4m47s left",
            "  ready    service/shop/db",
            "  pending  job/shop/mig...  JobRunni...",
            "  failed   pod/shop/cache   PodFaile...",
        ];
        assert_eq!(drawn(&table(), &state(), 40, 24), expected);
    }

    #[test]
    fn the_first_lines_say_what_is_special() {
        let table = Table { mode: Mode::Any, timeout: None, ..table() };
        let trouble = Some(Trouble::new("ConnectionRefused", "the connection was refused"));
        let drawn = drawn(&table, &State { trouble, ..state() }, 80, 24);
        let expected = [
            "\\ 12.3s  1 of 3 ready (one is enough), no timeout",
            "  the server cannot be asked: ConnectionRefused: the connection was refused",
        ];
        assert_eq!(drawn[..2], expected);
    }

    #[test]
    fn what_does_not_fit_is_counted_and_what_is_not_ready_comes_first() {
        let expected = [
            "\\ 12.3s  1 of 3 ready, 4m47s left",
            "  failed   pod/shop/cache  PodFailed  exit code 3 [2J",
            "  and 2 more: 1 pending, 1 ready",
        ];
        assert_eq!(drawn(&table(), &state(), 80, 4), expected);
        assert_eq!(drawn(&table(), &state(), 80, 5).len(), 4);
        assert_eq!(drawn(&table(), &state(), 80, 3)[1], "  and 3 more: 1 failed, 1 pending, 1 ready");
    }

    #[test]
    fn nothing_is_wider_or_higher_than_the_terminal() {
        let wide = Finding::pending("ユニコード", "日本語のメッセージ".repeat(20));
        let mut state = State { rows: vec![row(&"x".repeat(300), wide)], ..state() };
        state.rows.extend((0..100).map(|n| row(&format!("job/shop/job-{n}"), Finding::ready())));
        for columns in 0..120 {
            for rows in 0..12 {
                let drawn = lines(&table(), &state, Duration::ZERO, Size { columns, rows });
                assert!(drawn.len() <= rows.saturating_sub(1), "{rows}: {drawn:?}");
                assert!(drawn.iter().all(|line| line.columns == columns_of(&line.text)), "{drawn:?}");
                let widest = drawn.iter().map(|line| line.columns).max().unwrap_or_default();
                assert!(widest <= columns.saturating_sub(1), "{columns}: {drawn:?}");
            }
        }
    }

    #[test]
    fn only_verdicts_have_colours() {
        let table = Table { has_colours: true, ..table() };
        let drawn = drawn(&table, &state(), 80, 24);
        assert_eq!(drawn[1], "\u{1b}[32m  ready  \u{1b}[0m  service/shop/db");
        assert!(drawn[2].starts_with("\u{1b}[33m  pending\u{1b}[0m  job") && !drawn[0].contains('\u{1b}'));
        let codes = drawn[3].matches('\u{1b}').count();
        assert!(drawn[3].starts_with("\u{1b}[31m  failed ") && codes == 2, "{:?}", drawn[3]);
    }

    #[test]
    fn a_message_does_not_name_its_own_target_again() {
        for (target, message, brief) in [
            ("job/shop/migrate?timeout=3s", "job shop/migrate: 1 active", "1 active"),
            ("jobs/shop/migrate", "job shop/migrate: 1 active", "1 active"),
            ("tcp://db:5432", "tcp db:5432: refused", "refused"),
            ("deployment/shop/web-2", "pod shop/web: exit code 3", "pod shop/web: exit code 3"),
            ("pod?namespace=shop&selector=a", "nothing: matches", "nothing: matches"),
            ("job/shop/migrate", "it is: not there", "it is: not there"),
        ] {
            let finding = Finding::pending("Reason", message.to_owned());
            assert_eq!(super::brief(&row(target, finding)), brief);
        }
    }
}
