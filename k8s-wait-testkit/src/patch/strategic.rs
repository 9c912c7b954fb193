//! Strategic merge patch: [`merge`], with the merge keys of Kubernetes' own types.
//!
//! A real server knows each list's key from the type; here it follows from the name of the list, which is
//! unambiguous among the kinds that are served. Lists without a key are replaced whole.

use serde_json::{Map, Value};

/// Lists that merge by a key, as the `patchMergeKey` tags in k8s.io/api have it.
const KEYS: [(&str, &[&str]); 18] = [
    ("conditions", &["type"]),
    ("containerStatuses", &["name"]),
    ("containers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("hostIPs", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ownerReferences", &["uid"]),
    ("podIPs", &["ip"]),
    ("ports", &["containerPort", "port"]),
    ("resourceClaims", &["name"]),
    ("secrets", &["name"]),
    ("taints", &["key"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
];

/// Lists of plain values that are united.
const UNITED: [&str; 1] = ["finalizers"];

/// Merges `patch` into `target`.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if directive(patch) == Some("replace") || !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    if directive(patch) == Some("delete") {
        target.clear();
        return;
    }
    retain(target, patch);
    patch.iter().filter(|(key, _)| !key.starts_with('$')).for_each(|(key, value)| field(target, key, value));
    delete_from_lists(target, patch);
    order_lists(target, patch);
}

fn directive(patch: &Map<String, Value>) -> Option<&str> {
    patch.get("$patch").and_then(Value::as_str)
}

fn field(target: &mut Map<String, Value>, key: &str, value: &Value) {
    match value {
        Value::Null => drop(target.remove(key)),
        Value::Object(patch) if directive(patch) == Some("delete") => drop(target.remove(key)),
        Value::Array(patch) => {
            list(key, target.entry(key).or_insert_with(|| Value::Array(Vec::new())), patch)
        }
        value => merge(target.entry(key).or_insert(Value::Null), value),
    }
}

/// `$retainKeys`: all other fields go.
fn retain(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    if let Some(Value::Array(kept)) = patch.get("$retainKeys") {
        target.retain(|key, _| kept.iter().any(|kept| kept == key));
    }
}

fn list(name: &str, target: &mut Value, patch: &[Value]) {
    let Value::Array(old) = target else {
        *target = patch.into();
        return;
    };
    if UNITED.contains(&name) {
        let added = patch.iter().filter(|value| !old.contains(value)).cloned().collect::<Vec<_>>();
        old.extend(added);
        return;
    }
    let replaces =
        patch.iter().any(|entry| entry.get("$patch").is_some_and(|directive| directive == "replace"));
    match merge_key(name, patch).filter(|_| !replaces) {
        Some(key) => patch.iter().for_each(|entry| list_entry(old, key, entry)),
        None => *old = patch.iter().filter(|entry| entry.get("$patch").is_none()).cloned().collect(),
    }
}

/// The key of a list's entries: all entries of the patch must have it.
fn merge_key(name: &str, patch: &[Value]) -> Option<&'static str> {
    let (_, keys) = KEYS.iter().find(|(list, _)| *list == name)?;
    keys.iter().copied().find(|key| patch.iter().all(|entry| entry.get(key).is_some()))
}

fn list_entry(target: &mut Vec<Value>, key: &str, entry: &Value) {
    let is_same = |other: &Value| other.get(key) == entry.get(key);
    if entry.get("$patch").is_some_and(|directive| directive == "delete") {
        target.retain(|other| !is_same(other));
        return;
    }
    match target.iter_mut().find(|other| is_same(other)) {
        Some(other) => merge(other, entry),
        None => target.push(entry.clone()),
    }
}

/// `$deleteFromPrimitiveList/NAME`: these values go.
fn delete_from_lists(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, values) in directives(patch, "$deleteFromPrimitiveList/") {
        if let Some(Value::Array(list)) = target.get_mut(name) {
            list.retain(|value| !values.contains(value));
        }
    }
}

/// `$setElementOrder/NAME`: entries come in this order, those that are not named stay behind them.
fn order_lists(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, order) in directives(patch, "$setElementOrder/") {
        let key = merge_key(name, order);
        if let Some(Value::Array(list)) = target.get_mut(name) {
            list.sort_by_key(|entry| position(order, key, entry));
        }
    }
}

fn position(order: &[Value], key: Option<&str>, entry: &Value) -> usize {
    let is_same = |other: &Value| match key {
        Some(key) => other.get(key) == entry.get(key),
        None => other == entry,
    };
    order.iter().position(is_same).unwrap_or(usize::MAX)
}

fn directives<'a>(
    patch: &'a Map<String, Value>,
    prefix: &'a str,
) -> impl Iterator<Item = (&'a str, &'a [Value])> {
    patch
        .iter()
        .filter_map(move |(key, values)| Some((key.strip_prefix(prefix)?, values.as_array()?.as_slice())))
}

#[cfg(test)]
mod tests {
    use super::merge;
    use serde_json::{Value, json};

    #[track_caller]
    fn assert_merged(mut target: Value, patch: Value, expected: Value) {
        merge(&mut target, &patch);
        assert_eq!(target, expected);
    }

    #[test]
    fn maps_merge_and_null_removes() {
        assert_merged(
            json!({"a": 1, "b": {"c": 1}}),
            json!({"a": null, "b": {"d": 2}}),
            json!({"b": {"c": 1, "d": 2}}),
        );
    }

    #[test]
    fn containers_merge_by_name() {
        assert_merged(
            json!({"containers": [{"name": "a", "image": "x"}, {"name": "b"}]}),
            json!({"containers": [{"name": "a", "image": "y"}, {"name": "c"}]}),
            json!({"containers": [{"name": "a", "image": "y"}, {"name": "b"}, {"name": "c"}]}),
        );
    }

    #[test]
    fn ports_of_containers_and_services_have_their_own_keys() {
        assert_merged(
            json!({"ports": [{"containerPort": 80, "name": "a"}]}),
            json!({"ports": [{"containerPort": 80, "name": "b"}]}),
            json!({"ports": [{"containerPort": 80, "name": "b"}]}),
        );
        assert_merged(
            json!({"ports": [{"port": 80}]}),
            json!({"ports": [{"port": 81}]}),
            json!({"ports": [{"port": 80}, {"port": 81}]}),
        );
    }

    #[test]
    fn entries_are_deleted_replaced_and_ordered() {
        assert_merged(
            json!({"containers": [{"name": "a"}, {"name": "b"}]}),
            json!({"containers": [{"name": "a", "$patch": "delete"}]}),
            json!({"containers": [{"name": "b"}]}),
        );
        assert_merged(
            json!({"containers": [{"name": "a"}, {"name": "b"}]}),
            json!({"containers": [{"name": "c"}, {"$patch": "replace"}]}),
            json!({"containers": [{"name": "c"}]}),
        );
        assert_merged(
            json!({"containers": [{"name": "a"}, {"name": "b"}]}),
            json!({"$setElementOrder/containers": [{"name": "c"}, {"name": "b"}, {"name": "a"}], "containers": [{"name": "c"}]}),
            json!({"containers": [{"name": "c"}, {"name": "b"}, {"name": "a"}]}),
        );
    }

    #[test]
    fn finalizers_are_united_and_deleted_by_value() {
        assert_merged(
            json!({"finalizers": ["a", "b"]}),
            json!({"finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]}),
            json!({"finalizers": ["b", "c"]}),
        );
    }

    #[test]
    fn lists_without_key_and_retained_keys() {
        assert_merged(json!({"args": ["a"]}), json!({"args": ["b"]}), json!({"args": ["b"]}));
        assert_merged(
            json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}}),
            json!({"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}),
            json!({"strategy": {"type": "Recreate"}}),
        );
        assert_merged(json!({"a": {"b": 1}}), json!({"a": {"$patch": "delete"}}), json!({}));
        assert_merged(
            json!({"a": {"b": 1}}),
            json!({"a": {"$patch": "replace", "c": 1}}),
            json!({"a": {"c": 1}}),
        );
    }
}
