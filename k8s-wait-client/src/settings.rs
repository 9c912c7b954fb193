//! What to wait for, checked: [`Settings::new`]. Nothing is asked of any server before all of it is right.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use k8s_wait_target::{MAX_TARGETS, Subject, Target, is_dns_label, is_dns_subdomain, parse_duration};
use ureq::http::Uri;

use crate::args::Args;
use crate::bearer::TokenFile;
use crate::environment::Environment;
use crate::probe;
use crate::report::Output;
use crate::summary::Exits;
use crate::tls::{self, Roots};
use crate::wire::Mode;

const SERVER: &str = "http://k8s-wait.k8s-wait.svc:8080";
const TIMEOUT: &str = "5m";
const TERMINATION_LOG: &str = "/dev/termination-log";

/// The name of `--termination-log` in the environment.
pub(crate) const TERMINATION_LOG_VARIABLE: &str = "K8S_WAIT_TERMINATION_LOG";

/// The name of a container's host, which is its pod's unless the pod has another one, or its node's.
const POD_VARIABLE: &str = "HOSTNAME";

/// Everything that a wait needs to know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// In canonical form, each object with its namespace, none twice.
    pub(crate) targets: Vec<Target>,
    pub(crate) namespace: String,
    pub(crate) server: String,
    /// As people are told of it.
    pub(crate) server_name: String,
    /// Whom to trust where `https://` is spoken.
    pub(crate) roots: Roots,
    /// The pod that this is, as far as it knows, for those who look at who waits; nothing depends on it.
    pub(crate) pod: Option<String>,
    /// Who this is to the server.
    pub(crate) token_file: Option<TokenFile>,
    /// `None`: forever.
    pub(crate) timeout: Option<Duration>,
    pub(crate) mode: Mode,
    pub(crate) output: Output,
    pub(crate) is_quiet: bool,
    pub(crate) termination_log: TerminationLog,
    pub(crate) exits: Exits,
}

/// Where the last reasons go when the wait ends badly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TerminationLog {
    /// Where Kubernetes mounts a file for it; elsewhere nothing is written.
    Default(PathBuf),
    /// Asked for, so it is made where there is none.
    Chosen(PathBuf),
}

impl TerminationLog {
    /// The place that `flag`, else the environment, names.
    pub(crate) fn new(flag: Option<String>, environment: &dyn Environment) -> Self {
        match flag.or_else(|| variable(TERMINATION_LOG_VARIABLE, environment)) {
            Some(path) => Self::Chosen(path.into()),
            None => Self::Default(TERMINATION_LOG.into()),
        }
    }
}

impl Settings {
    /// What `args` say, and where they say nothing, the environment, and then the defaults.
    ///
    /// # Errors
    ///
    /// One sentence that names what is wrong (with the variable, if it comes from there) and what would be right.
    pub(crate) fn new(args: Args, environment: &dyn Environment) -> Result<Self, String> {
        let termination_log = TerminationLog::new(args.termination_log, environment);
        let namespace = namespace(args.namespace, environment)?;
        let given = |flag: Option<String>, name: &'static str, variable: &'static str, default: &str| {
            Given::new(flag, name, variable, default, environment)
        };
        let server = given(args.server, "--server", "K8S_WAIT_SERVER", SERVER).read(server)?;
        let roots = given(args.ca_file, "--ca-file", "K8S_WAIT_CA_FILE", "").read(roots)?;
        let token_file =
            given(args.token_file, "--token-file", "K8S_WAIT_TOKEN_FILE", "").read(token_file)?;
        let timeout = given(args.timeout, "--timeout", "K8S_WAIT_TIMEOUT", TIMEOUT).read(timeout)?;
        let output = given(args.output, "--output", "K8S_WAIT_OUTPUT", "text").read(output)?;
        let any = args.any.then(|| "true".to_owned());
        let mode = given(any, "--any", "K8S_WAIT_ANY", "false").read(mode)?;
        let targets = targets(args.targets, &namespace, environment)?;
        Ok(Self {
            targets,
            pod: variable(POD_VARIABLE, environment).filter(|name| is_dns_subdomain(name)),
            namespace,
            server_name: server.clone(),
            server,
            roots,
            token_file,
            timeout,
            mode,
            output,
            is_quiet: args.quiet,
            termination_log,
            exits: Exits::Own,
        })
    }

    /// Whether there is anything to ask a server.
    pub(crate) fn needs_server(&self) -> bool {
        self.targets.iter().any(|target| !target.is_network())
    }
}

/// A text and the name by which its giver knows it.
struct Given {
    name: &'static str,
    text: String,
}

impl Given {
    fn new(
        flag: Option<String>,
        name: &'static str,
        named: &'static str,
        default: &str,
        environment: &dyn Environment,
    ) -> Self {
        match (flag, variable(named, environment)) {
            (Some(text), _) => Self { name, text },
            (None, Some(text)) => Self { name: named, text },
            (None, None) => Self { name, text: default.to_owned() },
        }
    }

    fn read<T>(self, reader: fn(&str) -> Result<T, String>) -> Result<T, String> {
        reader(&self.text).map_err(|complaint| format!("{}: {complaint}", self.name))
    }
}

/// A variable that holds something; manifests often set an empty one where they mean none.
fn variable(name: &str, environment: &dyn Environment) -> Option<String> {
    let value = environment.variable(name)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn namespace(flag: Option<String>, environment: &dyn Environment) -> Result<String, String> {
    let file = "the namespace file of the ServiceAccount";
    let given = flag.map(|text| Given { name: "--namespace", text });
    let of = |name| variable(name, environment).map(|text| Given { name, text });
    given
        .or_else(|| of("K8S_WAIT_NAMESPACE"))
        .or_else(|| of("POD_NAMESPACE"))
        .or_else(|| {
            environment
                .service_account_namespace()
                .map(|text| Given { name: file, text: text.trim().to_owned() })
        })
        .unwrap_or_else(|| Given { name: "--namespace", text: "default".to_owned() })
        .read(label)
}

/// A namespace's name is a DNS-1123 label.
fn label(text: &str) -> Result<String, String> {
    if !is_dns_label(text) {
        let right =
            "lower-case letters, digits and '-', 63 at most, beginning and ending with a letter or digit";
        return Err(format!("{text:?} is no namespace, which is {right}"));
    }
    Ok(text.to_owned())
}

fn server(text: &str) -> Result<String, String> {
    let wrong = |why: &str| format!("{text:?} {why}; it is like {SERVER}");
    let uri = Uri::from_str(text).map_err(|error| wrong(&format!("is no URL ({error})")))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") => tls::is_there().map_err(|complaint| format!("{text:?} {complaint}"))?,
        _ => return Err(wrong("does not begin with http://")),
    }
    let authority = uri.authority().ok_or_else(|| wrong("names no host"))?;
    match () {
        () if authority.host().is_empty() => Err(wrong("names no host")),
        () if authority.as_str().contains('@') => Err(wrong("holds a user, which is not sent")),
        () if has_bad_port(authority.as_str(), authority.host()) => Err(wrong("has no port from 1 to 65535")),
        () if uri.query().is_some() => Err(wrong("holds a query, which is not sent")),
        () => Ok(text.trim_end_matches('/').to_owned()),
    }
}

/// What follows the host is a colon and a number that a port can have, or nothing.
fn has_bad_port(authority: &str, host: &str) -> bool {
    let port = authority.strip_prefix(host).unwrap_or_default();
    !port.is_empty()
        && !port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// The file with the certificates to trust, if one is named.
fn roots(path: &str) -> Result<Roots, String> {
    if path.is_empty() { Ok(Roots::default()) } else { Roots::read(path) }
}

/// The file with the token, if one is named.
fn token_file(path: &str) -> Result<Option<TokenFile>, String> {
    if path.is_empty() { Ok(None) } else { TokenFile::new(path).map(Some) }
}

fn timeout(text: &str) -> Result<Option<Duration>, String> {
    let timeout = parse_duration(text).map_err(|error| error.to_string())?;
    Ok((!timeout.is_zero()).then_some(timeout))
}

fn output(text: &str) -> Result<Output, String> {
    match text {
        "text" => Ok(Output::Text),
        "json" => Ok(Output::Json),
        other => Err(format!("{other:?} is no form of output; there are text and json")),
    }
}

fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "true" => Ok(Mode::Any),
        "false" => Ok(Mode::All),
        other => Err(format!("{other:?} is neither true nor false")),
    }
}

fn targets(
    given: Vec<String>,
    namespace: &str,
    environment: &dyn Environment,
) -> Result<Vec<Target>, String> {
    if !given.is_empty() {
        return distinct(given.iter().map(String::as_str), namespace);
    }
    let variable = variable("K8S_WAIT_TARGETS", environment)
        .ok_or("there is nothing to wait for: name a target, for example job/migrate (see --help)")?;
    distinct(variable.split_whitespace(), namespace)
        .map_err(|complaint| format!("K8S_WAIT_TARGETS: {complaint}"))
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>, namespace: &str) -> Result<Vec<Target>, String> {
    let mut targets = Vec::new();
    for text in texts {
        let target = target(text)?.in_namespace(namespace);
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    match targets.len() {
        ..=MAX_TARGETS => Ok(targets),
        many => Err(format!("{many} targets are too many for one wait, which takes {MAX_TARGETS} at most")),
    }
}

/// A target that this version can wait for.
fn target(text: &str) -> Result<Target, String> {
    let target: Target = text.parse().map_err(|error: k8s_wait_target::ParseError| error.to_string())?;
    match target.subject() {
        Subject::Object { .. } | Subject::Set { .. } => Ok(target),
        Subject::Address(_) => probe::check(target),
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
