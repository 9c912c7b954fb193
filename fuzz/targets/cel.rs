//! CEL expressions over objects, `EXPRESSION` and, after a newline, the object: bounded, and without a word of what is in it.
#![no_main]

use k8s_wait_fuzz::{SECRET, is_told};
use k8s_wait_lib::judge::cel::Cel;
use k8s_wait_lib::object::{Cached, Document};
use libfuzzer_sys::fuzz_target;
use std::{panic, thread};

fuzz_target!(
    init: forgive_the_evaluator(),
    |text: &str| {
        let (expression, object) = text.split_once('\n').unwrap_or((text, "{}"));
        let Ok(cel) = Cel::read(expression) else { return };
        assert!(!cel.judge(None).is_ready());
        if let Ok(wire) = serde_json::from_str::<<Document as Cached>::Wire>(object) {
            let verdict = cel.judge(Some(&Document::cut(wire)));
            assert!(expression.contains(SECRET) || !is_told(&verdict), "{verdict:?}");
        }
    }
);

/// Where it panics, which the judge turns into an error, libFuzzer would end.
fn forgive_the_evaluator() {
    let end = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if thread::current().name() != Some("cel") {
            end(panic);
        }
    }));
}
