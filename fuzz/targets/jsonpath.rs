//! JSONPath expressions over objects, `EXPRESSION` and, after a newline, the object: bounded, and ready only where something is
//! found.
#![no_main]

use k8s_wait_lib::judge::jsonpath::JsonPath;
use k8s_wait_lib::object::{Cached, Document};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (expression, object) = text.split_once('\n').unwrap_or((text, "{}"));
    if let Ok(path) = JsonPath::read(expression) {
        assert!(!path.judge(None).is_ready());
        if let Ok(wire) = serde_json::from_str::<<Document as Cached>::Wire>(object) {
            path.judge(Some(&Document::cut(wire)));
        }
    }
});
