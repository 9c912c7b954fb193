//! `/v1/check` and `/v1/wait`: [`check`], [`wait`].

use super::App;
use super::ask::{self, Ask, Asked};
use super::parking::{Feed, Question};
use super::permit::permit;
use super::problem::Problem;
use super::pulse::Heartbeats;
use super::record::Record;
use super::roster::{Row, Terms, Who};
use super::shared::Listener;
use super::wire::{self, Answer};
use crate::auth::Caller;
use crate::places::{Full, Place};
use bytes::Bytes;
use futures::future::{BoxFuture, Either, Ready, ready};
use futures::{FutureExt, Stream, stream};
use k8s_wait_lib::{Plan, Wait};
use std::convert::Infallible;
use std::sync::Arc;
use sync_wrapper::SyncStream;
use tokio::sync::watch;
use warp::Reply;
use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

/// When to come back to a server that has no place left, in seconds.
const BUSY_SECONDS: u32 = 5;

/// The verdict now, asked by a query. What is kept is answered at once: a future that could also look would be moved about
/// with all the room that looking takes.
pub(super) fn check_query(
    query: String,
    caller: Result<Caller, Problem>,
    app: Arc<App>,
) -> Either<Ready<Response>, BoxFuture<'static, Response>> {
    let caller = match caller {
        Ok(caller) => caller,
        Err(problem) => return Either::Left(ready(problem.into_response())),
    };
    match app.answers.find(&caller, &query) {
        Some(answer) => Either::Left(ready(answer.into_response())),
        None => Either::Right(look(query, caller, app).boxed()),
    }
}

async fn look(query: String, caller: Caller, app: Arc<App>) -> Response {
    match judge(ask::from_query(Asked::Check, &query), &caller, &app).await {
        Ok((answer, wait)) => {
            app.answers.keep(&caller, &query, &answer, wait);
            answer.into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

/// The same, asked by a body.
pub(super) async fn check(
    ask: Result<Ask, Problem>,
    caller: Result<Caller, Problem>,
    app: Arc<App>,
) -> Response {
    let judged = match caller {
        Ok(caller) => judge(ask, &caller, &app).await,
        Err(problem) => Err(problem),
    };
    judged.map_or_else(Problem::into_response, |(answer, _)| answer.into_response())
}

async fn judge(ask: Result<Ask, Problem>, caller: &Caller, app: &App) -> Result<(Answer, Wait), Problem> {
    let mut wait = begin(plan(&ask?, caller, app)?, caller, app)?;
    Ok((Answer::new(&wait.now().await, None), wait))
}

/// What is asked, if this caller may ask it.
fn plan(ask: &Ask, caller: &Caller, app: &App) -> Result<Plan, Problem> {
    let plan = ask.plan(app.limits.targets, caller.namespace())?;
    permit(caller, &plan, app)?;
    Ok(plan)
}

/// Held open until there is something final to say: one answer at the end, or a line for every change.
pub(super) async fn wait(
    ask: Result<Ask, Problem>,
    wants_lines: bool,
    caller: Result<Caller, Problem>,
    pod: Option<String>,
    app: Arc<App>,
) -> Response {
    match Held::new(ask, (caller, pod), &app).await {
        Ok(held) if wants_lines => lines(held),
        Ok(held) => held.last().await.map_or_else(Problem::into_response, Answer::into_response),
        Err(problem) => problem.into_response(),
    }
}

/// Looks at nothing yet.
pub(super) fn begin(plan: Plan, caller: &Caller, app: &App) -> Result<Wait, Problem> {
    Ok(Wait::new(app.registry(caller), &app.watches, plan)?)
}

/// A place among those who wait.
pub(super) fn place(caller: &Caller, app: &App) -> Result<Place, Problem> {
    app.waiters.enter(caller.namespace()).map_err(|full| {
        let (who, limit, flag) = match full {
            Full::Server(limit) => ("", limit, "max-waiters"),
            Full::Namespace(limit) => (" of your namespace", limit, "max-waiters-per-namespace"),
        };
        let detail = format!("{limit}{who} wait here already, which is the limit; try again");
        Problem::busy(detail, BUSY_SECONDS).over(flag)
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
    source: Source,
    record: Record,
    row: Arc<Row>,
    app: Arc<App>,
    heartbeats: Heartbeats,
}

/// Where its lines come from.
enum Source {
    /// A wait that has nothing to remember: whoever comes back begins anew, and nothing is lost.
    Shared(Listener),
    /// One that does.
    Parked(Feed),
}

impl Held {
    /// Who may not ask is told so, and not what is wrong with the question.
    async fn new(
        ask: Result<Ask, Problem>,
        (caller, pod): (Result<Caller, Problem>, Option<String>),
        app: &Arc<App>,
    ) -> Result<Self, Problem> {
        let (caller, ask) = (caller?, &ask?);
        let plan = plan(ask, &caller, app)?;
        let (namespace, terms) = (plan.namespace.clone(), Terms { timeout: plan.timeout, mode: plan.mode });
        let source = match Question::of(&plan, app.is_confined(&caller)) {
            Some(question) => Source::Parked(feed(ask, (question, plan), &caller, app)?),
            None => Source::Shared(app.sharing.listen(plan, &caller, app).await?),
        };
        let record = Record::begin(app, Who { caller, namespace, pod }, &terms);
        if let Source::Shared(listener) = &source {
            record.see(listener.current().report());
        }
        let (row, heartbeats) = (Arc::clone(record.row()), app.pulse.heartbeats());
        Ok(Self { source, record, row, app: Arc::clone(app), heartbeats })
    }

    /// The final answer, or how it stood last when the server is told to stop.
    async fn last(mut self) -> Result<Answer, Problem> {
        let answer = match self.source {
            Source::Shared(listener) => listener.last(&mut self.record).await,
            Source::Parked(feed) => feed.last(&mut self.record).await,
        };
        answer.ok_or_else(Problem::stopping)
    }

    /// The lines. Ends without a final one when the server is told to stop: the client comes back to another replica.
    fn lines(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        stream::unfold(self, |mut held| async move { held.line().await.map(|line| (Ok(line), held)) })
    }

    async fn line(&mut self) -> Option<Bytes> {
        tokio::select! {
            // A verdict that is there goes out before anything else.
            biased;
            line = self.source.line(&mut self.record) => line,
            cycle = self.row.comes_into_cycle() => Some(wire::cycle(&self.app.told(&self.row.who.caller, &cycle))),
            () = self.heartbeats.next() => Some(wire::HEARTBEAT),
        }
    }
}

impl Source {
    async fn line(&mut self, record: &mut Record) -> Option<Bytes> {
        match self {
            Self::Shared(listener) => listener.line(record).await,
            Self::Parked(feed) => feed.line(record).await,
        }
    }
}

/// The reports of a wait that can be taken up again: of the one that the caller has the token of, or of a new one.
fn feed(ask: &Ask, (question, plan): (Question, Plan), caller: &Caller, app: &App) -> Result<Feed, Problem> {
    let timeout = plan.timeout;
    let taken_up = ask.token().and_then(|token| app.parking.take_up(token, &question, timeout));
    match taken_up {
        Some(feed) => Ok(feed),
        None => {
            let (wait, place) = (begin(plan, caller, app)?, place(caller, app)?);
            let feed = app.parking.begin(wait, (question, timeout), place, app.stopping.clone());
            feed.map_err(|error| Problem::busy(format!("there is no randomness: {error}"), BUSY_SECONDS))
        }
    }
}

/// Ends when the server is told to stop.
pub(crate) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error says that the sender has gone, and the server with it.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

#[cfg(test)]
mod tests;
