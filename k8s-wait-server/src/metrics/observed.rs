//! What is looked up when it is asked for: [`Observed`].

use crate::places::Places;
use k8s_wait_lib::Watches;
use k8s_wait_lib::watch::WatchState;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;

/// Watches and waiters as they are.
pub(super) struct Observed {
    pub(super) watches: Watches,
    pub(super) waiters: Places,
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observed")
    }
}

/// Name, help, and the number of a state.
type Series = (&'static str, &'static str, fn(&WatchState) -> u64);

/// Of each resource that is watched.
const GAUGES: [Series; 3] = [
    ("watches", "Watches that are open, by resource", |state| state.open as u64),
    ("watches_up", "Watches whose list is whole and whose connection stands, by resource", |state| {
        state.up as u64
    }),
    ("cached_objects", "Objects that are kept, by resource", |state| state.objects as u64),
];
const COUNTERS: [Series; 2] = [
    ("watch_lists", "Lists that came in whole; each after the first of a watch is a restart", |state| {
        state.lists
    }),
    ("watch_events", "Changes that the API server has told, by resource", |state| state.events),
];

impl Collector for Observed {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        gauge(
            &mut encoder,
            "waiters",
            "Waits that are held or kept for those who come back",
            self.waiters.held(),
        )?;
        gauge(&mut encoder, "waiters_limit", "As many may be", self.waiters.limit())?;
        let states = self.watches.states();
        for (name, help, number) in GAUGES {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for state in &states {
                let labels = [("resource", state.resource.as_str())];
                ConstGauge::new(number(state)).encode(family.encode_family(&labels)?)?;
            }
        }
        for (name, help, number) in COUNTERS {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for state in &states {
                let labels = [("resource", state.resource.as_str())];
                ConstCounter::new(number(state)).encode(family.encode_family(&labels)?)?;
            }
        }
        errors(&mut encoder, &states)
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: usize) -> fmt::Result {
    let family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(value as u64).encode(family)
}

fn errors(encoder: &mut DescriptorEncoder<'_>, states: &[WatchState]) -> fmt::Result {
    let help = "What watches went down by: the API server's status, or none where there was no answer or it broke off";
    let mut family = encoder.encode_descriptor("api_errors", help, None, MetricType::Counter)?;
    for state in states {
        for (code, count) in &state.errors {
            let code = code.map_or_else(|| "none".to_owned(), |code| code.to_string());
            let labels = [("resource", state.resource.as_str()), ("code", code.as_str())];
            ConstCounter::new(*count).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}
