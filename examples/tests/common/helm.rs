//! helm and kubectl, as the `PATH` has them: [`run`], and what the chart makes of values: [`template`].

use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// Our chart.
pub(crate) const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/chart/k8s-wait");

/// What helm keeps for itself, so that it neither finds nor leaves anything in somebody's home.
static HOME: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// What a program that succeeded has said.
pub(crate) struct Said {
    pub(crate) output: String,
    /// On standard error: warnings.
    pub(crate) aside: String,
}

/// Runs a program, which is given `input` to read. The error is what it says on standard error.
pub(crate) fn run(program: &str, arguments: &[&str], input: &str) -> Result<Said, String> {
    let mut command = Command::new(program);
    for name in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(name, HOME.path());
    }
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}: is it in the PATH?"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // It may say much before it has read all.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    drop(writer.join().unwrap());
    let aside = String::from_utf8(output.stderr).unwrap();
    match output.status.success() {
        true => Ok(Said { output: String::from_utf8(output.stdout).unwrap(), aside }),
        false => Err(aside),
    }
}

/// The manifest of a release of our chart, with these values.
pub(crate) fn template(release: &str, namespace: &str, values: &Value) -> Result<String, String> {
    let arguments = ["template", release, CHART, "--namespace", namespace, "--values", "-"];
    run("helm", &arguments, &values.to_string()).map(|said| said.output)
}

/// Values that change every part of what the chart makes, each set with its name. Roles are in `namespace`.
pub(crate) fn matrix(namespace: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("defaults", json!({})),
        ("one replica", json!({"replicaCount": 1, "podDisruptionBudget": {"enabled": false}})),
        ("budget", json!({"podDisruptionBudget": {"maxUnavailable": "50%"}})),
        ("namespaced", json!({"watch": {"namespaces": [namespace]}})),
        ("own kinds", own_kinds()),
        ("tokens", json!({"auth": {"mode": "token", "allow": ["shop=till", "*=shared", "ops=*"]}})),
        ("events", json!({"auth": {"mode": "token"}, "server": {"eventsAfter": "1h30m"}})),
        ("tokens in a namespace", json!({"auth": {"mode": "token"}, "watch": {"namespaces": [namespace]}})),
        (
            "https",
            json!({"tls": {"secretName": "k8s-wait-tls"}, "client": {"caConfigMap": "k8s-wait-ca", "token": true}}),
        ),
        (
            "scaled",
            json!({"autoscaling": {"enabled": true, "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60}}}}),
        ),
        ("closed", closed()),
        ("placed", placed()),
        (
            "named",
            json!({"nameOverride": "waiter", "fullnameOverride": "w".repeat(63),
            "commonLabels": {"team": "shop"}, "commonAnnotations": {"example.com/a": "b"},
            "podLabels": {"tier": "infra"}, "podAnnotations": {"example.com/c": "d"}}),
        ),
        ("images", images()),
        (
            "flags",
            json!({"server": {"listen": "[::]:9090", "maxWaiters": 1_000_000, "linger": "1h30m", "preload": ["pod", "job"],
            "allowNetwork": ["10.0.0.0/8", "db.example.com"], "shutdownGraceSeconds": 0},
            "extraArgs": ["--version"], "extraEnv": [{"name": "RUST_LOG", "value": "info"}]}),
        ),
        (
            "service",
            json!({"service": {"type": "NodePort", "port": 80, "annotations": {"example.com/a": "b"}}}),
        ),
        (
            "webhook",
            json!({"inject": {"enabled": true, "failurePolicy": "Ignore", "invalid": "admit"}, "auth": {"mode": "token"}}),
        ),
        ("balanced", json!({"service": {"type": "LoadBalancer"}})),
        (
            "rights of others",
            json!({"rbac": {"create": false}, "serviceAccount": {"create": false, "name": "default"}}),
        ),
        ("recreated", json!({"strategy": {"type": "Recreate", "rollingUpdate": null}})),
        (
            "any user",
            json!({"podSecurityContext": {"runAsUser": null, "runAsGroup": null},
            "client": {"securityContext": {"runAsUser": null}}}),
        ),
        ("disabled", json!({"enabled": false})),
    ]
}

fn own_kinds() -> Value {
    let rule =
        json!({"apiGroups": ["cert-manager.io"], "resources": ["certificates"], "verbs": ["list", "watch"]});
    json!({"rbac": {"extraRules": [rule]}})
}

fn closed() -> Value {
    let peer = json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}});
    let api = json!({"to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}], "ports": [{"port": 6443}]});
    json!({"networkPolicy": {"enabled": true, "from": [peer], "egress": [api]}})
}

fn placed() -> Value {
    let term =
        json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "db"}}});
    json!({
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}],
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}},
        "topologySpreadConstraints": [{"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "own"}}}],
    })
}

fn images() -> Value {
    let digest = format!("sha256:{}", "0".repeat(64));
    json!({
        "image": {"registry": "registry.example.com:5000/team", "repository": "wait/server", "tag": "1.2.3",
            "digest": digest, "pullPolicy": "Always", "pullSecrets": [{"name": "registry"}]},
        "client": {"image": {"registry": "registry.example.com", "tag": "1.2.3-tls", "pullPolicy": "Never"},
            "server": "https://wait.example.com/", "resources": {"limits": {"memory": "32Mi"}}},
    })
}
