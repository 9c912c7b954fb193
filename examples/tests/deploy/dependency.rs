//! The template that other charts include, in the chart of the examples.

use super::objects::{objects, one};
use crate::helm::{CHART, run};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/chart");

/// A copy of the example, with its dependency, in a folder that goes with it.
struct Example {
    _folder: TempDir,
    chart: PathBuf,
}

impl Example {
    /// As people get it: `helm dependency update` finds our chart where `Chart.yaml` says.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chart = folder.path().join("examples/chart");
        copy(Path::new(EXAMPLE), &chart);
        copy(Path::new(CHART), &folder.path().join("deploy/chart/k8s-wait"));
        run("helm", &["dependency", "update", chart.to_str().unwrap()], "").unwrap();
        Self { _folder: folder, chart }
    }

    fn template(&self, values: &Value) -> Result<Vec<Value>, String> {
        let arguments = ["template", "shop", self.chart.to_str().unwrap(), "-n", "web", "--values", "-"];
        run("helm", &arguments, &values.to_string()).map(|said| objects(&said.output))
    }

    /// The init container, when it is asked for with these words in place of the example's.
    fn container(&self, words: &str, values: &Value) -> Result<Value, String> {
        self.pod("k8s-wait.initContainer", words, values)
    }

    /// The first item that a template makes of these words.
    fn pod(&self, name: &str, words: &str, values: &Value) -> Result<Value, String> {
        let pod = format!("kind: Pod\nspec:\n  {{{{- include {name:?} {words} | nindent 4 }}}}\n");
        fs::write(self.chart.join("templates/web.yaml"), pod).unwrap();
        self.template(values).map(|made| one(&made, "Pod")["spec"][0].clone())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
#[ignore = "needs helm"]
fn the_example_waits_at_the_server_that_is_there() {
    let made = Example::new().template(&json!({})).unwrap();
    let kinds: Vec<_> = made.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Deployment", "Job"], "the dependency installs nothing");
    let job = one(&made, "Job");
    assert_eq!(job["metadata"]["name"], "shop-migrate-1");
    assert_eq!(
        job["spec"]["template"]["spec"]["initContainers"][0]["args"],
        json!(["service/db?port=5432", "--timeout=5m"])
    );
    let pod = &one(&made, "Deployment")["spec"]["template"]["spec"];
    let container = &pod["initContainers"][0];
    assert_eq!(container["args"], json!(["service/db?port=5432", "job/shop-migrate-1", "--timeout=10m"]));
    assert_eq!(container["image"], format!("k8s-wait-client:{}", env!("CARGO_PKG_VERSION")));
}

#[test]
#[ignore = "needs helm"]
fn with_the_server_in_the_same_release_it_is_found_there() {
    let values = json!({"k8s-wait": {"enabled": true, "service": {"port": 80}}});
    let made = Example::new().template(&values).unwrap();
    let server = made.iter().find(|object| object["metadata"]["name"] == "shop-k8s-wait");
    assert!(server.is_some(), "the server is installed");
    let web = made.iter().find(|object| object["metadata"]["name"] == "shop-web").unwrap();
    let arguments = &web["spec"]["template"]["spec"]["initContainers"][0]["args"];
    assert_eq!(arguments[3], "--server=http://shop-k8s-wait.web.svc:80");
}

#[test]
#[ignore = "needs helm"]
fn every_key_does_something() {
    let example = Example::new();
    let words = r#"(dict "context" $ "targets" (list "job/a" "job/b") "any" true "timeout" 0 "namespace" "till" "name" "first"
        "server" "http://other" "image" "mirror/client:1" "resources" (dict "limits" (dict "memory" "8Mi"))
        "securityContext" (dict "privileged" false) "chart" "k8s-wait")"#;
    let made = example.container(words, &json!({})).unwrap();
    let arguments = ["job/a", "job/b", "--any", "--timeout=0", "--namespace=till", "--server=http://other"];
    let expected = json!({
        "name": "first", "image": "mirror/client:1", "imagePullPolicy": "IfNotPresent", "args": arguments,
        "resources": {"limits": {"memory": "8Mi"}}, "securityContext": {"privileged": false},
    });
    assert_eq!(made, expected);
}

#[test]
#[ignore = "needs helm"]
fn words_stay_the_strings_that_they_are() {
    let words = r#"(dict "context" $ "targets" (list "1e3") "timeout" "1 #" "namespace" "a: b" "server" "c: d" "image" "7")"#;
    let made = Example::new().container(words, &json!({})).unwrap();
    assert_eq!(made["args"], json!(["1e3", "--timeout=1 #", "--namespace=a: b", "--server=c: d"]));
    assert_eq!(made["image"], "7");
}

#[test]
#[ignore = "needs helm"]
fn values_of_the_dependency_hold_for_its_containers() {
    let values =
        json!({"k8s-wait": {"client": {"server": "https://wait.example.com/", "image": {"tag": "1-tls"}}}});
    let made = Example::new().container(r#"(dict "context" $ "targets" (list "job/a"))"#, &values).unwrap();
    assert_eq!(made["args"], json!(["job/a", "--server=https://wait.example.com"]));
    assert_eq!(made["image"], "k8s-wait-client:1-tls");
}

#[test]
#[ignore = "needs helm"]
fn the_client_that_speaks_https_is_taken_where_the_url_or_somebody_to_trust_asks_for_it() {
    let example = Example::new();
    let own = r#"(dict "context" $ "targets" (list "job/a") "server" "https://own")"#;
    let plain = r#"(dict "context" $ "targets" (list "job/a"))"#;
    let elsewhere = json!({"k8s-wait": {"client": {"server": "https://wait.example.com"}}});
    let trusting = json!({"k8s-wait": {"client": {"caConfigMap": "ours"}}});
    for (words, values) in [(own, &json!({})), (plain, &elsewhere), (plain, &trusting)] {
        let image = example.container(words, values).unwrap()["image"].clone();
        assert_eq!(image, format!("k8s-wait-client:{}-tls", env!("CARGO_PKG_VERSION")), "{words} {values}");
    }
}

#[test]
#[ignore = "needs helm"]
fn the_volume_has_what_the_containers_mount() {
    let example = Example::new();
    let rows = [
        (json!({}), Value::Null),
        (json!({"token": true}), json!(["serviceAccountToken"])),
        (json!({"caConfigMap": "ours"}), json!(["configMap"])),
        (json!({"token": true, "caConfigMap": "ours"}), json!(["serviceAccountToken", "configMap"])),
    ];
    for (values, expected) in rows {
        let values = json!({"k8s-wait": {"client": values}});
        let words = r#"(dict "context" $ "targets" (list "job/a"))"#;
        let mount = json!([{"name": "k8s-wait", "mountPath": "/var/run/secrets/k8s-wait", "readOnly": true}]);
        let mounts = &example.container(words, &values).unwrap()["volumeMounts"];
        let volume = example.pod("k8s-wait.volume", r#"(dict "context" $)"#, &values).unwrap();
        let sources = volume["projected"]["sources"].as_array();
        let sources =
            sources.map(|all| all.iter().map(|one| one.as_object().unwrap().keys().next().unwrap()));
        assert_eq!(json!(sources.map(Vec::from_iter)), expected, "{values}");
        assert_eq!(*mounts, if expected.is_null() { Value::Null } else { mount }, "{values}");
        assert!(volume.is_null() || volume["name"] == "k8s-wait", "{volume}");
    }
    let error = example.pod("k8s-wait.volume", r#"(dict "context" $ "chart" "waiter")"#, &json!({}));
    assert!(error.unwrap_err().contains(r#"k8s-wait.volume: "waiter" is no dependency of chart "shop""#));
}

#[test]
#[ignore = "needs helm"]
fn mistakes_are_named() {
    let example = Example::new();
    let cases = [
        (r#"(dict "targets" (list "job/a"))"#, "context is missing: pass the root"),
        (r#"(dict "context" $)"#, "targets must be a list of at least one"),
        (r#"(dict "context" $ "targets" (list))"#, "targets must be a list of at least one"),
        (r#"(dict "context" $ "targets" "job/a")"#, "targets must be a list of at least one"),
        (
            r#"(dict "context" $ "targets" (list "job/a") "timout" "1m")"#,
            r#""timout" is not known: expected context, targets, any"#,
        ),
        (
            r#"(dict "context" $ "targets" (list "job/a") "chart" "waiter")"#,
            r#""waiter" is no dependency of chart "shop""#,
        ),
    ];
    for (words, expected) in cases {
        let error = example.container(words, &json!({})).expect_err(expected);
        assert!(
            error.contains(&format!("k8s-wait.initContainer: {expected}")),
            "{error:?} lacks {expected:?}"
        );
    }
}
