//! `/v1/check` and `/v1/wait`: [`check`], [`wait`].

use super::App;
use super::ask::Ask;
use super::parking::Question;
use super::problem::Problem;
use super::wire;
use crate::waiters::Place;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, stream};
use k8s_wait_lib::{Plan, Report, Wait};
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
    match ask.and_then(|ask| begin(ask.plan()?, &app)) {
        Ok(wait) => wire::answer(&wait.now().await, None),
        Err(problem) => refuse(problem),
    }
}

/// Held open until there is something final to say: one answer at the end, or a line for every change.
pub(super) async fn wait(ask: Result<Ask, Problem>, wants_lines: bool, app: Arc<App>) -> Response {
    let answer = match ask.and_then(|ask| Held::new(&ask, &app)) {
        Ok(held) if wants_lines => Ok(lines(held)),
        Ok(held) => held.last().await,
        Err(problem) => Err(problem),
    };
    answer.unwrap_or_else(refuse)
}

fn refuse(problem: Problem) -> Response {
    log::debug!(problem = problem.detail(); "refused");
    problem.into_response()
}

fn begin(plan: Plan, app: &App) -> Result<Wait, Problem> {
    Ok(Wait::new(&app.registry, &app.watches, plan)?)
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
    /// With which it can be taken up again.
    token: Option<Arc<str>>,
    /// Its place, unless that is held with what is remembered of it.
    _place: Option<Place>,
}

impl Held {
    fn new(ask: &Ask, app: &App) -> Result<Self, Problem> {
        let plan = ask.plan()?;
        let Some(question) = Question::of(&plan) else {
            let wait = begin(plan, app)?;
            return Ok(Self::of(wait.reports(), None, Some(place(app)?), app));
        };
        let timeout = plan.timeout;
        let taken_up = ask.token().and_then(|token| app.parking.take_up(token, &question, timeout));
        let feed = match taken_up {
            Some(feed) => feed,
            None => {
                let (wait, place) = (begin(plan, app)?, place(app)?);
                let feed = app.parking.begin(wait, (question, timeout), place, app.stopping.clone());
                feed.map_err(|error| Problem::busy(format!("there is no randomness: {error}"), BUSY_SECONDS))?
            }
        };
        let token = Some(Arc::clone(&feed.token));
        Ok(Self::of(feed.reports(), token, None, app))
    }

    fn of(
        reports: impl Stream<Item = Report> + Send + 'static,
        token: Option<Arc<str>>,
        place: Option<Place>,
        app: &App,
    ) -> Self {
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let reports = reports.take_until(stopped(app.stopping.clone())).boxed();
        Self { reports, heartbeat, token, _place: place }
    }

    /// The final report, or how it stood last when the server is told to stop.
    async fn last(self) -> Result<Response, Problem> {
        let report = self.reports.fold(Err(Problem::stopping()), async |_, report| Ok(report)).await?;
        Ok(wire::answer(&report, self.token.as_deref()))
    }

    /// The lines. Ends without a final one when the server is told to stop: the client comes back to another replica.
    fn lines(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        stream::unfold(self, |mut held| async move { held.line().await.map(|line| (Ok(line), held)) })
    }

    async fn line(&mut self) -> Option<Bytes> {
        tokio::select! {
            // A verdict that is there goes out before anything else.
            biased;
            report = self.reports.next() => report.map(|report| wire::line(&report, self.token.as_deref())),
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
