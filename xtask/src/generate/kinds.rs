//! The kinds that can be waited for, as the registry has them: [`tables`].

use k8s_wait_lib::{CheckRegistry, Kind, RegistryError};

/// What all kinds of objects have is said once, then each has a row of Markdown; network targets have a table of their own.
///
/// # Errors
///
/// Never: the registry's own kinds do not clash.
pub(super) fn tables() -> Result<String, RegistryError> {
    let registry = CheckRegistry::standard()?;
    let (objects, network): (Vec<&Kind>, Vec<&Kind>) = registry.kinds().partition(|kind| is_object(kind));
    Ok(object_table(&objects) + "\n" + &network_table(&network))
}

fn is_object(kind: &Kind) -> bool {
    has(kind, "selector")
}

fn has(kind: &Kind, option: &str) -> bool {
    kind.options.iter().any(|known| known == option)
}

fn object_table(kinds: &[&Kind]) -> String {
    let states = shared(kinds, |kind| &kind.states);
    let options = shared(kinds, |kind| &kind.options);
    let unplaced = kinds.iter().filter(|kind| !kind.is_namespaced()).map(|kind| format!("`{}`", kind.name));
    let begin = format!(
        "Every kind of objects has the states {} and the options {}. Those that are in a namespace, all \
         but {}, have `namespace` as well.\n\n\
         | kind | states (the first is the default) | further options | reads |\n\
         | --- | --- | --- | --- |\n",
        words(&states),
        words(&options),
        unplaced.collect::<Vec<_>>().join(" and "),
    );
    kinds.iter().fold(begin, |table, kind| {
        let names = words([&kind.name].into_iter().chain(&kind.aliases));
        let own_states = words(without(&kind.states, &states));
        let further = words(without(&kind.options, &options).filter(|option| **option != "namespace"));
        let reads = if kind.reads.is_empty() { "what is named".to_owned() } else { words(&kind.reads) };
        table + &format!("| {names} | {own_states} | {further} | {reads} |\n")
    })
}

fn network_table(kinds: &[&Kind]) -> String {
    let options = shared(kinds, |kind| &kind.options);
    let begin = format!(
        "Network targets have the options {}.\n\n\
         | kind | state | further options |\n\
         | --- | --- | --- |\n",
        words(&options)
    );
    kinds.iter().fold(begin, |table, kind| {
        let (states, further) = (words(&kind.states), words(without(&kind.options, &options)));
        table + &format!("| `{}` | {states} | {further} |\n", kind.name)
    })
}

/// What all of them have, in the order of the first.
fn shared<'a>(kinds: &[&'a Kind], list: fn(&Kind) -> &Vec<String>) -> Vec<&'a String> {
    let all_have = |word: &&String| kinds.iter().all(|kind| list(kind).contains(word));
    kinds.first().map(|kind| list(kind).iter().filter(all_have).collect()).unwrap_or_default()
}

fn without<'a>(list: &'a [String], known: &'a [&String]) -> impl Iterator<Item = &'a String> {
    list.iter().filter(|word| !known.contains(word))
}

fn words<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}
