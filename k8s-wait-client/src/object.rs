//! JSON as it is written: [`Object`].
//!
//! `serde_json`'s own `Value` would bring a map, and numbers of all kinds, into a binary that needs neither.

/// A JSON object, field by field.
pub(crate) struct Object(String);

impl Object {
    /// One without fields.
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    /// A field whose value is JSON already. Names are this program's own, and need no escaping.
    pub(crate) fn json(mut self, name: &str, value: &str) -> Self {
        let comma = if self.0.len() > 1 { "," } else { "" };
        for part in [comma, "\"", name, "\":", value] {
            self.0.push_str(part);
        }
        self
    }

    /// A field whose value is a text.
    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        self.json(name, &quoted(value))
    }

    /// A field whose value is a text, or null where there is none.
    pub(crate) fn optional(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self.json(name, "null"),
        }
    }

    /// The whole of it.
    pub(crate) fn end(self) -> String {
        self.0 + "}"
    }
}

/// A JSON array of what is JSON already.
pub(crate) fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// A JSON array of texts.
pub(crate) fn texts<T: AsRef<str>>(texts: &[T]) -> String {
    array(texts.iter().map(|text| quoted(text.as_ref())))
}

/// What fails there is a map's key or a writer, and here is neither.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_is_written_is_json_and_in_the_order_of_writing() {
        let inner = Object::new().text("text", "a \"b\"\n\\\u{1}\u{2028}é").end();
        let text = Object::new()
            .optional("none", None)
            .optional("some", Some("x"))
            .json("all", &array([inner, Object::new().end()].into_iter()))
            .json("texts", &texts(&["a", "\""]))
            .end();
        let value: Value = serde_json::from_str(&text).unwrap();
        let all = [json!({"text": "a \"b\"\n\\\u{1}\u{2028}é"}), json!({})];
        assert_eq!(value, json!({"none": null, "some": "x", "all": all, "texts": ["a", "\""]}));
        assert!(text.starts_with(r#"{"none":null,"some":"x","all":"#), "{text}");
    }
}
