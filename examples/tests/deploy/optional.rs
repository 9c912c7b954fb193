//! What is made only where it is asked for, and so stands in no other manifest to be compared with.

use super::objects::{objects, one, server};
use crate::helm::template;
use k8s_wait_examples::objects::webhook;
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
        let rule = json!([{"key": "app.kubernetes.io/component", "operator": "NotIn", "values": ["replicas", "inject"]}]);
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

#[test]
#[ignore = "needs helm"]
fn the_webhook_is_asked_about_annotated_pods_in_namespaces_with_the_label() {
    let values =
        json!({"inject": {"enabled": true}, "auth": {"mode": "token"}, "networkPolicy": {"enabled": true}});
    let made = made(&values);
    let kept = |kind: &str| made.iter().find(|object| object["kind"] == kind).unwrap();
    let secret = kept("Secret");
    assert_eq!([&secret["type"], &secret["metadata"]["name"]], ["kubernetes.io/tls", "wait-k8s-wait-inject"]);
    let service =
        json!({"name": "wait-k8s-wait-inject", "namespace": "infra", "path": "/inject", "port": 443});
    let client = json!({"service": service, "caBundle": secret["data"]["ca.crt"]});
    let mut configuration = kept("MutatingWebhookConfiguration").clone();
    configuration["metadata"] = json!({"name": configuration["metadata"]["name"]});
    // The real API server is asked with the same one in examples/tests/cluster/annotations.rs.
    assert_eq!(configuration, webhook("wait-k8s-wait-inject.infra", &client, "Fail"));

    let inject = made
        .iter()
        .find(|object| object["metadata"]["name"] == "wait-k8s-wait-inject" && object["kind"] == "Service");
    assert_eq!(
        inject.unwrap()["spec"]["ports"],
        json!([{"name": "inject", "port": 443, "targetPort": "inject"}])
    );
    let pod = &one(&made, "Deployment")["spec"]["template"]["spec"];
    let server = &pod["containers"][0];
    assert_eq!(server["ports"][1], json!({"name": "inject", "containerPort": 8443}));
    let mount = json!({"name": "inject", "mountPath": "/var/run/secrets/k8s-wait-inject", "readOnly": true});
    assert_eq!(server["volumeMounts"], json!([mount]));
    assert_eq!(pod["volumes"], json!([{"name": "inject", "secret": {"secretName": "wait-k8s-wait-inject"}}]));
    let arguments: Vec<&str> =
        server["args"].as_array().unwrap().iter().map(|argument| argument.as_str().unwrap()).collect();
    let version = env!("CARGO_PKG_VERSION");
    let image = format!("--inject-image=k8s-wait-client:{version}");
    assert!(
        arguments.ends_with(&[
            "--inject=0.0.0.0:8443",
            "--inject-cert=/var/run/secrets/k8s-wait-inject/tls.crt",
            "--inject-key=/var/run/secrets/k8s-wait-inject/tls.key",
            &image,
            "--inject-server=http://wait-k8s-wait.infra.svc:8080",
            "--inject-invalid=refuse",
        ]),
        "{arguments:?}"
    );
    let policy = &one(&made, "NetworkPolicy")["spec"]["ingress"];
    assert_eq!(policy[1], json!({"ports": [{"port": "inject"}]}));
}

#[test]
#[ignore = "needs helm"]
fn cert_manager_makes_the_certificate_where_it_is_asked_to() {
    let of = |reference: Value| {
        made(&json!({"inject": {"enabled": true, "certManager": {"enabled": true, "issuerRef": reference}}}))
    };
    let own = of(json!({}));
    let named = |kind: &str, name: &str| {
        let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
        own.iter().find(is_it).unwrap_or_else(|| panic!("{kind} {name}"))["spec"].clone()
    };
    let certificate = named("Certificate", "wait-k8s-wait-inject");
    assert_eq!(certificate["dnsNames"], json!(["wait-k8s-wait-inject.infra.svc"]));
    assert_eq!(certificate["secretName"], "wait-k8s-wait-inject");
    // A renewed certificate is trusted before pods see it: whoever signs it is another one, and lasts.
    let issuer = named("Issuer", certificate["issuerRef"]["name"].as_str().unwrap());
    let authority = named("Certificate", "wait-k8s-wait-inject-ca");
    assert_eq!(issuer["ca"]["secretName"], authority["secretName"]);
    assert_ne!(authority["secretName"], certificate["secretName"]);
    assert_eq!((&authority["isCA"], &authority["duration"]), (&json!(true), &json!("87600h")));
    let first = named("Issuer", authority["issuerRef"]["name"].as_str().unwrap());
    assert_eq!(first["selfSigned"], json!({}));
    let configuration = one(&own, "MutatingWebhookConfiguration");
    let from = &configuration["metadata"]["annotations"]["cert-manager.io/inject-ca-from"];
    assert_eq!(*from, "infra/wait-k8s-wait-inject");
    assert_eq!(configuration["webhooks"][0]["clientConfig"].get("caBundle"), None);
    assert!(own.iter().all(|object| object["kind"] != "Secret"));
    let others = of(json!({"kind": "ClusterIssuer", "name": "internal"}));
    assert!(others.iter().all(|object| object["kind"] != "Issuer"));
    assert_eq!(one(&others, "Certificate")["spec"]["issuerRef"]["name"], "internal");
}
