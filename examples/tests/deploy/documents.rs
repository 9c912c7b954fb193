//! Commands that the documents tell people to type.

use crate::helm::run;
use crate::pages::{Page, book, page};
use std::path::Path;

const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn documents() -> Vec<Page> {
    book().into_iter().chain(["README.md", "deploy/chart/k8s-wait/README.md"].map(page)).collect()
}

/// What helm and kubectl are told to do, each as its words.
fn commands(document: &Page) -> Vec<Vec<String>> {
    let blocks = document.blocks().into_iter().filter(|block| block.language == "sh");
    let lines = blocks.flat_map(|block| block.commands());
    // What comes behind a pipe is none of theirs.
    let lines = lines.map(|line| line.split(" | ").next().unwrap_or_default().to_owned());
    let theirs = lines.filter(|line| line.starts_with("helm ") || line.starts_with("kubectl "));
    // That one is ours.
    let theirs = theirs.filter(|line| !line.starts_with("kubectl k8s-wait "));
    theirs.map(|line| shlex::split(&line).unwrap_or_else(|| panic!("no shell reads {line}"))).collect()
}

#[test]
#[ignore = "needs helm"]
fn commands_have_flags_that_exist_and_files_that_are_there() {
    let mut count = 0;
    for document in documents() {
        for words in commands(&document) {
            count += 1;
            let program = words[0].as_str();
            // A task can have tasks of its own, as `create secret tls` has.
            let task: Vec<&str> =
                words[1..].iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect();
            let mut help = run(program, &[task.as_slice(), &["--help"]].concat(), "").unwrap().output;
            if program == "kubectl" {
                help += &run(program, &["options"], "").unwrap().output;
            }
            let flags = words.iter().filter(|word| word.starts_with('-'));
            for flag in flags.map(|flag| flag.split('=').next().unwrap()) {
                let is_known = [" ", ",", "="].iter().any(|end| help.contains(&format!(" {flag}{end}")));
                assert!(is_known, "{}: {program} {task:?} has no {flag}", document.path);
            }
            for path in
                words.iter().filter(|word| word.starts_with("deploy/") || word.starts_with("examples/"))
            {
                assert!(
                    Path::new(&format!("{TOP}/{path}")).exists(),
                    "{}: {path} is not there",
                    document.path
                );
            }
        }
    }
    assert!(count > 20, "only {count} were found");
}

#[test]
#[ignore = "needs helm"]
fn what_is_to_be_installed_can_be() {
    for words in documents().iter().flat_map(commands) {
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
