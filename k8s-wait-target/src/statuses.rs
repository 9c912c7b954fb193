//! [`Statuses`]: the value of the option `status`.

use crate::error::Fault;
use std::fmt;
use std::ops::RangeInclusive;

const EXPECTED: &str = "statuses from 100 to 599 as in 200,300-399";

/// The HTTP statuses that are accepted (`status=200,300-399`): one at least.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Statuses(Vec<RangeInclusive<u16>>);

impl Default for Statuses {
    /// 200 to 299.
    fn default() -> Self {
        Statuses(vec![200..=299])
    }
}

impl Statuses {
    /// Whether `status` is accepted.
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }

    pub(crate) fn read(text: &str) -> Result<Statuses, Fault> {
        let mut at = 0;
        let mut ranges = Vec::new();
        for part in text.split(',') {
            ranges.push(range(part).ok_or_else(|| Fault::with(at, "status", part, EXPECTED))?);
            at += part.len() + 1;
        }
        Ok(Statuses(ranges))
    }
}

/// `200` or `300-399`.
fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (status(first)?, status(last)?);
    (first <= last).then_some(first..=last)
}

/// Three digits; no server can answer with what is below 100 or above 599.
fn status(text: &str) -> Option<u16> {
    let is_status = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    is_status.then(|| text.parse().ok()).flatten().filter(|status| (100..=599).contains(status))
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            match (range.start(), range.end()) {
                (first, last) if first == last => write!(f, "{first}")?,
                (first, last) => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_ranges_of_them_are_accepted() {
        let statuses = Statuses::read("200,300-399").unwrap();
        for (status, is_accepted) in
            [(199, false), (200, true), (201, false), (300, true), (399, true), (400, false)]
        {
            assert_eq!(statuses.contains(status), is_accepted, "{status}");
        }
        assert_eq!(statuses.to_string(), "200,300-399");
        assert_eq!(Statuses::read("204-204").unwrap().to_string(), "204");
        assert_eq!(Statuses::default(), Statuses::read("200-299").unwrap());
    }

    #[test]
    fn what_no_server_answers_is_refused_where_it_stands() {
        for (bad, at) in [
            ("", 0),
            ("2xx", 0),
            ("99", 0),
            ("600", 0),
            ("200,", 4),
            ("200, 201", 4),
            ("200,399-300", 4),
            ("-200", 0),
            ("200-", 0),
            ("0200", 0),
            ("+20", 0),
        ] {
            assert_eq!(Statuses::read(bad), Err(Fault::with(at, "status", &bad[at..], EXPECTED)), "{bad}");
        }
    }
}
