//! Waits that come and go, each of which knows when it may be told what: [`Waits`].

use crate::case::{CASES, Case};
use crate::waiter::Waiter;
use k8s_wait_benches::Failure;
use k8s_wait_benches::load::Times;
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// The API may be away when something becomes true, and then is asked again after a while.
const BOUND: Duration = Duration::from_secs(60);
/// How long those wait who leave without a verdict.
const SHORT: Duration = Duration::from_secs(3);
/// A wait that is told the end at its timeout may be told a little earlier than this clock has it.
const TOLERANCE: Duration = Duration::from_millis(50);
/// How often an object changes that a slow reader waits for.
const CHATTER: Duration = Duration::from_millis(50);

/// What those who wait do meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Reads,
    /// Closes the connection before anything has come of it.
    Leaves,
    /// Reads nothing until all is over, while its object changes all the time.
    Slow,
    /// Waits for less than it takes.
    Short,
}

const MANNERS: [Manner; 7] =
    [Manner::Reads, Manner::Leaves, Manner::Reads, Manner::Slow, Manner::Reads, Manner::Short, Manner::Reads];

/// What has become of all of them.
#[derive(Default)]
pub(crate) struct Tally {
    /// How many there were.
    pub(crate) begun: u64,
    /// From when something became true until somebody who read on was told.
    pub(crate) told: Vec<Duration>,
    /// Each that was told what was not so, too late, or nothing.
    pub(crate) wrong: Vec<String>,
}

/// Where they wait, and for what.
#[derive(Clone)]
pub(crate) struct Waits {
    api: Api,
    address: SocketAddr,
    tally: Arc<Mutex<Tally>>,
    held: Arc<AtomicUsize>,
}

impl Waits {
    pub(crate) fn new(api: &Api, address: SocketAddr) -> Self {
        Self { api: api.clone(), address, tally: Arc::default(), held: Arc::default() }
    }

    /// How many wait now.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// What has become of them so far; begins anew.
    pub(crate) fn tally(&self) -> Tally {
        std::mem::take(&mut self.tally.lock())
    }

    /// The wait of this number, from its object's creation until that is deleted.
    pub(crate) async fn one(self, number: u64) {
        self.held.fetch_add(1, Ordering::Relaxed);
        let end = timeout(2 * BOUND, self.wait(number)).await;
        let end = end.unwrap_or_else(|_| Err("it was not told anything".into()));
        self.held.fetch_sub(1, Ordering::Relaxed);
        let mut tally = self.tally.lock();
        tally.begun += 1;
        match end {
            Ok(Some(after)) => tally.told.push(after),
            Ok(None) => {}
            Err(error) => tally.wrong.push(format!("wait {number}: {error}")),
        }
    }

    async fn wait(&self, number: u64) -> Result<Option<Duration>, Failure> {
        let manner = *pick(&MANNERS, number)?;
        // A pod is what can say much before it is ready.
        let case = pick(&CASES, if manner == Manner::Slow { 0 } else { number })?;
        let name = format!("soak-{number}");
        self.api.apply((case.before)(&name))?;
        let told = self.attend(case, manner, &name, Duration::from_millis(1000 + number * 37 % 18_000)).await;
        self.api.delete(case.resource, "default", &name)?;
        told
    }

    async fn attend(
        &self,
        case: &Case,
        manner: Manner,
        name: &str,
        life: Duration,
    ) -> Result<Option<Duration>, Failure> {
        let hold = if manner == Manner::Short { SHORT } else { 4 * BOUND };
        let path = format!("/v1/wait?timeout={}s&target={}/{name}", hold.as_secs(), case.kind);
        let begun = Instant::now();
        let waiter = Waiter::begin(self.address, &path, manner == Manner::Slow).await?;
        match manner {
            Manner::Reads => self.read(case, name, life, waiter).await.map(Some),
            Manner::Slow => self.late(case, name, life, waiter).await.map(|()| None),
            Manner::Leaves => {
                sleep(life / 2).await;
                Ok(None)
            }
            Manner::Short => {
                expect("pending", &waiter.end().await?)?;
                match begun.elapsed() + TOLERANCE < SHORT {
                    true => Err("it ended before its timeout".into()),
                    false => Ok(None),
                }
            }
        }
    }

    /// Reads on until the end, which comes after this life.
    async fn read(
        &self,
        case: &Case,
        name: &str,
        life: Duration,
        waiter: Waiter,
    ) -> Result<Duration, Failure> {
        let truth = OnceLock::new();
        let change = async {
            sleep(life).await;
            truth.get_or_init(Instant::now);
            self.api.apply((case.after)(name))?;
            Ok::<_, Failure>(())
        };
        let read = async {
            let verdict = waiter.end().await?;
            let since = truth.get().ok_or_else(|| format!("{verdict} was told before anything was so"))?;
            expect(case.verdict, &verdict)?;
            Ok(since.elapsed())
        };
        match tokio::try_join!(change, read)?.1 {
            late if late > BOUND => Err(format!("it was told after {} s", late.as_secs()).into()),
            soon => Ok(soon),
        }
    }

    /// Reads nothing until long after the end.
    async fn late(&self, case: &Case, name: &str, life: Duration, waiter: Waiter) -> Result<(), Failure> {
        let begun = Instant::now();
        while begun.elapsed() < life {
            // Each is a longer line than the one before.
            let message = "0/3 nodes are available ".repeat(20 + begun.elapsed().as_millis() as usize / 100);
            self.api.apply(pod(name).unschedulable(&message))?;
            sleep(CHATTER).await;
        }
        self.api.apply((case.after)(name))?;
        sleep(SHORT).await;
        expect(case.verdict, &waiter.end().await?)
    }
}

fn expect(wanted: &str, told: &str) -> Result<(), Failure> {
    if told == wanted { Ok(()) } else { Err(format!("{told} was told of what is {wanted}").into()) }
}

/// Each number has one of them, and numbers that follow each other have others.
fn pick<T>(all: &[T], number: u64) -> Result<&T, Failure> {
    Ok(all.get((number % all.len() as u64) as usize).ok_or("there is nothing to pick")?)
}

/// The times in which those who read on were told.
pub(crate) fn times(told: &[Duration]) -> Result<Times, Failure> {
    let mut times = Times::new(3)?;
    for time in told {
        times.record(u64::try_from(time.as_micros())?)?;
    }
    Ok(times)
}
