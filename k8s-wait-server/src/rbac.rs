//! The rights that checks need, as manifests: [`rbac`].

use crate::args::{Given, Usage, asks_for_tokens, events_after_time, namespaces, split};
use argh::{ArgsInfo, CommandInfoWithArgs, FromArgs};
use k8s_wait_lib::{AnyCheck, CheckRegistry, Kind};
use std::collections::{BTreeMap, BTreeSet};

/// The flags, as argh reads them.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    description = "Prints the rights that the server needs, as a manifest for ServiceAccount
k8s-wait in namespace k8s-wait. Kinds are those of targets: pod, job, deployment.
One that the server does not know by itself is PLURAL.GROUP, or PLURAL.v1 in the
core group; with --namespaces its objects are taken to be in namespaces.
Network targets need no rights.",
    help_triggers("-h", "--help"),
    example = "{command_name} | kubectl apply -f -
{command_name} --namespaces shop,till job service
{command_name} certificates.cert-manager.io configmaps.v1"
)]
struct Flags {
    /// a Role in each of these instead of a ClusterRole, which is then for kinds alone that are in no namespace, where
    /// such are named
    #[argh(option, arg_name = "a,b")]
    namespaces: Option<String>,
    /// token: with the right to review tokens, which a ClusterRole has to grant (default none)
    #[argh(option, arg_name = "none|token")]
    auth: Option<String>,
    /// with --auth token: with the right to create Events on pods that wait; the server is given the same
    #[argh(option, arg_name = "duration")]
    events_after: Option<String>,
    /// what is waited for (default: every kind that the server knows by itself)
    #[argh(positional, arg_name = "kind")]
    kinds: Vec<String>,
}

/// The command line as data.
pub(crate) fn command_line() -> CommandInfoWithArgs {
    Flags::get_args_info()
}

/// What `rbac` prints, given the arguments after it.
///
/// # Errors
///
/// [`Usage`] names the flag or the kind.
pub(crate) fn rbac(arguments: &[String]) -> Result<String, Usage> {
    let arguments = split(arguments);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match Flags::from_args(&["k8s-wait-server", "rbac"], &words) {
        Err(exit) if exit.status.is_ok() => Ok(exit.output),
        Err(exit) => Err(Usage::of_argh(&exit.output)),
        Ok(flags) => manifest(flags),
    }
}

fn manifest(flags: Flags) -> Result<String, Usage> {
    let given = |from: &str, text: Option<String>| text.map(|text| Given { from: from.to_owned(), text });
    let namespaces = given("--namespaces", flags.namespaces).map(|given| namespaces(&given)).transpose()?;
    let asks_for_tokens = asks_for_tokens(given("--auth", flags.auth).as_ref())?;
    let reviews = if asks_for_tokens { REVIEWS } else { "" };
    let after = given("--events-after", flags.events_after);
    let after = after.map(|given| events_after_time(&given, asks_for_tokens)).transpose()?;
    let events = if after.is_some() { EVENTS } else { "" };
    let registry = CheckRegistry::standard().map_err(|error| Usage::new(&error.to_string()))?;
    let needed = needed(&registry, &flags.kinds)?;
    Ok(match namespaces {
        None => granted(None, &(rules(&needed, |_| true) + events + reviews)),
        // Whoever names no kind gets what needs no rights in the cluster.
        Some(namespaces) => {
            let outside = rules(&needed, |read| !flags.kinds.is_empty() && !read.is_namespaced) + reviews;
            let inside = rules(&needed, |read| read.is_namespaced) + events;
            namespaced(&namespaces, &inside, &outside)
        }
    })
}

/// The rule by which the server finds out who asks. Tokens are in no namespace.
const REVIEWS: &str =
    "  - apiGroups: [\"authentication.k8s.io\"]\n    resources: [\"tokenreviews\"]\n    verbs: [create]\n";

/// The rule by which it tells pods that they wait.
const EVENTS: &str = "  - apiGroups: [\"events.k8s.io\"]\n    resources: [\"events\"]\n    verbs: [create]\n";

/// A resource that has to be read.
struct Read {
    /// As `jobs.batch`, `pods`.
    resource: String,
    is_namespaced: bool,
}

fn needed(registry: &CheckRegistry, words: &[String]) -> Result<Vec<Read>, Usage> {
    if words.is_empty() {
        return Ok(registry.kinds().flat_map(reads).collect());
    }
    let reads = words.iter().map(|word| of_kind(registry, word)).collect::<Result<Vec<_>, _>>()?;
    Ok(reads.into_iter().flatten().collect())
}

fn of_kind(registry: &CheckRegistry, word: &str) -> Result<Vec<Read>, Usage> {
    match registry.kind(word) {
        Some(kind) if kind.reads.is_empty() => Err(Usage::new(&format!(
            "rbac: {word:?} is probed over the network and reads nothing from the API: leave it out, as it needs no right"
        ))),
        Some(kind) => Ok(reads(kind)),
        None => match AnyCheck::reads(&word.to_ascii_lowercase()) {
            Some(resource) => Ok(vec![Read { resource, is_namespaced: true }]),
            None => Err(refusal(registry, word)),
        },
    }
}

fn reads(kind: &Kind) -> Vec<Read> {
    let is_namespaced = kind.is_namespaced();
    kind.reads.iter().map(|resource| Read { resource: resource.clone(), is_namespaced }).collect()
}

fn refusal(registry: &CheckRegistry, word: &str) -> Usage {
    let name = word.split('.').next().unwrap_or_default().to_ascii_lowercase();
    if ["secret", "secrets"].contains(&name.as_str()) {
        return Usage::new(&format!(
            "rbac: {word:?} are secrets, which the server never reads: leave them out"
        ));
    }
    let known: Vec<&str> =
        registry.kinds().filter(|kind| !kind.reads.is_empty()).map(|kind| kind.name.as_str()).collect();
    let known = known.join(", ");
    Usage::new(&format!("rbac: kind {word:?} is unknown: expected {known}, or another one as PLURAL.GROUP"))
}

/// A Role with these rules in each namespace, and a ClusterRole with those, if there are any.
fn namespaced(namespaces: &BTreeSet<String>, inside: &str, outside: &str) -> String {
    let roles = namespaces.iter().filter(|_| !inside.is_empty()).map(|name| granted(Some(name), inside));
    let role = (!outside.is_empty()).then(|| granted(None, outside));
    roles.chain(role).collect::<Vec<_>>().join("---\n")
}

/// One rule for each group, in an order that does not depend on what was asked for first.
fn rules(needed: &[Read], is_wanted: impl Fn(&Read) -> bool) -> String {
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Read { resource, .. } in needed.iter().filter(|read| is_wanted(read)) {
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        groups.entry(group).or_default().insert(plural);
    }
    groups.into_iter().map(|(group, plurals)| rule(group, &plurals)).collect()
}

/// Names are quoted: a namespace may be called `on` or `1e3`. No single object is got, so that there is no `get`; to list is
/// for API servers without streaming lists.
fn rule(group: &str, plurals: &BTreeSet<&str>) -> String {
    let plurals = plurals.iter().map(|plural| format!("{plural:?}")).collect::<Vec<_>>().join(", ");
    format!("  - apiGroups: [{group:?}]\n    resources: [{plurals}]\n    verbs: [list, watch]\n")
}

/// A Role of a namespace, or a ClusterRole, and its binding to the server's account.
fn granted(namespace: Option<&str>, rules: &str) -> String {
    let (role, place) = match namespace {
        Some(name) => ("Role", format!("  namespace: {name:?}\n")),
        None => ("ClusterRole", String::new()),
    };
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: {role}
metadata:
  name: k8s-wait
{place}  labels:
    app.kubernetes.io/name: k8s-wait
rules:
{rules}---
apiVersion: rbac.authorization.k8s.io/v1
kind: {role}Binding
metadata:
  name: k8s-wait
{place}  labels:
    app.kubernetes.io/name: k8s-wait
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {role}
  name: k8s-wait
subjects:
  - kind: ServiceAccount
    name: k8s-wait
    namespace: k8s-wait
"
    )
}

#[cfg(test)]
#[path = "rbac_tests.rs"]
mod tests;
