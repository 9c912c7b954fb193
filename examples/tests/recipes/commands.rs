//! What pages tell people to type is what our programs understand.

use super::words::{Variables, client, server};
use crate::pages::{Page, all};

/// The commands that a page shows, in blocks of shell and in its text.
fn lines(page: &Page) -> Vec<String> {
    let blocks = page.blocks().into_iter().filter(|block| block.language == "sh");
    // `k8s-wait-server wait` alone is the name of a thing, and what stands for something else is no command.
    let is_name =
        |code: &str| [" wait", " copy", " inject", " inject -f"].iter().any(|end| code.ends_with(end));
    let told = page.code().into_iter().filter(|code| !is_pattern(code) && !is_name(code));
    blocks.flat_map(|block| block.commands()).chain(told).collect()
}

/// Does it have `...`, `[`, or a word in capitals alone, such as TARGET?
fn is_pattern(code: &str) -> bool {
    let is_capitals = |word: &str| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_uppercase());
    code.contains("...") || code.contains(['[', '…']) || code.split([' ', '/', '=']).any(is_capitals)
}

/// The commands of a line, each with the variables that are set for it.
fn commands(line: &str) -> Vec<(Variables, Vec<String>)> {
    let words = shlex::split(line).unwrap_or_else(|| panic!("no shell reads {line}"));
    let parts =
        words.split(|word| ["|", "||", "&&", ";", "if", "then", "!", "sudo"].contains(&word.as_str()));
    let commands = parts.map(|part| {
        let end = part.iter().position(|word| [">", "2>", "<"].contains(&word.as_str()));
        let part = &part[..end.unwrap_or(part.len())];
        let sets = |word: &&String| word.split_once('=').is_some_and(|(name, _)| is_variable(name));
        let set: Vec<&String> = part.iter().take_while(sets).collect();
        let variables = set.iter().filter_map(|word| word.split_once('='));
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        (
            Variables(variables),
            part[set.len()..].iter().map(|word| word.trim_end_matches(';').to_owned()).collect(),
        )
    });
    commands.collect()
}

fn is_variable(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
}

/// Whether it is one of ours, and then what it says about its arguments.
fn understood(variables: &Variables, words: &[String]) -> Option<Result<(), String>> {
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["k8s-wait-client", _, ..] => Some(client(&words[1..], variables).map(drop)),
        ["kubectl", "k8s-wait", _, ..] => Some(client(&words[2..], variables).map(drop)),
        ["k8s-wait-server", _, ..] => Some(server(&words[1..], variables)),
        _ => None,
    }
}

#[test]
fn every_line_to_type_is_understood() {
    let mut count = 0;
    for page in all() {
        for line in lines(&page) {
            // Other programs' lines may be no shell that we can read.
            if !line.contains("k8s-wait-") && !line.contains("kubectl k8s-wait") {
                continue;
            }
            for (variables, words) in commands(&line) {
                if let Some(result) = understood(&variables, &words) {
                    assert_eq!(result, Ok(()), "{}: {line}", page.path);
                    count += 1;
                }
            }
        }
    }
    assert!(count > 20, "only {count} were found");
}

#[test]
fn what_is_not_understood_is_found() {
    for line in [
        "k8s-wait-client --frob job/a",
        "K8S_WAIT_ANY=so k8s-wait-client job/a",
        "true && k8s-wait-server rbac secret",
        "k8s-wait-server wait jbo/a/b/c/d | cat",
        "kubectl k8s-wait 'job/a?min=x'",
        "k8s-wait-client 'job/a?port=1'",
    ] {
        let found: Vec<_> =
            commands(line).iter().filter_map(|(variables, words)| understood(variables, words)).collect();
        assert!(matches!(found[..], [Err(_)]), "{line}: {found:?}");
    }
}
