//! What the server tells of itself at `/metrics`: [`Metrics`].
//!
//! No label has values that a caller can make up: paths that are not there are `other`, and so are kinds that nobody
//! registered.

mod observed;

use crate::places::Places;
use k8s_wait_lib::{CheckRegistry, Report, Watches};
use observed::Observed;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::time::Duration;

/// What every name begins with.
const PREFIX: &str = "k8s_wait";
/// A path that is not there, or a kind that nobody registered.
const OTHER: &str = "other";
/// The paths that are told apart.
const ROUTES: [&str; 12] = [
    "/v1/check",
    "/v1/wait",
    "/v1/kinds",
    "/v1/waiters",
    "/v1/graph",
    "/openapi.json",
    "/livez",
    "/readyz",
    "/healthz",
    "/metrics",
    "/inject",
    "/",
];
/// Those that have more behind them.
const PREFIXES: [&str; 2] = ["/service/", "/job/"];

/// What is counted.
pub(crate) struct Metrics {
    requests: Family<Request, Counter>,
    limits: Family<Hit, Counter>,
    waits: Family<End, Histogram, fn() -> Histogram>,
    targets: Family<Target, Counter>,
    answers: Histogram,
    cycles: Gauge,
    waits_in_cycles: Gauge,
    registry: Registry,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    route: &'static str,
    status: u32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Hit {
    limit: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct End {
    verdict: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Target {
    kind: String,
    verdict: &'static str,
}

impl Metrics {
    pub(crate) fn new(watches: Watches, waiters: Places) -> Self {
        let mut metrics = Self {
            requests: Family::default(),
            limits: Family::default(),
            // From a tenth of a second to almost two hours.
            waits: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.1, 2.0, 17))),
            targets: Family::default(),
            // From a tenth of a millisecond to over three seconds.
            answers: Histogram::new(exponential_buckets(0.0001, 2.0, 16)),
            cycles: Gauge::default(),
            waits_in_cycles: Gauge::default(),
            registry: Registry::with_prefix(PREFIX),
        };
        metrics.register(Observed { watches, waiters });
        metrics
    }

    /// Of a server that watches nothing.
    #[cfg(test)]
    pub(crate) fn of_nothing() -> std::sync::Arc<Self> {
        let nowhere = kube::Config::new("http://127.0.0.1:1".parse().unwrap());
        let watches = Watches::new(k8s_wait_lib::client(nowhere).unwrap());
        std::sync::Arc::new(Self::new(watches, Places::new(1, 1)))
    }

    fn register(&mut self, observed: Observed) {
        let registry = &mut self.registry;
        registry.register(
            "build",
            "The server that this is",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        let help = "Requests that were answered, by path and HTTP status";
        registry.register("http_requests", help, self.requests.clone());
        let help = "What was refused or kept waiting because of a limit, by the limit's flag";
        registry.register("limits_hit", help, self.limits.clone());
        let help = "How long waits were held, by how they ended: ready, failed, pending when their time was up, or left by \
                    their client or by a server that stops";
        registry.register_with_unit("wait", help, Unit::Seconds, self.waits.clone());
        let help = "Targets of waits that came to their end, by kind and verdict";
        registry.register("waited_targets", help, self.targets.clone());
        let help =
            "From a change that the API server has told until the line for one who waits is handed out";
        registry.register_with_unit("event_to_answer", help, Unit::Seconds, self.answers.clone());
        let help = "Cycles of pods that wait for one another";
        registry.register("cycles", help, self.cycles.clone());
        let help = "Waits that are in one of them";
        registry.register("waits_in_cycles", help, self.waits_in_cycles.clone());
        registry.register_collector(Box::new(observed));
    }

    /// A request for what [`route`] has made of its path was answered.
    pub(crate) fn answered(&self, route: &'static str, status: u16) {
        self.requests.get_or_create(&Request { route, status: u32::from(status) }).inc();
    }

    /// A limit, named by its flag, has kept somebody out.
    pub(crate) fn limited(&self, limit: &'static str) {
        self.limits.get_or_create(&Hit { limit }).inc();
    }

    /// A line was handed out that a change has led to so long ago.
    pub(crate) fn told(&self, after: Duration) {
        self.answers.observe(after.as_secs_f64());
    }

    /// So many cycles there are, with so many waits in them.
    pub(crate) fn in_cycles(&self, cycles: usize, waits: usize) {
        for (gauge, number) in [(&self.cycles, cycles), (&self.waits_in_cycles, waits)] {
            gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
        }
    }

    /// A wait ended after so long, with its last report if it came to that.
    pub(crate) fn ended(&self, held: Duration, last: Option<&Report>, registry: &CheckRegistry) {
        let verdict = last.map_or("left", |report| report.verdict.word());
        self.waits.get_or_create(&End { verdict }).observe(held.as_secs_f64());
        for target in last.into_iter().flat_map(|report| &report.targets) {
            let kind = kind(&target.target, registry);
            self.targets.get_or_create(&Target { kind, verdict: target.verdict.word() }).inc();
        }
    }

    /// All of them, as OpenMetrics has it.
    ///
    /// # Errors
    ///
    /// Never, as it is written into a text.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry).map(|()| text)
    }
}

/// What a path counts as.
pub(crate) fn route(path: &str) -> &'static str {
    let whole = ROUTES.into_iter().find(|route| *route == path);
    whole.or_else(|| PREFIXES.into_iter().find(|prefix| path.starts_with(prefix))).unwrap_or(OTHER)
}

/// The kind of a target, as in `job/shop/migrate`, by its name; `tcp://db:5432` is of the kind tcp.
fn kind(target: &str, registry: &CheckRegistry) -> String {
    let word = target.split(['/', ':']).next().unwrap_or_default();
    registry.kind(word).map_or_else(|| OTHER.to_owned(), |kind| kind.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_make_up_is_other() {
        for (path, expected) in [
            ("/v1/check", "/v1/check"),
            ("/job/shop/migrate", "/job/"),
            ("/v1/check/", OTHER),
            ("/nowhere", OTHER),
            ("/", "/"),
        ] {
            assert_eq!(route(path), expected, "{path}");
        }
        let registry = CheckRegistry::kubernetes().unwrap();
        for (target, expected) in [
            ("job/shop/migrate", "job"),
            ("svc/shop/db", "service"),
            ("widgets.example.org/shop/a", OTHER),
            ("tcp://db:5432", OTHER),
            ("", OTHER),
        ] {
            assert_eq!(kind(target, &registry), expected, "{target}");
        }
    }
}
