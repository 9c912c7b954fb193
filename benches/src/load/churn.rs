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
const PORTIONS: u32 = 100;
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
    pub events: u64,
    /// From the first event until the last.
    pub took: Duration,
    /// The server's CPU time meanwhile.
    pub cpu: Duration,
    /// From when an event was due until somebody who waits for its pod was told of it, or of a later one.
    pub wakes: Times,
    /// How often somebody should have been told.
    pub expected: u64,
}

impl Churn {
    /// How many cores the server kept busy.
    pub fn cores(&self) -> f64 {
        self.cpu.as_secs_f64() / self.took.as_secs_f64()
    }

    /// Events a second, as there were.
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.took.as_secs_f64()
    }

    /// How many were not told.
    pub fn missing(&self) -> u64 {
        self.expected.saturating_sub(self.wakes.len())
    }
}

/// So many waits for so many pods, of which so many change each second for so long, each in a way that is told.
///
/// # Errors
///
/// When a wait is refused or breaks.
pub async fn measure(waiters: usize, targets: usize, rate: u64, time: Duration) -> Result<Churn, Failure> {
    let api = Api::start().await?;
    (0..targets).try_for_each(|target| api.apply(pod(&name(target))).map(drop))?;
    let stage = Stage::ours(&api).await?;
    let path = |waiter: usize| format!("/v1/wait?timeout=1h&target=pod/{}", name(waiter % targets));
    let mut crowd = Crowd::gather(stage.address, (0..waiters).map(path).collect()).await?;
    let (begin, before) = (Instant::now(), stage.program.cpu()?);
    let due = |number: u64| begin + Duration::from_secs_f64(number as f64 / rate as f64);
    let (mut events, mut portions) = (0, interval(Duration::from_secs(1) / PORTIONS));
    portions.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while begin.elapsed() < time {
        portions.tick().await;
        while due(events) <= Instant::now() {
            api.patch_status("pods", "default", &name(target(events, targets)), status(events))?;
            events += 1;
        }
    }
    let (took, cpu) = (begin.elapsed(), stage.program.cpu()?.saturating_sub(before));
    tokio::time::sleep(DRAIN).await;
    let mut wakes = Times::new(3)?;
    // The number of the event that each waits to be told of next.
    let mut next: Vec<u64> = (0..waiters).map(|waiter| (waiter % targets) as u64).collect();
    while let Ok(line) = crowd.lines().try_recv() {
        let (Some(told), Some(next)) = (line.sequence, next.get_mut(line.waiter)) else { continue };
        while *next <= told {
            record(&mut wakes, line.at.saturating_duration_since(due(*next)))?;
            *next += targets as u64;
        }
    }
    let expected = (0..events).map(|event| holders(target(event, targets), waiters, targets)).sum();
    Ok(Churn { waiters, targets, events, took, cpu, wakes, expected })
}

/// The pod of an event.
fn target(event: u64, targets: usize) -> usize {
    (event % targets as u64) as usize
}

/// How many wait for a pod.
fn holders(target: usize, waiters: usize, targets: usize) -> u64 {
    (waiters / targets + usize::from(target < waiters % targets)) as u64
}

fn name(target: usize) -> String {
    format!("web-{target}")
}

/// A container that cannot start, for a reason that is another one each time.
fn status(number: u64) -> serde_json::Value {
    let waiting = json!({"reason": "ImagePullBackOff", "message": format!("Back-off, seq-{number}.")});
    json!({"phase": "Pending", "containerStatuses": [{
        "name": "app", "image": "web", "imageID": "", "ready": false, "restartCount": 0, "state": {"waiting": waiting},
    }]})
}
