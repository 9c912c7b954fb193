//! The answers to a question: [`answers`], of which many are [`shared`] by several.

use serde_json::{Map, Value, json};

/// What an operation answers: its own, and of the shared ones those with these statuses. What comes before the server looks
/// at the path can be the answer of each.
pub(super) fn answers(own: Value, of_shared: &[&str]) -> Value {
    let mut all = Map::new();
    for status in ["429", "414", "431"].iter().chain(of_shared) {
        all.insert((*status).to_owned(), json!({"$ref": format!("#/components/responses/{status}")}));
    }
    // The HTTP layer's, of which the path knows nothing.
    all.entry("400").or_insert(json!({"description": "It is hardly HTTP. There is no body."}));
    all.extend(own.as_object().cloned().unwrap_or_default());
    Value::Object(all)
}

/// Those of a probe, which is answered however many requests come.
pub(super) fn of_a_probe(own: Value) -> Value {
    let mut answers = answers(own, &[]);
    if let Some(answers) = answers.as_object_mut() {
        answers.remove("429");
    }
    answers
}

/// A body of one media type.
pub(super) fn body(description: &str, media_type: &str, schema: Value) -> Value {
    json!({"description": description, "content": {media_type: {"schema": schema}}})
}

pub(super) fn json_of(description: &str, schema: &str) -> Value {
    body(description, "application/json", of(schema))
}

pub(super) fn text(description: &str) -> Value {
    body(description, "text/plain", json!({"type": "string"}))
}

pub(super) fn of(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

/// Lines, each of which is one of these: as later versions of OpenAPI have it, they are like an array.
pub(super) fn lines_of(schema: &str) -> Value {
    json!({"schema": {"type": "array", "items": of(schema)}})
}

/// The same answer, with a body of another media type.
pub(super) fn or(mut answer: Value, media_type: &str, body: Value) -> Value {
    if let Some(content) = answer.get_mut("content").and_then(Value::as_object_mut) {
        content.insert(media_type.to_owned(), body);
    }
    answer
}

/// The same answer, with this header.
pub(super) fn with_header(mut answer: Value, name: &str, description: &str, schema: Value) -> Value {
    if let Some(answer) = answer.as_object_mut() {
        let header = json!({"description": description, "required": true, "schema": schema});
        answer.insert("headers".to_owned(), json!({name: header}));
    }
    answer
}

pub(super) fn with_retry_after(answer: Value) -> Value {
    let seconds = json!({"type": "integer", "minimum": 1});
    with_header(answer, "Retry-After", "After how many seconds it is worth asking again.", seconds)
}

/// Those that mean the same wherever they are given.
pub(super) fn shared() -> Value {
    let challenge = "How to say who one is: `Bearer`.";
    json!({
        "400": problem("A target, a parameter or a body makes no sense. What is hardly HTTP has no body."),
        "401": with_header(
            problem("With `--auth token`: the token is missing, or is no good."),
            "WWW-Authenticate", challenge, json!({"type": "string"}),
        ),
        "403": problem("The caller may not ask this."),
        "404": problem("There is no such kind or path here, or a flag would have to allow it."),
        "408": problem("The body was not there in time (`--read-timeout`)."),
        "411": problem("The body has no `Content-Length`."),
        "413": problem("The body is over the limit (`--max-body-bytes`)."),
        "414": {"description": "The URI is too long. There is no body."},
        "415": problem("The body's content type is not `application/json`."),
        "429": with_retry_after(problem("Too many requests came from this address (`--max-requests-per-second`).")),
        "431": {"description": "The header is too long (`--max-header-bytes`) or has too many fields. There is no body."},
        "500": problem("The fault is the server's."),
        "503": with_retry_after(problem("Too many ask already, or it cannot be told who asks.")),
    })
}

fn problem(description: &str) -> Value {
    body(description, "application/problem+json", of("Problem"))
}
