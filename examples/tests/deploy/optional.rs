//! What is made only where it is asked for, and so stands in no other manifest to be compared with.

use super::objects::{objects, one, server};
use crate::helm::template;
use serde_json::{Value, json};

fn made(values: &Value) -> Vec<Value> {
    objects(&template("wait", "infra", values).unwrap())
}

#[test]
#[ignore = "needs helm"]
fn the_policy_closes_all_but_the_port_of_the_servers_pods() {
    let peers = json!([{"namespaceSelector": {"matchLabels": {"team": "shop"}}}]);
    let own = json!({"podSelector": {"matchLabels": {"app.kubernetes.io/instance": "wait", "app.kubernetes.io/name": "k8s-wait"}}});
    let ways = json!([{"to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}]}]);
    for (values, types, rule, egress) in [
        (json!({}), json!(["Ingress"]), json!({"ports": [{"port": "http"}]}), &Value::Null),
        (
            json!({"from": peers, "egress": ways}),
            json!(["Ingress", "Egress"]),
            json!({"ports": [{"port": "http"}], "from": [peers[0], own]}),
            &ways,
        ),
    ] {
        let mut values = json!({"networkPolicy": values});
        values["networkPolicy"]["enabled"] = true.into();
        let made = made(&values);
        let policy = &one(&made, "NetworkPolicy")["spec"];
        assert_eq!(policy["podSelector"], one(&made, "Deployment")["spec"]["selector"]);
        assert_eq!(policy["ingress"], json!([rule]));
        assert_eq!([&policy["policyTypes"], &policy["egress"]], [&types, egress]);
        assert_eq!(server(&made)["ports"][0]["name"], "http");
    }
}

#[test]
#[ignore = "needs helm"]
fn replicas_have_a_name_by_which_they_find_one_another_where_that_is_all_they_need() {
    let name_of = |values: Value| {
        let made = made(&values);
        let service = made.iter().find(|object| object["spec"]["clusterIP"] == "None");
        let asked = server(&made)["args"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned();
        let name = service.map(|service| service["metadata"]["name"].as_str().unwrap().to_owned());
        assert_eq!(name.is_some(), asked.starts_with("--replicas="), "{values}");
        if let Some(service) = service {
            assert_eq!(service["spec"]["selector"], one(&made, "Service")["spec"]["selector"]);
            assert_eq!(asked, format!("--replicas=http://{}:8080", name.clone().unwrap()));
        }
        name
    };
    assert_eq!(name_of(json!({})).as_deref(), Some("wait-k8s-wait-replicas"));
    let long = "a".repeat(63);
    let cut = name_of(json!({"fullnameOverride": long})).unwrap();
    assert_eq!((cut.len(), cut.ends_with("a-replicas")), (63, true));
    for values in [
        json!({"server": {"askReplicas": false}}),
        json!({"auth": {"mode": "token"}}),
        json!({"tls": {"secretName": "own"}, "client": {"caConfigMap": "ours"}}),
    ] {
        assert_eq!(name_of(values), None);
    }
}

/// Who is asked by https, says so wherever it is asked.
#[test]
#[ignore = "needs helm"]
fn a_server_with_a_certificate_is_asked_by_https() {
    let made = made(&json!({"tls": {"secretName": "own"}, "client": {"caConfigMap": "ours"},
        "networkPolicy": {"enabled": true}, "watch": {"namespaces": ["shop"]}}));
    let server = server(&made);
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert_eq!(
            [&server[probe]["httpGet"]["scheme"], &server[probe]["httpGet"]["port"]],
            ["HTTPS", "https"]
        );
    }
    assert_eq!(server["ports"][0]["name"], "https");
    assert_eq!(one(&made, "Service")["spec"]["ports"][0]["targetPort"], "https");
    assert_eq!(one(&made, "NetworkPolicy")["spec"]["ingress"][0]["ports"], json!([{"port": "https"}]));
    let secret = json!([{"name": "tls", "secret": {"secretName": "own"}}]);
    assert_eq!(one(&made, "Deployment")["spec"]["template"]["spec"]["volumes"], secret);

    let test = &one(&made, "Pod")["spec"];
    let arguments = [
        "https://wait-k8s-wait.infra.svc:8080/readyz",
        "--timeout=2m",
        "--ca-file=/var/run/secrets/k8s-wait/ca.crt",
        "--server=https://wait-k8s-wait.infra.svc:8080",
    ];
    assert_eq!(test["containers"][0]["args"], json!(arguments));
    assert_eq!(test["containers"][0]["image"], format!("k8s-wait-client:{}-tls", env!("CARGO_PKG_VERSION")));
    let trusted = json!([{"configMap": {"name": "ours", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}]);
    assert_eq!(test["volumes"], json!([{"name": "k8s-wait", "projected": {"sources": trusted}}]));
}

#[test]
#[ignore = "needs helm"]
fn prometheus_is_told_of_each_replica_once_and_of_the_alerts_that_are_tested() {
    // A label that every object is given takes none of them out.
    let values = json!({"commonLabels": {"app.kubernetes.io/component": "gate"},
        "metrics": {"serviceMonitor": {"enabled": true, "labels": {"release": "own"}}, "rules": {"enabled": true}}});
    let found = made(&values);
    let monitor = one(&found, "ServiceMonitor");
    assert_eq!(monitor["metadata"]["labels"]["release"], "own");
    let matches = |service: &&Value| {
        let labels = &service["metadata"]["labels"];
        let wanted = monitor["spec"]["selector"]["matchLabels"].as_object().unwrap();
        let rule =
            json!([{"key": "app.kubernetes.io/component", "operator": "NotIn", "values": ["replicas"]}]);
        assert_eq!(monitor["spec"]["selector"]["matchExpressions"], rule);
        wanted.iter().all(|(key, value)| labels[key] == *value)
            && labels["app.kubernetes.io/component"] != "replicas"
    };
    let services: Vec<&Value> =
        found.iter().filter(|object| object["kind"] == "Service").filter(matches).collect();
    assert_eq!(services, [one(&found, "Service")], "and not the one with all addresses");
    let endpoint = json!([{"port": "http", "path": "/metrics", "interval": "30s"}]);
    assert_eq!(monitor["spec"]["endpoints"], endpoint);
    assert_eq!(services[0]["spec"]["ports"][0]["name"], "http");
    let alerts = include_str!("../../../deploy/observability/alerts.yaml");
    let alerts: Value = serde_saphyr::from_str(alerts).unwrap();
    assert_eq!(one(&found, "PrometheusRule")["spec"], alerts);
    let https = made(&json!({"tls": {"secretName": "own"}, "client": {"caConfigMap": "ours"},
        "metrics": {"serviceMonitor": {"enabled": true}}}));
    let endpoint = &one(&https, "ServiceMonitor")["spec"]["endpoints"][0];
    let trusted = json!({"serverName": "wait-k8s-wait.infra.svc", "ca": {"configMap": {"name": "ours", "key": "ca.crt"}}});
    assert_eq!([&endpoint["scheme"], &endpoint["tlsConfig"]], [&json!("https"), &trusted]);
}

#[test]
#[ignore = "needs helm"]
fn the_autoscaler_scales_the_server() {
    let made = made(&json!({"fullnameOverride": "other", "autoscaling": {"enabled": true}}));
    let autoscaler = &one(&made, "HorizontalPodAutoscaler")["spec"];
    let server = one(&made, "Deployment");
    let target = json!({"apiVersion": server["apiVersion"], "kind": "Deployment", "name": "other"});
    assert_eq!(server["metadata"]["name"], "other");
    assert_eq!(autoscaler["scaleTargetRef"], target);
    assert_eq!([&autoscaler["minReplicas"], &autoscaler["maxReplicas"]], [2, 5]);
}
