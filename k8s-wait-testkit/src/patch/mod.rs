//! The four kinds of PATCH: [`Patch`].

mod strategic;

use serde_json::Value;

use crate::status::Status;

/// A PATCH request's body.
#[derive(Debug)]
pub(crate) enum Patch {
    /// RFC 7386.
    Merge(Value),
    /// RFC 6902.
    Json(json_patch::Patch),
    /// Kubernetes' own, with lists merged by key.
    Strategic(Value),
    /// Server-side apply. Field ownership is not tracked: fields are set and lists merged by key, and a field
    /// that an earlier apply set and this one leaves out stays.
    Apply(Value),
}

impl Patch {
    /// # Errors
    /// 415 for an unknown type; 400 for a body that is no JSON, or no patch of that type. A body of
    /// `application/apply-patch+yaml` has to be JSON, as `kubectl` and kube send it.
    pub(crate) fn parse(media_type: &str, body: &[u8]) -> Result<Self, Status> {
        let invalid =
            |error: serde_json::Error| Status::bad_request(format!("error decoding patch: {error}"));
        let value = || serde_json::from_slice(body).map_err(invalid);
        match media_type {
            "application/merge-patch+json" => Ok(Patch::Merge(value()?)),
            "application/strategic-merge-patch+json" => Ok(Patch::Strategic(value()?)),
            "application/apply-patch+yaml" | "application/apply-patch+json" => Ok(Patch::Apply(value()?)),
            "application/json-patch+json" => Ok(Patch::Json(serde_json::from_slice(body).map_err(invalid)?)),
            _ => Err(Status::unsupported_media_type()),
        }
    }

    /// The object with the patch applied.
    ///
    /// # Errors
    /// 422 when a JSON patch does not fit the object.
    pub(crate) fn applied_to(&self, object: &Value) -> Result<Value, Status> {
        let mut object = object.clone();
        match self {
            Patch::Merge(patch) => json_patch::merge(&mut object, patch),
            Patch::Strategic(patch) | Patch::Apply(patch) => strategic::merge(&mut object, patch),
            Patch::Json(patch) => json_patch::patch(&mut object, patch).map_err(|error| {
                Status::new(422, "Invalid", format!("the server rejected our request: {error}"))
            })?,
        }
        Ok(object)
    }
}
