//! A rest: everybody has gone, and what was kept for them is let go: [`rest`].

use crate::sample::Sample;
use k8s_wait_benches::Failure;
use k8s_wait_benches::stage::Stage;
use k8s_wait_testkit::Api;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long the server keeps a watch that nobody needs, as it is told to.
pub(crate) const LINGER: &str = "2s";
/// The server keeps a connection to the API that nobody needs for 90 s, and looks for such at times.
const PATIENCE: Duration = Duration::from_secs(150);
const GLANCE: Duration = Duration::from_secs(1);

/// Ends at `until`, or later when no more than `files` are open and nothing is watched, but waits for that no longer than
/// connections are kept.
///
/// # Errors
///
/// When the server has ended.
pub(crate) async fn rest(
    stage: &Stage,
    api: &Api,
    begun: Instant,
    until: Instant,
    files: usize,
) -> Result<Sample, Failure> {
    let from = Instant::now();
    loop {
        let sample = Sample { is_rest: true, ..Sample::take(stage, api, begun.elapsed(), 0)? };
        let is_over = sample.files <= files && sample.watches == 0 || from.elapsed() > PATIENCE;
        if is_over && Instant::now() >= until {
            return Ok(sample);
        }
        sleep(GLANCE).await;
    }
}
