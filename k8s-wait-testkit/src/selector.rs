//! Label and field selectors, as the API server reads them: [`Selection`].

use serde_json::Value;

use crate::resource::ResourceType;
use crate::status::Status;
use crate::store::Stored;

/// What a list or watch shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    labels: Vec<Requirement>,
    fields: Vec<Field>,
}

#[derive(Clone, Debug)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Clone, Debug)]
enum Operator {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Greater(i64),
    Less(i64),
}

/// A field, as JSON pointer, and what it has to be.
#[derive(Clone, Debug)]
struct Field {
    pointer: String,
    value: String,
    is_negated: bool,
}

/// The fields that waiting needs, all kinds' first; a real server knows a few more per kind.
const FIELDS: [(&str, &str); 6] = [
    ("", "metadata.name"),
    ("", "metadata.namespace"),
    ("Pod", "status.phase"),
    ("Pod", "spec.nodeName"),
    ("Namespace", "status.phase"),
    ("Event", "involvedObject.name"),
];

impl Selection {
    /// # Errors
    /// 400 for what is no selector and for fields that cannot be selected by.
    pub(crate) fn parse(resource: &ResourceType, labels: &str, fields: &str) -> Result<Self, Status> {
        let labels = requirements(labels).map_err(Status::bad_request)?;
        let fields = fields
            .split(',')
            .filter(|part| !part.is_empty())
            .map(|part| field(resource, part))
            .collect::<Result<_, _>>()?;
        Ok(Selection { labels, fields })
    }

    pub(crate) fn matches(&self, object: &Stored) -> bool {
        let labels = object.metadata("labels");
        let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
        self.labels.iter().all(|requirement| requirement.is_met(label(&requirement.key)))
            && self.fields.iter().all(|field| field.is_met(&object.value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }
}

impl Requirement {
    fn is_met(&self, label: Option<&str>) -> bool {
        let number = || label.and_then(|label| label.parse::<i64>().ok());
        match &self.operator {
            Operator::Exists => label.is_some(),
            Operator::Absent => label.is_none(),
            Operator::In(values) => label.is_some_and(|label| values.iter().any(|value| value == label)),
            Operator::NotIn(values) => !label.is_some_and(|label| values.iter().any(|value| value == label)),
            Operator::Greater(bound) => number().is_some_and(|number| number > *bound),
            Operator::Less(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

impl Field {
    fn is_met(&self, object: &Value) -> bool {
        let is = object.pointer(&self.pointer).and_then(Value::as_str).unwrap_or_default();
        (is == self.value) != self.is_negated
    }
}

fn field(resource: &ResourceType, text: &str) -> Result<Field, Status> {
    let invalid = || Status::bad_request(format!("invalid selector: '{text}'; can't understand '{text}'"));
    let (name, value) = text.split_once('=').ok_or_else(invalid)?;
    let is_negated = name.ends_with('!');
    let (name, value) = (name.trim_end_matches('!'), value.trim_start_matches('='));
    if !FIELDS.iter().any(|(kind, field)| *field == name && ["", resource.kind.as_str()].contains(kind)) {
        return Err(Status::bad_request(format!("field label not supported: {name}")));
    }
    let pointer = format!("/{}", name.replace('.', "/"));
    Ok(Field { pointer, value: value.to_owned(), is_negated })
}

/// Splits at the commas that are not inside of parentheses.
fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    let mut depth = 0_usize;
    let parts = text.split(|letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    if text.trim().is_empty() { Ok(Vec::new()) } else { parts.map(requirement).collect() }
}

fn requirement(text: &str) -> Result<Requirement, String> {
    let text = text.trim();
    if let Some(key) = text.strip_prefix('!') {
        return made(key, Operator::Absent);
    }
    if let Some((key, operator)) = set(text)? {
        return made(key, operator);
    }
    let one = |value: &str| label_value(value).map(|value| vec![value]);
    if let Some((key, value)) = text.split_once("!=") {
        return made(key, Operator::NotIn(one(value)?));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return made(key, Operator::In(one(value)?));
    }
    if let Some((key, value)) = text.split_once('>') {
        return made(key, Operator::Greater(integer(value)?));
    }
    match text.split_once('<') {
        Some((key, value)) => made(key, Operator::Less(integer(value)?)),
        None => made(text, Operator::Exists),
    }
}

/// `KEY in (A,B)` and `KEY notin (A,B)`.
fn set(text: &str) -> Result<Option<(&str, Operator)>, String> {
    let Some((head, tail)) = text.split_once('(') else { return Ok(None) };
    let unclosed = || format!("unable to parse requirement: {text:?} has no closing ')'");
    let values = tail.trim_end().strip_suffix(')').ok_or_else(unclosed)?;
    let values = values.split(',').map(label_value).collect::<Result<Vec<_>, _>>()?;
    match head.trim_end().rsplit_once(char::is_whitespace) {
        Some((key, "in")) => Ok(Some((key, Operator::In(values)))),
        Some((key, "notin")) => Ok(Some((key, Operator::NotIn(values)))),
        _ => Err(format!("unable to parse requirement: found {head:?}, expected: KEY in, KEY notin")),
    }
}

fn made(key: &str, operator: Operator) -> Result<Requirement, String> {
    let key = key.trim();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    if key.is_empty() || !key.chars().all(is_plain) {
        return Err(format!("unable to parse requirement: {key:?} is no label key"));
    }
    Ok(Requirement { key: key.to_owned(), operator })
}

fn label_value(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    match text.chars().find(|letter| !is_plain(*letter)) {
        Some(letter) => Err(format!("unable to parse requirement: found '{letter}', expected: identifier")),
        None => Ok(text.to_owned()),
    }
}

fn integer(text: &str) -> Result<i64, String> {
    let text = text.trim();
    text.parse().map_err(|_| format!("unable to parse requirement: {text:?} is no integer"))
}

#[cfg(test)]
mod tests {
    use super::Selection;
    use crate::resource::ResourceType;
    use crate::store::{Key, Stored};
    use serde_json::json;

    fn parse(labels: &str, fields: &str) -> Result<Selection, crate::status::Status> {
        Selection::parse(&ResourceType::new("v1", "Pod", "pods"), labels, fields)
    }

    fn is_match(labels: &str, fields: &str) -> bool {
        let pod = json!({
            "metadata": { "name": "web-0", "namespace": "shop", "labels": { "app": "web", "rank": "3" } },
            "status": { "phase": "Running" },
        });
        let key = Key { namespace: "shop".into(), name: "web-0".into() };
        parse(labels, fields).unwrap().matches(&Stored::new(key, 1, pod))
    }

    #[test]
    fn labels_match_as_in_kubernetes() {
        for yes in [
            "",
            "app",
            "app=web",
            "app==web",
            "app = web",
            "app!=db",
            "no!=db",
            "!no",
            "app in (web,db)",
            "app notin (db)",
            "no notin (db)",
            "rank>2",
            "rank<4",
            "app=web,rank in (3),!no",
        ] {
            assert!(is_match(yes, ""), "{yes}");
        }
        for no in
            ["no", "app=db", "app!=web", "!app", "app in (db)", "app notin (web, db)", "rank>3", "app>1"]
        {
            assert!(!is_match(no, ""), "{no}");
        }
    }

    #[test]
    fn fields_match() {
        assert!(is_match("", "metadata.name=web-0,status.phase!=Pending,spec.nodeName="));
        assert!(!is_match("", "metadata.namespace=other"));
    }

    #[test]
    fn nonsense_is_a_bad_request() {
        for nonsense in ["a===", "a in (b", "a b", "=x", "a>b", "a within (b)"] {
            assert_eq!(parse(nonsense, "").unwrap_err().code(), 400, "{nonsense}");
        }
        let message = parse("", "foo.bar=x").unwrap_err();
        assert_eq!(message.message(), "field label not supported: foo.bar");
    }
}
