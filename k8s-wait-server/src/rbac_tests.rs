use crate::{Order, read};
use k8s_wait_lib::CheckRegistry;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const READ: [&str; 2] = ["list", "watch"];

/// What is printed, or what is complained about.
fn rbac(arguments: &[&str]) -> Result<String, String> {
    let arguments = ["k8s-wait-server", "rbac"].into_iter().chain(arguments.iter().copied());
    match read(&arguments.map(str::to_owned).collect::<Vec<_>>(), |name| panic!("{name} is read")) {
        Ok(Order::Say(text)) => Ok(text),
        Ok(Order::Run(_)) => panic!("it serves"),
        Ok(Order::Inject(manifest)) => panic!("{manifest:?}"),
        Err(usage) => Err(usage.to_string()),
    }
}

fn objects(arguments: &[&str]) -> Vec<Value> {
    serde_saphyr::from_multiple(&rbac(arguments).unwrap()).unwrap()
}

/// Kind and namespace of each role, and what it lets be read. Each is checked to be bound to the server's account.
fn roles(arguments: &[&str]) -> Vec<(String, Value, Vec<String>)> {
    let objects = objects(arguments);
    objects.chunks(2).map(|pair| role(&pair[0], &pair[1])).collect()
}

fn role(role: &Value, binding: &Value) -> (String, Value, Vec<String>) {
    let kind = role["kind"].as_str().unwrap().to_owned();
    let group = "rbac.authorization.k8s.io";
    for object in [role, binding] {
        assert_eq!(
            (&object["apiVersion"], &object["metadata"]["name"]),
            (&json!(format!("{group}/v1")), &json!("k8s-wait"))
        );
        assert_eq!(object["metadata"]["namespace"], role["metadata"]["namespace"]);
    }
    assert_eq!(binding["kind"], format!("{kind}Binding"));
    assert_eq!(binding["roleRef"], json!({"apiGroup": group, "kind": kind, "name": "k8s-wait"}));
    let account = json!([{"kind": "ServiceAccount", "name": "k8s-wait", "namespace": "k8s-wait"}]);
    assert_eq!(binding["subjects"], account);
    (
        kind,
        role["metadata"]["namespace"].clone(),
        role["rules"].as_array().unwrap().iter().flat_map(resources).collect(),
    )
}

/// As `jobs.batch`.
fn resources(rule: &Value) -> Vec<String> {
    assert_eq!(rule["verbs"], json!(READ), "{rule}");
    assert_eq!(rule.as_object().unwrap().len(), 3, "{rule}");
    let group = rule["apiGroups"][0].as_str().unwrap();
    let plurals = rule["resources"].as_array().unwrap().iter().map(|plural| plural.as_str().unwrap());
    plurals.map(|plural| [plural, group].join(".").trim_end_matches('.').to_owned()).collect()
}

const EVENTS: &str = r#"  - apiGroups: ["events.k8s.io"]
    resources: ["events"]
    verbs: [create]
"#;

#[test]
fn events_take_a_right_where_pods_wait() {
    let everywhere = rbac(&["--auth=token", "--events-after=5m", "job"]).unwrap();
    assert!(everywhere.contains(&format!("{EVENTS}{REVIEW}---\n")), "{everywhere}");
    let two = rbac(&["--auth=token", "--events-after=5m", "--namespaces=shop,till"]).unwrap();
    assert_eq!((two.matches("kind: Role\n").count(), two.matches(EVENTS).count()), (4, 2), "{two}");
    assert_eq!(two.matches("kind: ClusterRole\n").count(), 2, "for tokens alone: {two}");
    let refused = rbac(&["--events-after=5m"]).unwrap_err();
    assert_eq!(refused, "--events-after \"5m\": means nothing without --auth token");
}

const REVIEW: &str = r#"  - apiGroups: ["authentication.k8s.io"]
    resources: ["tokenreviews"]
    verbs: [create]
"#;

#[test]
fn tokens_are_reviewed_where_they_are_asked_for() {
    let plain = rbac(&[]).unwrap();
    assert_eq!(rbac(&["--auth", "none"]).unwrap(), plain);
    assert!(!plain.contains("tokenreviews"));
    let with = rbac(&["--auth", "token"]).unwrap();
    assert_eq!(with.replacen(REVIEW, "", 1), plain);

    let inside = rbac(&["--namespaces", "shop"]).unwrap();
    let with = rbac(&["--namespaces", "shop", "--auth=token"]).unwrap();
    let role = with.strip_prefix(&inside).unwrap();
    assert!(role.starts_with("---\napiVersion") && role.contains("kind: ClusterRole\n"), "{role}");
    assert!(role.contains(&format!("rules:\n{REVIEW}---\n")), "{role}");
    assert_eq!(rbac(&["--auth", "x"]).unwrap_err(), "--auth \"x\": expected none or token");
}

fn sorted(resources: impl IntoIterator<Item = String>) -> Vec<String> {
    resources.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a ClusterRole, and nothing else, lets be read.
fn whole(arguments: &[&str]) -> Vec<String> {
    let [(role, namespace, read)] = &roles(arguments)[..] else { panic!("{arguments:?}") };
    assert_eq!((role.as_str(), namespace), ("ClusterRole", &Value::Null));
    sorted(read.clone())
}

#[test]
fn every_kind_alone_is_what_its_check_reads() {
    let registry = CheckRegistry::kubernetes().unwrap();
    let mut count = 0;
    for kind in registry.kinds().filter(|kind| !kind.reads.is_empty()) {
        assert_eq!(whole(&[&kind.name]), sorted(kind.reads.clone()), "{}", kind.name);
        for alias in &kind.aliases {
            assert_eq!(rbac(&[alias]), rbac(&[&kind.name]));
        }
        count += 1;
    }
    assert_eq!(count, 10);
}

#[test]
fn without_a_kind_it_is_all_that_checks_read() {
    let registry = CheckRegistry::kubernetes().unwrap();
    assert_eq!(whole(&[]), sorted(registry.kinds().flat_map(|kind| kind.reads.clone())));
}

#[test]
fn the_order_does_not_depend_on_what_was_named_first() {
    assert_eq!(rbac(&["job", "svc", "pods"]), rbac(&["pod", "service", "job.batch", "service"]));
    assert_eq!(rbac(&["--namespaces", "b,a", "job"]), rbac(&["job", "--namespaces=a,b,a"]));
}

#[test]
fn with_namespaces_each_has_a_role_and_nothing_is_said_of_the_cluster() {
    let printed = roles(&["--namespaces", "shop,1e3"]);
    let namespaces: Vec<&Value> = printed.iter().map(|(_, namespace, _)| namespace).collect();
    assert_eq!(namespaces, [&json!("1e3"), &json!("shop")], "a name that looks like a number is none");
    for (role, _, read) in &printed {
        assert_eq!(role, "Role");
        assert!(
            read.contains(&"jobs.batch".to_owned()) && !read.contains(&"namespaces".to_owned()),
            "{read:?}"
        );
    }
    assert_eq!(printed[0].2, printed[1].2);
}

#[test]
fn kinds_that_are_in_no_namespace_get_a_cluster_role_beside_the_roles() {
    let printed = roles(&["--namespaces=shop", "ns", "job", "crd"]);
    let row = |kind: &str, namespace: Value, read: &[&str]| {
        (kind.to_owned(), namespace, read.iter().map(|&resource| resource.to_owned()).collect::<Vec<_>>())
    };
    let definitions = "customresourcedefinitions.apiextensions.k8s.io";
    assert_eq!(
        printed,
        [
            row("Role", json!("shop"), &["pods", "jobs.batch"]),
            row("ClusterRole", Value::Null, &["namespaces", definitions]),
        ]
    );
    let printed = roles(&["--namespaces=shop,till", "namespace"]);
    assert_eq!(printed, [row("ClusterRole", Value::Null, &["namespaces"])]);
}

#[test]
fn a_kind_that_nobody_registered_is_named_by_its_plural_and_group() {
    for (word, resource) in [
        ("certificates.cert-manager.io", "certificates.cert-manager.io"),
        ("Certificates.v1beta1.Cert-Manager.io", "certificates.cert-manager.io"),
        ("widgets.vpn.example.com", "widgets.vpn.example.com"),
        ("configmaps.v1", "configmaps"),
        ("cronjobs.batch", "cronjobs.batch"),
        ("secrets.example.com", "secrets.example.com"),
        ("tcp.example.com", "tcp.example.com"),
    ] {
        assert_eq!(roles(&[word])[0].2, [resource], "{word}");
        let printed = roles(&["--namespaces=shop", word]);
        assert_eq!((printed.len(), printed[0].0.as_str(), &printed[0].2[0][..]), (1, "Role", resource));
    }
    for known in ["job.batch", "jobs.v1.batch", "JOBS"] {
        assert_eq!(rbac(&[known]), rbac(&["job"]));
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_one_sentence() {
    for (arguments, expected) in [
        (&["tcp"][..], "\"tcp\" is probed over the network and reads nothing from the API"),
        (&["job", "HTTP"], "\"HTTP\" is probed over the network"),
        (&["https"], "\"https\" is probed over the network"),
        (&["dns"], "\"dns\" is probed over the network"),
        (&["widget"], "kind \"widget\" is unknown: expected pod, job, deployment, "),
        (&["pod,job"], "\"pod,job\" is unknown"),
        (&["job/migrate"], "\"job/migrate\" is unknown"),
        (&["*"], "\"*\" is unknown"),
        (&["*.apps"], "\"*.apps\" is unknown"),
        (&["widgets."], "\"widgets.\" is unknown"),
        (&["widgets.\"]"], "is unknown"),
        (&[""], "\"\" is unknown"),
        (&["--namespaces=a,B"], "\"B\" is no namespace"),
        (&["--namespaces", ","], "expected at least one namespace"),
        (&["--colour"], "--colour"),
        (&["--namespaces"], "--namespaces"),
    ] {
        let error = rbac(arguments).unwrap_err();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
        assert_eq!(error.lines().count(), 1, "{error:?}");
    }
}

#[test]
fn secrets_are_refused_in_every_spelling() {
    for word in
        ["secret", "secrets", "SECRETS", "Secret.v1", "secrets.v1", "secrets.v1.", "secrets.", "secrets.v2"]
    {
        for arguments in [&[word][..], &["pod", word], &["--namespaces=shop", word]] {
            let error = rbac(arguments).unwrap_err();
            assert!(error.contains("are secrets, which the server never reads"), "{error}");
        }
    }
}

#[test]
fn its_help_has_both_arguments_and_the_servers_help_names_it() {
    for arguments in [&["--help"][..], &["job", "--help"]] {
        let help = rbac(arguments).unwrap();
        assert!(help.contains("k8s-wait-server rbac") && help.contains("--namespaces"), "{help}");
    }
    let server = read(&["k8s-wait-server".to_owned(), "--help".to_owned()], |_| None).unwrap();
    assert!(matches!(server, Order::Say(help) if help.contains("k8s-wait-server rbac --help")));
}
