//! The lines of other tools beside ours: the client itself says that they are the same.

use crate::pages::{page, words};
use k8s_wait_examples::binaries;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Their arguments and our line, from the tables that are headed so.
fn rows(name: &str) -> Vec<(String, String)> {
    let tables = page(&format!("docs/src/migrating/{name}.md")).tables().into_iter();
    let ours = tables.filter(|table| table[0][..2] == ["their arguments", "the same in own words"]);
    let rows = ours.flat_map(|table| table.into_iter().skip(1));
    rows.map(|row| (words(&row[0])[0].clone(), words(&row[1])[0].clone())).collect()
}

/// What the client says at its start that its arguments are.
fn native(arguments: &str) -> String {
    let mut command = Command::new(binaries().unwrap().client);
    let words = shlex::split(arguments).unwrap();
    command.args(&words).env_clear().env("K8S_WAIT_SERVER", "http://127.0.0.1:9").stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let said = line.split_once("native").unwrap_or_else(|| panic!("{arguments}: {line}")).1;
    said.trim().to_owned()
}

#[test]
fn what_others_are_told_is_what_the_client_makes_of_it() {
    for page in ["k8s-wait-for", "k8s-when-ready"] {
        let rows = rows(page);
        assert!(rows.len() >= 5, "{page} has only {} rows", rows.len());
        for (theirs, ours) in rows {
            assert_eq!(native(&theirs), ours, "{page}: {theirs}");
        }
    }
}
