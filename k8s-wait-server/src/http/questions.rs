//! `/v1/check` and `/v1/wait`: [`check`], [`wait`].

use super::App;
use super::ask::Ask;
use super::problem::Problem;
use super::wire;
use crate::waiters::Place;
use bytes::Bytes;
use futures::{Stream, stream};
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
    let held = ask.and_then(|ask| Ok((begin(&ask, &app)?, place(&app)?)));
    match held {
        Ok((wait, place)) if wants_lines => lines(Held::new(wait, place, &app)),
        Ok((wait, place)) => wire::answer(&Held::new(wait, place, &app).last().await),
        Err(problem) => refuse(problem),
    }
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
    wait: Wait,
    stopping: watch::Receiver<bool>,
    heartbeat: Interval,
    _place: Place,
}

impl Held {
    fn new(wait: Wait, place: Place, app: &App) -> Self {
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { wait, stopping: app.stopping.clone(), heartbeat, _place: place }
    }

    /// The final report, or how it stands when the server is told to stop.
    async fn last(mut self) -> Report {
        let Self { wait, stopping, .. } = &mut self;
        let end = async {
            loop {
                match wait.next().await {
                    Some(report) if report.is_final => return report,
                    Some(_) => {}
                    // Only after a final report, which was returned.
                    None => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            report = end => return report,
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        self.wait.now().await
    }

    /// The lines. Ends without a final one when the server is told to stop: the client comes back to another replica.
    fn lines(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        stream::unfold(self, |mut held| async move { held.line().await.map(|line| (Ok(line), held)) })
    }

    async fn line(&mut self) -> Option<Bytes> {
        tokio::select! {
            // A verdict that is there goes out before anything else.
            biased;
            report = self.wait.next() => report.map(|report| wire::line(&report)),
            _ = self.stopping.wait_for(|stopping| *stopping) => None,
            _ = self.heartbeat.tick() => Some(wire::HEARTBEAT),
        }
    }
}
