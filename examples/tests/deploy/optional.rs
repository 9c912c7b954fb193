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
