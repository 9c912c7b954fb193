//! Percent-encoding of option values: [`decode`] and [`encode`] are each other's inverse.
//!
//! A `%` that ends a value stands for itself, so that `min=50%` is written as people think it. Anywhere else
//! it must begin an escape: taking it literally would turn a mistyped escape into a wait for something else.

use crate::error::Fault;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What cannot stand in a value as it is: `%` and `&` have a meaning, and a target holds no white space so
/// that a list of targets can be split at it. Letters beyond ASCII are always escaped.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'&');

/// The value that `raw` stands for.
pub(crate) fn decode(raw: &str) -> Result<String, Fault> {
    check_escapes(raw)?;
    let value = percent_decode_str(raw).decode_utf8();
    let value = value.map_err(|error| {
        let at = raw_offset(raw, error.valid_up_to());
        Fault::new(at, "escaped bytes that are no UTF-8", "UTF-8, such as %C3%A4")
    })?;
    Ok(value.into_owned())
}

fn check_escapes(raw: &str) -> Result<(), Fault> {
    let wrong = raw.match_indices('%').find(|(at, _)| !is_escape_or_end(raw.as_bytes().get(at + 1..)));
    match wrong {
        Some((at, _)) => Err(Fault::new(at, "'%' without two hexadecimal digits", "%25 for the sign itself")),
        None => Ok(()),
    }
}

/// Whether a `%` can stand before `after`.
fn is_escape_or_end(after: Option<&[u8]>) -> bool {
    match after {
        Some([high, low, ..]) => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        Some([_]) => false,
        Some([]) | None => true,
    }
}

/// Where in `raw`, whose escapes are right, the byte `decoded` of its decoded value comes from.
pub(crate) fn raw_offset(raw: &str, decoded: usize) -> usize {
    let is_escape = |at: usize| raw.as_bytes().get(at) == Some(&b'%') && at + 2 < raw.len();
    (0..decoded).fold(0, |at, _| if is_escape(at) { at + 3 } else { at + 1 })
}

/// `value` as it stands in a target.
pub(crate) fn encode(value: &str) -> String {
    let (value, sign) = match value.strip_suffix('%') {
        Some(value) => (value, "%"),
        None => (value, ""),
    };
    let mut raw: String = utf8_percent_encode(value, ESCAPED).collect();
    raw.push_str(sign);
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded() {
        for (raw, value) in [
            ("plain", "plain"),
            ("a%20b", "a b"),
            ("%C3%a4", "ä"),
            ("ä", "ä"),
            ("a+b", "a+b"),
            ("50%", "50%"),
            ("50%25", "50%"),
            ("%26%", "&%"),
        ] {
            assert_eq!(decode(raw), Ok(value.to_owned()));
        }
    }

    #[test]
    fn only_what_must_be_is_encoded() {
        assert_eq!(encode("jsonpath={.status.n}=\"1\"?/#'<>"), "jsonpath={.status.n}=\"1\"?/#'<>");
        assert_eq!(encode("a in (b)&%20\n%"), "a%20in%20(b)%26%2520%0A%");
    }

    #[test]
    fn offsets_point_at_the_escape() {
        let offsets: Vec<usize> = (0..=4).map(|decoded| raw_offset("a%20b%", decoded)).collect();
        assert_eq!(offsets, [0, 1, 4, 5, 6]);
    }
}
