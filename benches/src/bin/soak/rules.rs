//! What has to hold: [`judge`].

use crate::sample::Sample;
use serde_json::{Value, json};

/// Growth that is none: what is measured is not the same twice.
const SHARE: f64 = 0.03;
/// The same for small figures, in KiB.
const LEAST_KIB: f64 = 256.0;
/// The same for open files.
const LEAST_FILES: f64 = 8.0;

/// A rule, and what came of it.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) what: &'static str,
    pub(crate) target: String,
    pub(crate) found: String,
    pub(crate) is_kept: bool,
}

impl Rule {
    pub(crate) fn json(&self) -> Value {
        let Self { what, target, found, is_kept } = self;
        json!({"what": what, "target": target, "found": found, "kept": is_kept})
    }
}

/// All rules, over the samples in the order in which they were taken. Whatever grows at first has a third of the time for that.
pub(crate) fn judge(samples: &[Sample], waits: u64, wrong: usize) -> Vec<Rule> {
    let end = samples.last().map_or(0.0, |sample| sample.at.as_secs_f64());
    let later = |is_rest: bool| -> Vec<&Sample> {
        let later = samples.iter().filter(|sample| sample.at.as_secs_f64() >= end / 3.0);
        later.filter(|sample| sample.is_rest == is_rest).collect()
    };
    let (busy, rests) = (later(false), later(true));
    let resident = |sample: &Sample| sample.resident_kib as f64;
    vec![
        flat("memory while busy", &busy, resident, LEAST_KIB, "KiB"),
        flat("memory at rest", &rests, resident, LEAST_KIB, "KiB"),
        flat("open files while busy", &busy, |sample| sample.files as f64, LEAST_FILES, ""),
        most("threads", samples, |sample| sample.threads, end / 3.0),
        same("open files at rest, as before the first wait", samples, |sample| sample.files),
        none("watches at rest", samples, |sample| sample.watches),
        told(waits, wrong),
    ]
}

/// The straight line through the samples rises by little.
fn flat(what: &'static str, samples: &[&Sample], pick: fn(&Sample) -> f64, least: f64, unit: &str) -> Rule {
    let points: Vec<_> = samples.iter().map(|sample| (sample.at.as_secs_f64(), pick(sample))).collect();
    let mean = points.iter().map(|point| point.1).sum::<f64>() / points.len() as f64;
    let (growth, most) = (growth(&points), (mean * SHARE).max(least));
    Rule {
        what,
        target: format!("grows by at most {most:.0} {unit}").trim_end().to_owned(),
        found: format!("{growth:+.1} {unit} over {mean:.0}").replace("  ", " "),
        is_kept: growth <= most,
    }
}

/// What a line of least squares rises by, from the first point to the last. Where there is no line, it is no number.
fn growth(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let square: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let time = points.last().map_or(0.0, |point| point.0) - points.first().map_or(0.0, |point| point.0);
    both / square * time
}

/// The most of the last third is no more than the most of the second.
fn most(what: &'static str, samples: &[Sample], pick: fn(&Sample) -> usize, third: f64) -> Rule {
    let most = |from: f64, to: f64| {
        let within = |sample: &&Sample| (from..to).contains(&sample.at.as_secs_f64());
        samples.iter().filter(within).map(pick).max().unwrap_or_default()
    };
    let (second, last) = (most(third, 2.0 * third), most(2.0 * third, f64::MAX));
    Rule {
        what,
        target: "the most of the last third as of the second".into(),
        found: format!("{last} and {second}"),
        is_kept: last <= second,
    }
}

/// Each rest has no more than the first one.
fn same(what: &'static str, samples: &[Sample], pick: fn(&Sample) -> usize) -> Rule {
    let mut rests = samples.iter().filter(|sample| sample.is_rest).map(pick);
    let first = rests.next().unwrap_or_default();
    let most = rests.max().unwrap_or(usize::MAX);
    Rule { what, target: first.to_string(), found: most.to_string(), is_kept: most <= first }
}

fn none(what: &'static str, samples: &[Sample], pick: fn(&Sample) -> usize) -> Rule {
    let most = samples.iter().filter(|sample| sample.is_rest).map(pick).max().unwrap_or_default();
    Rule { what, target: "0".into(), found: most.to_string(), is_kept: most == 0 }
}

fn told(waits: u64, wrong: usize) -> Rule {
    Rule {
        what: "waits told what was not so, too late, or nothing",
        target: "0".into(),
        found: format!("{wrong} of {waits}"),
        is_kept: wrong == 0 && waits > 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Twelve rounds of a server that does nothing.
    fn samples() -> Vec<Sample> {
        let sample = |second: u64| {
            let is_rest = second.is_multiple_of(300);
            Sample {
                at: Duration::from_secs(second),
                is_rest,
                waits: 0,
                resident_kib: 10_000 + second % 7,
                files: if is_rest { 12 } else { 180 },
                threads: 3,
                watches: usize::from(!is_rest) * 3,
            }
        };
        (0..=720).map(|number| sample(number * 5)).collect()
    }

    fn broken(samples: &[Sample]) -> Vec<&'static str> {
        judge(samples, 10, 0).iter().filter(|rule| !rule.is_kept).map(|rule| rule.what).collect()
    }

    /// From the middle on, so much more with each sample.
    fn growing(grow: impl Fn(&mut Sample, usize)) -> Vec<&'static str> {
        let mut samples = samples();
        samples.iter_mut().enumerate().for_each(|(number, sample)| grow(sample, number));
        broken(&samples)
    }

    #[test]
    fn what_does_not_grow_is_flat() {
        assert_eq!(broken(&samples()), [""; 0]);
    }

    #[test]
    fn what_grows_at_first_and_then_no_more_is_flat() {
        let grown = growing(|sample, number| sample.resident_kib += 100 * (number as u64).min(240));
        assert_eq!(grown, [""; 0]);
    }

    #[test]
    fn memory_that_grows_is_seen_while_busy_and_at_rest() {
        // 480 samples are two thirds, in which this is 480 KiB.
        let grown = growing(|sample, number| sample.resident_kib += number as u64);
        assert_eq!(grown, ["memory while busy", "memory at rest"]);
        // And these are 240, of which nobody can say whether they are more than what is measured anyway.
        assert_eq!(growing(|sample, number| sample.resident_kib += number as u64 / 2), [""; 0]);
    }

    #[test]
    fn memory_that_is_not_given_back_at_rest_is_seen_there() {
        let grown =
            growing(|sample, number| sample.resident_kib += u64::from(sample.is_rest) * number as u64);
        assert_eq!(grown, ["memory at rest"]);
    }

    #[test]
    fn one_file_a_round_is_seen_at_rest() {
        let grown = growing(|sample, number| sample.files += usize::from(number >= 360));
        assert_eq!(grown, ["open files at rest, as before the first wait"]);
    }

    #[test]
    fn files_threads_and_watches_that_stay_are_seen() {
        assert!(growing(|sample, number| sample.files += number / 20).contains(&"open files while busy"));
        assert_eq!(growing(|sample, number| sample.threads += number / 700), ["threads"]);
        assert_eq!(growing(|sample, _| sample.watches += 1), ["watches at rest"]);
    }

    #[test]
    fn a_wrong_wait_breaks_the_rule_and_so_does_none_at_all() {
        let last = |waits, wrong| judge(&samples(), waits, wrong).pop().is_some_and(|rule| rule.is_kept);
        assert!(last(10, 0) && !last(10, 1) && !last(0, 0));
    }

    #[test]
    fn nothing_seen_is_nothing_proved() {
        assert!(broken(&[]).contains(&"memory while busy"));
    }
}
