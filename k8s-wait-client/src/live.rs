//! A table that stays in its place on a terminal: [`Live`].
//!
//! The cursor is never hidden and rests on the line below the table, and no mode of the terminal is changed. So
//! whatever ends this process, however suddenly, leaves a terminal that is as it was.

use std::time::Duration;

use crate::environment::{Environment, Size};
use crate::report::{Line, Output, Row, State};
use crate::settings::Settings;
use crate::table::{Table, lines};
use crate::text;

/// The pause between two pictures.
const PAUSE: Duration = Duration::from_millis(100);

/// The table on the screen.
pub(crate) struct Live<'a> {
    environment: &'a dyn Environment,
    table: Table,
    /// The widths of the lines that are on the screen.
    drawn: Vec<usize>,
    /// When the next picture is due, from the start.
    due: Duration,
    /// What was last told of each target, and when.
    news: Vec<(Row, Duration)>,
}

impl<'a> Live<'a> {
    /// A table, where the output is for people on a terminal that can do what it takes (`TERM` says so), and where no
    /// log (`RUST_LOG`) writes into the table. `NO_COLOR` is obeyed.
    pub(crate) fn new(settings: &Settings, environment: &'a dyn Environment) -> Option<Self> {
        let is_set = |name| environment.variable(name).is_some_and(|value| !value.is_empty());
        let is_capable = environment.variable("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
        let is_wanted = settings.output == Output::Text && !settings.is_quiet && !is_set("RUST_LOG");
        if !is_wanted || !is_capable || environment.terminal().is_none() {
            return None;
        }
        let table =
            Table { mode: settings.mode, timeout: settings.timeout, has_colours: !is_set("NO_COLOR") };
        Some(Self { environment, table, drawn: Vec::new(), due: Duration::ZERO, news: Vec::new() })
    }

    /// When the next picture is due, from the start.
    pub(crate) fn due(&self) -> Duration {
        self.due
    }

    /// Whether the table shows what the line says, so that it need not be written.
    pub(crate) fn is_shown(line: &Line) -> bool {
        !matches!(line, Line::Native(_) | Line::Start(_) | Line::Cycle(_))
    }

    /// Remembers what was told of a target.
    pub(crate) fn note(&mut self, line: &Line, elapsed: Duration) {
        if let Line::Status(row) = line {
            self.news.retain(|(known, _)| known.target != row.target);
            self.news.push((row.clone(), elapsed));
        }
    }

    /// Draws the table over the last one.
    pub(crate) fn picture(&mut self, state: &State, elapsed: Duration) -> String {
        self.due = elapsed + PAUSE;
        let Some(size) = self.environment.terminal() else { return String::new() };
        let lines = lines(&self.table, state, elapsed, size);
        let mut picture = self.to_first_line(size);
        // What stood there is longer, perhaps.
        picture.extend(lines.iter().flat_map(|line| [line.text.as_str(), "\u{1b}[K\n"]));
        self.drawn = lines.iter().map(|line| line.columns).collect();
        picture + "\u{1b}[J"
    }

    /// Takes the table away.
    pub(crate) fn erase(&mut self) -> String {
        let size = self.environment.terminal();
        let gone = size.map(|size| self.to_first_line(size) + "\u{1b}[J").unwrap_or_default();
        self.drawn.clear();
        gone
    }

    /// Takes the table away and leaves a line for each target that is ready, as it would be in a log.
    pub(crate) fn end(&mut self, width: usize) -> String {
        let ready = self.news.iter().filter(|(row, _)| row.finding.is_ready()).cloned();
        let lines: Vec<String> =
            ready.map(|(row, elapsed)| text::line(&Line::Status(row), elapsed, width)).collect();
        self.erase() + &lines.concat()
    }

    /// Moves the cursor to where the table begins. A terminal that has become narrower has broken its lines.
    fn to_first_line(&self, size: Size) -> String {
        let height = |width: &usize| width.div_ceil(size.columns.max(1)).max(1);
        let up = self.drawn.iter().map(height).sum::<usize>().min(size.rows.saturating_sub(1));
        if up == 0 { "\r".to_owned() } else { format!("\u{1b}[{up}A\r") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::fake::Fake;
    use crate::verdict::Finding;
    use crate::wire::Mode;

    fn live(environment: &Fake) -> Live<'_> {
        let table = Table { mode: Mode::All, timeout: None, has_colours: false };
        Live { environment, table, drawn: Vec::new(), due: Duration::ZERO, news: Vec::new() }
    }

    fn terminal(columns: usize, rows: usize) -> Fake {
        Fake { terminal: Some(Size { columns, rows }), ..Fake::default() }
    }

    fn state() -> State {
        let finding = Finding::pending("JobRunning", "x".repeat(100));
        State { rows: vec![Row { target: "job/shop/migrate".to_owned(), finding }], trouble: None }
    }

    #[test]
    fn each_picture_begins_where_the_last_one_began() {
        let environment = terminal(80, 24);
        let mut live = live(&environment);
        let first = live.picture(&state(), Duration::ZERO);
        assert!(first.starts_with("\r| 0.0s") && first.ends_with("\n\u{1b}[J"), "{first:?}");
        assert_eq!(live.due(), PAUSE);
        let second = live.picture(&state(), PAUSE);
        assert!(second.starts_with("\u{1b}[2A\r/ 0.1s"), "{second:?}");
        assert_eq!(live.erase(), "\u{1b}[2A\r\u{1b}[J");
        assert_eq!(live.erase(), "\r\u{1b}[J");
    }

    #[test]
    fn a_terminal_that_became_narrower_has_broken_the_lines() {
        let wide = terminal(80, 24);
        let drawn = {
            let mut live = live(&wide);
            live.picture(&state(), Duration::ZERO);
            live.drawn
        };
        for (columns, rows, up) in [(79, 24, 2), (40, 24, 3), (10, 24, 12), (10, 6, 5), (0, 1, 0)] {
            let narrow = terminal(columns, rows);
            let mut live = Live { drawn: drawn.clone(), ..live(&narrow) };
            let up = if up == 0 { String::new() } else { format!("\u{1b}[{up}A") };
            assert_eq!(live.erase(), format!("{up}\r\u{1b}[J"), "{columns}");
        }
    }
}
