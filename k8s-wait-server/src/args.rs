//! Flags and environment: [`read`] makes [`Settings`] of them.

use crate::auth::{AllowRule, Auth, Readers, Reading};
use crate::inject::{self, AN_IMAGE, Container, Inject, Invalid, Manifest, is_image};
use crate::limits::{LEAST_HEADER_BYTES, Limits, REVIEW_CONNECTIONS};
use crate::network::{Network, NetworkRule};
use crate::rbac;
use crate::replicas::Siblings;
use crate::tls::Tls;
use argh::{ArgsInfo, CommandInfoWithArgs, FromArgs, SubCommandInfo};
use k8s_wait_lib::target::{is_dns_label, is_dns_subdomain, parse_duration};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// Everything that can be set, with its defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The certificate for https; `None` is plain http.
    pub tls: Option<Tls>,
    /// The namespaces to watch; `None` is the whole cluster.
    pub namespaces: Option<BTreeSet<String>>,
    /// Who may ask; everybody by default.
    pub auth: Auth,
    /// Who may read the metrics and the page; everybody by default.
    pub readers: Reading,
    /// Where the other replicas are; `None` where they are not asked.
    pub replicas: Option<Siblings>,
    /// After how long a pod that waits is told so by an Event; `None` is never. Of no effect with [`Auth::None`].
    pub events_after: Option<Duration>,
    /// Where the server itself may connect to; nowhere by default.
    pub network: Network,
    /// How many waits may be held at once.
    pub max_waiters: usize,
    /// How many of them by callers of one namespace, where it is known who asks; `None` is a quarter of them.
    pub max_waiters_per_namespace: Option<usize>,
    /// What else a client may take, and all of them together.
    pub limits: Limits,
    /// How long an unused watch is kept.
    pub linger: Duration,
    /// The kinds whose watches are opened at start.
    pub preload: Vec<String>,
    /// How long the end may take.
    pub shutdown_grace: Duration,
    /// The webhook that adds init containers to pods that ask for them; `None` is none.
    pub inject: Option<Inject>,
    /// What a line of the log looks like. [`run`](crate::run) writes to whatever log there is.
    pub log_format: LogFormat,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 8080)),
            tls: None,
            namespaces: None,
            auth: Auth::None,
            readers: Reading::default(),
            replicas: None,
            events_after: None,
            network: Network::default(),
            max_waiters: 20_000,
            max_waiters_per_namespace: None,
            limits: Limits::default(),
            linger: Duration::from_secs(300),
            preload: Vec::new(),
            shutdown_grace: Duration::from_secs(20),
            inject: None,
            log_format: LogFormat::Text,
        }
    }
}

impl Settings {
    /// How many waits callers of one namespace may hold at once.
    pub(crate) fn waiters_per_namespace(&self) -> usize {
        self.max_waiters_per_namespace.unwrap_or_else(|| self.max_waiters.div_ceil(4))
    }

    /// The most connections that may be open, with those to the webhook.
    pub fn connections(&self) -> usize {
        let reviews = if self.inject.is_some() { REVIEW_CONNECTIONS } else { 0 };
        self.limits.connections(self.max_waiters).saturating_add(reviews)
    }
}

/// What a line of the log looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON object.
    Json,
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Order {
    /// Serve.
    Run(Box<Settings>),
    /// Print this and leave: the help, the version, the rights that are needed.
    Say(String),
    /// Print these manifests, with what their pods ask for.
    Inject(Manifest),
}

/// Bad usage: one sentence that names what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Usage(String);

impl Usage {
    pub(crate) fn new(sentence: &str) -> Self {
        Self(sentence.to_owned())
    }

    /// What argh has against a command line: its first sentence, which may go on in lines of its own.
    pub(crate) fn of_argh(output: &str) -> Self {
        let mut lines = output.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or("bad usage");
        match first.ends_with(':') {
            true => Self([first].into_iter().chain(lines).collect::<Vec<_>>().join(" ")),
            false => Self::new(first),
        }
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
k8s-wait-server rbac [KIND...] prints the rights that the server needs.
k8s-wait-server inject -f FILE adds what the annotations of pods ask for.",
    usage = "[OPTIONS]",
    help_triggers("-h", "--help"),
    example = "{command_name} --namespaces shop,till --preload pod,job
{command_name} wait --help
{command_name} rbac --help
{command_name} inject --help"
)]
struct Flags {
    /// address and port to listen on (default 0.0.0.0:8080)
    #[argh(option, arg_name = "addr")]
    listen: Option<String>,
    /// speak https with this certificate (PEM), read again when it changes; needs --tls-key
    #[argh(option, arg_name = "file")]
    tls_cert: Option<String>,
    /// the key that belongs to it (PEM)
    #[argh(option, arg_name = "file")]
    tls_key: Option<String>,
    /// watch these namespaces alone, with a Role in each (default: the whole cluster)
    #[argh(option, arg_name = "a,b")]
    namespaces: Option<String>,
    /// who may ask: none asks nobody who they are, token wants a ServiceAccount's token (default none)
    #[argh(option, arg_name = "none|token")]
    auth: Option<String>,
    /// with --auth token: callers in namespace FROM may ask about namespace TO beside their own; * is every one; repeatable
    #[argh(option, arg_name = "from=to")]
    allow: Vec<String>,
    /// who may read /metrics: all, with --auth token those with a rule FROM=* (token), or none (default all)
    #[argh(option, arg_name = "all|token|none")]
    metrics: Option<String>,
    /// the same for the page that shows who waits (default all)
    #[argh(option, arg_name = "all|token|none")]
    page: Option<String>,
    /// with --auth token: an Event on a pod that has waited for longer, or waits for one that waits for it (default: none)
    #[argh(option, arg_name = "duration")]
    events_after: Option<String>,
    /// ask the other replicas at all addresses of this URL who waits there, to find pods that wait for one another
    #[argh(option, arg_name = "url")]
    replicas: Option<String>,
    /// ask them with the token in this file, which another --auth token wants
    #[argh(option, arg_name = "file")]
    replicas_token_file: Option<String>,
    /// trust the certificates of these authorities (PEM) where that URL is https (default: those of the system)
    #[argh(option, arg_name = "file")]
    replicas_ca_file: Option<String>,
    /// let the server itself connect there for network targets; repeatable (default: nowhere)
    #[argh(option, arg_name = "cidr|host")]
    allow_network: Vec<String>,
    /// waits held at once; one more gets 503 (default 20000)
    #[argh(option, arg_name = "n")]
    max_waiters: Option<String>,
    /// with --auth token: the same for callers of one namespace (default: a quarter of max-waiters)
    #[argh(option, arg_name = "n")]
    max_waiters_per_namespace: Option<String>,
    /// connections at once; further ones are not accepted (default: max-waiters and 1000 more)
    #[argh(option, arg_name = "n")]
    max_connections: Option<String>,
    /// age after which a connection is closed with its next answer, 10 % more or less (default 2h)
    #[argh(option, arg_name = "duration")]
    max_connection_age: Option<String>,
    /// how long a header, and then a body, may take, and a connection be idle (default 10s)
    #[argh(option, arg_name = "duration")]
    read_timeout: Option<String>,
    /// longest header of a request in bytes; a longer one gets 431 (default 16384)
    #[argh(option, arg_name = "n")]
    max_header_bytes: Option<String>,
    /// longest body of a request in bytes; a longer one gets 413 (default 65536)
    #[argh(option, arg_name = "n")]
    max_body_bytes: Option<String>,
    /// targets of one wait; more get 400 (default 100)
    #[argh(option, arg_name = "n")]
    max_targets: Option<String>,
    /// requests of one address in a second; more get 429; 0 is no limit (default 1000)
    #[argh(option, arg_name = "n")]
    max_requests_per_second: Option<String>,
    /// serve a webhook there, ADDRESS:PORT, that adds an init container to pods whose annotations ask for it
    #[argh(option, arg_name = "addr")]
    inject: Option<String>,
    /// its certificate (PEM), read again when it changes
    #[argh(option, arg_name = "file")]
    inject_cert: Option<String>,
    /// the key that belongs to it (PEM)
    #[argh(option, arg_name = "file")]
    inject_key: Option<String>,
    /// image of these init containers (default: k8s-wait-client of this version)
    #[argh(option, arg_name = "image")]
    inject_image: Option<String>,
    /// URL of the server that they ask (default: the client's own)
    #[argh(option, arg_name = "url")]
    inject_server: Option<String>,
    /// trust ca.crt of this ConfigMap in the pod's namespace where that URL is https (default: public authorities)
    #[argh(option, arg_name = "name")]
    inject_ca_configmap: Option<String>,
    /// pods with annotations that make no sense: refuse them, or admit them with a warning (default refuse)
    #[argh(option, arg_name = "refuse|admit")]
    inject_invalid: Option<String>,
    /// how long an unused watch is kept (default 5m)
    #[argh(option, arg_name = "duration")]
    linger: Option<String>,
    /// kinds to watch from the start instead of from first use
    #[argh(option, arg_name = "kind,...")]
    preload: Option<String>,
    /// how long the end may take after SIGTERM (default 20s)
    #[argh(option, arg_name = "duration")]
    shutdown_grace: Option<String>,
    /// lines of the log as text for people, or as JSON objects (default text)
    #[argh(option, arg_name = "text|json")]
    log_format: Option<String>,
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
    let inject = CommandInfoWithArgs { name: "inject", ..inject::command_line() };
    let commands = [wait, rbac, inject].map(|command| SubCommandInfo { name: command.name, command });
    CommandInfoWithArgs { name: "k8s-wait-server", commands: commands.into(), ..Flags::get_args_info() }
}

/// Reads a command line, whose first argument is the program, and an environment.
///
/// # Errors
///
/// [`Usage`] names the flag or the variable.
pub fn read(arguments: &[String], env: impl Fn(&str) -> Option<String>) -> Result<Order, Usage> {
    match arguments {
        [_, command, rest @ ..] if command == "rbac" => return rbac::rbac(rest).map(Order::Say),
        [_, command, rest @ ..] if command == "inject" => return inject::inject(rest),
        _ => {}
    }
    let arguments = split(arguments.get(1..).unwrap_or_default());
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match Flags::from_args(&["k8s-wait-server"], &words) {
        Err(exit) if exit.status.is_ok() => Ok(Order::Say(exit.output)),
        Err(exit) => Err(Usage::of_argh(&exit.output)),
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

    /// A duration in which something can happen.
    fn time(&self) -> Result<Duration, Usage> {
        let some = Some(self.duration()?).filter(|time| !time.is_zero());
        some.ok_or_else(|| self.is_bad("expected more than 0"))
    }

    fn number<T: FromStr + PartialOrd + Display>(&self, range: RangeInclusive<T>) -> Result<T, Usage> {
        let number = self.text.parse().ok().filter(|number| range.contains(number));
        let (start, end) = (range.start(), range.end());
        number.ok_or_else(|| self.is_bad(format!("expected a number from {start} to {end}")))
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
    let limits = defaults.limits;
    let joined = |values: &[String]| Some(values.join(",")).filter(|text| !text.is_empty());
    let allow = given("allow", joined(&flags.allow));
    let per_namespace = given("max-waiters-per-namespace", flags.max_waiters_per_namespace);
    let auth = auth(given("auth", flags.auth).as_ref(), [&allow, &per_namespace])?;
    let events_after = given("events-after", flags.events_after);
    let events_after = events_after.map(|value| events_after_time(&value, auth != Auth::None)).transpose()?;
    let readers = |value: Option<Given>| value.map_or(Ok(Readers::All), |value| readers(&value, &auth));
    let readers = Reading {
        metrics: readers(given("metrics", flags.metrics))?,
        page: readers(given("page", flags.page))?,
    };
    let inject = webhook(
        given("inject", flags.inject),
        [
            given("inject-cert", flags.inject_cert),
            given("inject-key", flags.inject_key),
            given("inject-image", flags.inject_image),
            given("inject-server", flags.inject_server),
            given("inject-ca-configmap", flags.inject_ca_configmap),
            given("inject-invalid", flags.inject_invalid),
        ],
        auth != Auth::None,
    )?;
    Ok(Settings {
        inject,
        listen: match given("listen", flags.listen) {
            Some(value) => value.parse(listen, LISTEN)?,
            None => defaults.listen,
        },
        tls: tls(
            given("tls-cert", flags.tls_cert),
            given("tls-key", flags.tls_key),
            "--tls-cert",
            "--tls-key",
        )?,
        namespaces: given("namespaces", flags.namespaces).map(|value| namespaces(&value)).transpose()?,
        auth,
        readers,
        events_after,
        replicas: replicas(
            given("replicas", flags.replicas),
            given("replicas-token-file", flags.replicas_token_file),
            given("replicas-ca-file", flags.replicas_ca_file),
        )?,
        network: match given("allow-network", joined(&flags.allow_network)) {
            Some(value) => network(&value)?,
            None => defaults.network,
        },
        max_waiters: given("max-waiters", flags.max_waiters)
            .map_or(Ok(defaults.max_waiters), |value| value.number(1..=1_000_000))?,
        max_waiters_per_namespace: per_namespace.map(|value| value.number(1..=1_000_000)).transpose()?,
        limits: Limits {
            connections: given("max-connections", flags.max_connections)
                .map(|value| value.number(1..=2_000_000))
                .transpose()?,
            connection_age: given("max-connection-age", flags.max_connection_age)
                .map_or(Ok(limits.connection_age), |value| value.time())?,
            read_timeout: given("read-timeout", flags.read_timeout)
                .map_or(Ok(limits.read_timeout), |value| value.time())?,
            header_bytes: given("max-header-bytes", flags.max_header_bytes)
                .map_or(Ok(limits.header_bytes), |value| value.number(LEAST_HEADER_BYTES..=1024 * 1024))?,
            body_bytes: given("max-body-bytes", flags.max_body_bytes)
                .map_or(Ok(limits.body_bytes), |value| value.number(1..=16 * 1024 * 1024))?,
            targets: given("max-targets", flags.max_targets)
                .map_or(Ok(limits.targets), |value| value.number(1..=10_000))?,
            requests_per_second: given("max-requests-per-second", flags.max_requests_per_second)
                .map_or(Ok(limits.requests_per_second), |value| value.number(0..=1_000_000))?,
            ..limits
        },
        linger: given("linger", flags.linger).map_or(Ok(defaults.linger), |value| value.duration())?,
        preload: given("preload", flags.preload)
            .map(|value| value.words().map(str::to_owned).collect())
            .unwrap_or_default(),
        shutdown_grace: given("shutdown-grace", flags.shutdown_grace)
            .map_or(Ok(defaults.shutdown_grace), |value| value.duration())?,
        log_format: given("log-format", flags.log_format)
            .map_or(Ok(defaults.log_format), |value| value.parse(log_format, "expected text or json"))?,
    })
}

/// The rules come first among what means nothing unless it is known who asks.
fn auth(auth: Option<&Given>, [allow, limit]: [&Option<Given>; 2]) -> Result<Auth, Usage> {
    match (asks_for_tokens(auth)?, allow.as_ref().or(limit.as_ref())) {
        (true, _) => allow.as_ref().map_or(Ok(Vec::new()), rules).map(Auth::Token),
        (false, Some(idle)) => Err(idle.is_bad("means nothing without --auth token")),
        (false, None) => Ok(Auth::None),
    }
}

/// What `--auth` says, here and of the rights that are needed.
pub(crate) fn asks_for_tokens(auth: Option<&Given>) -> Result<bool, Usage> {
    match auth.map(|auth| (auth, auth.text.as_str())) {
        None | Some((_, "none")) => Ok(false),
        Some((_, "token")) => Ok(true),
        Some((auth, _)) => Err(auth.is_bad("expected none or token")),
    }
}

/// What `--events-after` says, here and of the rights that are needed: of nobody else is it known which pod it is.
pub(crate) fn events_after_time(value: &Given, asks_for_tokens: bool) -> Result<Duration, Usage> {
    match asks_for_tokens {
        true => value.time(),
        false => Err(value.is_bad("means nothing without --auth token")),
    }
}

fn readers(value: &Given, auth: &Auth) -> Result<Readers, Usage> {
    match (value.parse(|text| text.parse().ok(), "expected all, token or none")?, auth) {
        (Readers::Token, Auth::None) => Err(value.is_bad("means nothing without --auth token")),
        (readers, _) => Ok(readers),
    }
}

fn rules(value: &Given) -> Result<Vec<AllowRule>, Usage> {
    let rule = |word: &str| {
        let expected = format!("{word:?} is no FROM=TO of two namespaces, either of which may be *");
        word.parse().map_err(|()| value.is_bad(expected))
    };
    value.words().map(rule).collect()
}

fn tls(
    certificate: Option<Given>,
    key: Option<Given>,
    certificate_flag: &str,
    key_flag: &str,
) -> Result<Option<Tls>, Usage> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            let tls = Tls::read(certificate.text, key.text);
            tls.map(Some).map_err(|error| Usage(format!("{} and {}: {error}", certificate.from, key.from)))
        }
        (Some(given), None) => Err(given.is_bad(format!("expected {key_flag} as well, with its key"))),
        (None, Some(given)) => {
            Err(given.is_bad(format!("expected {certificate_flag} as well, with its certificate")))
        }
    }
}

fn replicas(
    url: Option<Given>,
    token_file: Option<Given>,
    ca_file: Option<Given>,
) -> Result<Option<Siblings>, Usage> {
    match (url, &token_file, &ca_file) {
        (Some(url), token_file, ca_file) => {
            let [token_file, ca_file] =
                [token_file, ca_file].map(|file| file.as_ref().map(|file| file.text.as_str()));
            Siblings::new(&url.text, token_file, ca_file).map(Some).map_err(|error| url.is_bad(error))
        }
        (None, Some(idle), _) | (None, None, Some(idle)) => {
            Err(idle.is_bad("means nothing without --replicas"))
        }
        (None, None, None) => Ok(None),
    }
}

fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

/// The webhook. All else about it means nothing without an address.
fn webhook(
    address: Option<Given>,
    [certificate, key, client, server, trusted, invalid]: [Option<Given>; 6],
    asks_for_tokens: bool,
) -> Result<Option<Inject>, Usage> {
    let Some(address) = address else {
        let idle = [certificate, key, client, server, trusted, invalid].into_iter().flatten().next();
        return idle.map_or(Ok(None), |idle| Err(idle.is_bad("means nothing without --inject")));
    };
    let tls = match (certificate, key) {
        (None, None) => return Err(address.is_bad("expected --inject-cert and --inject-key as well")),
        (certificate, key) => tls(certificate, key, "--inject-cert", "--inject-key")?,
    };
    let container = container(client, server, asks_for_tokens, trusted)?;
    let invalid = invalid.map_or(Ok(Invalid::Refuse), |value| {
        value.parse(|text| text.parse().ok(), "expected refuse or admit")
    })?;
    let listen = address.parse(listen, LISTEN)?;
    Ok(tls.map(|tls| Inject { listen, tls, container, invalid }))
}

/// What init containers are given: of the image one with TLS, unless it is named, where the server is asked by https.
pub(crate) fn container(
    client: Option<Given>,
    server: Option<Given>,
    token: bool,
    trusted: Option<Given>,
) -> Result<Container, Usage> {
    let server = server.map(|value| server_url(&value)).transpose()?;
    let ca_config_map = trusted.map(|value| config_map(&value)).transpose()?;
    let is_https = ca_config_map.is_some() || server.as_ref().is_some_and(|url| url.starts_with("https:"));
    let tag = if is_https { "-tls" } else { "" };
    let image = match client {
        Some(value) => value.parse(|text| is_image(text).then(|| text.to_owned()), AN_IMAGE)?,
        None => Container::default().image + tag,
    };
    Ok(Container { image, server, token, ca_config_map })
}

fn server_url(value: &Given) -> Result<String, Usage> {
    let is_url =
        |url: &warp::http::Uri| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
    let url = |text: &str| text.parse().ok().filter(is_url).map(|_| text.to_owned());
    value.parse(url, "expected a URL such as http://k8s-wait.k8s-wait.svc:8080")
}

fn config_map(value: &Given) -> Result<String, Usage> {
    value.parse(
        |text| is_dns_subdomain(text).then(|| text.to_owned()),
        "expected the name of a ConfigMap: up to 253 of a-z, 0-9, - and .",
    )
}

const LISTEN: &str = "expected ADDRESS:PORT, as in 0.0.0.0:8080";

/// `:8080` is every address, as in Go.
fn listen(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix(':') {
        Some(port) => port.parse().ok().map(|port: u16| SocketAddr::from(([0, 0, 0, 0], port))),
        None => text.parse().ok(),
    }
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
