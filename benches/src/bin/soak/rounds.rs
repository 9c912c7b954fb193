//! The rounds, each of them busy and then at rest: [`play`].

use crate::found::Found;
use crate::rest::{LINGER, rest};
use crate::sample::Sample;
use crate::waits::{Waits, times};
use crate::{hostile, weather};
use k8s_wait_benches::Failure;
use k8s_wait_benches::machine::Machine;
use k8s_wait_benches::stage::Stage;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

const ROUNDS: u32 = 12;
/// From one wait to the next.
const WAIT: Duration = Duration::from_millis(50);
/// From one change of an object for which nobody waits to the next.
const CHANGE: Duration = Duration::from_millis(50);
/// From one bad day of the API to the next.
const WEATHER: Duration = Duration::from_secs(10);
/// From one hostile visitor to the next.
const HOSTILE: Duration = Duration::from_millis(500);
const SAMPLE: Duration = Duration::from_secs(5);
/// Until a server that was started has come to rest.
const SETTLE: Duration = Duration::from_secs(5);
/// Pods for which nobody waits.
const STRANGERS: u64 = 200;

/// All rounds, which take about so long together.
///
/// # Errors
///
/// When the server has ended, or the API cannot go on.
pub(crate) async fn play(time: Duration) -> Result<Found, Failure> {
    let api = Api::start().await?;
    let stage = Stage::with_flags(&api, &["--linger", LINGER]).await?;
    sleep(SETTLE).await;
    let begun = Instant::now();
    let first = Sample { is_rest: true, ..Sample::take(&stage, &api, begun.elapsed(), 0)? };
    let waits = Waits::new(&api, stage.address);
    let mut day =
        Day { api, stage, waits, begun, samples: vec![first.clone()], numbers: [0; 4], wrong: Vec::new() };
    for round in 0..ROUNDS {
        let (from, long) = (Instant::now(), time / ROUNDS);
        day.busy(from + long * 2 / 3).await?;
        let rested = rest(&day.stage, &day.api, begun, from + long, first.files).await?;
        eprintln!("round {}: {rested:?}", round + 1);
        day.samples.push(rested);
    }
    let mut tally = day.waits.tally();
    tally.wrong.append(&mut day.wrong);
    let cpu = day.stage.program.cpu()?;
    Ok(Found {
        machine: Machine::here(),
        took: begun.elapsed(),
        cpu,
        samples: day.samples,
        waits: tally.begun,
        told: times(&tally.told)?,
        wrong: tally.wrong,
        troubles: day.numbers,
    })
}

/// What goes on.
struct Day {
    api: Api,
    stage: Stage,
    waits: Waits,
    begun: Instant,
    samples: Vec<Sample>,
    /// How many waits, changes, bad days and hostile visitors there were.
    numbers: [u64; 4],
    wrong: Vec<String>,
}

impl Day {
    /// Waits come and go until then; returns when the last has gone.
    async fn busy(&mut self, until: Instant) -> Result<(), Failure> {
        let (mut waiting, mut others) = (JoinSet::new(), JoinSet::new());
        let [mut wait, mut change, mut trouble, mut hostile, mut sample] =
            [WAIT, CHANGE, WEATHER, HOSTILE, SAMPLE].map(steady);
        while Instant::now() < until {
            tokio::select! {
                _ = wait.tick() => {
                    waiting.spawn(self.waits.clone().one(self.count(0)));
                }
                _ = change.tick() => self.change()?,
                _ = trouble.tick() => {
                    others.spawn(weather::next(self.api.clone(), self.count(2)));
                }
                _ = hostile.tick() => {
                    others.spawn(hostile::one(self.stage.address, self.count(3)));
                }
                _ = sample.tick() => self.look()?,
                Some(_) = waiting.join_next() => {}
                Some(other) = others.join_next() => self.wrong.extend(other?.err().map(|error| error.to_string())),
            }
        }
        waiting.join_all().await;
        for other in others.join_all().await {
            self.wrong.extend(other.err().map(|error| error.to_string()));
        }
        Ok(())
    }

    /// A pod changes for which nobody waits.
    fn change(&mut self) -> Result<(), Failure> {
        let number = self.count(1);
        let stranger = pod(&format!("stranger-{}", number % STRANGERS));
        let stranger =
            if (number / STRANGERS).is_multiple_of(2) { stranger.ready() } else { stranger.not_ready() };
        self.api.apply(stranger)?;
        Ok(())
    }

    fn look(&mut self) -> Result<(), Failure> {
        let sample = Sample::take(&self.stage, &self.api, self.begun.elapsed(), self.waits.held())?;
        self.samples.push(sample);
        Ok(())
    }

    fn count(&mut self, what: usize) -> u64 {
        let number = self.numbers.get_mut(what);
        number.map_or(0, |number| std::mem::replace(number, *number + 1))
    }
}

/// What is late is left out, and not made up for.
fn steady(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
