//! Many waits that are held, and the one event that ends all of them: [`ours`], and [`bare`] beside it.

use super::{Times, median, milliseconds, times};
use crate::Failure;
use crate::crowd::Crowd;
use crate::stage::Stage;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// For so long nothing happens, and requests and CPU time are counted.
const QUIET: Duration = Duration::from_secs(12);

/// What it takes to hold them and to wake them.
#[derive(Clone, Debug)]
pub struct Held {
    /// How many.
    pub waiters: usize,
    /// How many pods they wait for, in equal parts.
    pub targets: usize,
    /// KiB in memory before anybody waited.
    pub idle_kib: u64,
    /// KiB in memory while all waited.
    pub held_kib: u64,
    /// Requests to the API while nothing happened.
    pub requests: usize,
    /// CPU time of the server while nothing happened, heartbeats included.
    pub quiet_cpu: Duration,
    /// For how long nothing happened.
    pub quiet: Duration,
    /// From the event until each knew, for each round.
    pub wakes: Vec<Times>,
}

impl Held {
    /// KiB for each that waits.
    pub fn each_kib(&self) -> f64 {
        (self.held_kib.saturating_sub(self.idle_kib)) as f64 / self.waiters as f64
    }

    /// Milliseconds until the last one knew, the median of the rounds.
    pub fn last_ms(&self) -> f64 {
        median(self.wakes.iter().map(|times| milliseconds(times, 1.0)).collect())
    }
}

/// Our server: so many waits for so many pods, which become ready in one go.
///
/// # Errors
///
/// When a wait is refused or breaks.
pub async fn ours(waiters: usize, targets: usize, rounds: usize) -> Result<Held, Failure> {
    let api = Api::start().await?;
    let stage = Stage::ours(&api).await?;
    let mut held = begin(&stage, waiters, targets)?;
    for round in 0..rounds {
        let name = |target: usize| format!("web-{round}-{target}");
        (0..targets).try_for_each(|target| api.apply(pod(&name(target))).map(drop))?;
        let path = |waiter: usize| format!("/v1/wait?timeout=1h&target=pod/{}", name(waiter % targets));
        let crowd = Crowd::gather(stage.address, (0..waiters).map(path).collect()).await?;
        if round == 0 {
            let before = api.requests().len();
            rest(&stage, &mut held).await?;
            held.requests = api.requests().len() - before;
        }
        let ready: Vec<_> = (0..targets).map(|target| pod(&name(target)).ready().build()).collect();
        let begin = Instant::now();
        ready.into_iter().try_for_each(|pod| api.apply(pod).map(drop))?;
        held.wakes.push(times(begin, &crowd.ends().await?)?);
    }
    Ok(held)
}

/// The bare server: so many streams, and the signal that ends them.
///
/// # Errors
///
/// As above.
pub async fn bare(waiters: usize, rounds: usize) -> Result<Held, Failure> {
    let stage = Stage::bare().await?;
    let mut held = begin(&stage, waiters, 1)?;
    for round in 0..rounds {
        let crowd = Crowd::gather(stage.address, vec!["/wait".to_owned(); waiters]).await?;
        if round == 0 {
            rest(&stage, &mut held).await?;
        }
        let begin = Instant::now();
        stage.get("/wake").await?;
        held.wakes.push(times(begin, &crowd.ends().await?)?);
    }
    Ok(held)
}

fn begin(stage: &Stage, waiters: usize, targets: usize) -> Result<Held, Failure> {
    let idle_kib = stage.program.resident_kib()?;
    let (quiet_cpu, quiet) = (Duration::ZERO, QUIET);
    Ok(Held { waiters, targets, idle_kib, held_kib: 0, requests: 0, quiet_cpu, quiet, wakes: Vec::new() })
}

async fn rest(stage: &Stage, held: &mut Held) -> Result<(), Failure> {
    let before = stage.program.cpu()?;
    sleep(QUIET).await;
    held.quiet_cpu = stage.program.cpu()?.saturating_sub(before);
    held.held_kib = stage.program.resident_kib()?;
    Ok(())
}
