//! Keeps one cache up to date, whatever happens to the API server: [`Driver::run`].

use super::failure::Failure;
use super::feed::{Feed, Sign, Signs};
use super::line::WATCH_SECONDS;
use super::state::Tally;
use crate::CheckError;
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use futures::{FutureExt, StreamExt};
use kube::runtime::watcher::{self, InitialListStrategy};
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long a list may bring nothing before it is given up.
const STALL: Duration = Duration::from_secs(30);
/// The objects asked for at a time where there are no streaming lists; bounds the memory that a list takes.
const PAGE: u32 = 100;
/// After so long a watch that is down is what whoever waits has to know.
const LASTING: Duration = Duration::from_secs(10);
/// A watch that has been up for so long is taken for a good one: when it goes down, that is a new trouble. One that
/// breaks time and again at once after its list is one trouble, and must not be listed for all the time.
const GOOD: Duration = Duration::from_secs(10);
/// For so long a 403 after a good list is taken for a passing one: an API server answers so while it starts, before
/// it has read its roles.
const FORBIDDEN_GRACE: Duration = Duration::from_secs(30);

/// The pause after a panic, which the next list may bring again.
const PANIC_PAUSE: Duration = Duration::from_secs(5);

/// One watch: lists, watches, and starts over from a new list after every error.
///
/// Going on from where a broken watch stood would be cheaper, but kube does not tell when it has caught up, and until
/// then the cache would call ready what has long gone. The end of a new list tells. A watch that ends as it should,
/// which one does every [`WATCH_SECONDS`], goes on without a list.
///
/// It does not know what is watched: it is in the binary once, not once for each resource type.
pub(crate) struct Driver {
    feed: Arc<dyn Feed>,
    /// What is watched, as `pods in namespace shop`.
    resource: String,
    tally: Arc<Tally>,
}

/// What one life of a watch came to.
struct End {
    /// When its first list was in.
    synced: Option<Instant>,
    failure: Failure,
}

/// Since when a watch has been in trouble.
#[derive(Clone, Copy)]
struct Trouble {
    since: Instant,
    /// Since when every answer has been a 403: an outage that ends in one must not use up its grace.
    refused_since: Option<Instant>,
}

impl Trouble {
    /// The trouble after one more failure, which may be the first.
    fn after(trouble: Option<Self>, failure: &Failure) -> Self {
        let now = Instant::now();
        let before = trouble.and_then(|trouble| trouble.refused_since);
        Self {
            since: trouble.map_or(now, |trouble| trouble.since),
            refused_since: failure.is_refusal().then(|| before.unwrap_or(now)),
        }
    }
}

/// However it ends: nobody keeps the cache up to date any more.
impl Drop for Driver {
    fn drop(&mut self) {
        self.end("the watch has ended");
    }
}

impl Driver {
    pub(super) fn new(feed: Arc<dyn Feed>, resource: String, tally: Arc<Tally>) -> Self {
        Self { feed, resource, tally }
    }

    /// Runs until it is dropped. A type of somebody else's that panics over one of its objects has time to be rid of it,
    /// and then everything begins anew, for those too who wait.
    pub(crate) async fn run(self) -> Infallible {
        loop {
            let Err(_) = AssertUnwindSafe(self.keep_up()).catch_unwind().await;
            let pause_seconds = PANIC_PAUSE.as_secs();
            log::error!(resource = self.resource.as_str(), pause_seconds; "the watch panicked, and begins anew");
            self.end("the watch panicked");
            sleep(PANIC_PAUSE).await;
        }
    }

    fn end(&self, why: &str) {
        let (resource, error) = (self.resource.clone(), why.to_owned());
        self.feed.fail(CheckError::Unavailable { resource, error }, true);
    }

    async fn keep_up(&self) -> Infallible {
        let mut strategy = InitialListStrategy::StreamingList;
        let mut backoff = backoff();
        let mut trouble = None;
        loop {
            let end = self.live(strategy.clone()).await;
            match end.synced {
                Some(since) if since.elapsed() >= GOOD => (backoff, trouble) = (self::backoff(), None),
                None if trouble.is_none() && cannot_stream(&strategy, &end.failure) => {
                    self.tally.failed(end.failure.code());
                    log::info!(resource = self.resource.as_str(), error = end.failure.to_string().as_str(); "lists are not streamed, asking for pages");
                    strategy = InitialListStrategy::ListWatch;
                    continue;
                }
                None if end.failure.blames_the_list() => strategy = other(strategy),
                _ => {}
            }
            let now = Trouble::after(trouble, &end.failure);
            self.report(&end.failure, now);
            trouble = Some(now);
            sleep(end.failure.delay(backoff.next().unwrap_or(STALL))).await;
        }
    }

    /// One watcher from its first list to its first error.
    async fn live(&self, strategy: InitialListStrategy) -> End {
        let mut signs = self.feed.signs(config(strategy));
        match list(&mut signs).await {
            Err(failure) => End { synced: None, failure },
            Ok(()) => {
                log::info!(resource = self.resource.as_str(); "watch is up");
                self.tally.listed();
                let synced = Some(Instant::now());
                End { synced, failure: self.follow(signs).await }
            }
        }
    }

    /// Goes on with what comes after the list, until it fails.
    async fn follow(&self, mut signs: Signs<'_>) -> Failure {
        while let Some(sign) = signs.next().await {
            match sign {
                Ok(_) => self.tally.happened(),
                Err(error) => return Failure::from(error),
            }
        }
        Failure::Ended
    }

    fn report(&self, failure: &Failure, trouble: Trouble) {
        self.tally.failed(failure.code());
        let down_for = trouble.since.elapsed();
        let is_new = trouble.refused_since.is_none_or(|since| since.elapsed() < FORBIDDEN_GRACE);
        let is_passing = self.feed.was_synced() && is_new;
        let error = failure.as_check_error(&self.resource, is_passing);
        log::warn!(resource = self.resource.as_str(), error = failure.to_string().as_str(), down_for_seconds = down_for.as_secs();
            "watch is down, trying again");
        self.feed.fail(error, down_for >= LASTING);
    }
}

/// Waits for the end of the first list.
async fn list(signs: &mut Signs<'_>) -> Result<(), Failure> {
    let mut has_begun = false;
    loop {
        let next = timeout(STALL, signs.next()).await.map_err(|_| Failure::Stalled(STALL))?;
        match next.ok_or(Failure::Ended)?? {
            // kube has begun another one, as it would for ever with a server that does not mark the list's end.
            Sign::Begin if has_begun => return Err(Failure::Unfinished),
            Sign::Begin => has_begun = true,
            Sign::End => return Ok(()),
            Sign::Object => {}
        }
    }
}

fn config(strategy: InitialListStrategy) -> watcher::Config {
    let config = watcher::Config::default().timeout(WATCH_SECONDS).page_size(PAGE);
    watcher::Config { initial_list_strategy: strategy, ..config }
}

/// 100 ms to 5 s, each with up to as much again of jitter: an API server that comes back is noticed within seconds,
/// and not by all watches at once.
fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .with_factor(2.0)
        .without_max_times()
        .with_jitter()
        .build()
}

/// Is nothing wrong but that this API server has no streaming lists? Then it is asked for pages at once, and those who wait
/// are told of nothing.
fn cannot_stream(strategy: &InitialListStrategy, failure: &Failure) -> bool {
    matches!(strategy, InitialListStrategy::StreamingList) && failure.refuses_streaming()
}

fn other(strategy: InitialListStrategy) -> InitialListStrategy {
    match strategy {
        InitialListStrategy::StreamingList => InitialListStrategy::ListWatch,
        InitialListStrategy::ListWatch => InitialListStrategy::StreamingList,
    }
}
