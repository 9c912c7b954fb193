//! Durations as k8s-wait takes them: [`parse_duration`] and [`DurationText`].

use crate::error::{DurationError, Fault};
use std::fmt;
use std::time::Duration;

/// Reads a duration.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    Err(DurationError::new(text, Fault::new(0, "a skeleton", "a parser")))
}

/// A duration, written as [`parse_duration`] reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DurationText(pub Duration);

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0.as_millis())
    }
}
