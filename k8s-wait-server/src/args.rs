//! Flags and environment: [`read`] makes [`Settings`] of them.

use crate::network::{Network, NetworkRule};
use crate::rbac;
use argh::{ArgsInfo, CommandInfoWithArgs, FromArgs, SubCommandInfo};
use k8s_wait_lib::target::{is_dns_label, parse_duration};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Duration;

/// Everything that can be set, with its defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The namespaces to watch; `None` is the whole cluster.
    pub namespaces: Option<BTreeSet<String>>,
    /// Where the server itself may connect to; nowhere by default.
    pub network: Network,
    /// How many waits may be held at once.
    pub max_waiters: usize,
    /// How long an unused watch is kept.
    pub linger: Duration,
    /// The kinds whose watches are opened at start.
    pub preload: Vec<String>,
    /// How long the end may take.
    pub shutdown_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            namespaces: None,
            network: Network::default(),
            max_waiters: 20_000,
            linger: Duration::from_secs(300),
            preload: Vec::new(),
            shutdown_grace: Duration::from_secs(20),
        }
    }
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Order {
    /// Serve.
    Run(Box<Settings>),
    /// Print this and leave: the help, the version, the rights that are needed.
    Say(String),
}

/// Bad usage: one sentence that names what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Usage(String);

impl Usage {
    pub(crate) fn new(sentence: &str) -> Self {
        Self(sentence.to_owned())
    }
}

/// The flags, as argh reads them.
#[derive(FromArgs, ArgsInfo, Default)]
#[argh(
    description = "Watches a Kubernetes cluster once for everybody who waits. Every flag can be
given by an environment variable too, K8S_WAIT_ and its name: K8S_WAIT_LISTEN.
Flags win. The connection to Kubernetes is the ServiceAccount's in a cluster,
else KUBECONFIG, else ~/.kube/config.

k8s-wait-server wait TARGET... waits as k8s-wait-client does, without a server.
k8s-wait-server rbac [KIND...] prints the rights that the server needs.",
    usage = "[OPTIONS]",
    help_triggers("-h", "--help"),
    example = "{command_name} --namespaces shop,till --preload pod,job
{command_name} wait --help
{command_name} rbac --help"
)]
struct Flags {
    /// address and port to listen on (default 0.0.0.0:8080)
    #[argh(option, arg_name = "addr")]
    listen: Option<String>,
    /// watch these namespaces alone, with a Role in each (default: the whole cluster)
    #[argh(option, arg_name = "a,b")]
    namespaces: Option<String>,
    /// let the server itself connect there for network targets; repeatable (default: nowhere)
    #[argh(option, arg_name = "cidr|host")]
    allow_network: Vec<String>,
    /// waits held at once; one more gets 503 (default 20000)
    #[argh(option, arg_name = "n")]
    max_waiters: Option<String>,
    /// how long an unused watch is kept (default 5m)
    #[argh(option, arg_name = "duration")]
    linger: Option<String>,
    /// kinds to watch from the start instead of from first use
    #[argh(option, arg_name = "kind,...")]
    preload: Option<String>,
    /// how long the end may take after SIGTERM (default 20s)
    #[argh(option, arg_name = "duration")]
    shutdown_grace: Option<String>,
    /// print the version
    #[argh(switch)]
    version: bool,
}

/// What `--help` is made of, as data. For the manual pages and completions, which are made in the same repository; no part
/// of the API.
#[doc(hidden)]
pub fn command_line() -> CommandInfoWithArgs {
    let wait = CommandInfoWithArgs { name: "wait", ..k8s_wait_client::command_line() };
    let rbac = CommandInfoWithArgs { name: "rbac", ..rbac::command_line() };
    let commands = [wait, rbac].map(|command| SubCommandInfo { name: command.name, command });
    CommandInfoWithArgs { name: "k8s-wait-server", commands: commands.into(), ..Flags::get_args_info() }
}

/// Reads a command line, whose first argument is the program, and an environment.
///
/// # Errors
///
/// [`Usage`] names the flag or the variable.
pub fn read(arguments: &[String], env: impl Fn(&str) -> Option<String>) -> Result<Order, Usage> {
    if let Some((_, rest)) = arguments.split_first()
        && let Some(("rbac", rest)) = rest.split_first().map(|(first, rest)| (first.as_str(), rest))
    {
        return rbac::rbac(rest).map(Order::Say);
    }
    let arguments = split(arguments.get(1..).unwrap_or_default());
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match Flags::from_args(&["k8s-wait-server"], &words) {
        Err(exit) if exit.status.is_ok() => Ok(Order::Say(exit.output)),
        Err(exit) => Err(Usage(exit.output.lines().next().unwrap_or("bad usage").to_owned())),
        Ok(flags) if flags.version => {
            Ok(Order::Say(format!("k8s-wait-server {}", env!("CARGO_PKG_VERSION"))))
        }
        Ok(flags) => settings(flags, env).map(|settings| Order::Run(Box::new(settings))),
    }
}

/// `--flag=value` as two words, which is how argh wants them.
pub(crate) fn split(arguments: &[String]) -> Vec<String> {
    let split = |argument: &String| match argument.split_once('=') {
        Some((flag, value)) if flag.starts_with("--") => vec![flag.to_owned(), value.to_owned()],
        _ => vec![argument.clone()],
    };
    arguments.iter().flat_map(split).collect()
}

/// A value with the flag or variable that it came from.
pub(crate) struct Given {
    pub(crate) from: String,
    pub(crate) text: String,
}

impl Given {
    fn is_bad(&self, expected: impl Display) -> Usage {
        Usage(format!("{} {:?}: {expected}", self.from, self.text))
    }

    fn parse<T>(&self, parse: impl FnOnce(&str) -> Option<T>, expected: &str) -> Result<T, Usage> {
        parse(&self.text).ok_or_else(|| self.is_bad(expected))
    }

    fn duration(&self) -> Result<Duration, Usage> {
        parse_duration(&self.text).map_err(|error| self.is_bad(error))
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split(',').map(str::trim).filter(|word| !word.is_empty())
    }
}

fn settings(flags: Flags, env: impl Fn(&str) -> Option<String>) -> Result<Settings, Usage> {
    let given = |flag: &str, value: Option<String>| {
        let variable = format!("K8S_WAIT_{}", flag.to_uppercase().replace('-', "_"));
        let flagged = value.map(|text| Given { from: format!("--{flag}"), text });
        // An empty variable is what a template leaves behind where nothing was set.
        let set = env(&variable).filter(|text| !text.is_empty());
        flagged.or_else(|| set.map(|text| Given { from: variable, text }))
    };
    let defaults = Settings::default();
    let allow = Some(flags.allow_network.join(",")).filter(|text| !text.is_empty());
    Ok(Settings {
        listen: match given("listen", flags.listen) {
            Some(value) => value.parse(listen, "expected ADDRESS:PORT, as in 0.0.0.0:8080")?,
            None => defaults.listen,
        },
        namespaces: given("namespaces", flags.namespaces).map(|value| namespaces(&value)).transpose()?,
        network: match given("allow-network", allow) {
            Some(value) => network(&value)?,
            None => defaults.network,
        },
        max_waiters: match given("max-waiters", flags.max_waiters) {
            Some(value) => value.parse(count, "expected a number from 1 to 1000000")?,
            None => defaults.max_waiters,
        },
        linger: given("linger", flags.linger).map_or(Ok(defaults.linger), |value| value.duration())?,
        preload: given("preload", flags.preload)
            .map(|value| value.words().map(str::to_owned).collect())
            .unwrap_or_default(),
        shutdown_grace: given("shutdown-grace", flags.shutdown_grace)
            .map_or(Ok(defaults.shutdown_grace), |value| value.duration())?,
    })
}

/// `:8080` is every address, as in Go.
fn listen(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix(':') {
        Some(port) => port.parse().ok().map(|port: u16| SocketAddr::from(([0, 0, 0, 0], port))),
        None => text.parse().ok(),
    }
}

fn count(text: &str) -> Option<usize> {
    text.parse().ok().filter(|count| (1..=1_000_000).contains(count))
}

pub(crate) fn namespaces(value: &Given) -> Result<BTreeSet<String>, Usage> {
    if let Some(bad) = value.words().find(|word| !is_dns_label(word)) {
        return Err(
            value.is_bad(format!("{bad:?} is no namespace: expected DNS labels, separated by commas"))
        );
    }
    let namespaces: BTreeSet<String> = value.words().map(str::to_owned).collect();
    match namespaces.is_empty() {
        true => Err(value.is_bad("expected at least one namespace")),
        false => Ok(namespaces),
    }
}

fn network(value: &Given) -> Result<Network, Usage> {
    let rules = value.words().map(|word| {
        word.parse::<NetworkRule>()
            .map_err(|_| value.is_bad(format!("{word:?} is neither a CIDR nor a host name")))
    });
    rules.collect::<Result<Vec<_>, _>>().map(Network::new)
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
