//! A promise and what has come of it: [`Row`].

use serde_json::{Value, json};
use std::fmt::Write;

/// A row of the table.
pub(crate) struct Row {
    what: String,
    target: String,
    found: String,
    is_met: Option<bool>,
    note: String,
}

impl Row {
    /// A figure that is to be at most so large.
    pub(crate) fn at_most(what: &str, unit: &str, most: f64, found: f64) -> Self {
        Self::new(what, format!("at most {}", shown(most, unit)), shown(found, unit), found <= most)
    }

    /// A figure that is to be at least so large.
    pub(crate) fn at_least(what: &str, unit: &str, least: f64, found: f64) -> Self {
        Self::new(what, format!("at least {}", shown(least, unit)), shown(found, unit), found >= least)
    }

    fn new(what: &str, target: String, found: String, is_met: bool) -> Self {
        Self { what: what.to_owned(), target, found, is_met: Some(is_met), note: String::new() }
    }

    /// Nothing was measured.
    pub(crate) fn skipped(what: &str, why: &str) -> Self {
        let (target, found) = (String::new(), String::new());
        Self { what: what.to_owned(), target, found, is_met: None, note: why.to_owned() }
    }

    /// With what else there is to say.
    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn verdict(&self) -> &'static str {
        match self.is_met {
            Some(true) => "met",
            Some(false) => "missed",
            None => "skipped",
        }
    }

    pub(crate) fn json(&self) -> Value {
        let Self { what, target, found, note, .. } = self;
        json!({"what": what, "target": target, "found": found, "verdict": self.verdict(), "note": note})
    }
}

/// Whole numbers for what is large, and as many digits as tell something for what is small.
fn shown(figure: f64, unit: &str) -> String {
    let number = match figure.abs() {
        large if large >= 1000.0 => format!("{figure:.0}"),
        middle if middle >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    };
    format!("{number} {unit}").trim_end().to_owned()
}

/// As people read it in a terminal.
pub(crate) fn table(rows: &[Row]) -> String {
    let width =
        |column: fn(&Row) -> &str| rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0);
    let (what, target, found) = (width(|row| &row.what), width(|row| &row.target), width(|row| &row.found));
    let mut table = String::new();
    for row in rows {
        // Writing to a String does not fail.
        let _ = writeln!(
            table,
            "{:7}  {:what$}  {:>found$}  {:target$}  {}",
            row.verdict(),
            row.what,
            row.found,
            row.target,
            row.note,
        );
    }
    table
}
