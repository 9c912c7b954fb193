//! What the API server is answered about a pod that is to be created: [`review`].

use super::pod::lacking;
use super::{Bad, Inject, Invalid};
use kube::core::DynamicObject;
use kube::core::admission::{AdmissionRequest, AdmissionResponse, AdmissionReview, Operation};
use serde_json::{Map, Value};

/// The answer to a review (`admission.k8s.io/v1`).
///
/// # Errors
///
/// A sentence, where it is none that has a question.
pub(crate) fn review(body: &[u8], inject: &Inject) -> Result<AdmissionReview<DynamicObject>, String> {
    let review: AdmissionReview<DynamicObject> =
        serde_json::from_slice(body).map_err(|error| format!("the body is no AdmissionReview: {error}"))?;
    let request: AdmissionRequest<DynamicObject> =
        review.try_into().map_err(|_| "the AdmissionReview has no request".to_owned())?;
    Ok(answer(&request, inject)?.into_review())
}

fn answer(request: &AdmissionRequest<DynamicObject>, inject: &Inject) -> Result<AdmissionResponse, String> {
    let response = AdmissionResponse::from(request);
    let is_new_pod = request.operation == Operation::Create
        && (request.resource.group.as_str(), request.resource.resource.as_str()) == ("", "pods")
        && request.sub_resource.as_ref().is_none_or(String::is_empty);
    let Some(pod) = request.object.as_ref().filter(|_| is_new_pod) else { return Ok(response) };
    let annotations = annotations(pod);
    let nothing = Map::new();
    let spec = pod.data.get("spec").and_then(Value::as_object).unwrap_or(&nothing);
    let namespace = request.namespace.as_deref().unwrap_or_default();
    // Pods of controllers have no name yet.
    let name = pod.metadata.name.as_ref().or(pod.metadata.generate_name.as_ref());
    let name = name.map(String::as_str).unwrap_or_default();
    match lacking(&annotations, spec, &inject.container) {
        Ok(lack) if lack.is_nothing() => Ok(response),
        Ok(lack) => {
            log::debug!(namespace, pod = name; "a pod is given what it asks for");
            response.with_patch(lack.patch(spec)).map_err(|error| error.to_string())
        }
        Err(bad) => Ok(invalid(response, &bad, inject.invalid, (namespace, name))),
    }
}

fn invalid(
    mut response: AdmissionResponse,
    bad: &Bad,
    invalid: Invalid,
    (namespace, name): (&str, &str),
) -> AdmissionResponse {
    let sentence = bad.to_string();
    match invalid {
        Invalid::Refuse => {
            log::info!(namespace, pod = name, problem = sentence.as_str(); "a pod is refused for its annotations");
            response.deny(sentence)
        }
        Invalid::Admit => {
            log::warn!(namespace, pod = name, problem = sentence.as_str(); "a pod is let in that will not wait");
            response.warnings = Some(vec![format!("this pod will not wait: {sentence}")]);
            response
        }
    }
}

fn annotations(pod: &DynamicObject) -> Map<String, Value> {
    let annotations = pod.metadata.annotations.iter().flatten();
    annotations.map(|(key, text)| (key.clone(), Value::from(text.as_str()))).collect()
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
