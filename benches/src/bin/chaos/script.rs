//! What becomes of the targets, and writing it down: [`Script`].

use crate::ledger::Ledger;
use crate::plane::Api;
use crate::targets::{Fate, State, Target};
use futures::future::join_all;
use k8s_wait_benches::Failure;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long something that flaps is ready, and then is not.
const FLAP: Duration = Duration::from_millis(700);
/// Between two attempts to tell the API server something.
const PAUSE: Duration = Duration::from_millis(200);

/// The targets of a round, in the order of their numbers in the ledger.
#[derive(Clone)]
pub(crate) struct Script {
    api: Api,
    targets: Arc<Vec<Target>>,
    pub(crate) ledger: Arc<Mutex<Ledger>>,
}

impl Script {
    /// Makes the targets, none of which is ready.
    pub(crate) async fn begin(api: &Api, targets: Vec<Target>) -> Result<Self, Failure> {
        let mut ledger = Ledger::default();
        for target in &targets {
            target.create(api).await?;
            ledger.open(target.words(), target.status(), target.stable());
        }
        Ok(Self { api: api.clone(), targets: Arc::new(targets), ledger: Arc::new(Mutex::new(ledger)) })
    }

    /// The targets as the client is given them.
    pub(crate) fn words(&self) -> Vec<String> {
        self.targets.iter().map(Target::words).collect()
    }

    /// Lets those with these fates become what they are in the end. Returns when the API server has taken it, however long
    /// that takes.
    pub(crate) async fn fulfil(&self, fates: &[Fate]) {
        let chosen = self.chosen(fates).map(|(number, target)| async move {
            self.ledger.lock().begins(number, Instant::now());
            self.turn(target, target.end()).await;
            self.ledger.lock().holds(number, Instant::now());
        });
        join_all(chosen).await;
    }

    /// Lets those that flap do so, for so long at least.
    pub(crate) async fn flap(&self, time: Duration) {
        let begin = Instant::now();
        while begin.elapsed() < time {
            join_all(self.chosen(&[Fate::Flaps]).map(|(number, target)| self.flap_once(number, target)))
                .await;
        }
    }

    async fn flap_once(&self, number: usize, target: &Target) {
        self.ledger.lock().begins(number, Instant::now());
        self.turn(target, State::Ready).await;
        sleep(FLAP).await;
        self.turn(target, State::Unready).await;
        self.ledger.lock().breaks(number, Instant::now());
        sleep(FLAP).await;
    }

    /// Tells the API server until it has taken it.
    async fn turn(&self, target: &Target, state: State) {
        while target.turn(&self.api, state).await.is_err() {
            sleep(PAUSE).await;
        }
    }

    fn chosen<'a>(&'a self, fates: &'a [Fate]) -> impl Iterator<Item = (usize, &'a Target)> {
        self.targets.iter().enumerate().filter(|(_, target)| fates.contains(&target.fate))
    }
}
