//! The JSON that is answered: [`answer`] for a single one, [`line()`] and [`HEARTBEAT`] for many.

use bytes::Bytes;
use k8s_wait_lib::{Report, TargetReport, Verdict};
use serde::Serialize;
use warp::Reply;
use warp::http::StatusCode;
use warp::http::header::{HeaderValue, RETRY_AFTER};
use warp::reply::Response;

/// The line that says that the connection is alive.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b"{\"event\":\"heartbeat\"}\n");

/// After how many seconds a pending answer is worth asking again.
const RETRY_SECONDS: u32 = 1;

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    verdict: &'static str,
    targets: Vec<Target<'a>>,
    /// With which the wait can be taken up again, while it is not over.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

#[derive(Serialize)]
struct Target<'a> {
    target: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
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

impl<'a> Answer<'a> {
    fn new(
        event: Option<&'static str>,
        report: &'a Report,
        token: Option<&'a str>,
        is_told: fn(&TargetReport) -> bool,
    ) -> Self {
        let targets = report.targets.iter().filter(|target| is_told(target)).map(Target::from).collect();
        let token = token.filter(|_| report.verdict.is_pending());
        Self { event, verdict: report.verdict.word(), targets, token }
    }

    fn line(&self) -> Bytes {
        // Strings and words always serialise; were it not so, the line would break off and the client ask again.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line.into()
    }
}

/// A single answer: 200 ready, 503 pending, 424 failed.
pub(super) fn answer(report: &Report, token: Option<&str>) -> Response {
    let body = Answer::new(None, report, token, |_| true);
    let mut response =
        warp::reply::with_status(warp::reply::json(&body), code(&report.verdict)).into_response();
    if report.verdict.is_pending() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
    }
    response
}

fn code(verdict: &Verdict) -> StatusCode {
    match verdict {
        Verdict::Ready => StatusCode::OK,
        Verdict::Pending(_) => StatusCode::SERVICE_UNAVAILABLE,
        Verdict::Failed(_) => StatusCode::FAILED_DEPENDENCY,
    }
}

/// The line of a report: the targets that changed, or all of them in the last one.
pub(super) fn line(report: &Report, token: Option<&str>) -> Bytes {
    match report.is_final {
        true => Answer::new(Some("done"), report, token, |_| true).line(),
        false => Answer::new(Some("status"), report, token, |target| target.is_news).line(),
    }
}
