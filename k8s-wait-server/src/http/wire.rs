//! The JSON that is answered: [`Answer`] for a single one, [`line()`] and [`HEARTBEAT`] for many, and [`Told`] for what many
//! are told alike.

use bytes::Bytes;
use k8s_wait_lib::{Report, TargetReport, Verdict};
use serde::Serialize;
use std::sync::{Arc, OnceLock};
use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use warp::reply::Response;

/// The line that says that the connection is alive.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b"{\"event\":\"heartbeat\"}\n");

/// The reason that goes with a cycle.
pub(super) const CYCLE: &str = "Cycle";

/// After how many seconds a pending answer is worth asking again.
const RETRY_SECONDS: u32 = 1;

/// A single answer: 200 ready, 503 pending, 424 failed.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    status: StatusCode,
    body: Bytes,
}

/// A report, and what is written of it: once, for all who are told.
pub(super) struct Told {
    report: Arc<Report>,
    number: usize,
    status: OnceLock<Bytes>,
    news: OnceLock<Bytes>,
    done: OnceLock<Bytes>,
    answer: OnceLock<Answer>,
}

/// How a question stands.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Answer"))]
pub(super) struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    /// Of the whole question.
    #[cfg_attr(feature = "openapi", schemars(with = "super::openapi::words::Verdict"))]
    verdict: &'static str,
    /// In the order in which they were asked for.
    targets: Vec<Target<'a>>,
    /// With which the wait can be taken up again, while it is not over.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

/// How a target stands.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "TargetReport"))]
pub(super) struct Target<'a> {
    /// In its canonical form, with its namespace.
    pub(super) target: &'a str,
    #[cfg_attr(feature = "openapi", schemars(with = "super::openapi::words::Verdict"))]
    pub(super) verdict: &'static str,
    /// A code; there unless the target is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'a str>,
    /// The reason in a sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<&'a str>,
}

impl<'a> From<&'a TargetReport> for Target<'a> {
    fn from(report: &'a TargetReport) -> Self {
        let reason = report.verdict.reason();
        Self {
            target: &report.target,
            verdict: report.verdict.word(),
            reason: reason.map(|reason| &*reason.code),
            message: reason.map(|reason| reason.message.as_str()),
        }
    }
}

impl<'a> Body<'a> {
    fn new(event: Option<&'static str>, report: &'a Report, token: Option<&'a str>) -> Self {
        let targets = report.targets.iter().map(Target::from).collect();
        let token = token.filter(|_| report.verdict.is_pending());
        Self { event, verdict: report.verdict.word(), targets, token }
    }

    /// The targets that have changed.
    fn news(report: &'a Report, token: Option<&'a str>) -> Self {
        let targets = report.targets.iter().filter(|target| target.is_news).map(Target::from).collect();
        Self { targets, ..Self::new(Some("status"), report, token) }
    }

    fn json(&self) -> Vec<u8> {
        // Strings and words always serialise; were it not so, the answer would be empty and the client ask again.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn line(&self) -> Bytes {
        let mut line = self.json();
        line.push(b'\n');
        line.into()
    }
}

impl Answer {
    pub(super) fn new(report: &Report, token: Option<&str>) -> Self {
        Self { status: status(&report.verdict), body: Body::new(None, report, token).json().into() }
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
        }
        response
    }
}

fn status(verdict: &Verdict) -> StatusCode {
    match verdict {
        Verdict::Ready => StatusCode::OK,
        Verdict::Pending(_) => StatusCode::SERVICE_UNAVAILABLE,
        Verdict::Failed(_) => StatusCode::FAILED_DEPENDENCY,
    }
}

/// The line that tells one who waits that it waits in vain.
pub(super) fn cycle(message: &str) -> Bytes {
    #[derive(Serialize)]
    struct Line<'a> {
        event: &'static str,
        reason: &'static str,
        message: &'a str,
    }
    // Texts always serialise.
    let mut line = serde_json::to_vec(&Line { event: "cycle", reason: CYCLE, message }).unwrap_or_default();
    line.push(b'\n');
    line.into()
}

/// The line of a report: the targets that changed, or all of them in the last one.
pub(super) fn line(report: &Report, token: Option<&str>) -> Bytes {
    match report.is_final {
        true => Body::new(Some("done"), report, token).line(),
        false => Body::news(report, token).line(),
    }
}

impl Told {
    /// The report after as many others.
    pub(super) fn new(report: Report, number: usize) -> Self {
        let (status, news, done) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { report: Arc::new(report), number, status, news, done, answer: OnceLock::new() }
    }

    pub(super) fn report(&self) -> &Arc<Report> {
        &self.report
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }

    pub(super) fn is_final(&self) -> bool {
        self.report.is_final
    }

    /// The line of a report that has others after it: all targets.
    pub(super) fn status(&self) -> Bytes {
        self.status.get_or_init(|| Body::new(Some("status"), &self.report, None).line()).clone()
    }

    /// The same, with the targets that have changed since the report before.
    pub(super) fn news(&self) -> Bytes {
        self.news.get_or_init(|| Body::news(&self.report, None).line()).clone()
    }

    /// The last line.
    pub(super) fn done(&self) -> Bytes {
        self.done.get_or_init(|| Body::new(Some("done"), &self.report, None).line()).clone()
    }

    pub(super) fn answer(&self) -> Answer {
        self.answer.get_or_init(|| Answer::new(&self.report, None)).clone()
    }
}
