//! What people read: [`table`], of a [`Row`] for each round.

use crate::ledger::Outcome;
use std::fmt::Write;

/// As many complaints of a round are shown.
pub(crate) const SHOWN: usize = 5;

/// One round.
pub(crate) struct Row {
    name: &'static str,
    /// Or why it was not played.
    seen: Result<Seen, &'static str>,
}

/// What came of it.
pub(crate) struct Seen {
    pub(crate) waiters: usize,
    pub(crate) outcome: Outcome,
    /// The most connections in a second, at the Service.
    pub(crate) peak: usize,
    /// What some of those say who have not left.
    pub(crate) last_words: Vec<String>,
}

impl Row {
    /// A round that was played.
    pub(crate) fn seen(name: &'static str, seen: Seen) -> Self {
        Self { name, seen: Ok(seen) }
    }

    /// One that cannot be played here.
    pub(crate) fn skipped(name: &'static str, why: &'static str) -> Self {
        Self { name, seen: Err(why) }
    }

    /// Was nobody told wrong, and nobody lost?
    pub(crate) fn is_well(&self) -> bool {
        self.seen.as_ref().map_or(true, |seen| seen.outcome.wrong.is_empty() && seen.outcome.lost == 0)
    }

    /// What went wrong, or why nothing was done; nothing where all is well.
    pub(crate) fn complaints(&self) -> Vec<String> {
        match &self.seen {
            Err(why) => vec![format!("{}: skipped, {why}", self.name)],
            Ok(seen) => {
                let wrong =
                    seen.outcome.wrong.iter().take(SHOWN).map(|text| format!("{}: {text}", self.name));
                let lost = seen.last_words.iter();
                wrong.chain(lost.map(|text| format!("{}: lost, and says: {text}", self.name))).collect()
            }
        }
    }

    /// Its line of the table.
    pub(crate) fn line(&self) -> String {
        match &self.seen {
            Err(_) => format!("| `{}` | skipped | | | | |", self.name),
            Ok(Seen { waiters, outcome, peak, .. }) => {
                let (wrong, seconds) = (outcome.wrong.len(), outcome.recovery.as_secs_f64());
                format!(
                    "| `{}` | {waiters} | {wrong} | {} | {seconds:.1} | {peak} |",
                    self.name, outcome.lost
                )
            }
        }
    }
}

/// A line for each round.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| fault | waiters | wrong verdicts | lost waits | seconds to recover | most connections in a second |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for row in rows {
        // A string takes everything.
        let _ = writeln!(text, "{}", row.line());
    }
    text
}
