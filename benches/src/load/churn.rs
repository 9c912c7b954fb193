//! Many targets that change all the time: [`measure`].

use super::{Times, record};
use crate::Failure;
use crate::crowd::Crowd;
use crate::stage::Stage;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};

/// The events of a second come in so many portions.
const PORTIONS: usize = 100;
/// What is still under way at the end has so long to come.
const DRAIN: Duration = Duration::from_secs(2);

/// What constant change costs.
#[derive(Clone, Debug)]
pub struct Churn {
    /// How many wait.
    pub waiters: usize,
    /// For how many pods, in equal parts.
    pub targets: usize,
    /// How many events there were.
    pub events: usize,
    /// From the first event until the last.
    pub took: Duration,
    /// The server's CPU time meanwhile.
    pub cpu: Duration,
    /// From an event until somebody who waits for its pod was told.
    pub wakes: Times,
}

impl Churn {
    /// How many cores the server kept busy.
    pub fn cores(&self) -> f64 {
        self.cpu.as_secs_f64() / self.took.as_secs_f64()
    }
}

/// So many waits for so many pods, of which so many change each second for so long, each in a way that is told.
///
/// # Errors
///
/// When a wait is refused or breaks.
pub async fn measure(waiters: usize, targets: usize, rate: usize, time: Duration) -> Result<Churn, Failure> {
    let api = Api::start().await?;
    (0..targets).try_for_each(|target| api.apply(pod(&name(target))).map(drop))?;
    let stage = Stage::ours(&api).await?;
    let path = |waiter: usize| format!("/v1/wait?timeout=1h&target=pod/{}", name(waiter % targets));
    let mut crowd = Crowd::gather(stage.address, (0..waiters).map(path).collect()).await?;
    let (begin, before) = (Instant::now(), stage.program.cpu()?);
    let mut sent = Vec::new();
    let mut portions = interval(Duration::from_secs(1) / u32::try_from(PORTIONS)?);
    portions.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while begin.elapsed() < time {
        portions.tick().await;
        for _ in 0..rate / PORTIONS {
            let (number, target) = (sent.len(), name(sent.len() % targets));
            sent.push(Instant::now());
            api.patch_status("pods", "default", &target, status(number))?;
        }
    }
    let (took, cpu) = (begin.elapsed(), stage.program.cpu()?.saturating_sub(before));
    tokio::time::sleep(DRAIN).await;
    let mut wakes = Times::new(3)?;
    while let Ok(line) = crowd.lines().try_recv() {
        if let Some(sent) = line.sequence.and_then(|number| sent.get(number)) {
            record(&mut wakes, line.at.saturating_duration_since(*sent))?;
        }
    }
    Ok(Churn { waiters, targets, events: sent.len(), took, cpu, wakes })
}

fn name(target: usize) -> String {
    format!("web-{target}")
}

/// A container that cannot start, for a reason that is another one each time.
fn status(number: usize) -> serde_json::Value {
    let waiting = json!({"reason": "ImagePullBackOff", "message": format!("Back-off, seq-{number}.")});
    json!({"phase": "Pending", "containerStatuses": [{
        "name": "app", "image": "web", "imageID": "", "ready": false, "restartCount": 0, "state": {"waiting": waiting},
    }]})
}
