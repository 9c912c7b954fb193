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
    let ways = json!([{"to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}]}]);
    for (values, types, rule, egress) in [
        (json!({}), json!(["Ingress"]), json!({"ports": [{"port": "http"}]}), &Value::Null),
        (
            json!({"from": peers, "egress": ways}),
            json!(["Ingress", "Egress"]),
            json!({"ports": [{"port": "http"}], "from": peers}),
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
fn the_autoscaler_scales_the_server() {
    let made = made(&json!({"fullnameOverride": "other", "autoscaling": {"enabled": true}}));
    let autoscaler = &one(&made, "HorizontalPodAutoscaler")["spec"];
    let server = one(&made, "Deployment");
    let target = json!({"apiVersion": server["apiVersion"], "kind": "Deployment", "name": "other"});
    assert_eq!(server["metadata"]["name"], "other");
    assert_eq!(autoscaler["scaleTargetRef"], target);
    assert_eq!([&autoscaler["minReplicas"], &autoscaler["maxReplicas"]], [2, 5]);
}
