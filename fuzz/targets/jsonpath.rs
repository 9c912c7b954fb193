//! JSONPath expressions over objects, `EXPRESSION` and, after a newline, the object: bounded, ready only where there is an
//! object, and without a word of what is in it.
#![no_main]

use k8s_wait_fuzz::{SECRET, is_told};
use k8s_wait_lib::judge::jsonpath::JsonPath;
use k8s_wait_lib::object::{Cached, Document};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (expression, object) = text.split_once('\n').unwrap_or((text, "{}"));
    let Ok(path) = JsonPath::read(expression) else { return };
    assert!(!path.judge(None).is_ready());
    if let Ok(wire) = serde_json::from_str::<<Document as Cached>::Wire>(object) {
        let verdict = path.judge(Some(&Document::cut(wire)));
        assert!(expression.contains(SECRET) || !is_told(&verdict), "{verdict:?}");
    }
});
