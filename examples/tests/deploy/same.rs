//! Chart, kustomize and the flat manifest create the same.

use super::objects::{objects, one, released, server};
use crate::helm::{matrix, run, template};
use serde_json::{Value, json};
use std::fs::read_to_string;

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy");

/// The flat manifest, which others have to be like.
fn flat() -> Vec<Value> {
    objects(&read_to_string(format!("{DEPLOY}/install.yaml")).unwrap())
}

fn kustomize(folder: &str) -> Vec<Value> {
    let said = run("kubectl", &["kustomize", folder], "").unwrap();
    assert_eq!(said.aside, "", "{folder}");
    objects(&said.output)
}

#[test]
#[ignore = "needs helm"]
fn the_base_is_the_flat_manifest() {
    assert_eq!(kustomize(&format!("{DEPLOY}/kustomize/base")), flat());
}

#[test]
#[ignore = "needs helm"]
fn the_chart_with_its_defaults_is_the_flat_manifest_but_for_the_namespace() {
    let mut flat = flat();
    flat.retain(|object| object["kind"] != "Namespace");
    assert_eq!(released(&template("k8s-wait", "k8s-wait", &json!({})).unwrap()), flat);
}

#[test]
#[ignore = "needs helm"]
fn the_namespaced_overlay_is_the_chart_that_watches_its_own_namespace() {
    let folder = tempfile::tempdir().unwrap();
    // From where a copy of the overlay finds what it is made of: kustomize takes no absolute paths.
    let up = "../".repeat(folder.path().components().count());
    let overlay = format!("namespace: shop\nresources: [{up}{}/kustomize/namespaced]\n", &DEPLOY[1..]);
    std::fs::write(folder.path().join("kustomization.yaml"), overlay).unwrap();
    let mut overlay = kustomize(folder.path().to_str().unwrap());
    let mut chart =
        released(&template("k8s-wait", "shop", &json!({"watch": {"namespaces": ["shop"]}})).unwrap());
    // One has the flag, the other its variable, which takes the value from where the pod is.
    let field = json!({"fieldRef": {"fieldPath": "metadata.namespace"}});
    assert_eq!(server(&overlay)["env"], json!([{"name": "K8S_WAIT_NAMESPACES", "valueFrom": field}]));
    container(&mut overlay).as_object_mut().unwrap().remove("env");
    let arguments = container(&mut chart)["args"].as_array_mut().unwrap();
    assert_eq!(arguments.remove(1), "--namespaces=shop");
    assert_eq!(overlay, chart);
}

#[test]
#[ignore = "needs helm"]
fn the_token_overlay_is_the_chart_that_wants_tokens() {
    let mut overlay = kustomize(&format!("{DEPLOY}/kustomize/token"));
    overlay.retain(|object| object["kind"] != "Namespace");
    let values = json!({"auth": {"mode": "token"}});
    let mut chart = released(&template("k8s-wait", "k8s-wait", &values).unwrap());
    // One has the variable, the other the flag.
    assert_eq!(server(&overlay)["env"], json!([{"name": "K8S_WAIT_AUTH", "value": "token"}]));
    container(&mut overlay).as_object_mut().unwrap().remove("env");
    let arguments = container(&mut chart)["args"].as_array_mut().unwrap();
    assert_eq!(arguments.remove(1), "--auth=token");
    assert_eq!(overlay, chart);
}

#[test]
#[ignore = "needs helm"]
fn the_tls_overlay_is_the_chart_that_speaks_https() {
    let mut overlay = kustomize(&format!("{DEPLOY}/kustomize/tls"));
    overlay.retain(|object| object["kind"] != "Namespace");
    let values = json!({"tls": {"secretName": "k8s-wait-tls"}, "client": {"caConfigMap": "k8s-wait-ca"}});
    let mut chart = released(&template("k8s-wait", "k8s-wait", &values).unwrap());
    // One has the variables, the other the flags.
    let path = |name: &str| format!("/var/run/secrets/k8s-wait-tls/{name}");
    let variables = json!([{"name": "K8S_WAIT_TLS_CERT", "value": path("tls.crt")},
        {"name": "K8S_WAIT_TLS_KEY", "value": path("tls.key")}]);
    assert_eq!(server(&overlay)["env"], variables);
    container(&mut overlay).as_object_mut().unwrap().remove("env");
    let arguments = container(&mut chart)["args"].as_array_mut().unwrap();
    let flags: Vec<Value> = arguments.splice(1..3, []).collect();
    assert_eq!(flags, [format!("--tls-cert={}", path("tls.crt")), format!("--tls-key={}", path("tls.key"))]);
    assert_eq!(overlay, chart);
}

#[test]
#[ignore = "needs helm"]
fn tokens_are_reviewed_by_a_right_in_the_cluster_also_for_some_namespaces() {
    let values = json!({"auth": {"mode": "token", "allow": ["shop=till", "*=shared"]}, "watch": {"namespaces": ["shop"]}});
    let made = objects(&template("k8s-wait", "k8s-wait", &values).unwrap());
    let rule =
        json!([{"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]}]);
    assert_eq!(one(&made, "ClusterRole")["rules"], rule);
    assert_ne!(one(&made, "Role")["rules"], rule);
    let arguments = server(&made)["args"].as_array().unwrap();
    assert!(arguments.contains(&json!("--allow=shop=till,*=shared")), "{arguments:?}");
}

#[test]
#[ignore = "needs helm"]
fn events_are_created_where_pods_wait_and_only_where_they_are_asked_for() {
    let rule = json!({"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create"]});
    let has_rule = |values: &Value, kind: &str| {
        let made = objects(&template("k8s-wait", "k8s-wait", values).unwrap());
        let arguments = server(&made)["args"].as_array().unwrap().clone();
        let has_flag = arguments.contains(&json!("--events-after=5m"));
        (has_flag, one(&made, kind)["rules"].as_array().unwrap().contains(&rule))
    };
    let mut values = json!({"auth": {"mode": "token"}});
    assert_eq!(has_rule(&values, "ClusterRole"), (false, false));
    values["server"] = json!({"eventsAfter": "5m"});
    assert_eq!(has_rule(&values, "ClusterRole"), (true, true));
    values["watch"] = json!({"namespaces": ["shop"]});
    assert_eq!(has_rule(&values, "Role"), (true, true));
    assert_eq!(has_rule(&values, "ClusterRole"), (true, false), "and nowhere else");
}

#[test]
#[ignore = "needs helm"]
fn the_example_gives_the_same_rights_by_the_chart_and_by_kustomize() {
    const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/install");
    let values = serde_saphyr::from_str(&read_to_string(format!("{EXAMPLE}/values.yaml")).unwrap()).unwrap();
    let mut chart = released(&template("k8s-wait", "shop", &values).unwrap());
    assert!(server(&chart)["args"].as_array().unwrap().contains(&json!("--namespaces=shop,till")));
    chart.retain(|object| object["metadata"]["namespace"] == "shop");
    let overlay = kustomize(EXAMPLE);
    for kind in ["Role", "RoleBinding", "ServiceAccount"] {
        assert_eq!(one(&overlay, kind), one(&chart, kind));
    }
    let rules = &one(&overlay, "Role")["rules"];
    assert_eq!(rules.as_array().unwrap().last().unwrap()["resources"], json!(["certificates"]));
}

fn container(objects: &mut [Value]) -> &mut Value {
    let deployment = objects.iter_mut().find(|object| object["kind"] == "Deployment").unwrap();
    deployment.pointer_mut("/spec/template/spec/containers/0").unwrap()
}

#[test]
#[ignore = "needs helm"]
fn roles_are_those_that_the_server_prints_and_own_rules_are_added() {
    let printed = |file: &str| objects(&read_to_string(format!("{DEPLOY}/kustomize/{file}")).unwrap());
    let own = &matrix("shop").into_iter().find(|(name, _)| *name == "own kinds").unwrap().1;
    let mut expected = one(&printed("base/rbac.yaml"), "ClusterRole")["rules"].clone();
    expected.as_array_mut().unwrap().push(own["rbac"]["extraRules"][0].clone());
    let made = objects(&template("k8s-wait", "k8s-wait", own).unwrap());
    assert_eq!(one(&made, "ClusterRole")["rules"], expected);

    let both = json!({"watch": {"namespaces": ["shop", "till"]}});
    let made = objects(&template("k8s-wait", "k8s-wait", &both).unwrap());
    let roles: Vec<&Value> = made.iter().filter(|object| object["kind"] == "Role").collect();
    assert_eq!(roles.iter().map(|role| &role["metadata"]["namespace"]).collect::<Vec<_>>(), ["shop", "till"]);
    let printed = printed("namespaced/role.yaml");
    assert!(roles.iter().all(|role| role["rules"] == one(&printed, "Role")["rules"]));
    assert!(made.iter().all(|object| !object["kind"].as_str().unwrap().starts_with("Cluster")));
}

#[test]
#[ignore = "needs helm"]
fn the_version_is_this_one() {
    let chart: Value =
        serde_saphyr::from_str(&read_to_string(format!("{DEPLOY}/chart/k8s-wait/Chart.yaml")).unwrap())
            .unwrap();
    assert_eq!([&chart["version"], &chart["appVersion"]], [env!("CARGO_PKG_VERSION"); 2]);
    let image = format!("k8s-wait-server:{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(server(&flat())["image"], image);
    assert_eq!(server(&objects(&template("k8s-wait", "k8s-wait", &json!({})).unwrap()))["image"], image);
}
