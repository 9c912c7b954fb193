//! Values of the chart: valid ones, and that each of them does something.

use super::objects::{kinds, none, objects, one, server};
use crate::helm::{CHART, matrix, run, template};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::read_to_string;

#[test]
#[ignore = "needs helm"]
fn the_matrix_passes_the_linter_and_makes_objects() {
    for (name, values) in matrix("shop") {
        let lint = ["lint", "--strict", "--values", "-", CHART];
        run("helm", &lint, &values.to_string()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let made =
            template("k8s-wait", "k8s-wait", &values).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(objects(&made).is_empty(), name == "disabled", "{name}");
    }
}

#[test]
#[ignore = "needs helm"]
fn parts_are_there_where_they_are_wanted() {
    let made = |values: &Value| objects(&template("k8s-wait", "k8s-wait", values).unwrap());
    assert_eq!(kinds(&made(&json!({"enabled": false}))), none());
    let least = json!({"rbac": {"create": false}, "serviceAccount": {"create": false, "name": "own"},
        "podDisruptionBudget": {"enabled": false}});
    let least = made(&least);
    assert_eq!(kinds(&least), json!(["Deployment", "Pod", "Service", "Service"]));
    assert_eq!(one(&least, "Deployment")["spec"]["template"]["spec"]["serviceAccountName"], "own");
    let scaled = made(&json!({"autoscaling": {"enabled": true}}));
    assert_eq!(one(&scaled, "Deployment")["spec"].get("replicas"), None, "it is the autoscaler's");
}

#[test]
#[ignore = "needs helm"]
fn the_grace_of_the_pod_and_the_port_follow_the_servers() {
    let values = json!({"server": {"shutdownGraceSeconds": 3600, "listen": "[::]:9090"}});
    let made = objects(&template("k8s-wait", "k8s-wait", &values).unwrap());
    let pod = &one(&made, "Deployment")["spec"]["template"]["spec"];
    assert_eq!(pod["terminationGracePeriodSeconds"], 3610);
    assert_eq!(server(&made)["ports"], json!([{"name": "http", "containerPort": 9090}]));
    let arguments = [
        "--listen=[::]:9090",
        "--max-waiters=20000",
        "--linger=5m",
        "--shutdown-grace=3600s",
        "--replicas=http://k8s-wait-replicas:9090",
    ];
    assert_eq!(server(&made)["args"], json!(arguments));
}

#[test]
#[ignore = "needs helm"]
fn a_constraint_of_ones_own_keeps_its_selector() {
    let (_, placed) = matrix("shop").into_iter().find(|(name, _)| *name == "placed").unwrap();
    let made = objects(&template("k8s-wait", "k8s-wait", &placed).unwrap());
    let constraint =
        one(&made, "Deployment").pointer("/spec/template/spec/topologySpreadConstraints/0").unwrap();
    assert_eq!(constraint["labelSelector"], json!({"matchLabels": {"app": "own"}}));
}

#[test]
#[ignore = "needs helm"]
fn the_test_asks_about_the_server_only_where_the_server_may_look() {
    let targets = |namespaces: Value| {
        let values = json!({"watch": {"namespaces": namespaces}});
        let made = objects(&template("k8s-wait", "k8s-wait", &values).unwrap());
        one(&made, "Pod")["spec"]["containers"][0]["args"].as_array().unwrap().clone()
    };
    for namespaces in [json!([]), json!(["shop", "k8s-wait"])] {
        assert_eq!(targets(namespaces)[..2], ["deployment/k8s-wait", "service/k8s-wait"]);
    }
    assert_eq!(targets(json!(["shop"]))[0], "http://k8s-wait.k8s-wait.svc:8080/readyz");
}

#[test]
#[ignore = "needs helm"]
fn labels_are_on_every_object_but_the_tests_pod_is_none_of_the_servers() {
    let values = json!({"commonLabels": {"team": "shop"}, "commonAnnotations": {"example.com/a": "b"}});
    let made = objects(&template("k8s-wait", "k8s-wait", &values).unwrap());
    for metadata in made.iter().map(|object| &object["metadata"]) {
        assert_eq!(metadata["labels"]["team"], "shop", "{metadata}");
        assert_eq!(metadata["annotations"]["example.com/a"], "b", "{metadata}");
    }
    let selector = &one(&made, "Service")["spec"]["selector"];
    assert_eq!(*selector, one(&made, "Deployment")["spec"]["selector"]["matchLabels"]);
    assert_eq!(*selector, one(&made, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"]);
    let is_selected =
        |labels: &Value| selector.as_object().unwrap().iter().all(|(key, value)| labels[key] == *value);
    assert!(is_selected(&one(&made, "Deployment")["spec"]["template"]["metadata"]["labels"]));
    assert!(!is_selected(&one(&made, "Pod")["metadata"]["labels"]));
}

#[test]
#[ignore = "needs helm"]
fn names_that_look_like_something_else_stay_names() {
    let values = json!({"fullnameOverride": "null", "nameOverride": "1e3", "priorityClassName": "0", "serviceAccount": {"name": "1"},
        "watch": {"namespaces": ["2e2", "77"]}});
    let made = objects(&template("42", "2e2", &values).unwrap());
    for metadata in made.iter().map(|object| &object["metadata"]) {
        let labels = metadata["labels"].as_object().unwrap().values();
        for text in labels.chain([&metadata["name"], &metadata["namespace"]]) {
            assert!(text.is_string(), "{text} in {metadata}");
        }
    }
    let pod = &one(&made, "Deployment")["spec"]["template"]["spec"];
    assert_eq!([&pod["serviceAccountName"], &pod["priorityClassName"]], ["1", "0"]);
    let binding = made.iter().find(|object| object["kind"] == "RoleBinding").unwrap();
    assert_eq!(binding["roleRef"]["name"], "null");
    assert_eq!(binding["subjects"], json!([{"kind": "ServiceAccount", "name": "1", "namespace": "2e2"}]));
}

/// With these, every value has something to do.
fn everything_on() -> Value {
    json!({"autoscaling": {"enabled": true}, "networkPolicy": {"enabled": true}, "serviceAccount": {"name": "own"},
        "auth": {"mode": "token"}, "tls": {"secretName": "own"}, "client": {"caConfigMap": "own"},
        "metrics": {"serviceMonitor": {"enabled": true}, "rules": {"enabled": true}},
        "inject": {"enabled": true, "certManager": {"enabled": true}}})
}

#[test]
#[ignore = "needs helm"]
fn every_value_does_something() {
    let defaults: Value =
        serde_saphyr::from_str(&read_to_string(format!("{CHART}/values.yaml")).unwrap()).unwrap();
    let mut leaves = Vec::new();
    collect(&defaults, &mut Vec::new(), &mut leaves);
    assert!(leaves.len() > 60, "only {} values were found", leaves.len());
    let made = |values: &Value| template("web", "shop", values).map(|text| without_keys(&text));
    let bases = [json!({}), everything_on(), json!({"inject": {"enabled": true}})];
    let bases = bases.map(|values| (made(&values).unwrap(), values));
    for (path, value) in leaves {
        let other = other(&path, &value);
        assert_ne!(other, value, "{path}");
        let is_alive = bases.iter().any(|(before, values)| {
            let mut values = values.clone();
            set(&mut values, &path, other.clone());
            made(&values).is_ok_and(|after| after != *before)
        });
        assert!(is_alive, "{path}: {other} changes nothing, or is refused");
    }
}

/// Without what the chart makes anew each time: keys, and what is signed with them.
fn without_keys(text: &str) -> String {
    let made = ["ca.crt:", "tls.crt:", "tls.key:", "caBundle:"];
    text.lines().filter(|line| !made.iter().any(|key| line.trim_start().starts_with(key))).collect()
}

/// Paths of all values that are no map with something in it, as `image.tag`.
fn collect(value: &Value, path: &mut Vec<String>, leaves: &mut Vec<(String, Value)>) {
    match value.as_object().filter(|map| !map.is_empty()) {
        None => leaves.push((path.join("."), value.clone())),
        Some(map) => {
            for (key, value) in map {
                path.push(key.clone());
                collect(value, path, leaves);
                path.pop();
            }
        }
    }
}

fn set(values: &mut Value, path: &str, other: Value) {
    let place = path.split('.').fold(values, |value, key| &mut value[key]);
    *place = other;
}

/// A valid value that is another one.
fn other(path: &str, value: &Value) -> Value {
    let own = OTHERS
        .iter()
        .find(|(known, _)| *known == path)
        .map(|(_, other)| serde_json::from_str(other).unwrap());
    own.unwrap_or_else(|| match value {
        Value::Bool(is_set) => json!(!is_set),
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        Value::Object(_) => json!({"example.com/other": "other"}),
        _ => panic!("{path} is new: say in OTHERS what else it may be"),
    })
}

/// Values that have no obvious other one, as JSON.
const OTHERS: &[(&str, &str)] = &[
    ("auth.mode", r#""token""#),
    ("metrics.readers", r#""none""#),
    ("page.readers", r#""token""#),
    ("auth.allow", r#"["shop=till"]"#),
    ("tls.secretName", r#""other""#),
    ("nameOverride", r#""other""#),
    ("fullnameOverride", r#""other""#),
    ("image.registry", r#""registry.example.com""#),
    ("image.repository", r#""other""#),
    ("image.tag", r#""other""#),
    ("image.digest", r#""sha256:0000000000000000000000000000000000000000000000000000000000000000""#),
    ("image.pullPolicy", r#""Always""#),
    ("image.pullSecrets", r#"[{"name": "other"}]"#),
    ("watch.namespaces", r#"["other"]"#),
    ("rbac.extraRules", r#"[{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}]"#),
    ("serviceAccount.name", r#""other""#),
    ("server.listen", r#""0.0.0.0:9090""#),
    ("server.eventsAfter", r#""5m""#),
    ("server.logFormat", r#""json""#),
    ("metrics.serviceMonitor.interval", r#""1m""#),
    ("inject.failurePolicy", r#""Ignore""#),
    ("inject.reinvocationPolicy", r#""Never""#),
    ("inject.invalid", r#""admit""#),
    ("inject.from", r#"[{"ipBlock": {"cidr": "10.0.0.1/32"}}]"#),
    ("inject.certManager.issuerRef", r#"{"kind": "ClusterIssuer", "name": "other"}"#),
    ("server.linger", r#""1h""#),
    ("server.preload", r#"["pod"]"#),
    ("server.allowNetwork", r#"["10.0.0.0/8"]"#),
    ("extraArgs", r#"["--other"]"#),
    ("extraEnv", r#"[{"name": "RUST_LOG", "value": "debug"}]"#),
    ("service.type", r#""NodePort""#),
    ("networkPolicy.from", r#"[{"podSelector": {}}]"#),
    ("networkPolicy.egress", r#"[{}]"#),
    ("autoscaling.metrics", r#"[{"type": "Pods"}]"#),
    ("strategy.type", r#""Recreate""#),
    ("topologySpreadConstraints", "[]"),
    ("priorityClassName", r#""other""#),
    ("tolerations", r#"[{"operator": "Exists"}]"#),
    ("podSecurityContext.seccompProfile.type", r#""Localhost""#),
    ("securityContext.capabilities.drop", "[]"),
    ("resources.requests.cpu", r#""1""#),
    ("resources.requests.memory", r#""1Gi""#),
    ("resources.limits.memory", r#""1Gi""#),
    ("client.image.registry", r#""registry.example.com""#),
    ("client.image.repository", r#""other""#),
    ("client.image.tag", r#""other""#),
    ("client.image.digest", r#""sha256:0000000000000000000000000000000000000000000000000000000000000000""#),
    ("client.image.pullPolicy", r#""Never""#),
    ("client.server", r#""https://wait.example.com""#),
    ("client.caConfigMap", r#""other""#),
    ("client.resources.requests.cpu", r#""1""#),
    ("client.resources.requests.memory", r#""1Gi""#),
    ("client.resources.limits.memory", r#""1Gi""#),
    ("client.securityContext.capabilities.drop", "[]"),
    ("client.securityContext.seccompProfile.type", r#""Localhost""#),
];

#[test]
fn the_schema_has_the_values_and_no_others() {
    let read = |name: &str| read_to_string(format!("{CHART}/{name}")).unwrap();
    let schema: Value = serde_json::from_str(&read("values.schema.json")).unwrap();
    let values: Value = serde_saphyr::from_str(&read("values.yaml")).unwrap();
    let mut known = BTreeSet::new();
    compare(&schema, &schema, &values, "", &mut known);
    assert!(known.len() > 60, "only {} values were compared", known.len());
}

/// What the schema lists of a map is what the map has; what it does not list, it leaves to Kubernetes.
fn compare(schema: &Value, root: &Value, values: &Value, path: &str, known: &mut BTreeSet<String>) {
    let schema = schema["$ref"].as_str().map_or(schema, |name| root.pointer(&name[1..]).unwrap());
    let Some(properties) = schema["properties"].as_object().filter(|_| values.is_object()) else { return };
    let names = |map: &serde_json::Map<String, Value>| -> BTreeSet<String> { map.keys().cloned().collect() };
    let mut listed = names(properties);
    // Helm's own.
    listed.remove("global");
    assert_eq!(listed, names(values.as_object().unwrap()), "{path}");
    assert_eq!(schema["additionalProperties"], false, "{path}");
    for name in listed {
        let path = format!("{path}.{name}");
        compare(&properties[&name], root, &values[&name], &path, known);
        known.insert(path);
    }
}
