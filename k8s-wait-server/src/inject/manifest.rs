//! Manifests with the init containers that their annotations ask for: [`Manifest`].

use super::Container;
use super::annotation::{Bad, is_ours};
use super::pod::{Lack, lacking};
use super::text::{Key, Step, Text};
use super::unread::unread;
use serde_json::{Map, Value};
use std::io::Read;

/// A file with manifests, and what pods in it are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// `-` is what comes in.
    pub(crate) file: String,
    pub(crate) container: Container,
}

/// A file with what its pods ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// All of it.
    pub text: String,
    /// Sentences about annotations that no pod in it reads, and that may mean something elsewhere.
    pub warnings: Vec<String>,
}

impl Manifest {
    /// Reads it, and adds what its pods ask for. All else stays as it is, byte for byte.
    ///
    /// # Errors
    ///
    /// One sentence with the file, and the object where it is about one.
    pub fn read(&self) -> Result<Written, String> {
        let mut text = String::new();
        let read = match self.file.as_str() {
            "-" => std::io::stdin().read_to_string(&mut text).map(drop),
            file => std::fs::read_to_string(file).map(|read| text = read),
        };
        read.map_err(|error| format!("{}: {error}", self.file))?;
        let written =
            documents(&text).map(|text| document(text, &self.container)).collect::<Result<String, _>>();
        let written = written.map_err(|error| format!("{}: {error}", self.file))?;
        let warnings = documents(&text).flat_map(unread).map(|warning| format!("{}: {warning}", self.file));
        Ok(Written { warnings: warnings.collect(), text: written })
    }
}

/// The documents of a stream of YAML, each with the line before it that divides it from the one before. No line of a document
/// begins so (YAML 1.2, 9.1.2).
pub(super) fn documents(text: &str) -> impl Iterator<Item = &str> {
    let mut begin = 0;
    let mut ends: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0
            && line
                .strip_prefix("---")
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        {
            ends.push(at);
        }
        at += line.len();
    }
    ends.push(text.len());
    ends.into_iter().filter_map(move |end| {
        let document = text.get(begin..end);
        begin = end;
        document
    })
}

/// A document with what its pods ask for.
pub(super) fn document(text: &str, how: &Container) -> Result<String, String> {
    let object: Value = serde_saphyr::from_str(text).map_err(|error| {
        let error = error.to_string();
        let sentence = error.lines().next().unwrap_or_default();
        format!("it cannot be read as YAML: {}", sentence.trim_start_matches("error: "))
    })?;
    let ways = ways(&object);
    strays(&object, &ways)?;
    let mut expected = object.clone();
    let mut additions = Vec::new();
    for way in ways {
        let lack = lack(&expected, &way, how).map_err(|bad| format!("{}: {bad}", name(&object)))?;
        if let Some((from, _)) = lack.moved {
            return Err(format!(
                "{}: init container k8s-wait is number {}, before a sidecar that it has to come after: move it",
                name(&object),
                from + 1
            ));
        }
        if !lack.is_nothing() {
            patch(&mut expected, &way, &lack)?;
            additions.push((way, lack));
        }
    }
    match additions.is_empty() {
        true => Ok(text.to_owned()),
        false => written(text, &additions)
            // Nothing is handed out but what it has to be.
            .filter(|written| serde_saphyr::from_str(written).is_ok_and(|read: Value| read == expected))
            .ok_or_else(|| {
                format!(
                    "{}: it is written in a way in which nothing can be added to its pod: write its lists and mappings \
                     in lines of their own, without anchors and null",
                    name(&object)
                )
            }),
    }
}

fn written(text: &str, additions: &[(Vec<Step>, Lack)]) -> Option<String> {
    let mut text = Text::new(text)?;
    for (way, lack) in additions {
        if let Some((place, container)) = &lack.container {
            text.add(way, Key::InitContainers, *place, container)?;
        }
        if let Some(volume) = &lack.volume {
            text.add(way, Key::Volumes, usize::MAX, volume)?;
        }
    }
    Some(text.written())
}

/// The ways to all pods, and templates of pods, in an object: by what it looks like, so that kinds which nobody has heard of
/// count too.
pub(super) fn ways(object: &Value) -> Vec<Vec<Step>> {
    if let Some(items) = object.get("items").and_then(Value::as_array) {
        let ways =
            |(place, item)| ways(item).into_iter().map(move |way| [vec![Step::Item(place)], way].concat());
        return items.iter().enumerate().flat_map(ways).collect();
    }
    let candidates: [&[Step]; 4] = [
        &[],
        &[Step::Template],
        &[Step::Spec, Step::Template],
        &[Step::Spec, Step::JobTemplate, Step::Spec, Step::Template],
    ];
    let is_pod = |way: &&[Step]| part(object, way, "/spec/containers").is_some_and(Value::is_array);
    candidates.into_iter().filter(is_pod).map(<[Step]>::to_vec).collect()
}

/// One of our annotations in other metadata would be a pod that does not wait. Elsewhere, as in values for a chart, it is none yet.
fn strays(object: &Value, ways: &[Vec<Step>]) -> Result<(), String> {
    let read: Vec<&Value> =
        ways.iter().filter_map(|way| part(object, way, "/metadata/annotations")).collect();
    let mut ahead = vec![object];
    while let Some(value) = ahead.pop() {
        let annotations = value
            .pointer("/metadata/annotations")
            .filter(|one| !read.iter().any(|read| std::ptr::eq(*read, *one)));
        let mut keys = annotations.and_then(Value::as_object).into_iter().flat_map(Map::keys);
        if let Some(key) = keys.find(|key| is_ours(key)) {
            return Err(format!(
                "{}: annotation {key} is where nothing reads it: expected it in the metadata of a pod, or of a pod \
                 template beside a spec with containers (spec.template.metadata of a Deployment)",
                name(object)
            ));
        }
        match value {
            Value::Array(items) => ahead.extend(items),
            Value::Object(fields) => ahead.extend(fields.values()),
            _ => {}
        }
    }
    Ok(())
}

fn lack(object: &Value, way: &[Step], how: &Container) -> Result<Lack, Bad> {
    let nothing = Map::new();
    let map = |path: &str| part(object, way, path).and_then(Value::as_object).unwrap_or(&nothing);
    lacking(map("/metadata/annotations"), map("/spec"), how)
}

/// What the text has to say in the end: what the webhook would have made of the pod.
fn patch(object: &mut Value, way: &[Step], lack: &Lack) -> Result<(), String> {
    let Some(pod) = object.pointer_mut(&pointer(way)) else { return Ok(()) };
    let spec = pod["spec"].as_object().cloned().unwrap_or_default();
    json_patch::patch(pod, &lack.clone().patch(&spec)).map_err(|error| error.to_string())
}

/// What is at that path of a pod.
fn part<'a>(object: &'a Value, way: &[Step], path: &str) -> Option<&'a Value> {
    object.pointer(&(pointer(way) + path))
}

/// A way as a JSON Pointer (RFC 6901).
pub(super) fn pointer(way: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Item(place) => format!("/items/{place}"),
        Step::Spec => "/spec".to_owned(),
        Step::Template => "/template".to_owned(),
        Step::JobTemplate => "/jobTemplate".to_owned(),
    };
    way.iter().map(step).collect()
}

/// As `Deployment web`.
pub(super) fn name(object: &Value) -> String {
    let word = |path| object.pointer(path).and_then(Value::as_str);
    let kind = word("/kind").unwrap_or("an object without a kind");
    match word("/metadata/name").or_else(|| word("/metadata/generateName")) {
        Some(name) => format!("{kind} {name}"),
        None => kind.to_owned(),
    }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
