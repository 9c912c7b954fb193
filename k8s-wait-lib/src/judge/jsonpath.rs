//! What a JSONPath expression finds in an object: [`JsonPath`].

mod bounds;
mod spelling;

use super::document;
use crate::Verdict;
use crate::object::Document;
use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde_json::{Number, Value};
use std::cmp::Ordering;

/// `EXPR[=VALUE]` as `kubectl wait --for=jsonpath=` takes it, with `!=`, `<`, `<=`, `>` and `>=` beside `=`.
///
/// EXPR is kubectl's (`{.status.phase}`, the braces and the first dot may be left out) or RFC 9535's
/// (`$.status.phase`).
#[derive(Clone, Debug)]
pub struct JsonPath {
    /// As it was written, for messages.
    path: String,
    query: JpQuery,
    test: Option<Test>,
}

/// How what is found is compared with the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl JsonPath {
    /// Reads `EXPR[=VALUE]`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in half a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let (path, test) = spelling::split(text)?;
        let wrong = || format!("{path:?} is no JSONPath such as {{.status.phase}} or $.status.phase");
        let rfc = spelling::rfc9535(path);
        bounds::before(&rfc)?;
        let query = parse_json_path(&rfc).map_err(|_| wrong())?;
        bounds::after(&query)?;
        Ok(Self { path: path.to_owned(), query, test: test.map(Test::read).transpose()? })
    }

    /// The path finds something that is not null; with a value, it finds one plain value that compares as asked.
    ///
    /// What was found is not told: whoever may ask must not thereby be able to read the object.
    pub fn judge(&self, object: Option<&Document>) -> Verdict {
        document::judge(object, |value| self.find(value))
    }

    fn find(&self, value: &Value) -> Verdict {
        let path = &self.path;
        // The query has been parsed; what else can fail depends on the object.
        let found = js_path_process(&self.query, value).unwrap_or_default();
        let mut found = found.into_iter().map(|found| found.val()).filter(|found| !found.is_null());
        match (found.next(), &self.test, found.count()) {
            (None, ..) => Verdict::pending("PathNotFound", format!("it has no {path} yet")),
            (Some(_), None, _) => Verdict::Ready,
            (Some(found), Some(test), 0) => test.judge(path, found),
            (Some(_), Some(_), more) => {
                let message = format!("{path} finds {} values, and one is to be compared", more + 1);
                Verdict::pending("NotComparable", message)
            }
        }
    }
}

/// What is asked of the value that is found.
#[derive(Clone, Debug)]
struct Test {
    operator: Operator,
    value: String,
}

impl Test {
    fn read((operator, value): (Operator, &str)) -> Result<Self, String> {
        // As kubectl: quotes around the value are for the shell.
        let value = value.trim_matches(['\'', '"']);
        match value {
            "" => Err(format!("there is no value after {}", operator.sign())),
            _ if !operator.is_equality() && number(value).is_none() => {
                Err(format!("{value:?} is no number, so nothing is {} it", operator.sign()))
            }
            _ => Ok(Self { operator, value: value.to_owned() }),
        }
    }

    fn judge(&self, path: &str, found: &Value) -> Verdict {
        let Self { operator, value } = self;
        match self.holds(found) {
            Some(true) => Verdict::Ready,
            Some(false) => {
                Verdict::pending("PathNotMet", format!("{path} is not {} {value:?} yet", operator.sign()))
            }
            None => {
                let message = format!("{path} is nothing that can be {} {value:?}", operator.sign());
                Verdict::pending("NotComparable", message)
            }
        }
    }

    /// `None` when the two cannot be compared.
    fn holds(&self, found: &Value) -> Option<bool> {
        let value = &self.value;
        match self.operator {
            Operator::Equal => is_equal(found, value),
            Operator::Unequal => is_equal(found, value).map(|is_equal| !is_equal),
            Operator::Less => Some(ordering(found, value)?.is_lt()),
            Operator::LessOrEqual => Some(ordering(found, value)?.is_le()),
            Operator::Greater => Some(ordering(found, value)?.is_gt()),
            Operator::GreaterOrEqual => Some(ordering(found, value)?.is_ge()),
        }
    }
}

impl Operator {
    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::Unequal)
    }
}

/// The same text, or two numbers that are the same. A text is no number here: version "1.10" is not 1.1.
fn is_equal(found: &Value, value: &str) -> Option<bool> {
    match found {
        Value::String(text) => Some(text == value),
        Value::Bool(is) => Some(if *is { value == "true" } else { value == "false" }),
        Value::Number(_) => Some(ordering(found, value) == Some(Ordering::Equal)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// How two numbers compare; one that is written as a text, as in an annotation, is one.
fn ordering(found: &Value, value: &str) -> Option<Ordering> {
    let found = match found {
        Value::Number(found) => found.clone(),
        Value::String(text) => number(text)?,
        _ => return None,
    };
    let value = number(value)?;
    match (found.as_i64(), value.as_i64()) {
        (Some(found), Some(value)) => Some(found.cmp(&value)),
        _ => found.as_f64()?.partial_cmp(&value.as_f64()?),
    }
}

/// A number as JSON writes it.
fn number(text: &str) -> Option<Number> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
#[path = "jsonpath_tests.rs"]
mod tests;
