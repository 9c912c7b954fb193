//! Commands that the documents tell people to type.

use crate::helm::run;
use std::fs::read_to_string;
use std::path::Path;

const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const DOCUMENTS: [&str; 4] =
    ["README.md", "docs/src/quickstart.md", "docs/src/install.md", "deploy/chart/k8s-wait/README.md"];

/// What helm and kubectl are told to do, each as its words.
fn commands(document: &str) -> Vec<Vec<String>> {
    let text = read_to_string(format!("{TOP}/{document}")).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    let lines = blocks.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>());
    let ours = lines.filter(|line| line.starts_with("helm ") || line.starts_with("kubectl "));
    ours.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
#[ignore = "needs helm"]
fn commands_have_flags_that_exist_and_files_that_are_there() {
    for document in DOCUMENTS {
        let commands = commands(document);
        assert!(!commands.is_empty(), "{document}");
        for words in commands {
            let [program, task] = [&words[0], &words[1]];
            let mut help = run(program, &[task, "--help"], "").unwrap().output;
            if program == "kubectl" {
                help += &run(program, &["options"], "").unwrap().output;
            }
            for flag in words.iter().filter(|word| word.starts_with('-')) {
                let is_known = [" ", ",", "="].iter().any(|end| help.contains(&format!(" {flag}{end}")));
                assert!(is_known, "{document}: {program} {task} has no {flag}");
            }
            for path in
                words.iter().filter(|word| word.starts_with("deploy/") || word.starts_with("examples/"))
            {
                assert!(Path::new(&format!("{TOP}/{path}")).exists(), "{document}: {path} is not there");
            }
        }
    }
}

#[test]
#[ignore = "needs helm"]
fn what_is_to_be_installed_can_be() {
    for words in DOCUMENTS.iter().flat_map(|document| commands(document)) {
        let line = words.join(" ");
        let mut words: Vec<String> = words.into_iter().map(at_the_top).collect();
        if line.starts_with("helm install ") {
            words.push("--dry-run=client".to_owned());
        } else if line.starts_with("kubectl apply -k ") {
            words = ["kubectl", "kustomize", words.last().unwrap()].map(str::to_owned).into();
        } else {
            continue;
        }
        let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        run(&words[0], &arguments, "").unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

/// Commands are typed at the top of the repository.
fn at_the_top(word: String) -> String {
    if word.starts_with("deploy/") || word.starts_with("examples/") { format!("{TOP}/{word}") } else { word }
}
