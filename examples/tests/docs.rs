//! The book and the README say what is so, and everything that they show comes from somewhere.
//!
//! The answers in them are compared with those of a real server in `k8s-wait-server/tests/http/documented.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

#[path = "common/pages.rs"]
mod pages;

use k8s_wait_lib::{CheckRegistry, Kind, Target};
use pages::{Block, Page, all, book, exists, file, page, words};
use std::collections::BTreeSet;

/// Programs that readers are told to run. Those of ours have their arguments parsed elsewhere.
const PROGRAMS: [&str; 14] = [
    ".ci/fuzz",
    ".ci/page",
    ".ci/run",
    "cargo",
    "curl",
    "docker",
    "export",
    "helm",
    "k8s-wait-client",
    "k8s-wait-server",
    "kind",
    "kubectl",
    "cp",
    "mkdir",
];

#[test]
fn every_page_is_in_the_summary() {
    let listed: BTreeSet<String> = page("docs/src/SUMMARY.md").links().into_iter().collect();
    let there = book().iter().map(|page| page.path.strip_prefix("docs/src/").unwrap().to_owned()).collect();
    assert_eq!(listed, there);
}

#[test]
fn every_link_leads_somewhere() {
    let mut count = 0;
    for page in all() {
        for link in page.links().iter().filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { page.path.clone() } else { page.beside(path) };
            assert!(exists(&target), "{}: {link} leads nowhere", page.path);
            let is_there = anchor.is_empty() || pages::page(&target).anchors().contains(anchor);
            assert!(is_there, "{}: {link} leads to no heading", page.path);
            count += 1;
        }
    }
    assert!(count > 50, "only {count} links were found");
}

#[test]
fn every_block_has_an_origin() {
    for page in all() {
        for block in page.blocks() {
            let origin = origin(&page, &block);
            assert_eq!(origin, Ok(()), "{}: {:?}\n{}", page.path, block.language, block.text);
        }
    }
}

/// What a block is compared with, or run by.
fn origin(page: &Page, block: &Block) -> Result<(), String> {
    if let Some(path) = block.included() {
        let is_fine = exists(&page.beside(path)) && is_tested(&page.beside(path));
        return is_fine.then_some(()).ok_or(format!("{path} does not exist, or no test names it"));
    }
    match (block.language.as_str(), page.path.as_str()) {
        // Compared with a real server's answers.
        ("http" | "json", "docs/src/http-api.md") | ("json", "README.md") => Ok(()),
        // Compared with the manifests, one by one.
        ("yaml", "README.md") => Ok(()),
        ("rust" | "rust,no_run", path) => file("examples/src/lib.rs")
            .contains(&format!("include_str!(\"../../{path}\")"))
            .then_some(())
            .ok_or("examples/src/lib.rs does not compile this page".to_owned()),
        ("sh", _) => block.commands().iter().try_for_each(|line| command(line)),
        _ => Err("nothing checks this: include a file that a test reads".to_owned()),
    }
}

/// Does a test name the file or its folder, or run it, or is it made by `cargo xtask generate`?
fn is_tested(path: &str) -> bool {
    let tests = pages::tests();
    let parts: Vec<&str> = path.split('/').collect();
    let folder = if parts[0] == "examples" { format!("/{}\"", parts[1]) } else { format!("{path}\"") };
    let program = format!("CARGO_BIN_EXE_{}\"", parts.last().unwrap().trim_end_matches(".rs"));
    let file = parts[parts.len() - 2..].join("/");
    path.starts_with("docs/src/generated/") || [folder, program, file].iter().any(|name| tests.contains(name))
}

/// A line for a shell: a known program, and files that are there.
fn command(line: &str) -> Result<(), String> {
    let words: Vec<&str> =
        line.split_whitespace().skip_while(|word| word.contains('=') && !word.starts_with('-')).collect();
    if !words.first().is_some_and(|program| PROGRAMS.contains(program)) {
        return Err(format!("{line:?}: who tries this program?"));
    }
    let is_ours =
        |word: &&str| ["deploy/", "examples/", "docs/"].iter().any(|folder| word.starts_with(folder));
    match words.into_iter().find(|word| is_ours(word) && !exists(word)) {
        Some(word) => Err(format!("{word} does not exist")),
        None => Ok(()),
    }
}

/// The targets in the first column of tables that are headed so.
fn targets(page: &Page) -> Vec<Target> {
    let rows = page
        .tables()
        .into_iter()
        .filter(|table| table[0][0] == "target")
        .flat_map(|table| table.into_iter().skip(1));
    let target = |row: Vec<String>| -> Vec<Target> {
        let words = words(&row[0]);
        let first = words[0].split('?').next().unwrap().to_owned();
        // `?for=...` goes on from the first target of its row; KIND stands for each of them.
        let full = |word: String| if word.starts_with('?') { format!("{first}{word}") } else { word };
        let text = |word: String| full(word).replace("KIND", "deployment").replace("NAME", "web");
        words
            .into_iter()
            .map(text)
            .map(|text| text.parse().unwrap_or_else(|error| panic!("{error}")))
            .collect()
    };
    rows.flat_map(target).collect()
}

#[test]
fn every_target_is_understood() {
    let registry = CheckRegistry::standard().unwrap();
    let mut count = 0;
    for page in all() {
        for target in targets(&page) {
            let understood = registry.parse(&target.in_namespace("shop")).map(drop);
            assert!(understood.is_ok(), "{}: {understood:?}", page.path);
            count += 1;
        }
    }
    assert!(count > 50, "only {count} targets were found");
}

#[test]
fn every_state_has_an_example() {
    let registry = CheckRegistry::standard().unwrap();
    let shown = targets(&page("docs/src/targets.md"));
    for kind in registry.kinds() {
        for state in &kind.states {
            // `jsonpath=EXPR[=VALUE]` is a form, and any kind shows it.
            let form = state.split('=').next().unwrap();
            let is_shown = |target: &Target| {
                let asked = target.options().state.as_deref().unwrap_or(&kind.states[0]);
                let is_common = ["exists", "deleted", "condition", "jsonpath", "cel"].contains(&form);
                (is_common || is_of(kind, target)) && asked.split('=').next() == Some(form)
            };
            assert!(shown.iter().any(is_shown), "docs/src/targets.md has no {} for={state}", kind.name);
        }
    }
}

fn is_of(kind: &Kind, target: &Target) -> bool {
    let is_any = kind.name.contains('[') && target.kind().contains('.');
    is_any || kind.name == target.kind() || kind.aliases.iter().any(|alias| alias == target.kind())
}

#[test]
fn every_option_is_explained_and_no_other() {
    let registry = CheckRegistry::standard().unwrap();
    let known: BTreeSet<String> = registry.kinds().flat_map(|kind| kind.options.clone()).collect();
    let tables = page("docs/src/targets.md").tables();
    let table = tables.into_iter().find(|table| table[0][0] == "option").unwrap();
    let explained = table.iter().skip(1).flat_map(|row| words(&row[0])).collect();
    assert_eq!(known, explained);
}

/// Words of a text that begin with `prefix` and go on with characters that `is_part`.
fn named(text: &str, prefix: &str, is_part: fn(char) -> bool) -> BTreeSet<String> {
    let rests = text.match_indices(prefix).map(|(at, _)| &text[at..]);
    rests
        .map(|rest| {
            let end = rest[prefix.len()..].find(|c| !is_part(c)).map_or(rest.len(), |end| prefix.len() + end);
            rest[..end].trim_end_matches(['_', '-']).to_owned()
        })
        .filter(|name| name.len() > prefix.len())
        .collect()
}

fn variables(text: &str) -> BTreeSet<String> {
    named(text, "K8S_WAIT_", |c| c.is_ascii_uppercase() || c == '_')
}

#[test]
fn every_environment_variable_is_documented_and_no_other() {
    let client = pages::sources("k8s-wait-client/src");
    let of_client = variables(&client);
    let of_server = variables(&file("docs/src/generated/server-flags.md"));
    let told = |path: &str, generated: &str| variables(&(file(path) + &file(generated)));
    let told_of_client = told("docs/src/client.md", "docs/src/generated/client-flags.md");
    assert!(of_client.len() > 8 && of_client.is_subset(&told_of_client), "{of_client:?} {told_of_client:?}");
    // Those of `cargo xtask dist` are told where binaries are made.
    let of_dist = variables(&pages::sources("xtask/src/dist"));
    let known: BTreeSet<_> = of_client.into_iter().chain(of_server).chain(of_dist).collect();
    for page in book().into_iter().chain([page("README.md")]) {
        let strays: Vec<_> = variables(&page.text).difference(&known).cloned().collect();
        assert!(strays.is_empty(), "{}: nobody reads {strays:?}", page.path);
    }
}

fn flags(text: &str) -> BTreeSet<String> {
    named(text, "--", |c| c.is_ascii_lowercase() || c == '-')
}

/// In the pages that are about our programs, flags are ours, but for those of the tools that are named there.
#[test]
fn every_flag_in_the_reference_is_there() {
    let own = ["client", "server"].map(|name| file(&format!("docs/src/generated/{name}-flags.md"))).concat();
    let known: BTreeSet<String> = flags(&own).into_iter().chain(["--for".to_owned()]).collect();
    assert!(known.len() > 15, "{known:?}");
    for name in ["introduction", "targets", "client", "server", "http-api", "reasons", "logs"] {
        let page = page(&format!("docs/src/{name}.md"));
        let told: BTreeSet<String> = page.code().iter().flat_map(|code| flags(code)).collect();
        let strays: Vec<_> = told.difference(&known).collect();
        assert!(strays.is_empty(), "{}: there is no {strays:?}", page.path);
    }
}

#[test]
fn every_source_file_that_is_named_is_there() {
    let sources = pages::source_files();
    let mut count = 0;
    for code in page("docs/src/architecture.md").code() {
        if code.ends_with(".rs") && !code.contains(' ') {
            assert!(
                sources.iter().any(|path| format!("/{path}").ends_with(&format!("/{code}"))),
                "{code} does not exist"
            );
            count += 1;
        }
    }
    assert!(count > 20, "only {count} files were found");
}

#[test]
fn every_reason_is_documented() {
    let page = file("docs/src/reasons.md");
    let code = pages::sources("k8s-wait-lib/src/judge")
        + &pages::sources("k8s-wait-lib/src/check")
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
