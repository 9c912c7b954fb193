//! What is wrong with a text, at which place, and what would be right there: [`ParseError`] and its two small
//! sisters.

use std::borrow::Cow;
use std::fmt;

/// How many bytes of a refused text an error repeats where repeating all of it would help nobody.
const SHOWN_BYTES: usize = 64;

/// One mistake at one place of some text; offsets count from 0 here and from 1 for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    at: usize,
    found: String,
    expected: Cow<'static, str>,
}

impl Fault {
    /// A mistake at byte offset `at`: `found` says what is there, `expected` what should be.
    pub(crate) fn new(at: usize, found: impl Into<String>, expected: impl Into<Cow<'static, str>>) -> Fault {
        Fault { at, found: found.into(), expected: expected.into() }
    }

    /// A wrong thing of a known sort, for example `the name "Web"`, or `no name`.
    pub(crate) fn with(at: usize, what: &str, text: &str, expected: impl Into<Cow<'static, str>>) -> Fault {
        let found = if text.is_empty() {
            ["no ", what].concat()
        } else {
            ["the ", what, " ", &quoted(text)].concat()
        };
        Fault::new(at, found, expected)
    }

    /// The same mistake in a longer text, whose offset `place` says for an offset in the shorter one.
    pub(crate) fn moved(mut self, place: impl Fn(usize) -> usize) -> Fault {
        self.at = place(self.at);
        self
    }

    fn sentence(&self, f: &mut fmt::Formatter<'_>, what: &str, text: &str) -> fmt::Result {
        let (position, found, expected) = (self.at + 1, &self.found, &self.expected);
        write!(f, "{what} {text}, position {position}: found {found}, expected {expected}")
    }
}

/// `text` between quotes, control characters escaped, cut after the first 64 bytes.
pub fn quoted(text: &str) -> String {
    let head = head(text);
    let dots = if head.len() < text.len() { "..." } else { "" };
    format!("{head:?}{dots}")
}

/// The longest beginning of `text` that has at most 64 bytes.
fn head(text: &str) -> &str {
    let end = (0..=SHOWN_BYTES.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

macro_rules! error_type {
    ($(#[$doc:meta])* $name:ident, $what:literal, shows whole up to $limit:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            text: String,
            fault: Fault,
        }

        impl $name {
            pub(crate) fn new(text: &str, fault: Fault) -> Self {
                let text = if text.len() > $limit { quoted(text) } else { format!("{text:?}") };
                $name { text, fault }
            }

            /// Where the mistake begins, as a byte offset counted from 1.
            /// One more than the length of the text when something is missing at its end.
            pub fn position(&self) -> usize {
                self.fault.at + 1
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.fault.sentence(f, $what, &self.text)
            }
        }

        impl std::error::Error for $name {}
    };
}

error_type! {
    /// Why a text is no [`Target`](crate::Target): one sentence that names the target, the position, what was
    /// found and what was expected.
    ///
    /// ```
    /// let error = "pod/shop/Web".parse::<k8s_wait_target::Target>().unwrap_err();
    /// assert_eq!(error.position(), 10);
    /// assert!(error.to_string().starts_with(r#"target "pod/shop/Web", position 10: found the name "Web", expected "#));
    /// ```
    ParseError, "target", shows whole up to crate::MAX_TARGET_LENGTH
}

error_type! {
    /// Why a text is no [`Selector`](crate::Selector), in one sentence.
    SelectorError, "selector", shows whole up to crate::MAX_TARGET_LENGTH
}

error_type! {
    /// Why a text is no duration, in one sentence.
    ///
    /// ```
    /// let error = k8s_wait_target::parse_duration("5 min").unwrap_err();
    /// assert_eq!(error.position(), 2);
    /// ```
    DurationError, "duration", shows whole up to SHOWN_BYTES
}
