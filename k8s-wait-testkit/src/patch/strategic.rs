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

/// Merges `patch` into the object `target`.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    if let (Some(fields), true) = (target.as_object_mut(), patch.get("ports").is_some()) {
        // An EndpointSlice's own ports are no keyed list; those of containers and services are further in.
        fields.remove("ports");
    }
    merge_value(target, patch);
}

fn merge_value(target: &mut Value, patch: &Value) {
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
        value => merge_value(target.entry(key).or_insert(Value::Null), value),
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
        unite(old, patch);
        return;
    }
    let replaces =
        patch.iter().any(|entry| entry.get("$patch").is_some_and(|directive| directive == "replace"));
    match merge_key(name, patch).filter(|_| !replaces) {
        Some(key) => merge_list(old, key, patch),
        None => *old = patch.iter().filter(|entry| entry.get("$patch").is_none()).cloned().collect(),
    }
}

/// The key of a list's entries: all entries of the patch must have it.
fn merge_key(name: &str, patch: &[Value]) -> Option<&'static str> {
    let (_, keys) = KEYS.iter().find(|(list, _)| *list == name)?;
    keys.iter().copied().find(|key| patch.iter().all(|entry| entry.get(key).is_some()))
}

fn merge_list(list: &mut Vec<Value>, key: &str, patch: &[Value]) {
    let before = list.clone();
    patch.iter().for_each(|entry| list_entry(list, key, entry));
    *list = ordered(list, &before, patch, Some(key));
}

fn unite(list: &mut Vec<Value>, patch: &[Value]) {
    let before = list.clone();
    list.extend(patch.iter().filter(|value| !before.contains(value)).cloned());
    *list = ordered(list, &before, patch, None);
}

fn list_entry(target: &mut Vec<Value>, key: &str, entry: &Value) {
    let is_same = |other: &Value| is_same(other, entry, Some(key));
    if entry.get("$patch").is_some_and(|directive| directive == "delete") {
        target.retain(|other| !is_same(other));
        return;
    }
    match target.iter_mut().find(|other| is_same(other)) {
        Some(other) => merge_value(other, entry),
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

/// `$setElementOrder/NAME`: entries come in this order.
fn order_lists(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, order) in directives(patch, "$setElementOrder/") {
        if let Some(Value::Array(list)) = target.get_mut(name) {
            let before = list.clone();
            *list = ordered(list, &before, order, merge_key(name, order));
        }
    }
}

/// Entries that `order` names come in that order; the others keep their place before a named one that they were
/// before of, and go behind the rest (`mergeSortedSlice` of k8s.io/apimachinery).
fn ordered(list: &[Value], before: &[Value], order: &[Value], key: Option<&str>) -> Vec<Value> {
    let place = |all: &[Value], entry: &Value| all.iter().position(|other| is_same(other, entry, key));
    let (mut named, others): (Vec<&Value>, Vec<&Value>) =
        list.iter().partition(|entry| place(order, entry).is_some());
    named.sort_by_key(|entry| place(order, entry));
    let mut others = others.into_iter().peekable();
    let mut merged = Vec::with_capacity(list.len());
    for entry in named {
        let limit = place(before, entry);
        while let Some(other) = others.next_if(|other| limit.is_some() && place(before, other) < limit) {
            merged.push(other.clone());
        }
        merged.push(entry.clone());
    }
    merged.extend(others.cloned());
    merged
}

fn is_same(one: &Value, other: &Value, key: Option<&str>) -> bool {
    match key {
        Some(key) => one.get(key) == other.get(key),
        None => one == other,
    }
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
            json!({"containers": [{"name": "a", "image": "y"}, {"name": "c"}, {"name": "b"}]}),
        );
        assert_merged(
            json!({"containers": [{"name": "a"}, {"name": "b"}]}),
            json!({"containers": [{"name": "b"}, {"name": "c"}]}),
            json!({"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}),
        );
    }

    #[test]
    fn ports_of_containers_and_services_have_their_own_keys() {
        assert_merged(
            json!({"app": {"ports": [{"containerPort": 80, "name": "a"}]}}),
            json!({"app": {"ports": [{"containerPort": 80, "name": "b"}]}}),
            json!({"app": {"ports": [{"containerPort": 80, "name": "b"}]}}),
        );
        assert_merged(
            json!({"spec": {"ports": [{"port": 80}]}}),
            json!({"spec": {"ports": [{"port": 81}]}}),
            json!({"spec": {"ports": [{"port": 81}, {"port": 80}]}}),
        );
        assert_merged(
            json!({"ports": [{"port": 80}]}),
            json!({"ports": [{"port": 81}]}),
            json!({"ports": [{"port": 81}]}),
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
            json!({"finalizers": ["c", "b"]}),
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
