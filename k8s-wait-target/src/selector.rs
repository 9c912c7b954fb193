//! [`Selector`]: a label selector as kubectl takes it.

use crate::error::{Fault, SelectorError};
use std::fmt;
use std::str::FromStr;

/// A label selector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selector;

impl Selector {
    /// Whether an object with these labels is selected.
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        label("").is_some()
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Selector, SelectorError> {
        Err(SelectorError::new(text, Fault::new(0, "a skeleton", "a parser")))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("")
    }
}
