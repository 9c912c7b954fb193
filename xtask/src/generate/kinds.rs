//! The kinds that can be waited for, as the registry has them: [`table`].

use k8s_wait_lib::{CheckRegistry, Kind, RegistryError};

/// A row of Markdown for each kind.
///
/// # Errors
///
/// Never: the registry's own kinds do not clash.
pub(super) fn table() -> Result<String, RegistryError> {
    let registry = CheckRegistry::standard()?;
    let head = "| kind | other names | states, the first is the default | options | reads |\n| --- | --- | --- | --- | --- |\n";
    Ok(registry.kinds().map(row).fold(head.to_owned(), |table, row| table + &row))
}

fn row(kind: &Kind) -> String {
    let cells =
        [&kind.aliases, &kind.states, &kind.options, &kind.reads].map(|words| cell(words)).join(" | ");
    format!("| `{}` | {cells} |\n", kind.name)
}

fn cell(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
