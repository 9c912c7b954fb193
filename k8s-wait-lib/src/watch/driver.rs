//! Keeps one cache up to date, whatever happens to the API server: [`Driver::run`].

use super::cache::Cache;
use super::failure::Failure;
use crate::object::Cached;
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use futures::StreamExt;
use kube::Api;
use kube::runtime::watcher::{self, Event, InitialListStrategy};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long the API server keeps a watch open, in seconds. kube gives up on a silent one 5 s later, so one that died
/// without a word is noticed within a minute.
const WATCH_SECONDS: u32 = 50;
/// How long a list may bring nothing before it is given up.
const STALL: Duration = Duration::from_secs(30);
/// The objects asked for at a time where there are no streaming lists; bounds the memory that a list takes.
const PAGE: u32 = 100;
/// After so long a watch that is down is what whoever waits has to know.
const LASTING: Duration = Duration::from_secs(10);
/// For so long a 403 after a good list is taken for a passing one: an API server answers so while it starts, before
/// it has read its roles.
const FORBIDDEN_GRACE: Duration = Duration::from_secs(30);

/// One watch: lists, watches, and starts over from a new list after every error.
///
/// Going on from where a broken watch stood would be cheaper, but kube does not tell when it has caught up, and until
/// then the cache would call ready what has long gone. The end of a new list tells. A watch that ends without an
/// error, as one does every [`WATCH_SECONDS`], goes on without a list.
pub(crate) struct Driver<S: Cached> {
    api: Api<S::Wire>,
    cache: Arc<Cache<S>>,
    /// What is watched, as `pods in namespace shop`.
    resource: String,
}

/// What one life of a watch came to.
struct End {
    was_synced: bool,
    failure: Failure,
}

impl<S: Cached> Driver<S> {
    pub(crate) fn new(api: Api<S::Wire>, cache: Arc<Cache<S>>, resource: String) -> Self {
        Self { api, cache, resource }
    }

    /// Runs until it is dropped.
    pub(crate) async fn run(self) -> Infallible {
        let mut strategy = InitialListStrategy::StreamingList;
        let mut backoff = backoff();
        let mut down_since: Option<Instant> = None;
        loop {
            let end = self.live(strategy.clone()).await;
            if end.was_synced {
                (backoff, down_since) = (self::backoff(), None);
            } else if end.failure.blames_the_list() {
                strategy = other(strategy);
            }
            let since = *down_since.get_or_insert_with(Instant::now);
            self.report(&end.failure, since.elapsed());
            sleep(end.failure.delay(backoff.next().unwrap_or(STALL))).await;
        }
    }

    /// One watcher from its first list to its first error.
    async fn live(&self, strategy: InitialListStrategy) -> End {
        let mut events = pin!(watcher::watcher(self.api.clone(), config(strategy)));
        let mut was_synced = false;
        loop {
            let next = match was_synced {
                true => events.next().await,
                false => match timeout(STALL, events.next()).await {
                    Ok(next) => next,
                    Err(_) => return End { was_synced, failure: Failure::Stalled(STALL) },
                },
            };
            match next {
                Some(Ok(event)) => {
                    let is_done = matches!(event, Event::InitDone);
                    self.cache.apply(event);
                    if is_done && !was_synced {
                        was_synced = true;
                        log::info!(resource = self.resource.as_str(); "watch is up");
                    }
                }
                Some(Err(error)) => return End { was_synced, failure: Failure::Watch(Box::new(error)) },
                None => return End { was_synced, failure: Failure::Ended },
            }
        }
    }

    fn report(&self, failure: &Failure, down_for: Duration) {
        let is_passing = self.cache.was_synced() && down_for < FORBIDDEN_GRACE;
        let error = failure.as_check_error(&self.resource, is_passing);
        log::warn!(resource = self.resource.as_str(), error = failure.to_string().as_str(), down_for_seconds = down_for.as_secs();
            "watch is down, trying again");
        self.cache.fail(error, down_for >= LASTING);
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

fn other(strategy: InitialListStrategy) -> InitialListStrategy {
    match strategy {
        InitialListStrategy::StreamingList => InitialListStrategy::ListWatch,
        InitialListStrategy::ListWatch => InitialListStrategy::StreamingList,
    }
}
