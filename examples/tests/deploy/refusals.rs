//! Values that make no sense, and what is said about them.

use crate::helm::{CHART, run, template};
use serde_json::{Value, json};

/// Values, and what has to be said.
fn cases() -> Vec<(Value, &'static str)> {
    let secrets = |groups: Value, resources: Value| json!({"rbac": {"extraRules": [{"apiGroups": groups, "resources": resources, "verbs": ["get"]}]}});
    let no_secrets =
        "rbac.extraRules must not give away secrets, which the server never reads: name other resources";
    vec![
        (json!({"replicas": 3}), "additional properties 'replicas' not allowed"),
        (json!({"server": {"lingers": "5m"}}), "at '/server': additional properties 'lingers' not allowed"),
        (json!({"server": {"linger": "soon"}}), "at '/server/linger': 'soon' does not match pattern"),
        (json!({"server": {"linger": null}}), "at '/server': missing property 'linger'"),
        (json!({"server": {"maxWaiters": 0}}), "at '/server/maxWaiters': minimum: got 0, want 1"),
        (json!({"server": {"listen": "8080"}}), "at '/server/listen': '8080' does not match pattern"),
        (json!({"server": {"listen": ":08080"}}), "at '/server/listen': ':08080' does not match pattern"),
        (
            json!({"fullnameOverride": "1e3"}),
            "the Service cannot be called \"1e3\", as a Service's name begins with a letter: set fullnameOverride",
        ),
        (json!({"replicaCount": "two"}), "at '/replicaCount': got string, want integer"),
        (json!({"image": {"digest": "sha256:1"}}), "at '/image/digest': 'sha256:1' does not match pattern"),
        (
            json!({"image": {"pullPolicy": "Often"}}),
            "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'",
        ),
        (
            json!({"watch": {"namespaces": ["a", "B"]}}),
            "at '/watch/namespaces/1': 'B' does not match pattern",
        ),
        (json!({"watch": {"namespaces": ["a", "a"]}}), "at '/watch/namespaces': items at 0 and 1 are equal"),
        (
            json!({"service": {"type": "ExternalName"}}),
            "at '/service/type': value must be one of 'ClusterIP', 'NodePort', 'LoadBalancer'",
        ),
        (json!({"commonLabels": {"a": true}}), "at '/commonLabels/a': got boolean, want string"),
        (
            json!({"podDisruptionBudget": {"maxUnavailable": "half"}}),
            "at '/podDisruptionBudget/maxUnavailable': 'half' does not match pattern",
        ),
        (
            json!({"rbac": {"extraRules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["delete"]}]}}),
            "at '/rbac/extraRules/0/verbs/0': value must be one of 'get', 'list', 'watch'",
        ),
        (secrets(json!([""]), json!(["secrets"])), no_secrets),
        (secrets(json!(["*"]), json!(["*"])), no_secrets),
        (
            json!({"serviceAccount": {"create": false}}),
            "serviceAccount.name is empty: name the ServiceAccount that exists, as serviceAccount.create is false",
        ),
        (
            json!({"autoscaling": {"enabled": true, "minReplicas": 9}}),
            "autoscaling.minReplicas is 9, which must be at most autoscaling.maxReplicas, 5",
        ),
        (
            json!({"podAnnotations": {"k8s-wait.dev/wait-for": "job/a"}}),
            "podAnnotations must not have k8s-wait.dev/wait-for, as the server cannot wait for itself: leave it out",
        ),
        (
            json!({"page": {"readers": "token"}}),
            "page.readers is token, which means nothing unless it is known who asks: set auth.mode to token, or page.readers to all or none",
        ),
        (
            json!({"server": {"eventsAfter": "5m"}}),
            "server.eventsAfter means nothing unless it is known which pod asks: set auth.mode to token, or leave it empty",
        ),
        (
            json!({"metrics": {"readers": "some"}}),
            "at '/metrics/readers': value must be one of 'all', 'token', 'none'",
        ),
        (
            json!({"metrics": {"readers": "none", "serviceMonitor": {"enabled": true}}}),
            "metrics.serviceMonitor shows no token, and metrics.readers is none: set metrics.readers to all, or make a ServiceMonitor of your own",
        ),
        (
            json!({"metrics": {"serviceMonitor": {"interval": "often"}}}),
            "at '/metrics/serviceMonitor/interval': 'often' does not match pattern",
        ),
        (
            json!({"extraArgs": ["--linger=1s"]}),
            "extraArgs must not have the flag of a value: set server.linger instead",
        ),
        (
            json!({"extraArgs": ["--tls-key=/k"]}),
            "extraArgs must not have the flag of a value: set tls.secretName instead",
        ),
        (
            json!({"tls": {"secretName": "own"}}),
            "client.caConfigMap is empty: name the ConfigMap with the certificate authority of tls.secretName in its ca.crt",
        ),
        (
            json!({"inject": {"enabled": true, "targetPort": 8080}}),
            "inject.targetPort is 8080, which is the port of server.listen: choose another one",
        ),
        (
            json!({"inject": {"enabled": true}, "client": {"token": true}}),
            "client.token is of no effect on containers that the webhook adds",
        ),
        (
            json!({"inject": {"failurePolicy": "Never"}}),
            "at '/inject/failurePolicy': value must be one of 'Fail', 'Ignore'",
        ),
        (
            json!({"extraArgs": ["--inject=:1"]}),
            "extraArgs must not have the flag of a value: set inject.enabled instead",
        ),
        (json!({"tls": {"secretName": "Own"}}), "at '/tls/secretName': 'Own' does not match pattern"),
        (json!({"extraArgs": ["linger"]}), "at '/extraArgs/0': 'linger' does not match pattern"),
    ]
}

#[test]
#[ignore = "needs helm"]
fn bad_values_are_named_with_what_would_be_right() {
    for (values, expected) in cases() {
        let error = template("k8s-wait", "k8s-wait", &values).expect_err(expected);
        assert!(error.contains(expected), "{values}: {error:?} lacks {expected:?}");
    }
}

/// An API server before that asks about every pod of a namespace with the label.
#[test]
#[ignore = "needs helm"]
fn the_webhook_wants_an_api_server_that_looks_at_annotations_itself() {
    let with = |version: &str, values: Value| {
        let arguments = ["template", "wait", CHART, "--kube-version", version, "--values", "-"];
        run("helm", &arguments, &values.to_string())
    };
    let webhook = || json!({"inject": {"enabled": true}});
    let error = with("1.29.9", webhook()).err().unwrap();
    assert!(
        error.contains("inject.enabled needs Kubernetes 1.30, and this is v1.29.9: leave it false"),
        "{error}"
    );
    for (version, values) in [("1.30.0", webhook()), ("1.30.1-gke.7", webhook()), ("1.29.9", json!({}))] {
        assert!(with(version, values).is_ok(), "{version}");
    }
}

#[test]
#[ignore = "needs helm"]
fn a_rule_for_something_else_in_the_core_group_is_taken() {
    let rule = json!({"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]});
    template("k8s-wait", "k8s-wait", &json!({"rbac": {"extraRules": [rule]}})).unwrap();
}
