//! The errors of the Kubernetes API: [`Status`], with the texts a real API server sends.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::json;

/// A refusal in the form of the API's `kind: Status` (`meta/v1 Status`).
///
/// Its `Display` is the message alone, as `kubectl` prints it.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    code: u16,
    reason: &'static str,
    message: String,
    details: Option<Map<String, Value>>,
    retry_after: Option<Duration>,
}

impl Status {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Status { code, reason, message: message.into(), details: None, retry_after: None }
    }

    /// The HTTP status code, for example 404.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The machine readable reason, for example `NotFound`; empty where a real server gives none.
    pub fn reason(&self) -> &str {
        self.reason
    }

    /// The sentence for a person.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the `Retry-After` header says, in seconds, when there is one.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The body a client receives.
    pub fn to_value(&self) -> Value {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {},
            "status": "Failure", "message": self.message,
        });
        if !self.reason.is_empty() {
            json::set(&mut body, "/reason", self.reason);
        }
        if let Some(details) = &self.details {
            json::set(&mut body, "/details", Value::Object(details.clone()));
        }
        json::set(&mut body, "/code", self.code);
        body
    }

    pub(crate) fn details(mut self, group: &str, kind: &str, name: &str) -> Self {
        let mut details = Map::new();
        for (key, text) in [("name", name), ("group", group), ("kind", kind)] {
            if !text.is_empty() {
                details.insert(key.into(), text.into());
            }
        }
        self.details = Some(details);
        self
    }

    fn cause(mut self, reason: &str, message: &str, field: &str) -> Self {
        let mut cause = json!({ "reason": reason, "message": message });
        if !field.is_empty() {
            json::set(&mut cause, "/field", field);
        }
        self.details.get_or_insert_default().insert("causes".into(), json!([cause]));
        self
    }

    pub(crate) fn retry_in(mut self, after: Duration) -> Self {
        let seconds = after.as_secs();
        self.details.get_or_insert_default().insert("retryAfterSeconds".into(), seconds.into());
        self.retry_after = Some(after);
        self
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Status::new(400, "BadRequest", message)
    }

    pub(crate) fn unauthorized() -> Self {
        Status::new(401, "Unauthorized", "Unauthorized")
    }

    pub(crate) fn not_found(group: &str, plural: &str, name: &str) -> Self {
        let message = format!("{} {name:?} not found", qualified(plural, group));
        Status::new(404, "NotFound", message).details(group, plural, name)
    }

    pub(crate) fn no_such_resource() -> Self {
        let message = "the server could not find the requested resource";
        Status::new(404, "NotFound", message).details("", "", "")
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Status::new(405, "MethodNotAllowed", message).details("", "", "")
    }

    pub(crate) fn already_exists(group: &str, plural: &str, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", qualified(plural, group));
        Status::new(409, "AlreadyExists", message).details(group, plural, name)
    }

    pub(crate) fn conflict(group: &str, plural: &str, name: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: the object has been modified; \
             please apply your changes to the latest version and try again",
            qualified(plural, group)
        );
        Status::new(409, "Conflict", message).details(group, plural, name)
    }

    /// `problem` says which precondition of a deletion does not hold.
    pub(crate) fn failed_precondition(group: &str, kind: &str, name: &str, problem: &str) -> Self {
        let what = qualified(kind, group);
        let message = format!("Operation cannot be fulfilled on {what} {name:?}: {problem}");
        Status::new(409, "Conflict", message).details(group, kind, name)
    }

    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Status::new(410, "Expired", message)
    }

    pub(crate) fn too_old(requested: u64, oldest: u64) -> Self {
        Status::expired(format!("too old resource version: {requested} ({oldest})"))
    }

    pub(crate) fn too_large(requested: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {requested}, current: {current}");
        Status::new(504, "Timeout", message)
            .cause("ResourceVersionTooLarge", "Too large resource version", "")
            .retry_in(Duration::from_secs(1))
    }

    pub(crate) fn too_large_body(limit: usize) -> Self {
        let message = format!("Request entity too large: limit is {limit}");
        Status::new(413, "RequestEntityTooLarge", message)
    }

    /// For bodies; `kubectl create deployment` and the like send protobuf, which is not read here.
    pub(crate) fn unknown_format() -> Self {
        let message = "the body of the request was in an unknown format - accepted media types include: application/json";
        Status::new(415, "UnsupportedMediaType", message)
    }

    pub(crate) fn unsupported_media_type() -> Self {
        Status::new(415, "UnsupportedMediaType", "415: Unsupported Media Type").details("", "", "")
    }

    /// `problem` is a field error such as `Required value: name is required`.
    pub(crate) fn invalid(group: &str, kind: &str, name: &str, field: &str, problem: &str) -> Self {
        let message = format!("{} {name:?} is invalid: {field}: {problem}", qualified(kind, group));
        let reason = match problem.split(':').next() {
            Some("Required value") => "FieldValueRequired",
            Some("Forbidden") => "FieldValueForbidden",
            Some("Unsupported value") => "FieldValueNotSupported",
            _ => "FieldValueInvalid",
        };
        Status::new(422, "Invalid", message).details(group, kind, name).cause(reason, problem, field)
    }
}

/// `deployments.apps`, but `pods` for the core group.
pub(crate) fn qualified(plural: &str, group: &str) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Status {}
