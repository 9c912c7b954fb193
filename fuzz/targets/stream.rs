//! The client's reader of a stream: ready, or failed, is believed only where a whole line says so and names every target.
#![no_main]
#![allow(dead_code, reason = "modules of the client, of which a part is fuzzed")]

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::time::Duration;
use wire::{Ask, Closing, Mode, follow};

#[path = "../../k8s-wait-client/src/lines.rs"]
mod lines;
#[path = "../../k8s-wait-client/src/object.rs"]
mod object;
#[path = "../../k8s-wait-client/src/tls/absent.rs"]
mod tls;
#[path = "../../k8s-wait-client/src/trouble.rs"]
mod trouble;
#[path = "../../k8s-wait-client/src/verdict.rs"]
mod verdict;
#[path = "../../k8s-wait-client/src/wire.rs"]
mod wire;

const TARGETS: [&str; 2] = ["job/shop/migrate", "service/shop/db"];

fuzz_target!(|text: &[u8]| {
    for mode in [Mode::All, Mode::Any] {
        let ask = Ask {
            targets: TARGETS.map(str::to_owned).to_vec(),
            namespace: "shop".to_owned(),
            mode,
            timeout: Duration::from_secs(300),
        };
        // For failed, one is to all what all are to one.
        let (said, needed) = match (follow(text, &ask, drop, drop), mode) {
            (Closing::Ready(_), Mode::All) => ("ready", 2),
            (Closing::Ready(_), Mode::Any) => ("ready", 1),
            (Closing::Failed(_), Mode::All) => ("failed", 1),
            (Closing::Failed(_), Mode::Any) => ("failed", 2),
            _ => continue,
        };
        assert!(is_said(text, said, needed), "{said} {mode:?}: {}", String::from_utf8_lossy(text));
    }
    wire::token(text);
    wire::pending(text);
});

/// The same, found another way: some line is JSON as a whole, says that it is done with this verdict, names both targets, and
/// gives the verdict to so many of them.
///
/// In fields that mean nothing may stand what is no UTF-8, and what a `Value` cannot hold; a line with the latter says anything.
fn is_said(text: &[u8], verdict: &str, needed: usize) -> bool {
    String::from_utf8_lossy(text).split('\n').any(|line| match serde_json::from_str::<Value>(line) {
        Ok(line) => {
            line["event"] == "done" && line["verdict"] == verdict && is_enough(&line, verdict, needed)
        }
        Err(_) => serde_json::from_str::<IgnoredAny>(line).is_ok(),
    })
}

fn is_enough(line: &Value, verdict: &str, needed: usize) -> bool {
    let told = line["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |target: &'static str| told.iter().filter(move |told| told["target"] == target);
    let has_it = |target: &&&'static str| of(target).any(|told| told["verdict"] == verdict);
    TARGETS.iter().all(|target| of(target).next().is_some())
        && TARGETS.iter().filter(has_it).count() >= needed
}
