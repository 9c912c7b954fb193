//! Random days of a cluster, and the verdicts that are given in them: those of a small reference over what the API really
//! holds. Never ready (nor failed) over what was not so, and so within a bound once it is and stays so.
//!
//! `K8S_WAIT_TEST_STEPS` says how many steps are played instead of the few that are enough for a change.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a test that panics has failed, as it should"
)]

#[path = "../common/mod.rs"]
mod common;
mod day;
mod history;
mod reference;
mod step;

use day::{Day, Figures};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::sync::Mutex;

/// So many steps make one day, which begins with an empty cluster.
const DAY: usize = 100;

/// What a change has to stand.
const STEPS: usize = 1_000;

#[test]
fn verdicts_are_those_of_the_reference_on_random_days() {
    let steps = std::env::var("K8S_WAIT_TEST_STEPS").map_or(STEPS, |steps| steps.parse().unwrap());
    let cases = u32::try_from(steps.div_ceil(DAY)).unwrap();
    let config = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 500,
        ..ProptestConfig::with_cases(cases)
    };
    let figures = Mutex::new(Figures::default());
    let played = TestRunner::new(config).run(&prop::collection::vec(step::step(), DAY), |steps| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let seen = runtime.block_on(Day::play(&steps)).map_err(TestCaseError::fail)?;
        figures.lock().unwrap().add(&seen);
        Ok(())
    });
    println!("{:?}", figures.lock().unwrap());
    played.unwrap_or_else(|error| panic!("{error}"));
}
