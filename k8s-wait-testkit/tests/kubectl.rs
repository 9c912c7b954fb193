//! A stock `kubectl` against the API. Skipped, with a word, where there is no `kubectl`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics
#![allow(clippy::print_stdout)] // says that it was skipped

mod support;

use std::io::Write;
use std::process::Stdio;

use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::{
    crd, daemonset, deployment, job, namespace, object, pod, pvc, replicaset, service, statefulset,
};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers: [{name: app, image: 'example.com/app:1', ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: shop}
data: {colour: blue}
";

/// `kubectl` with its own configuration and caches.
struct Kubectl {
    home: tempfile::TempDir,
}

impl Kubectl {
    async fn with(api: &Api) -> Option<Self> {
        let home = tempfile::tempdir().unwrap();
        let mut config = std::fs::File::create(home.path().join("config")).unwrap();
        config.write_all(api.kubeconfig().as_bytes()).unwrap();
        let kubectl = Kubectl { home };
        if kubectl.command("version --client").output().await.is_err() {
            println!("skipped: there is no kubectl on PATH");
            return None;
        }
        Some(kubectl)
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new("kubectl");
        command.args(words.split_whitespace()).env("KUBECONFIG", self.home.path().join("config"));
        command.env("HOME", self.home.path()).env_remove("http_proxy").env_remove("HTTP_PROXY");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// What it prints, on both outputs.
    async fn says(&self, words: &str) -> String {
        self.says_to(words, "").await
    }

    async fn says_to(&self, words: &str, input: &str) -> String {
        let mut child = self.command(words).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let output = child.wait_with_output();
        let output = tokio::time::timeout(support::PATIENCE, output).await.unwrap().unwrap();
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat()
    }
}

async fn shop() -> Option<(Api, Kubectl)> {
    let api = Api::start().await.unwrap();
    api.create(pod("web-0").namespace("shop").label("app", "web").ready()).unwrap();
    api.create(pod("web-1").namespace("shop").label("app", "web").crashlooping()).unwrap();
    api.create(job("migrate").namespace("shop").complete()).unwrap();
    let kubectl = Kubectl::with(&api).await?;
    Some((api, kubectl))
}

#[tokio::test]
async fn get_prints_tables_names_json_and_selections() {
    let Some((api, kubectl)) = shop().await else { return };
    let table = kubectl.says("-n shop get pods").await;
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]);
    assert_eq!(rows[1][..4], ["web-0", "1/1", "Running", "0"]);
    assert_eq!(rows[2][..4], ["web-1", "0/1", "CrashLoopBackOff", "7"]);
    assert_eq!(kubectl.says("-n shop get po -l app=web -o name").await, "pod/web-0\npod/web-1\n");
    assert_eq!(kubectl.says("-n shop get po -l app!=web -o name").await, "");
    assert_eq!(kubectl.says("-n shop get pod/web-0 -o jsonpath={.status.phase}").await, "Running");
    let json = kubectl.says("-n shop get pods web-0 -o json").await;
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(Some(read), api.get("pods", "shop", "web-0"));
    assert!(kubectl.says("-n shop get all").await.contains("job.batch/migrate   Complete   1/1"));
    assert_eq!(
        kubectl.says("-n shop get po nix").await,
        "Error from server (NotFound): pods \"nix\" not found\n"
    );
    assert!(
        kubectl.says("get nothing").await.contains("the server doesn't have a resource type \"nothing\"")
    );
}

#[tokio::test]
async fn apply_creates_then_changes_then_leaves_alone() {
    let Some((api, kubectl)) = shop().await else { return };
    let apply = async |text: &str| kubectl.says_to("apply -f -", text).await;
    assert_eq!(apply(DEPLOYMENT).await, "deployment.apps/api created\nconfigmap/conf created\n");
    assert_eq!(apply(DEPLOYMENT).await, "deployment.apps/api unchanged\nconfigmap/conf unchanged\n");
    let changed = DEPLOYMENT.replace("app:1", "app:2");
    assert_eq!(apply(&changed).await, "deployment.apps/api configured\nconfigmap/conf unchanged\n");
    let stored = api.get("deployments", "shop", "api").unwrap();
    assert_eq!(stored["metadata"]["generation"], 2);
    let containers =
        json!([{ "name": "app", "image": "example.com/app:2", "ports": [{ "containerPort": 80 }] }]);
    assert_eq!(stored["spec"]["template"]["spec"]["containers"], containers);
    let removed = DEPLOYMENT.replace("data: {colour: blue}", "data: {}");
    apply(&removed).await;
    assert_eq!(api.get("configmaps", "shop", "conf").unwrap()["data"], json!({}));
}

#[tokio::test]
async fn apply_works_on_the_server_side() {
    let Some((api, kubectl)) = shop().await else { return };
    let applied = "deployment.apps/api serverside-applied\nconfigmap/conf serverside-applied\n";
    for _ in 0..2 {
        assert_eq!(kubectl.says_to("apply --server-side -f -", DEPLOYMENT).await, applied);
    }
    assert_eq!(api.get("deployments", "shop", "api").unwrap()["metadata"]["generation"], 1);
    kubectl.says_to("apply --server-side -f -", &DEPLOYMENT.replace("app:1", "app:2")).await;
    assert_eq!(api.get("deployments", "shop", "api").unwrap()["metadata"]["generation"], 2);
}

#[tokio::test]
async fn patch_works_in_all_its_types() {
    let Some((api, kubectl)) = shop().await else { return };
    api.create(deployment("web").namespace("shop")).unwrap();
    let patched = "deployment.apps/web patched\n";
    for words in [
        r#"--type=strategic -p {"spec":{"template":{"spec":{"containers":[{"name":"side"}]}}}}"#,
        r#"--type=merge -p {"spec":{"replicas":3}}"#,
        r#"--type=json -p [{"op":"replace","path":"/spec/paused","value":true}]"#,
        r#"--type=merge --subresource=status -p {"status":{"readyReplicas":3},"spec":{"replicas":9}}"#,
    ] {
        let said = kubectl.says(&format!("-n shop patch deploy web {words}")).await;
        let is_refused = words.contains("paused"); // replace needs something to replace
        assert_eq!(said.contains("the server rejected our request"), is_refused, "{said}");
        assert_eq!(said == patched, !is_refused, "{said}");
    }
    let web = api.get("deployments", "shop", "web").unwrap();
    assert_eq!(web["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 2);
    assert_eq!((&web["spec"]["replicas"], &web["status"]["readyReplicas"]), (&json!(3), &json!(3)));
}

#[tokio::test]
async fn objects_are_labelled_replaced_and_deleted() {
    let Some((api, kubectl)) = shop().await else { return };
    assert_eq!(kubectl.says("-n shop label pod web-0 tier=front").await, "pod/web-0 labeled\n");
    for (what, expected) in [
        ("pod web-0", "pod \"web-0\" deleted\n"),
        ("job migrate", "job.batch \"migrate\" deleted\n"),
        ("pods --all", "pod \"web-1\" deleted\n"),
    ] {
        let said = kubectl.says(&format!("-n shop delete {what} --timeout=20s")).await;
        // Newer ones say where.
        assert_eq!(said.replace(" from shop namespace", ""), expected);
    }
    assert!(kubectl.says_to("create -f -", DEPLOYMENT).await.contains("deployment.apps/api created"));
    assert!(kubectl.says_to("create -f -", DEPLOYMENT).await.contains("AlreadyExists"));
    assert!(kubectl.says_to("replace -f -", DEPLOYMENT).await.contains("deployment.apps/api replaced"));
    assert!(
        kubectl.says_to("delete --timeout=20s -f -", DEPLOYMENT).await.contains("configmap \"conf\" deleted")
    );
    assert_eq!(api.get("deployments", "shop", "api"), None);
}

#[tokio::test]
async fn wait_and_rollout_status_see_changes() {
    let Some((api, kubectl)) = shop().await else { return };
    let ready = "-n shop wait --for=condition=Ready --timeout=20s pod/web-0";
    assert_eq!(kubectl.says(ready).await, "pod/web-0 condition met\n");
    let waiting = kubectl.says("-n shop wait --for=condition=Ready --timeout=20s pod/web-1");
    let healing = async {
        support::until("kubectl watches", || api.watches_open("pods") == 1).await;
        api.apply(pod("web-1").namespace("shop").label("app", "web").ready()).unwrap();
    };
    assert_eq!(tokio::join!(waiting, healing).0, "pod/web-1 condition met\n");
    api.create(deployment("web").namespace("shop").replicas(3).rolled_out()).unwrap();
    let said = kubectl.says("-n shop rollout status deployment/web --timeout=20s").await;
    assert_eq!(said, "deployment \"web\" successfully rolled out\n");
}

#[tokio::test]
async fn workloads_roll_out() {
    let Some((api, kubectl)) = shop().await else { return };
    let db = || statefulset("db").namespace("shop").replicas(3);
    let says = async |words: &str| kubectl.says(&format!("-n shop {words}")).await;
    api.create(db().rolled_out()).unwrap();
    api.create(daemonset("agent").namespace("shop").rolled_out(2)).unwrap();
    api.create(replicaset("web-1").namespace("shop").all_ready()).unwrap();
    let status = "rollout status --timeout=20s";
    assert_eq!(
        says(&format!("{status} statefulset/db")).await,
        "partitioned roll out complete: 3 new pods have been updated...\n"
    );
    assert_eq!(says(&format!("{status} ds/agent")).await, "daemon set \"agent\" successfully rolled out\n");
    assert_eq!(
        says("wait rs/web-1 --for=jsonpath={.status.readyReplicas}=1").await,
        "replicaset.apps/web-1 condition met\n"
    );
    api.apply(db().rolled_out().partition(1).updated(1)).unwrap();
    let said = says("rollout status --watch=false sts/db").await;
    assert_eq!(
        said,
        "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...\n"
    );
    assert!(says("get sts").await.contains("db     3/3"), "{}", says("get sts").await);
}

#[tokio::test]
async fn claims_namespaces_and_definitions_have_all_their_names() {
    let Some((api, kubectl)) = shop().await else { return };
    api.create(pvc("data").namespace("shop").bound("pv-1")).unwrap();
    api.create(namespace("empty")).unwrap();
    api.create(crd("example.com", "Widget", "widgets").established()).unwrap();
    for name in ["pvc", "persistentvolumeclaim", "persistentvolumeclaims"] {
        let said = kubectl.says(&format!("-n shop get {name} -o name")).await;
        assert_eq!(said, "persistentvolumeclaim/data\n", "{name}");
    }
    for name in ["ns", "namespace", "namespaces"] {
        let said = kubectl.says(&format!("-n elsewhere get {name} empty -o name")).await;
        assert_eq!(said, "namespace/empty\n", "a namespace is in none");
    }
    for name in ["crd", "crds", "customresourcedefinition", "customresourcedefinitions"] {
        let said = kubectl.says(&format!("-n shop get {name} -o name")).await;
        assert_eq!(said, "customresourcedefinition.apiextensions.k8s.io/widgets.example.com\n", "{name}");
    }
    for (waits, met) in [
        ("pvc/data --for=jsonpath={.status.phase}=Bound", "persistentvolumeclaim/data"),
        ("ns/empty --for=jsonpath={.status.phase}=Active", "namespace/empty"),
        (
            "crd/widgets.example.com --for=condition=Established",
            "customresourcedefinition.apiextensions.k8s.io/widgets.example.com",
        ),
    ] {
        let said = kubectl.says(&format!("-n shop wait --timeout=20s {waits}")).await;
        assert_eq!(said, format!("{met} condition met\n"));
    }
    let resources = "api-resources --no-headers --sort-by=name -o wide --api-group";
    let said = kubectl.says(&format!("{resources}=apiextensions.k8s.io")).await;
    let words: Vec<&str> = said.split_whitespace().collect();
    let verbs = "create,delete,deletecollection,get,list,patch,update,watch";
    let definitions = [
        "customresourcedefinitions",
        "crd,crds",
        "apiextensions.k8s.io/v1",
        "false",
        "CustomResourceDefinition",
    ];
    assert_eq!(words, [&definitions[..], &[verbs, "api-extensions"]].concat());
}

#[tokio::test]
async fn get_watches() {
    let Some((api, kubectl)) = shop().await else { return };
    let mut child = kubectl.command("-n shop get pods -l app=web -w").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = async || {
        let line = tokio::time::timeout(support::PATIENCE, lines.next_line()).await.unwrap();
        line.unwrap().unwrap().split_whitespace().take(3).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(next().await, ["NAME", "READY", "STATUS"]);
    assert_eq!(next().await, ["web-0", "1/1", "Running"]);
    assert_eq!(next().await, ["web-1", "0/1", "CrashLoopBackOff"]);
    api.apply(pod("web-0").namespace("shop").label("app", "web").not_ready()).unwrap();
    assert_eq!(next().await, ["web-0", "0/1", "Running"]);
}

#[tokio::test]
async fn kinds_that_were_added_are_known() {
    let Some((api, kubectl)) = shop().await else { return };
    let kind = k8s_wait_testkit::ResourceType::new("cert-manager.io/v1", "Certificate", "certificates")
        .short("cert");
    api.serve(kind);
    let certificate = object("cert-manager.io/v1", "Certificate", "web").namespace("shop");
    api.create(certificate.condition("Ready", "True", "Issued", "")).unwrap();
    api.create(service("db").namespace("shop").port("pg", 5432)).unwrap();
    assert_eq!(kubectl.says("-n shop get cert -o name").await, "certificate.cert-manager.io/web\n");
    let met = kubectl.says("-n shop wait --for=condition=Ready certificate/web --timeout=20s").await;
    assert_eq!(met, "certificate.cert-manager.io/web condition met\n");
    assert!(kubectl.says("-n shop get svc").await.contains("5432/TCP"));
}
