//! What `openapi.json` says of an answer: [`hold`].

use serde_json::Value;
use std::sync::LazyLock;
use warp::http::HeaderMap;

pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../openapi.json")).unwrap());

/// Statuses that the HTTP layer answers as well, without a body.
const OF_HTTP: [u16; 3] = [400, 414, 431];

/// Holds the answer to the document: its status, its content type and its headers. Paths that are not in it are others' affair.
pub(super) fn hold(method: &str, path: &str, status: u16, headers: &HeaderMap) {
    let path = path.split('?').next().unwrap();
    let Some(operations) = operations(path) else { return };
    let Some(operation) = operations.get(method.to_lowercase()) else {
        return assert_eq!(status, 405, "{method} {path} is not in openapi.json");
    };
    let response = resolved(&operation["responses"][status.to_string()]);
    assert!(response.is_object(), "{method} {path}: openapi.json does not have {status}");
    let named = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    match named("content-type").map(|value| value.split(';').next().unwrap()) {
        Some(media_type) => {
            assert!(
                response["content"].get(media_type).is_some(),
                "{method} {path}, {status}: openapi.json does not have {media_type}"
            );
        }
        None => assert!(OF_HTTP.contains(&status), "{method} {path}, {status}: there is no content type"),
    }
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let is_there = named(name).is_some();
        assert!(is_there || header["required"] != true, "{method} {path}, {status}: there is no {name}");
    }
}

/// Those of the path of which this is one.
fn operations(path: &str) -> Option<&'static Value> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        let fits = |(part, template): (&&str, &&str)| part == template || template.starts_with('{');
        template.len() == parts.len() && parts.iter().zip(&template).all(fits)
    };
    DOCUMENT["paths"].as_object().unwrap().iter().find(|(template, _)| fits(template)).map(|(_, found)| found)
}

/// What it refers to, if it does.
fn resolved(value: &'static Value) -> &'static Value {
    let reference = value.get("$ref").and_then(Value::as_str);
    reference.map_or(value, |reference| DOCUMENT.pointer(&reference[1..]).unwrap())
}
