//! The README says what is so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use k8s_wait_lib::{CheckRegistry, Target};
use serde_json::{Value, json};
use std::fs::read_to_string;

fn file(path: &str) -> String {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The contents of the code blocks in a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn its_manifests_are_those_that_are_tested() {
    let shown = blocks(&file("README.md"), "yaml");
    let names = ["app", "command"];
    assert_eq!(shown, names.map(|name| file(&format!("examples/manifests/{name}.yaml"))));
}

#[test]
fn its_copied_client_is_started_where_it_was_put_and_with_arguments_that_it_takes() {
    let pod: Value = serde_saphyr::from_str(&file("examples/manifests/command.yaml")).unwrap();
    let [copying, waiting] =
        ["/spec/initContainers/0", "/spec/containers/0"].map(|path| pod.pointer(path).unwrap());
    let place = copying["volumeMounts"][0]["mountPath"].as_str().unwrap();
    assert_eq!(copying["args"], json!(["copy", place]));
    assert_eq!(waiting["volumeMounts"][0]["mountPath"], place);
    assert_eq!(waiting["command"], json!([format!("{place}/k8s-wait-client")]));
    for container in [copying, waiting] {
        assert_eq!(container["volumeMounts"][0]["name"], pod["spec"]["volumes"][0]["name"]);
    }
    let words: Vec<&str> =
        waiting["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let target: Target = words[0].parse().unwrap();
    CheckRegistry::standard().unwrap().parse(&target.in_namespace("shop")).map(drop).unwrap();
    assert_eq!(words[1..], ["--timeout=0", "--", "/pause"]);
}

#[test]
fn its_targets_are_understood() {
    let registry = CheckRegistry::standard().unwrap();
    let readme = file("README.md");
    let (_, table) = readme.split_once("| target | ready when |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut count = 0;
    for row in rows {
        let cell = row.split('|').nth(1).unwrap();
        let words: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        for word in words {
            // `?for=...` goes on from the first target of its row; KIND stands for each of them.
            let first = cell.split('`').nth(1).unwrap();
            let base = first.split('?').next().unwrap();
            let text = if word.starts_with('?') { format!("{base}{word}") } else { word.to_owned() };
            let target: Target = text.replace("KIND", "deployment").replace("NAME", "web").parse().unwrap();
            registry.parse(&target.in_namespace("shop")).map(drop).unwrap();
            count += 1;
        }
    }
    assert!(count >= 15, "only {count} targets were found");
}

#[test]
fn what_it_installs_is_there() {
    let readme = file("README.md");
    let paths = ["deploy/chart/k8s-wait", "deploy/kustomize/base", "deploy/install.yaml"];
    for (path, command) in
        paths.iter().zip(["helm install k8s-wait ", "kubectl apply -k ", "kubectl apply -f "])
    {
        assert!(readme.contains(&format!("\n{command}{path}")), "README.md does not have {command}{path}");
        assert!(
            std::path::Path::new(&format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).exists(),
            "{path}"
        );
    }
}

#[test]
fn its_links_lead_somewhere() {
    for link in file("README.md").split("](").skip(1) {
        let path = link.split(')').next().unwrap();
        let known = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
        assert!(std::path::Path::new(&known).exists(), "{path} does not exist");
    }
}

/// All `.rs` files of a folder, as one text, without their tests.
fn sources(path: &str) -> String {
    let folder = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    let mut folders = vec![std::path::PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.to_string_lossy().ends_with("_tests.rs") {
                let source = read_to_string(path).unwrap();
                text.push_str(source.split("#[cfg(test)]").next().unwrap());
            }
        }
    }
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_reason_is_documented() {
    let page = file("docs/src/reasons.md");
    let code = sources("k8s-wait-lib/src/judge")
        + &sources("k8s-wait-lib/src/check")
        + &file("k8s-wait-target/src/choice.rs");
    let mut count = 0;
    // Types and statuses of conditions look alike.
    let conditions = ["Ready", "Available", "True", "False"];
    for word in code.split('"').filter(|word| !conditions.contains(word)) {
        let is_code = word.len() > 3
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.chars().all(|c| c.is_ascii_alphabetic());
        if is_code {
            assert!(page.contains(&format!("`{word}`")), "docs/src/reasons.md does not have {word}");
            count += 1;
        }
    }
    assert!(count > 30, "only {count} reasons were found");
}
