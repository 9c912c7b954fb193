//! Every path with its methods: [`paths`].

use super::answers::{answers, body, json_of, lines_of, of, of_a_probe, or, text, with_retry_after};
use super::questions::{self, Questions};
use super::schemas::Schemas;
use serde_json::{Value, json};

/// What may be answered to whoever asks for a wait or a check, besides a verdict.
const REFUSALS: [&str; 5] = ["400", "401", "403", "404", "503"];
/// And to who asks by a body.
const REFUSALS_OF_BODIES: [&str; 4] = ["408", "411", "413", "415"];

pub(super) fn paths(schemas: &Schemas) -> Value {
    let questions = Questions(schemas);
    json!({
        "/v1/check": check(&questions),
        "/v1/wait": wait(&questions),
        "/v1/waiters": {"get": waiters()},
        "/v1/graph": {"get": graph()},
        "/v1/kinds": {"get": public("kinds", "What can be waited for", json_of("The kinds", "Kinds"))},
        "/openapi.json": {"get": public("openapi", "This document", document())},
        "/": {"get": page()},
        "/metrics": {"get": metrics()},
        "/livez": {"get": probe("livez", "Does the server run?", alive())},
        "/healthz": {"get": probe("healthz", "Does the server run?", alive())},
        "/readyz": {"get": probe("readyz", "Has the API server answered?", ready())},
        "/service/{namespace}/{name}": {"get": legacy("service", "Has a service endpoints, all of which are ready?")},
        "/job/{namespace}/{name}": {"get": legacy("job", "Is a job complete?")},
    })
}

fn check(questions: &Questions<'_>) -> Value {
    let summary = "The verdict now";
    let answers = |more: &[&str]| answers(verdicts(), &[&REFUSALS, more].concat());
    json!({
        "get": {
            "operationId": "check", "summary": summary,
            "parameters": questions.of_a_check(), "responses": answers(&[]),
        },
        "post": {
            "operationId": "checkByBody", "summary": summary,
            "requestBody": questions::body(), "responses": answers(&REFUSALS_OF_BODIES),
        },
    })
}

fn wait(questions: &Questions<'_>) -> Value {
    let summary = "The verdict once it is final or the timeout is over, or a line for every change";
    let mut verdicts = verdicts();
    if let Some(ready) = verdicts.get_mut("200") {
        *ready = with_lines(ready.take(), "WaitLine");
    }
    let answers = |more: &[&str]| answers(verdicts.clone(), &[&REFUSALS, more].concat());
    json!({
        "get": {
            "operationId": "wait", "summary": summary,
            "parameters": questions.of_a_wait(), "responses": answers(&[]),
        },
        "post": {
            "operationId": "waitByBody", "summary": summary, "parameters": [questions::pod()],
            "requestBody": questions::body(), "responses": answers(&REFUSALS_OF_BODIES),
        },
    })
}

/// A pending verdict has the status of one who cannot be served.
fn verdicts() -> Value {
    let pending =
        json_of("Pending, or nobody can be served: too many ask already, or the server stops.", "Answer");
    let pending = or(pending, "application/problem+json", json!({"schema": of("Problem")}));
    json!({
        "200": json_of("Ready.", "Answer"),
        "424": json_of("Failed.", "Answer"),
        "503": with_retry_after(pending),
    })
}

/// The same answer as lines too, for those who accept them.
fn with_lines(answer: Value, schema: &str) -> Value {
    or(answer, "application/x-ndjson", lines_of(schema))
}

fn waiters() -> Value {
    let list = with_lines(
        json_of("Those who wait, or with lines whoever comes, changes and goes.", "Waiters"),
        "WaitersLine",
    );
    json!({
        "operationId": "waiters", "summary": "Who waits", "parameters": questions::filter(),
        "responses": answers(json!({"200": list}), &["400", "401", "403", "404", "503"]),
    })
}

fn graph() -> Value {
    json!({
        "operationId": "graph", "summary": "Who waits for pods here, for the other replicas",
        "responses": answers(json!({"200": json_of("Those who do.", "Snapshot")}), &["401", "403", "503"]),
    })
}

fn page() -> Value {
    let page = body("The page.", "text/html", json!({"type": "string"}));
    json!({
        "operationId": "page", "summary": "Who waits, for people", "parameters": questions::filter(),
        "responses": answers(json!({"200": page}), &["400", "401", "403", "404", "500", "503"]),
    })
}

fn metrics() -> Value {
    let metrics = body("The metrics.", "application/openmetrics-text", json!({"type": "string"}));
    json!({
        "operationId": "metrics", "summary": "Metrics",
        "responses": answers(json!({"200": metrics}), &["401", "403", "404", "500", "503"]),
    })
}

fn document() -> Value {
    body("The document.", "application/json", json!({"type": "object"}))
}

/// For everybody: nobody is asked for a token.
fn public(name: &str, summary: &str, answer: Value) -> Value {
    json!({
        "operationId": name, "summary": summary, "security": [],
        "responses": answers(json!({"200": answer}), &[]),
    })
}

fn probe(name: &str, summary: &str, own: Value) -> Value {
    json!({"operationId": name, "summary": summary, "security": [], "responses": of_a_probe(own)})
}

fn alive() -> Value {
    json!({"200": text("It does.")})
}

fn ready() -> Value {
    json!({
        "200": text("It has."),
        "503": text("It has not answered yet, or this server stops."),
    })
}

/// What is wrong is told in the answer, by which these clients go.
fn legacy(name: &str, summary: &str) -> Value {
    json!({
        "operationId": name, "summary": format!("As k8s-when-ready: {summary}"), "parameters": questions::object(),
        "responses": answers(json!({"200": json_of("It is running, or why it is not.", "Running")}), &["404"]),
    })
}
