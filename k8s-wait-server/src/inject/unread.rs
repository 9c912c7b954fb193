//! Annotations in manifests that look like ours and are none: [`unread`].

use super::annotation::PREFIX;
use super::manifest::{name, pointer, ways};
use k8s_wait_lib::target::quoted;
use serde_json::Value;

/// Sentences about what begins as an annotation of ours, and is read by no pod: it may be misplaced, or be what a chart or an
/// operator makes a pod's annotation of.
pub(super) fn unread(text: &str) -> Vec<String> {
    if !text.to_lowercase().contains(PREFIX) {
        return Vec::new();
    }
    let object: Value = serde_saphyr::from_str(text).unwrap_or_default();
    let ways = ways(&object);
    let read: Vec<String> = ways.iter().map(|way| pointer(way) + "/metadata/annotations").collect();
    let mut found = Vec::new();
    let mut ahead = vec![(String::new(), &object)];
    while let Some((place, value)) = ahead.pop() {
        match value {
            Value::Object(_) if read.contains(&place) => {}
            Value::Array(items) => {
                ahead.extend(
                    items.iter().enumerate().map(|(number, item)| (format!("{place}/{number}"), item)),
                );
            }
            Value::Object(fields) => {
                found.extend(
                    fields
                        .iter()
                        .filter(|field| may_be_ours(*field))
                        .map(|(key, _)| (place.clone(), key.as_str())),
                );
                ahead.extend(fields.iter().map(|(key, field)| (format!("{place}/{key}"), field)));
            }
            Value::String(text) if may_be_ours((text, &Value::Null)) => found.push((place, text)),
            _ => {}
        }
    }
    found.sort();
    let sentence = |(place, key): (String, &str)| {
        format!("{}: {} at {place:?} is read by no pod here, and stays as it is", name(&object), quoted(key))
    };
    found.into_iter().map(sentence).collect()
}

/// Is it one, or what somebody took for one? The label by which a namespace opts in is none.
fn may_be_ours((key, value): (&String, &Value)) -> bool {
    key.trim_start().to_lowercase().starts_with(PREFIX)
        && (key.strip_prefix(PREFIX) != Some("inject") || value != "enabled")
}
