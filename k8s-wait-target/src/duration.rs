//! Durations as k8s-wait takes them: [`parse_duration`] reads one, [`DurationText`] writes one.

use crate::error::{DurationError, Fault};
use std::fmt;
use std::time::Duration;

/// A unit's name, and what it is in milliseconds.
type Unit = (&'static str, u64);

/// The largest first, which is the order in which they are written.
const UNITS: &[Unit] = &[("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const EXPECTED: &str = "a duration such as 500ms, 10s, 5m or 1h30m, or a number of seconds";

/// Reads `500ms`, `10s`, `5m`, `1h30m`, or a bare number of seconds; the units are h, m, s and ms, the larger
/// first.
///
/// Zero is a duration. Fractions, signs and white space are not, so that what is read can always be written
/// back.
///
/// # Errors
///
/// [`DurationError`] for anything else, and for more than 2⁶⁴ − 1 milliseconds.
///
/// ```
/// use k8s_wait_target::parse_duration;
/// use std::time::Duration;
///
/// assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5400)));
/// assert_eq!(parse_duration("10"), Ok(Duration::from_secs(10)));
/// let error = parse_duration("10sec").unwrap_err();
/// assert_eq!(error.to_string(), r#"duration "10sec", position 3: found the unit "sec", expected h, m, s or ms"#);
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    read(text).map_err(|fault| DurationError::new(text, fault))
}

/// The same for a duration inside a longer text.
pub(crate) fn read(text: &str) -> Result<Duration, Fault> {
    if text.is_empty() {
        return Err(Fault::with(0, "duration", text, EXPECTED));
    }
    let millis = if is_number(text) { times(0, text, 1_000)? } else { sum(text)? };
    Ok(Duration::from_millis(millis))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// The milliseconds of one or more numbers with units.
fn sum(text: &str) -> Result<u64, Fault> {
    let (mut at, mut total, mut units) = (0, 0u64, UNITS);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (number, unit) = number_and_unit(at, rest)?;
        let (millis, smaller) = find_unit(at + number.len(), unit, units)?;
        let part = times(at, number, millis)?;
        total = total.checked_add(part).ok_or_else(|| too_long(0, text))?;
        at += number.len() + unit.len();
        units = smaller;
    }
    Ok(total)
}

/// The first number of `text` and the word after it.
fn number_and_unit(at: usize, text: &str) -> Result<(&str, &str), Fault> {
    let (number, rest) = text.split_at(end_of(text, |c| c.is_ascii_digit()));
    if number.is_empty() {
        return Err(Fault::new(at, crate::error::quoted(text), EXPECTED));
    }
    let (unit, _) = rest.split_at(end_of(rest, |c| !c.is_ascii_digit()));
    Ok((number, unit))
}

/// How many bytes of `text` come before the first character that is not `wanted`.
fn end_of(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.find(|c| !wanted(c)).unwrap_or(text.len())
}

/// What a unit is in milliseconds, and the units that may follow it.
fn find_unit(at: usize, unit: &str, units: &'static [Unit]) -> Result<(u64, &'static [Unit]), Fault> {
    let mut rest = units;
    while let [(name, millis), smaller @ ..] = rest {
        if *name == unit {
            return Ok((*millis, smaller));
        }
        rest = smaller;
    }
    let is_repeated = UNITS.iter().any(|(name, _)| *name == unit);
    let expected = if is_repeated { "a smaller unit than the one before" } else { "h, m, s or ms" };
    Err(Fault::with(at, "unit", unit, expected))
}

fn times(at: usize, number: &str, millis: u64) -> Result<u64, Fault> {
    let product = number.parse::<u64>().ok().and_then(|number| number.checked_mul(millis));
    product.ok_or_else(|| too_long(at, number))
}

fn too_long(at: usize, text: &str) -> Fault {
    Fault::with(at, "duration", text, "one of at most 18446744073709551615 milliseconds")
}

/// `duration` in whole milliseconds, which is what can be written: rounded up, so that no wait gets shorter.
pub(crate) fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// A duration, written as [`parse_duration`] reads it: `1h30m`, `500ms`, `0s`.
///
/// Parts of a millisecond cannot be written and are rounded up.
///
/// ```
/// use k8s_wait_target::DurationText;
/// use std::time::Duration;
///
/// assert_eq!(DurationText(Duration::from_millis(90_500)).to_string(), "1m30s500ms");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DurationText(pub Duration);

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = whole_millis(self.0);
        if rest == 0 {
            return f.write_str("0s");
        }
        for &(unit, millis) in UNITS {
            if rest >= millis {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, millis) in [
            ("0", 0),
            ("0s", 0),
            ("10", 10_000),
            ("007", 7_000),
            ("500ms", 500),
            ("10s", 10_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1h2m3s4ms", 3_723_004),
            ("90m", 5_400_000),
            ("18446744073709551615ms", u64::MAX),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_where_it_is_wrong() {
        let expected = "a duration such as 500ms, 10s, 5m or 1h30m, or a number of seconds";
        let too_long = "one of at most 18446744073709551615 milliseconds";
        for (text, position, found, expected) in [
            ("", 1, "no duration", expected),
            ("-5s", 1, "\"-5s\"", expected),
            ("+5", 1, "\"+5\"", expected),
            (" 5s", 1, "\" 5s\"", expected),
            ("s", 1, "\"s\"", expected),
            ("1h30", 5, "no unit", "h, m, s or ms"),
            ("2d", 2, "the unit \"d\"", "h, m, s or ms"),
            ("1.5s", 2, "the unit \".\"", "h, m, s or ms"),
            ("5S", 2, "the unit \"S\"", "h, m, s or ms"),
            ("5s ", 2, "the unit \"s \"", "h, m, s or ms"),
            ("5µs", 2, "the unit \"µs\"", "h, m, s or ms"),
            ("30m1h", 5, "the unit \"h\"", "a smaller unit than the one before"),
            ("1s1s", 4, "the unit \"s\"", "a smaller unit than the one before"),
            ("18446744073709551616ms", 1, "the duration \"18446744073709551616\"", too_long),
            ("18446744073709552", 1, "the duration \"18446744073709552\"", too_long),
            ("5124095576030h26m", 1, "the duration \"5124095576030h26m\"", too_long),
        ] {
            let error = parse_duration(text).unwrap_err();
            let sentence =
                format!("duration {text:?}, position {position}: found {found}, expected {expected}");
            assert_eq!(error.to_string(), sentence);
            assert_eq!(error.position(), position);
        }
    }

    #[test]
    fn durations_are_written_without_units_that_are_zero() {
        for (millis, text) in
            [(0, "0s"), (500, "500ms"), (60_000, "1m"), (5_400_000, "1h30m"), (3_600_001, "1h1ms")]
        {
            assert_eq!(DurationText(Duration::from_millis(millis)).to_string(), text);
        }
    }

    #[test]
    fn parts_of_a_millisecond_are_rounded_up() {
        assert_eq!(DurationText(Duration::from_nanos(1)).to_string(), "1ms");
        let longest = DurationText(Duration::MAX).to_string();
        assert_eq!(parse_duration(&longest), Ok(Duration::from_millis(u64::MAX)));
    }
}
