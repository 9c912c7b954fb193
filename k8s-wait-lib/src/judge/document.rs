//! What all expressions ask of an object before they look into it: [`judge`].

use super::{absent, stale};
use crate::Verdict;
use crate::object::Document;
use serde_json::Value;

/// The judge's verdict over an object that is there, and whose status is not of an older generation than its spec.
pub(super) fn judge(object: Option<&Document>, judge: impl FnOnce(&Value) -> Verdict) -> Verdict {
    let Some(object) = object else { return absent() };
    match object.value() {
        Ok(value) => stale(object.meta.generation, observed(&value)).unwrap_or_else(|| judge(&value)),
        Err(error) => Verdict::pending("Unreadable", format!("it cannot be read: {error}")),
    }
}

fn observed(value: &Value) -> Option<i64> {
    value.get("status")?.get("observedGeneration")?.as_i64()
}
