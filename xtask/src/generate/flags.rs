//! The flags of a program, from the definitions that its `--help` is made of: [`table`].

use argh::{CommandInfoWithArgs, FlagInfo, FlagInfoKind};

/// A row of Markdown for each flag. `variable` says which environment variable stands for a flag where its description does
/// not end with one in parentheses.
pub(super) fn table(line: &CommandInfoWithArgs, variable: fn(&FlagInfo<'_>) -> Option<String>) -> String {
    // The book's style sheet keeps what is in such a box from being broken at its hyphens.
    let head = "<div class=\"flags\">\n\n| flag | environment | meaning |\n| --- | --- | --- |\n";
    let (help, others): (Vec<_>, Vec<_>) = line.flags.iter().partition(|flag| flag.long == "--help");
    let rows = others.into_iter().chain(help).filter(|flag| !flag.hidden).map(|flag| {
        let (meaning, told) = meaning_and_variables(flag.description);
        let variables = told.map(str::to_owned).or_else(|| variable(flag)).map(|names| code(&names));
        format!("| {} | {} | {meaning} |\n", names(flag), variables.unwrap_or_default())
    });
    format!("{head}{}\n</div>\n", rows.collect::<String>())
}

/// The server's variables are called like its flags that take a value, as its help says.
pub(super) fn server_variable(flag: &FlagInfo<'_>) -> Option<String> {
    let name = flag.long.trim_start_matches('-').to_uppercase().replace('-', "_");
    matches!(flag.kind, FlagInfoKind::Option { .. }).then(|| format!("K8S_WAIT_{name}"))
}

/// `default namespace (K8S_WAIT_NAMESPACE, POD_NAMESPACE)`, in its two parts.
fn meaning_and_variables(description: &str) -> (&str, Option<&str>) {
    match description.split_once(" (K8S_WAIT_") {
        Some((meaning, _)) => {
            let variables = description.get(meaning.len()..).unwrap_or_default();
            (meaning, Some(variables.trim_matches([' ', '(', ')'])))
        }
        None => (description, None),
    }
}

/// `-n`, `--namespace` `NS`.
fn names(flag: &FlagInfo<'_>) -> String {
    let short = flag.short.map(|short| format!("-{short}"));
    let names = short.into_iter().chain([flag.long.to_owned()]).collect::<Vec<_>>().join(", ");
    match &flag.kind {
        FlagInfoKind::Switch => code(&names),
        // A bar would end the cell.
        FlagInfoKind::Option { arg_name } => {
            format!("{} `{}`", code(&names), arg_name.to_uppercase().replace('|', "\\|"))
        }
    }
}

/// Each of several words.
fn code(words: &str) -> String {
    words.split(", ").map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
