//! `/v1/check` and `/v1/wait`: [`check`], [`wait`].

use super::App;
use super::ask::Ask;
use super::problem::Problem;
use super::wire;
use crate::waiters::Place;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, stream};
use k8s_wait_lib::{Report, Wait};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use sync_wrapper::SyncStream;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use warp::Reply;
use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

/// How often a line is sent while nothing changes.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// When to come back to a server that has no place left, in seconds.
const BUSY_SECONDS: u32 = 5;

/// The verdict now.
pub(super) async fn check(ask: Result<Ask, Problem>, app: Arc<App>) -> Response {
    match ask.and_then(|ask| begin(&ask, &app)) {
        Ok(wait) => wire::answer(&wait.now().await),
        Err(problem) => refuse(problem),
    }
}

/// Held open until there is something final to say: one answer at the end, or a line for every change.
pub(super) async fn wait(ask: Result<Ask, Problem>, wants_lines: bool, app: Arc<App>) -> Response {
    let held = ask.and_then(|ask| Ok(Held::new(begin(&ask, &app)?, place(&app)?, &app)));
    let answer = match held {
        Ok(held) if wants_lines => Ok(lines(held)),
        Ok(held) => held.last().await.map(|report| wire::answer(&report)),
        Err(problem) => Err(problem),
    };
    answer.unwrap_or_else(refuse)
}

fn refuse(problem: Problem) -> Response {
    log::debug!(problem = problem.detail(); "refused");
    problem.into_response()
}

fn begin(ask: &Ask, app: &App) -> Result<Wait, Problem> {
    Ok(Wait::new(&app.registry, &app.watches, ask.plan()?)?)
}

/// A place among those who wait.
pub(super) fn place(app: &App) -> Result<Place, Problem> {
    app.waiters.enter().ok_or_else(|| {
        let detail = format!("{} wait here already, which is the limit; try again", app.waiters.limit());
        Problem::busy(detail, BUSY_SECONDS)
    })
}

fn lines(held: Held) -> Response {
    let body = warp::reply::stream(SyncStream::new(held.lines()));
    let mut response = body.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

/// A wait that somebody holds a connection open for.
struct Held {
    /// They end when the server is told to stop. A stream, because it goes on where it was when its next item is not
    /// waited for any longer: a probe that takes longer than a heartbeat is not begun anew with each of them.
    reports: BoxStream<'static, Report>,
    heartbeat: Interval,
    _place: Place,
}

impl Held {
    fn new(wait: Wait, place: Place, app: &App) -> Self {
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let reports = wait.reports().take_until(stopped(app.stopping.clone())).boxed();
        Self { reports, heartbeat, _place: place }
    }

    /// The final report, or how it stood last when the server is told to stop.
    async fn last(self) -> Result<Report, Problem> {
        self.reports.fold(Err(Problem::stopping()), async |_, report| Ok(report)).await
    }

    /// The lines. Ends without a final one when the server is told to stop: the client comes back to another replica.
    fn lines(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        stream::unfold(self, |mut held| async move { held.line().await.map(|line| (Ok(line), held)) })
    }

    async fn line(&mut self) -> Option<Bytes> {
        tokio::select! {
            // A verdict that is there goes out before anything else.
            biased;
            report = self.reports.next() => report.map(|report| wire::line(&report)),
            _ = self.heartbeat.tick() => Some(wire::HEARTBEAT),
        }
    }
}

/// Ends when the server is told to stop.
pub(super) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error says that the sender has gone, and the server with it.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

#[cfg(test)]
mod tests;
