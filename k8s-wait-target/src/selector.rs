//! [`Selector`]: a label selector as kubectl takes it, and what it selects.

mod syntax;

use crate::error::{Fault, SelectorError};
use std::fmt;
use std::str::FromStr;

/// A label selector as `kubectl get -l` takes it; a comma means "and".
///
/// | written | selects objects |
/// | --- | --- |
/// | `a=b`, `a==b` | whose label `a` is `b` |
/// | `a!=b` | whose label `a` is not `b`, or is absent |
/// | `a in (x,y)` | whose label `a` is `x` or `y` |
/// | `a notin (x,y)` | whose label `a` is neither, or is absent |
/// | `a`, `!a` | that have, have not, a label `a` |
/// | `a>1`, `a<1` | whose label `a` is a whole number above, below |
///
/// The source of the rules is `labels.Parse` of Kubernetes' apimachinery. One thing differs: an empty text,
/// which selects everything there, is an error here, because nobody waits for everything on purpose.
///
/// Two selectors are equal when they ask the same in the same words; the order, repeated values and `==` do
/// not count.
///
/// ```
/// use k8s_wait_target::Selector;
///
/// let selector: Selector = "app=web, tier notin (test)".parse()?;
/// assert!(selector.matches(|key| (key == "app").then_some("web")));
/// assert_eq!(selector.to_string(), "app=web,tier notin (test)");
/// # Ok::<(), k8s_wait_target::SelectorError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selector {
    /// At least one; sorted, by key first, so that equal selectors are written alike and can share a watch.
    requirements: Vec<Requirement>,
}

/// What one label must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Test {
    Exists,
    DoesNotExist,
    Equals(String),
    NotEquals(String),
    /// Sorted, each value once, as all lists of values here.
    In(Vec<String>),
    NotIn(Vec<String>),
    GreaterThan(i64),
    LessThan(i64),
}

impl Selector {
    /// Whether an object is selected whose labels `label` looks up by their key.
    ///
    /// As in Kubernetes an absent label passes `!=`, `notin` and `!`, and a label that is no whole number
    /// passes neither `>` nor `<`. Nothing is allocated.
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.requirements.iter().all(|requirement| requirement.test.passes(label(&requirement.key)))
    }

    /// Reads a selector that is part of a longer text.
    pub(crate) fn read(text: &str) -> Result<Selector, Fault> {
        Ok(Selector { requirements: syntax::requirements(text)? })
    }
}

impl Test {
    fn passes(&self, label: Option<&str>) -> bool {
        let is_among =
            |values: &[String]| label.is_some_and(|label| values.iter().any(|value| value == label));
        match self {
            Test::Exists => label.is_some(),
            Test::DoesNotExist => label.is_none(),
            Test::Equals(value) => label == Some(value),
            Test::NotEquals(value) => label != Some(value),
            Test::In(values) => is_among(values),
            Test::NotIn(values) => !is_among(values),
            Test::GreaterThan(limit) => number(label).is_some_and(|number| number > *limit),
            Test::LessThan(limit) => number(label).is_some_and(|number| number < *limit),
        }
    }
}

fn number(label: Option<&str>) -> Option<i64> {
    label?.parse().ok()
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Selector, SelectorError> {
        Selector::read(text).map_err(|fault| SelectorError::new(text, fault))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.requirements.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match &self.test {
            Test::Exists => f.write_str(key),
            Test::DoesNotExist => write!(f, "!{key}"),
            Test::Equals(value) => write!(f, "{key}={value}"),
            Test::NotEquals(value) => write!(f, "{key}!={value}"),
            Test::In(values) => write!(f, "{key} in ({})", values.join(",")),
            Test::NotIn(values) => write!(f, "{key} notin ({})", values.join(",")),
            Test::GreaterThan(limit) => write!(f, "{key}>{limit}"),
            Test::LessThan(limit) => write!(f, "{key}<{limit}"),
        }
    }
}
