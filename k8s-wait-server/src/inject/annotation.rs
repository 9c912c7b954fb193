//! What a pod's annotations ask for: [`Wish`].

use k8s_wait_lib::target::{MAX_TARGETS, parse_duration, quoted};
use k8s_wait_lib::{CheckRegistry, Target};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What all of them begin with.
pub(super) const PREFIX: &str = "k8s-wait.dev/";
/// More YAML nodes than any `resources` has.
const MOST_AMOUNTS: usize = 100;
/// What an image looks like.
pub(crate) const AN_IMAGE: &str = "expected an image, as in k8s-wait-client:0.1.0";
/// The names after it.
const NAMES: [&str; 7] = ["wait-for", "timeout", "any", "image", "resources", "position", "inject"];

/// Why annotations make no sense, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Bad(pub(super) String);

/// What a pod asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wish {
    pub(super) targets: Vec<String>,
    pub(super) any: bool,
    pub(super) timeout: Option<String>,
    pub(super) image: Option<String>,
    pub(super) resources: Option<Value>,
    pub(super) position: Position,
}

/// Where among the init containers it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Position {
    /// Before all others, but for a mesh's proxy that runs on as a native sidecar.
    #[default]
    First,
    /// After the last one that runs on as a native sidecar, whatever it is.
    AfterSidecars,
}

/// Is this one of ours?
pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX)
}

impl Wish {
    /// `None` where nothing is asked for.
    pub(super) fn read(annotations: &Map<String, Value>) -> Result<Option<Self>, Bad> {
        let inject = annotations.get_key_value(&format!("{PREFIX}inject"));
        let inject = inject.map(|(key, value)| text(key, value)).transpose()?;
        if !flag("inject", inject, true)? {
            return Ok(None);
        }
        let ours = ours(annotations)?;
        if ours.is_empty() {
            return Ok(None);
        }
        let get = |name: &str| ours.get(name).copied();
        let Some(targets) = get("wait-for") else {
            return Err(Bad(format!(
                "annotation {PREFIX}wait-for is missing: expected targets, as in job/migrate"
            )));
        };
        Ok(Some(Self {
            targets: self::targets(targets)?,
            any: flag("any", get("any"), false)?,
            timeout: get("timeout").map(timeout).transpose()?,
            image: get("image").map(image).transpose()?,
            resources: get("resources").map(resources).transpose()?,
            position: get("position").map_or(Ok(Position::First), position)?,
        }))
    }
}

/// Those that are ours, by what comes after the prefix. One that is misspelt would be a pod that does not wait.
fn ours(annotations: &Map<String, Value>) -> Result<BTreeMap<&str, &str>, Bad> {
    let mut ours = BTreeMap::new();
    for (key, value) in annotations {
        let Some(name) = key.strip_prefix(PREFIX) else { continue };
        if !NAMES.contains(&name) {
            let expected = NAMES.join(", ");
            // The API server looks at names only after its webhooks have.
            let key = quoted(key);
            return Err(Bad(format!("annotation {key} is unknown: {PREFIX} goes with {expected}")));
        }
        ours.insert(name, text(key, value)?);
    }
    Ok(ours)
}

fn text<'v>(key: &str, value: &'v Value) -> Result<&'v str, Bad> {
    let no_text = || Bad(format!("annotation {key} is {value}, and has to be text: put it between quotes"));
    value.as_str().ok_or_else(no_text)
}

fn bad(name: &str, text: &str, expected: &str) -> Bad {
    Bad(format!("annotation {PREFIX}{name} {}: {expected}", quoted(text)))
}

/// As `K8S_WAIT_TARGETS`: separated by white space.
fn targets(text: &str) -> Result<Vec<String>, Bad> {
    let name = "wait-for";
    let registry = CheckRegistry::standard().map_err(|error| Bad(error.to_string()))?;
    let (mut targets, mut distinct) = (Vec::new(), Vec::new());
    for word in text.split_whitespace() {
        let target: Target = word.parse().map_err(|error: k8s_wait_lib::target::ParseError| {
            Bad(format!("annotation {PREFIX}{name}: {error}"))
        })?;
        registry.parse(&target).map_err(|error| Bad(format!("annotation {PREFIX}{name}: {error}")))?;
        targets.push(word.to_owned());
        if !distinct.contains(&target) {
            distinct.push(target);
        }
    }
    match distinct.len() {
        0 => Err(bad(name, text, "expected a target, as in job/migrate")),
        1..=MAX_TARGETS => Ok(targets),
        many => Err(Bad(format!("annotation {PREFIX}{name}: {many} targets are more than {MAX_TARGETS}"))),
    }
}

fn flag(name: &str, text: Option<&str>, default: bool) -> Result<bool, Bad> {
    match text {
        None => Ok(default),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(text) => Err(bad(name, text, "expected true or false")),
    }
}

fn timeout(text: &str) -> Result<String, Bad> {
    parse_duration(text).map_err(|error| bad("timeout", text, &error.to_string()))?;
    Ok(text.to_owned())
}

fn image(text: &str) -> Result<String, Bad> {
    is_image(text).then(|| text.to_owned()).ok_or_else(|| bad("image", text, AN_IMAGE))
}

/// Might it be one? The container runtime knows for certain.
pub(crate) fn is_image(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn position(text: &str) -> Result<Position, Bad> {
    match text {
        "first" => Ok(Position::First),
        "after-sidecars" => Ok(Position::AfterSidecars),
        _ => Err(bad("position", text, "expected first or after-sidecars")),
    }
}

/// `limits` and `requests` of a container, as YAML or JSON. Amounts are the API server's to judge.
fn resources(text: &str) -> Result<Value, Bad> {
    let expected =
        r#"expected limits and requests, as in {"requests": {"cpu": "5m"}, "limits": {"memory": "16Mi"}}"#;
    let wrong = || bad("resources", text, expected);
    // Somebody else's text: no aliases of aliases.
    let budget = serde_saphyr::budget! { max_nodes: MOST_AMOUNTS, max_aliases: 0 };
    let options = serde_saphyr::options! { budget: budget };
    let resources: Value = serde_saphyr::from_str_with_options(text, options).map_err(|_| wrong())?;
    let is_amount = |amount: &Value| amount.is_string() || amount.is_number();
    let is_known = |(key, amounts): (&String, &Value)| {
        ["limits", "requests"].contains(&key.as_str())
            && amounts.as_object().is_some_and(|amounts| amounts.values().all(is_amount))
    };
    let is_right = resources.as_object().is_some_and(|map| !map.is_empty() && map.iter().all(is_known));
    if is_right { Ok(resources) } else { Err(wrong()) }
}
