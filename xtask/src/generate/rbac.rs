//! The server's rights: [`printed`] and, for the chart, their [`rules`].

use k8s_wait_server::{Order, read};
use std::error::Error;

/// What `k8s-wait-server rbac` prints with these arguments.
///
/// # Errors
///
/// Arguments that it refuses.
pub(super) fn printed(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let words: Vec<String> =
        ["k8s-wait-server", "rbac"].iter().chain(arguments).map(|&word| word.to_owned()).collect();
    match read(&words, |_| None)? {
        Order::Say(manifest) => Ok(manifest),
        other => Err(format!("k8s-wait-server rbac prints no manifest: {other:?}").into()),
    }
}

/// The rules of the role that is printed, as a list on its own.
///
/// # Errors
///
/// A manifest without rules.
pub(super) fn rules(manifest: &str) -> Result<String, Box<dyn Error>> {
    let (_, rules) = manifest.split_once("\nrules:\n").ok_or("k8s-wait-server rbac prints no rules")?;
    let rules = rules.split("---\n").next().unwrap_or_default();
    Ok(rules.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect())
}
