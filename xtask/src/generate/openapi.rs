//! The document about the HTTP API as tables for people: [`tables`].

use serde_json::Value;
use std::error::Error;

/// Requests with their parameters and statuses, what the statuses mean, and what bodies hold.
///
/// # Errors
///
/// A text that is no document of OpenAPI.
pub(super) fn tables(document: &str) -> Result<String, Box<dyn Error>> {
    let document: Value = serde_json::from_str(document)?;
    let requests = entries(at(&document, "/paths")).flat_map(|(path, methods)| {
        entries(methods).map(move |(method, operation)| (path, method, operation))
    });
    let requests: String =
        requests.map(|(path, method, operation)| request(path, method, operation)).collect();
    let statuses = entries(at(&document, "/components/responses"));
    let statuses: String = statuses.map(|(status, answer)| status_row(status, answer)).collect();
    let bodies: String =
        entries(at(&document, "/components/schemas")).map(|(name, schema)| body(name, schema)).collect();
    Ok(format!(
        "## Requests\n\nA parameter in bold type has to be given.\n\n\
         | request | what it asks | parameters | statuses |\n| --- | --- | --- | --- |\n{requests}\n\
         ## Statuses of refusals\n\n\
         | status | when | body |\n| --- | --- | --- |\n{statuses}\n\
         ## Bodies\n\nA field in bold type is always there.\n{bodies}"
    ))
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// What is there, or `null`.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn request(path: &str, method: &str, operation: &Value) -> String {
    let parameters = at(operation, "/parameters").as_array().into_iter().flatten();
    let mut parameters: Vec<String> = parameters
        .map(|parameter| marked(text(at(parameter, "/name")), at(parameter, "/required") == true))
        .collect();
    let body = at(operation, "/requestBody/content/application~1json/schema");
    parameters.extend(body.is_object().then(|| format!("a body: {}", kind(body))));
    let statuses: Vec<String> =
        entries(at(operation, "/responses")).map(|(status, answer)| told(status, answer)).collect();
    format!(
        "| `{} {path}` | {} | {} | {} |\n",
        method.to_uppercase(),
        text(at(operation, "/summary")),
        parameters.join(", "),
        statuses.join(", ")
    )
}

/// A status, with what comes with it where that is no refusal.
fn told(status: &str, answer: &Value) -> String {
    let bodies: Vec<String> =
        entries(at(answer, "/content")).map(|(media_type, body)| media(media_type, body)).collect();
    match bodies.is_empty() {
        true => status.to_owned(),
        false => format!("{status} ({})", bodies.join(" or ")),
    }
}

/// JSON by its schema, and what is none by its media type.
fn media(media_type: &str, body: &Value) -> String {
    match media_type {
        "application/json" | "application/problem+json" if at(body, "/schema/$ref").is_string() => {
            kind(at(body, "/schema"))
        }
        "application/x-ndjson" => format!("lines of {}", kind(at(body, "/schema/items"))),
        other => format!("`{other}`"),
    }
}

fn status_row(status: &str, answer: &Value) -> String {
    let bodies = entries(at(answer, "/content")).map(|(media_type, body)| media(media_type, body));
    format!(
        "| {status} | {} | {} |\n",
        text(at(answer, "/description")),
        bodies.collect::<Vec<_>>().join(" or ")
    )
}

/// A section; those of several forms have a table for each.
fn body(name: &str, schema: &Value) -> String {
    let forms = at(schema, "/oneOf").as_array().map_or(std::slice::from_ref(schema), Vec::as_slice);
    let forms: String = forms.iter().map(form).collect();
    format!("\n### {name}\n\n{}\n{forms}", text(at(schema, "/description")))
}

fn form(schema: &Value) -> String {
    if !at(schema, "/properties").is_object() {
        return words(schema);
    }
    let required = at(schema, "/required").as_array();
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|one| one == name));
    let all_of = text(at(schema, "/$ref")).rsplit('/').next().filter(|name| !name.is_empty());
    let all_of = all_of.map(|name| format!("| all of {} | | |\n", link(name))).unwrap_or_default();
    let fields = entries(at(schema, "/properties")).map(|(name, field)| {
        format!(
            "| {} | {} | {} |\n",
            marked(name, is_required(name)),
            kind(field),
            text(&field["description"])
        )
    });
    format!("\n| field | type | meaning |\n| --- | --- | --- |\n{}{all_of}", fields.collect::<String>())
}

/// Which texts they are.
fn words(schema: &Value) -> String {
    match at(schema, "/pattern").as_str() {
        Some(pattern) => format!("\nA text that `{pattern}` matches.\n"),
        None => format!("\nIt is {}.\n", kind(schema)),
    }
}

/// A schema in a word or a few.
fn kind(schema: &Value) -> String {
    let any = |of: &str| {
        at(schema, &format!("/{of}"))
            .as_array()
            .map(|all| all.iter().map(kind).collect::<Vec<_>>().join(" or "))
    };
    if let Some(name) = at(schema, "/$ref").as_str().and_then(|path| path.rsplit('/').next()) {
        return link(name);
    }
    if let Some(values) = at(schema, "/enum").as_array() {
        return values.iter().map(|value| format!("`{}`", text(value))).collect::<Vec<_>>().join(" or ");
    }
    if let Some(value) = at(schema, "/const").as_str() {
        return format!("`{value}`");
    }
    match at(schema, "/type") {
        Value::String(word) => plain(word, schema),
        Value::Array(all) => {
            all.iter().map(|word| plain(text(word), schema)).collect::<Vec<_>>().join(" or ")
        }
        _ => any("anyOf").unwrap_or_default(),
    }
}

fn plain(word: &str, schema: &Value) -> String {
    match word {
        "array" => format!("list of {}", kind(at(schema, "/items"))),
        "string" if at(schema, "/format") == "date-time" => "time".to_owned(),
        "string" => "text".to_owned(),
        "null" => "`null`".to_owned(),
        word => word.to_owned(),
    }
}

fn link(name: &str) -> String {
    format!("[{name}](#{})", name.to_lowercase())
}

fn marked(name: &str, is_required: bool) -> String {
    if is_required { format!("**`{name}`**") } else { format!("`{name}`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests_statuses_and_bodies_are_rows() {
        let document = json!({
            "paths": {"/a/{b}": {"get": {
                "summary": "What?",
                "parameters": [{"name": "b", "required": true}, {"name": "c"}],
                "responses": {
                    "200": {"content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/D"}},
                        "application/x-ndjson": {"schema": {"items": {"$ref": "#/components/schemas/D"}}},
                    }},
                    "404": {"$ref": "#/components/responses/404"},
                },
            }}},
            "components": {
                "responses": {"404": {"description": "No."}},
                "schemas": {"D": {
                    "description": "It.",
                    "properties": {"e": {"type": "string"}, "f": {"type": "array", "items": {"type": "integer"}}},
                    "required": ["e"],
                }},
            },
        });
        let tables = tables(&document.to_string()).unwrap();
        for row in [
            "| `GET /a/{b}` | What? | **`b`**, `c` | 200 ([D](#d) or lines of [D](#d)), 404 |",
            "| 404 | No. |  |",
            "### D\n\nIt.\n\n| field | type | meaning |\n| --- | --- | --- |\n| **`e`** | text |  |\n| `f` | list of integer |  |",
        ] {
            assert!(tables.contains(row), "{row:?} is not in {tables}");
        }
    }
}
