//! The client's reader of a stream: ready is believed only where a whole last line says so of every target.
#![no_main]
#![allow(dead_code, reason = "modules of the client, of which a part is fuzzed")]

use libfuzzer_sys::fuzz_target;
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
        if let Closing::Ready(_) = follow(text, &ask, drop, drop) {
            assert!(is_said(text, mode), "{}", String::from_utf8_lossy(text));
        }
    }
    wire::token(text);
    wire::pending(text);
});

/// The same, found another way: some line is JSON as a whole, says that it is done, and that so many are ready.
fn is_said(text: &[u8], mode: Mode) -> bool {
    let lines = text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    let mut done = lines.filter(|line| line["event"] == "done" && line["verdict"] == "ready");
    done.any(|line| {
        let Some(told) = line["targets"].as_array() else { return false };
        let says = |target: &str, verdict: Option<&str>| {
            told.iter().any(|told| told["target"] == target && verdict.is_none_or(|verdict| told["verdict"] == verdict))
        };
        let ready = TARGETS.iter().filter(|target| says(target, Some("ready"))).count();
        TARGETS.iter().all(|target| says(target, None)) && (ready == 2 || mode == Mode::Any && ready == 1)
    })
}
