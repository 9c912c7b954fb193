//! What is asked of `/v1/wait`, in a body or in a query: understood or refused in a sentence that is not longer than people read.
#![no_main]
#![allow(dead_code, reason = "modules of the server, of which a part is fuzzed")]

use libfuzzer_sys::fuzz_target;

/// The server's own modules.
#[path = "."]
mod http {
    #[path = "../../k8s-wait-server/src/http/ask.rs"]
    mod ask;
    #[path = "../../k8s-wait-server/src/http/problem.rs"]
    mod problem;

    pub(crate) fn read(text: &[u8]) {
        let json = Some("application/json");
        told(ask::from_body("", json, text).and_then(|ask| ask.plan()));
        if let Ok(query) = std::str::from_utf8(text) {
            told(ask::from_query(ask::Asked::Wait, query).and_then(|ask| ask.plan()));
        }
    }

    fn told(plan: Result<k8s_wait_lib::Plan, problem::Problem>) {
        match plan {
            Ok(plan) => assert!(!plan.targets.is_empty() && plan.targets.len() <= 100),
            Err(problem) => assert!(problem.detail().len() < 4096, "{}", problem.detail()),
        }
    }
}

fuzz_target!(|text: &[u8]| http::read(text));
