//! The chart and the kustomize overlays, as a real API server takes them.

use crate::common::api::Api;
use crate::common::cluster::cluster;
use crate::common::helm::{matrix, run, template};
use crate::common::namespace::Namespace;
use crate::common::node::Node;
use crate::common::plane::Plane;
use crate::common::process::until;
use crate::common::release::Release;
use crate::common::rights::kubeconfig;
use crate::common::server::{BINARIES, Server};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

/// Has the API server check a manifest as if it were applied. It must not even warn.
fn is_accepted(shop: &Namespace, name: &str, manifest: &str) {
    let mut apply =
        vec!["apply", "--kubeconfig", shop.cluster.kubeconfig.to_str().unwrap(), "--filename", "-"];
    apply.extend(["--dry-run=server", "--validate=strict", "--server-side", "--force-conflicts"]);
    let said = run("kubectl", &apply, manifest).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(said.aside, "", "{name}");
}

#[test]
#[ignore = "needs a cluster and helm"]
fn whatever_the_values_the_objects_are_accepted_without_a_warning_where_pods_are_restricted() {
    let shop = Namespace::new(cluster());
    shop.restrict();
    let mut count = 0;
    for (name, values) in matrix(&shop.name) {
        let manifest = template(&shop.name, &shop.name, &values).unwrap();
        if values["enabled"] != false {
            is_accepted(&shop, name, &manifest);
            count += 1;
        }
    }
    println!("{count} sets of values were accepted");
}

#[test]
#[ignore = "needs a cluster and helm"]
fn the_overlays_are_accepted_without_a_warning_where_pods_are_restricted() {
    let shop = Namespace::new(cluster());
    shop.restrict();
    let deploy = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/kustomize");
    let up = "../".repeat(shop.folder().components().count());
    for name in ["base", "namespaced"] {
        // With a suffix, as a cluster may have the shipped ClusterRole.
        let overlay =
            format!("namespace: {}\nnameSuffix: -try\nresources: [{up}{}/{name}]\n", shop.name, &deploy[1..]);
        std::fs::write(shop.folder().join("kustomization.yaml"), overlay).unwrap();
        let made = run("kubectl", &["kustomize", shop.folder().to_str().unwrap()], "").unwrap();
        is_accepted(&shop, name, &made.output);
    }
}

/// The names of the registered kinds that the API is read for, with whether their objects are in namespaces.
fn kinds(server: &Server) -> Vec<(String, bool)> {
    let listed: Value = serde_json::from_str(&server.get("/v1/kinds").1).unwrap();
    let has = |kind: &Value, key: &str, word: &str| kind[key].as_array().unwrap().contains(&json!(word));
    let read = listed["kinds"].as_array().unwrap().iter().filter(|kind| kind["reads"] != json!([]));
    read.map(|kind| (kind["kind"].as_str().unwrap().to_owned(), has(kind, "options", "namespace"))).collect()
}

/// Why an object of a kind that is not there is not ready.
fn reason(server: &Server, kind: &str, namespace: &str) -> String {
    let question = format!("/v1/wait?timeout=30s&namespace={namespace}&target={kind}/none%3Fmissing=fail");
    let answer = server.get(&question).1;
    let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{answer}: {error}"));
    answer["targets"][0]["reason"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// What the releases read beside the registered kinds: what services are judged by, and what `values` adds.
const OTHERS: [&str; 2] = ["endpointslice.discovery.k8s.io", "configmap.v1"];

fn values(namespaces: Value) -> Value {
    let rule = json!({"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]});
    json!({"watch": {"namespaces": namespaces}, "rbac": {"extraRules": [rule]}})
}

/// Roles take the API server a moment.
fn hold(shop: &Namespace) {
    let server = Api::new(&kubeconfig(shop, &shop.name)).unwrap();
    let path = shop.path("pods?limit=1");
    until("the rights to hold", Duration::from_secs(30), || server.get(&path).ok());
}

#[test]
#[ignore = "needs a cluster and helm"]
fn with_the_rights_of_the_chart_the_server_reads_every_kind_in_every_namespace() {
    let (home, shop) = (Namespace::new(cluster()), Namespace::new(cluster()));
    let release = Release::install(&home, &values(json!([])), &[]);
    hold(&home);
    let server = release.serve();
    let kinds = kinds(&server);
    assert!(kinds.len() >= 10, "{kinds:?}");
    for kind in kinds.iter().map(|(kind, _)| kind.as_str()).chain(OTHERS) {
        assert_eq!(reason(&server, kind, &shop.name), "NotFound", "{kind}");
    }
}

#[test]
#[ignore = "needs a cluster and helm"]
fn with_the_roles_of_the_chart_the_server_reads_its_namespaces_and_nothing_else() {
    let [home, shop, foreign] = [(); 3].map(|()| Namespace::new(cluster()));
    let release = Release::install(&home, &values(json!([home.name, shop.name])), &[]);
    hold(&home);
    let server = release.serve();
    let others = OTHERS.map(|kind| (kind.to_owned(), true));
    for (kind, is_namespaced) in kinds(&server).into_iter().chain(others) {
        let expected = if is_namespaced { "NotFound" } else { "Forbidden" };
        assert_eq!(reason(&server, &kind, &shop.name), expected, "{kind}");
    }
    assert_eq!(reason(&server, "pod", &foreign.name), "NamespaceNotWatched");
}

/// How long helm may take for what the test does meanwhile.
const PATIENCE: &str = "--timeout=2m";

#[test]
#[ignore = "needs a cluster and helm"]
fn helm_installs_it_and_upgrades_it_and_its_test_passes_only_when_the_client_does() {
    let Some(plane) = own_plane() else { return };
    let shop = Namespace::new(&plane.cluster);
    shop.restrict();
    // A node that is silent for the time of a build would be taken for dead.
    LazyLock::force(&BINARIES);
    let mut node = Node::new(&shop);
    let release =
        while_acting(&mut node, |_| {}, || Release::install(&shop, &json!({}), &["--wait", PATIENCE]));
    let deployment = || shop.api.get(&shop.path(&format!("deployments/{}", shop.name))).unwrap();
    assert_eq!(deployment()["status"]["availableReplicas"], 2);
    let values = json!({"replicaCount": 3, "server": {"linger": "1m"}, "commonLabels": {"team": "shop"}});
    while_acting(&mut node, |_| {}, || release.upgrade(&values, &["--wait", PATIENCE]));
    let status = &deployment()["status"];
    assert_eq!([&status["updatedReplicas"], &status["availableReplicas"]], [3, 3], "{status}");

    let server = release.serve();
    let mut test = |address: &str, timeout: &str| {
        let kubelet = |node: &Node<'_>| {
            if let Some(pod) = node.started() {
                node.end(&pod, client(&pod, address, timeout));
            }
        };
        while_acting(&mut node, kubelet, || release.helm(&["test", &shop.name, PATIENCE], ""))
    };
    test(&server.url(), "30s").unwrap();
    let error = test("http://127.0.0.1:9", "1s").expect_err("nobody answers there");
    assert!(error.contains("test"), "{error}");
}

/// A control plane with controllers, on which a node may be made. A cluster that was given is not touched that far.
fn own_plane() -> Option<Plane> {
    let plane = Plane::programs().ok().map(|programs| Plane::start(&programs, true).unwrap());
    let plane = plane.filter(|plane| plane.cluster.has_controllers);
    if plane.is_none() {
        println!("skipped: no control plane of our own with controllers");
    }
    plane
}

/// Does something, and what nodes do meanwhile.
fn while_acting<T: Send>(
    node: &mut Node<'_>,
    mut then: impl FnMut(&Node<'_>),
    work: impl FnOnce() -> T + Send,
) -> T {
    thread::scope(|scope| {
        let working = scope.spawn(work);
        while !working.is_finished() {
            node.act();
            then(node);
            thread::sleep(Duration::from_millis(100));
        }
        working.join().unwrap()
    })
}

/// Runs the client as a pod has it, but for the server's address and the time that it may take. Does it succeed?
fn client(pod: &Value, server: &str, timeout: &str) -> bool {
    let arguments = pod["spec"]["containers"][0]["args"].as_array().unwrap().iter();
    let words = arguments.map(|argument| match argument.as_str().unwrap().split_once('=') {
        Some(("--server", _)) => format!("--server={server}"),
        Some(("--timeout", _)) => format!("--timeout={timeout}"),
        _ => argument.as_str().unwrap().to_owned(),
    });
    let mut command = Command::new(&BINARIES.client);
    command.env_clear().env("POD_NAMESPACE", pod["metadata"]["namespace"].as_str().unwrap());
    let output = command.args(words).arg("--termination-log=/dev/null").output().unwrap();
    println!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    output.status.success()
}
