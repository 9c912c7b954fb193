//! The table in the documentation has every test of these, and no other.

use std::collections::BTreeSet;

const DOCS: &str = include_str!("../../../docs/src/security.md");
const SOURCES: [&str; 7] = [
    include_str!("elsewhere.rs"),
    include_str!("kinds.rs"),
    include_str!("large.rs"),
    include_str!("many.rs"),
    include_str!("names.rs"),
    include_str!("slow.rs"),
    include_str!("unread.rs"),
];

/// The names of the functions that come after `#[tokio::test...]`.
fn tests(source: &str) -> impl Iterator<Item = &str> {
    let parts = source.split("#[tokio::test").skip(1);
    parts.map(|part| part.split_once("async fn ").unwrap().1.split_once('(').unwrap().0)
}

#[test]
fn every_attempt_is_in_the_table() {
    let tests: BTreeSet<_> = SOURCES.iter().flat_map(|source| tests(source)).collect();
    assert!(tests.len() > 25, "{tests:?}");
    let section = DOCS.split_once("## What was tried").unwrap().1.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let named: BTreeSet<_> = rows.filter_map(|row| row.rsplit('`').nth(1)).collect();
    assert_eq!(named, tests);
}
