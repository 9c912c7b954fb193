//! `/v1/waiters`: [`waiters`].

use super::App;
use super::permit::{admit, may_see, permit_namespace};
use super::problem::Problem;
use super::questions::stopped;
use super::roster::{Reader, Row};
use super::wire::Target;
use crate::auth::{About, Caller};
use crate::graph::Graph;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use jiff::Timestamp;
use k8s_wait_lib::Report;
use k8s_wait_lib::target::is_dns_label;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use sync_wrapper::SyncStream;
use tokio::time::{Instant, sleep};
use warp::Reply;
use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

/// How often those who follow are told what has changed.
const STEP: Duration = Duration::from_secs(1);
/// After so many steps without a word they are told that the connection lives.
const QUIET_STEPS: u32 = 10;

/// So long somebody may follow before it has to come again, as with a wait.
const LONGEST: Duration = Duration::from_secs(3600);

/// What is said to those who follow.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "WaitersLine"))]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    /// One who waits, for the first time or with something new.
    Waiter(&'a Entry<'a>),
    /// One who waits no more.
    Gone {
        id: u64,
    },
    Heartbeat,
}

/// Who waits, those first who have waited longest. It is written piece by piece.
#[cfg(feature = "openapi")]
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Waiters"))]
pub(super) struct List<'a> {
    waiters: Vec<Entry<'a>>,
}

/// One who waits.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Waiter"))]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    pub(super) id: u64,
    pub(super) namespace: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pod: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service_account: Option<&'a str>,
    /// Has the API server said who it is, or it itself alone?
    pub(super) is_claimed: bool,
    pub(super) since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[cfg_attr(feature = "openapi", schemars(with = "super::openapi::words::Verdict"))]
    pub(super) verdict: &'static str,
    /// Those that the caller may ask about.
    pub(super) targets: Vec<Target<'a>>,
    /// How many others there are.
    #[serde(skip_serializing_if = "is_none")]
    pub(super) hidden: usize,
    /// The cycle that it is in, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cycle: Option<String>,
    /// Where the way ends that it waits for, if that is longer than one step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<Cause>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// A pod further on, and what that waits for.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(super) struct Cause {
    pub(super) namespace: String,
    pub(super) pod: String,
    pub(super) target: String,
    pub(super) reason: String,
    pub(super) message: String,
}

/// Those who wait, as far as the caller may see them.
pub(super) struct Filter {
    pub(super) caller: Caller,
    namespace: Option<String>,
    /// In lower case.
    text: String,
}

impl Filter {
    /// From a query: `namespace=NS&text=TEXT`. One that is empty is none.
    pub(super) fn new(query: &str, caller: Caller, app: &App) -> Result<Self, Problem> {
        let (mut namespace, mut text) = (None, String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "namespace" | "text" if value.is_empty() => {}
                "namespace" if is_dns_label(&value) => namespace = Some(value.into_owned()),
                "namespace" => {
                    return Err(Problem::bad(
                        "parameter namespace is a DNS label: up to 63 of a-z, 0-9 and -",
                    ));
                }
                "text" => text = value.to_lowercase(),
                _ => return Err(Problem::bad("a parameter is unknown; known are namespace, text")),
            }
        }
        if let Some(name) = &namespace {
            permit_namespace(&caller, name, app)?;
        }
        Ok(Self { caller, namespace, text })
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Does it have the text, in its namespace, its pod, its targets or their reasons?
    pub(super) fn matches(&self, entry: &Entry<'_>) -> bool {
        let targets = entry.targets.iter().flat_map(|target| [Some(target.target), target.reason]);
        let mut words = [Some(entry.namespace), entry.pod].into_iter().chain(targets).flatten();
        words.any(|word| word.to_lowercase().contains(&self.text))
    }

    /// A place among those who read.
    pub(super) fn place(&self, app: &App) -> Result<Reader, Problem> {
        let namespace = self.caller.namespace().filter(|_| app.is_confined(&self.caller));
        app.roster.read(namespace)
    }

    pub(super) fn rows(&self, app: &App) -> Vec<Arc<Row>> {
        let mut rows = app.roster.rows();
        rows.retain(|row| {
            let namespace = row.who.namespace();
            self.namespace.as_ref().is_none_or(|wanted| wanted == namespace)
                && app.admission.allows(&self.caller, About::Namespace(namespace))
        });
        rows
    }
}

/// `/v1/waiters`: a list, or lines.
pub(super) fn waiters(
    query: String,
    wants_lines: bool,
    caller: Result<Caller, Problem>,
    app: Arc<App>,
) -> Response {
    let admitted = admit(app.readers.page, &caller, "list of those who wait", &app);
    let admitted = admitted.and(caller);
    let admitted = admitted.and_then(|caller| {
        let filter = Filter::new(&query, caller, &app)?;
        let place = filter.place(&app)?;
        Ok((filter, place))
    });
    match admitted {
        Ok((filter, place)) if wants_lines => follow(filter, place, app),
        Ok((filter, place)) => list(filter, place, app),
        Err(problem) => problem.into_response(),
    }
}

/// One after the other, since what a wait tells may be as long as its question: all of them together would not fit.
fn list(filter: Filter, place: Reader, app: Arc<App>) -> Response {
    let rows = filter.rows(&app).into_iter();
    let begun = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{\"waiters\":["))]);
    let entries = stream::unfold((rows, filter, app, true), async |(mut rows, filter, app, is_first)| {
        let text = rows.find_map(|row| written(&row, &filter, &app, is_first))?;
        Some((Ok(text), (rows, filter, app, false)))
    });
    // The place is free when all but the end has been taken.
    let ended = stream::once(async move {
        drop(place);
        Ok(Bytes::from_static(b"]}"))
    });
    let body = warp::reply::stream(SyncStream::new(begun.chain(entries).chain(ended)));
    let mut response = body.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A wait, unless it is none of those that are looked for.
fn written(row: &Row, filter: &Filter, app: &App, is_first: bool) -> Option<Bytes> {
    let report = row.state().1;
    let entry = View::new(&filter.caller, app).entry(row, report.as_deref());
    let mut text = if is_first { Vec::new() } else { vec![b','] };
    // Texts and numbers always serialise.
    text.extend(filter.matches(&entry).then(|| serde_json::to_vec(&entry).unwrap_or_default())?);
    Some(text.into())
}

fn follow(filter: Filter, place: Reader, app: Arc<App>) -> Response {
    let body = warp::reply::stream(SyncStream::new(lines(filter, place, app)));
    let mut response = body.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

/// What somebody who follows has been told.
struct Follower {
    filter: Filter,
    app: Arc<App>,
    /// The change up to which each of them has been told.
    known: BTreeMap<u64, u64>,
    /// What is still to be told. It is written when its turn comes: all of it at once would not fit.
    ahead: VecDeque<News>,
    quiet: u32,
    /// Then it has to come again, and be asked who it is.
    end: Instant,
    _place: Reader,
}

/// Everybody who waits, then whoever comes, changes and goes. Ends when the server is told to stop.
fn lines(
    filter: Filter,
    place: Reader,
    app: Arc<App>,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let follower = Follower {
        filter,
        app,
        known: BTreeMap::new(),
        ahead: VecDeque::new(),
        quiet: QUIET_STEPS,
        end: Instant::now() + LONGEST,
        _place: place,
    };
    stream::unfold(
        follower,
        |mut follower| async move { follower.next().await.map(|line| (Ok(line), follower)) },
    )
}

impl Follower {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.end <= Instant::now() {
                return None;
            }
            while let Some(news) = self.ahead.pop_front() {
                if let Some(line) = self.write(&news) {
                    return Some(line);
                }
            }
            self.look();
            if !self.ahead.is_empty() {
                self.quiet = 0;
                continue;
            }
            if self.quiet >= QUIET_STEPS {
                self.quiet = 0;
                return Some(line(&Line::Heartbeat));
            }
            self.quiet += 1;
            tokio::select! {
                () = sleep(STEP) => {}
                () = stopped(self.app.stopping.clone()) => return None,
            }
        }
    }

    /// Notes what has changed since the last look.
    fn look(&mut self) {
        let rows = self.filter.rows(&self.app);
        let mut gone = std::mem::take(&mut self.known);
        let view = View::new(&self.filter.caller, &self.app);
        for row in rows {
            let (change, report) = row.state();
            // One that has the text no more has gone as far as those who look for it are concerned.
            if !self.filter.matches(&view.entry(&row, report.as_deref())) {
                continue;
            }
            if gone.remove(&row.number) != Some(change) {
                self.ahead.push_back(News::Row(Arc::clone(&row)));
            }
            self.known.insert(row.number, change);
        }
        self.ahead.extend(gone.into_keys().map(News::Gone));
    }

    /// As it is now, which may be newer than when it was noted, and is told again then.
    fn write(&self, news: &News) -> Option<Bytes> {
        match news {
            News::Gone(number) => Some(line(&Line::Gone { id: self.app.roster.id(*number) })),
            News::Row(row) => {
                let report = row.state().1;
                let entry = View::new(&self.filter.caller, &self.app).entry(row, report.as_deref());
                self.filter.matches(&entry).then(|| line(&Line::Waiter(&entry)))
            }
        }
    }
}

/// Something that a follower is to be told.
enum News {
    Row(Arc<Row>),
    /// The number of one that is no more.
    Gone(u64),
}

fn line(line: &Line<'_>) -> Bytes {
    // Texts and numbers always serialise.
    let mut bytes = serde_json::to_vec(line).unwrap_or_default();
    bytes.push(b'\n');
    bytes.into()
}

/// What a caller sees of those who wait.
pub(super) struct View<'v> {
    caller: &'v Caller,
    app: &'v App,
    graph: Arc<Graph>,
}

impl<'v> View<'v> {
    pub(super) fn new(caller: &'v Caller, app: &'v App) -> Self {
        Self { caller, app, graph: app.roster.graph() }
    }

    pub(super) fn entry<'a>(&self, row: &'a Row, report: Option<&'a Report>) -> Entry<'a> {
        let service_account = match &row.who.caller {
            Caller::Anyone => None,
            Caller::Account(account) => Some(account.name.as_str()),
        };
        let cycle = row.cycle();
        let all = report.map(|report| report.targets.as_slice()).unwrap_or_default();
        let targets: Vec<_> =
            all.iter().filter(|told| self.may_see(&told.target)).map(Target::from).collect();
        Entry {
            id: self.app.roster.id(row.number),
            namespace: row.who.namespace(),
            pod: row.who.pod(),
            service_account,
            is_claimed: service_account.is_none(),
            since: timestamp(row.since),
            until: row.until.map(timestamp),
            verdict: report.map_or("pending", |report| report.verdict.word()),
            hidden: all.len() - targets.len(),
            targets,
            cause: cycle.is_none().then(|| self.cause(row.number)).flatten(),
            cycle: cycle.map(|cycle| self.app.told(self.caller, &cycle)),
        }
    }

    /// May the caller be told of that target?
    pub(super) fn may_see(&self, target: &str) -> bool {
        may_see(self.caller, target, self.app)
    }

    /// Of the pods on the way that the caller may be told of, the last one.
    fn cause(&self, wait: u64) -> Option<Cause> {
        let may_see =
            |row: &Arc<Row>| self.app.admission.allows(self.caller, About::Namespace(row.who.namespace()));
        let way = self.graph.behind(wait).into_iter().map_while(|wait| self.app.roster.row(wait));
        let row = way.take_while(may_see).last()?;
        let report = row.state().1?;
        let mut pending = report.targets.iter().filter(|target| target.verdict.is_pending());
        let target = pending.find(|target| self.may_see(&target.target))?;
        let reason = target.verdict.reason()?;
        Some(Cause {
            namespace: row.who.namespace().to_owned(),
            pod: row.who.pod()?.to_owned(),
            target: target.target.clone(),
            reason: reason.code.to_string(),
            message: reason.message.clone(),
        })
    }
}

/// To the millisecond; more than that nobody reads.
fn timestamp(time: SystemTime) -> Timestamp {
    let time = Timestamp::try_from(time).unwrap_or(Timestamp::MAX);
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
