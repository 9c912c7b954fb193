//! Many waits that are held, and the one event that ends all of them: [`measure`].

use super::{Times, median, milliseconds, times};
use crate::Failure;
use crate::crowd::Crowd;
use crate::stage::Stage;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// For so long nothing happens, and requests and CPU time are counted: longer than a watch lasts, which is 50 s.
const QUIET: Duration = Duration::from_secs(55);
/// Until memory has come to rest.
const SETTLE: Duration = Duration::from_secs(2);

/// What it takes to hold waits and to wake them, of our server and of the bare one.
#[derive(Clone, Debug)]
pub struct Held {
    /// How many.
    pub waiters: usize,
    /// How many pods ours wait for, in equal parts.
    pub targets: usize,
    /// Our server.
    pub ours: Server,
    /// The bare one, whose streams wait for one signal.
    pub bare: Server,
    /// What our server did while nothing happened.
    pub quiet: Quiet,
}

/// A server that holds waits.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// KiB in memory before anybody waited.
    pub idle_kib: u64,
    /// KiB in memory while all waited.
    pub held_kib: u64,
    /// From the event until each knew, for each round.
    pub wakes: Vec<Times>,
}

/// What a server does while nothing happens.
#[derive(Clone, Debug, Default)]
pub struct Quiet {
    /// For how long.
    pub time: Duration,
    /// CPU time, heartbeats included.
    pub cpu: Duration,
    /// Watches that were renewed.
    pub watches: usize,
    /// Other requests to the API.
    pub others: usize,
}

impl Held {
    /// Our KiB for each that waits, over those of the bare server.
    pub fn memory_ratio(&self) -> f64 {
        self.ours.each_kib(self.waiters) / self.bare.each_kib(self.waiters)
    }

    /// Our time until the last one knew over the bare server's, the median of the rounds.
    pub fn wake_ratio(&self) -> f64 {
        let pairs = self.ours.lasts().into_iter().zip(self.bare.lasts());
        median(pairs.map(|(ours, bare)| ours / bare).collect())
    }
}

impl Server {
    /// KiB for each that waits.
    pub fn each_kib(&self, waiters: usize) -> f64 {
        self.held_kib.saturating_sub(self.idle_kib) as f64 / waiters as f64
    }

    /// Milliseconds until the last one knew, for each round.
    pub fn lasts(&self) -> Vec<f64> {
        self.wakes.iter().map(|times| milliseconds(times, 1.0)).collect()
    }
}

/// So many waits for so many pods, which become ready in one go. The servers take their rounds in turn, and while one of
/// them is held the other has nothing to do.
///
/// # Errors
///
/// When a wait is refused, breaks, or ends in another way.
pub async fn measure(waiters: usize, targets: usize, rounds: usize) -> Result<Held, Failure> {
    let api = Api::start().await?;
    let (ours, bare) = (Stage::ours(&api).await?, Stage::bare().await?);
    let mut held = Held {
        waiters,
        targets,
        ours: Server { idle_kib: ours.program.resident_kib()?, ..Server::default() },
        bare: Server { idle_kib: bare.program.resident_kib()?, ..Server::default() },
        quiet: Quiet::default(),
    };
    for round in 0..rounds {
        let crowd = Crowd::gather(bare.address, vec!["/wait".to_owned(); waiters]).await?;
        if round == 0 {
            sleep(SETTLE).await;
            held.bare.held_kib = bare.program.resident_kib()?;
        }
        let begin = Instant::now();
        bare.get("/wake").await?;
        held.bare.wakes.push(times(begin, &crowd.ends().await?)?);

        let name = |target: usize| format!("web-{round}-{target}");
        (0..targets).try_for_each(|target| api.apply(pod(&name(target))).map(drop))?;
        let path = |waiter: usize| format!("/v1/wait?timeout=1h&target=pod/{}", name(waiter % targets));
        let crowd = Crowd::gather(ours.address, (0..waiters).map(path).collect()).await?;
        if round == 0 {
            held.quiet = quiet(&api, &ours).await?;
            held.ours.held_kib = ours.program.resident_kib()?;
        }
        let ready: Vec<_> = (0..targets).map(|target| pod(&name(target)).ready().build()).collect();
        let begin = Instant::now();
        ready.into_iter().try_for_each(|pod| api.apply(pod).map(drop))?;
        held.ours.wakes.push(times(begin, &crowd.ends().await?)?);
    }
    Ok(held)
}

async fn quiet(api: &Api, stage: &Stage) -> Result<Quiet, Failure> {
    let count = || {
        let watches = api.count("watch", "pods");
        (watches, api.requests().len() - watches)
    };
    sleep(SETTLE).await;
    let (cpu, (watches, others)) = (stage.program.cpu()?, count());
    sleep(QUIET).await;
    Ok(Quiet {
        time: QUIET,
        cpu: stage.program.cpu()?.saturating_sub(cpu),
        watches: count().0 - watches,
        others: count().1 - others,
    })
}
