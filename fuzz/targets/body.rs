//! What is asked of `/v1/wait`, in a body or in a query: understood, and then the same when it is asked again in a query, or
//! refused in a sentence that has a bound.
#![no_main]
#![allow(dead_code, reason = "modules of the server, of which a part is fuzzed")]

use ask::Asked;
use form_urlencoded::Serializer;
use k8s_wait_lib::target::{DurationText, MAX_TARGET_LENGTH};
use k8s_wait_lib::{Mode, Plan};
use libfuzzer_sys::fuzz_target;
use problem::Problem;

#[path = "../../k8s-wait-server/src/http/ask.rs"]
mod ask;
#[path = "../../k8s-wait-server/src/http/problem.rs"]
mod problem;

/// In the place of the server's module, whose parts talk to the API server.
mod auth {
    #[derive(Debug, thiserror::Error)]
    #[error("{self:?}")]
    pub(crate) enum Doubt {
        NoToken,
        BadToken(String),
        NoAccount(String),
        Unreviewed(String),
        NoTurn,
    }
}

/// As the server has them unless it is told otherwise.
const MOST_TARGETS: usize = 100;

/// The target that is wrong is repeated as a whole, each byte of it as an escape like `\u{7f}` in the worst case.
const LONGEST: usize = 7 * MAX_TARGET_LENGTH;

fuzz_target!(|text: &[u8]| {
    look(ask::from_body("", Some("application/json"), text).and_then(plan));
    if let Ok(query) = std::str::from_utf8(text) {
        look(by_query(query));
    }
});

fn plan(ask: ask::Ask) -> Result<Plan, Problem> {
    ask.plan(MOST_TARGETS, None)
}

fn by_query(query: &str) -> Result<Plan, Problem> {
    ask::from_query(Asked::Wait, query).and_then(plan)
}

fn look(plan: Result<Plan, Problem>) {
    match plan {
        Ok(plan) => {
            assert!(!plan.targets.is_empty() && plan.targets.len() <= MOST_TARGETS);
            let query = query(&plan);
            assert_eq!(by_query(&query), Ok(plan), "{query:?}");
        }
        Err(problem) => assert!(problem.detail().len() < LONGEST, "{}", problem.detail()),
    }
}

/// The same as a query.
fn query(plan: &Plan) -> String {
    let mode = match plan.mode {
        Mode::All => "all",
        Mode::Any => "any",
    };
    let timeout = DurationText(plan.timeout.unwrap_or_default()).to_string();
    let targets = plan.targets.iter().map(|target| ("target", target.to_string()));
    Serializer::new(String::new())
        .extend_pairs(targets)
        .extend_pairs([("namespace", plan.namespace.as_str()), ("mode", mode), ("timeout", &timeout)])
        .finish()
}
