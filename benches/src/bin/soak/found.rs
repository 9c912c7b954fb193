//! What came of a run: [`Found`].

use crate::rules::{Rule, judge};
use crate::sample::Sample;
use k8s_wait_benches::load::{Times, milliseconds};
use k8s_wait_benches::machine::Machine;
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;

/// Everything that was seen.
pub(crate) struct Found {
    pub(crate) machine: Machine,
    pub(crate) took: Duration,
    /// The server's CPU time.
    pub(crate) cpu: Duration,
    pub(crate) samples: Vec<Sample>,
    /// How many waits there were.
    pub(crate) waits: u64,
    /// From when something became true until somebody was told.
    pub(crate) told: Times,
    /// A sentence for each wait that went wrong.
    pub(crate) wrong: Vec<String>,
    /// How many waits, changes that nobody waited for, bad days of the API and hostile visitors there were.
    pub(crate) troubles: [u64; 4],
}

impl Found {
    fn rules(&self) -> Vec<Rule> {
        judge(&self.samples, self.waits, self.wrong.len())
    }

    pub(crate) fn is_well(&self) -> bool {
        self.rules().iter().all(|rule| rule.is_kept)
    }

    /// As people read it in a terminal.
    pub(crate) fn table(&self) -> String {
        let mut table = String::new();
        for Rule { what, target, found, is_kept } in self.rules() {
            let verdict = if is_kept { "kept" } else { "BROKEN" };
            // Writing to a String does not fail.
            let _ = writeln!(table, "{verdict:6}  {what:48}  {found:>28}  {target}");
        }
        table
    }

    pub(crate) fn json(&self) -> Value {
        let Machine { date, processor, cores, memory_gib, kernel } = &self.machine;
        let [_, changes, weather, hostile] = self.troubles;
        let told_ms = [0.5, 0.99, 1.0].map(|quantile| milliseconds(&self.told, quantile));
        json!({
            "machine": {
                "date": date, "processor": processor, "cores": cores, "memory_gib": memory_gib, "kernel": kernel,
            },
            "seconds": self.took.as_secs(),
            "cpu_seconds": self.cpu.as_secs_f64(),
            "waits": self.waits,
            "changes": changes,
            "weather": weather,
            "hostile": hostile,
            "told": self.told.len(),
            "told_ms": told_ms,
            "wrong": self.wrong,
            "rules": self.rules().iter().map(Rule::json).collect::<Vec<_>>(),
            "samples": self.samples.iter().map(Sample::json).collect::<Vec<_>>(),
        })
    }
}
