//! The protocol of k8s-when-ready, so that its clients keep working: [`answer`].
//!
//! `GET /service/NS/NAME?uptime=S` and `GET /job/NS/NAME?uptime=S` answer `{"running":bool,"error"?:text}`, always with
//! 200. Its server looked at when containers had started; this one holds the question for as long as the uptime asked
//! for, and answers true when the target was ready throughout. One that is not ready is answered at once.

use super::App;
use super::permit::permit;
use super::problem::Problem;
use super::questions::{place, stopped};
use super::record::Record;
use super::roster::{Terms, Who};
use crate::auth::Caller;
use k8s_wait_lib::{Mode, Plan, Target, Verdict, Wait};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use warp::Reply;
use warp::reply::Response;

/// One of the two paths.
#[derive(Clone, Copy)]
pub(super) struct Path {
    /// The name of the kind.
    kind: &'static str,
    /// What "running" meant there, as a state of ours.
    state: &'static str,
    /// The uptime unless it is given.
    uptime: Duration,
}

/// All endpoints of a service, for five seconds.
pub(super) const SERVICE: Path = Path { kind: "service", state: "all", uptime: Duration::from_secs(5) };
/// A complete job.
pub(super) const JOB: Path = Path { kind: "job", state: "complete", uptime: Duration::ZERO };

/// The longest uptime that is waited for.
const MAX_UPTIME: u64 = 3600;
/// How much longer than the uptime the question may take: a first list has to come in.
const PATIENCE: Duration = Duration::from_secs(10);

/// What k8s-when-ready answers.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Running"))]
pub(super) struct Answer {
    running: bool,
    /// Why it is not, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Whether the target is running.
pub(super) async fn answer(
    path: Path,
    object: (String, String),
    query: String,
    caller: Result<Caller, Problem>,
    app: Arc<App>,
) -> Response {
    let judged = judged(path, &object, &query, caller, &app).await;
    let running = judged.as_ref().is_ok_and(Verdict::is_ready);
    let error = match judged {
        Ok(verdict) => verdict.reason().map(|reason| reason.message.clone()),
        Err(problem) => Some(problem.detail().to_owned()),
    };
    warp::reply::json(&Answer { running, error }).into_response()
}

async fn judged(
    path: Path,
    (namespace, name): &(String, String),
    query: &str,
    caller: Result<Caller, Problem>,
    app: &Arc<App>,
) -> Result<Verdict, Problem> {
    let caller = caller?;
    let uptime = uptime(query)?.unwrap_or(path.uptime);
    let target = target(path, namespace, name, uptime)?;
    let plan = Plan {
        targets: vec![target],
        namespace: namespace.clone(),
        mode: Mode::All,
        timeout: Some(uptime + PATIENCE),
    };
    permit(&caller, &plan, app)?;
    let terms = Terms { timeout: plan.timeout, mode: plan.mode };
    let wait = Wait::new(app.registry(&caller), &app.watches, plan)?;
    let _place = place(&caller, app)?;
    // Its clients do not say which pod they are in.
    let who = Who { caller, namespace: namespace.clone(), pod: None };
    let record = Record::begin(app, who, &terms);
    tokio::select! {
        verdict = settled(wait, record) => Ok(verdict),
        () = stopped(app.stopping.clone()) => Err(Problem::stopping()),
    }
}

/// Paths come percent-encoded, and a name has no use for it.
fn target(path: Path, namespace: &str, name: &str, uptime: Duration) -> Result<Target, Problem> {
    let checked =
        Target::object(path.kind, Some(namespace), name).map_err(|error| Problem::bad(error.to_string()))?;
    let stable = Some(uptime).filter(|uptime| !uptime.is_zero());
    let text = format!("{checked}?for={}", path.state);
    let target: Target =
        text.parse().map_err(|error: k8s_wait_lib::target::ParseError| Problem::bad(error.to_string()))?;
    Ok(target.with_stable(stable))
}

fn uptime(query: &str) -> Result<Option<Duration>, Problem> {
    let Some((_, text)) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "uptime") else {
        return Ok(None);
    };
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=MAX_UPTIME as f64).contains(&seconds) => {
            Ok(Some(Duration::from_secs_f64(seconds)))
        }
        _ => Err(Problem::bad(format!("uptime {text:?} is no number of seconds from 0 to {MAX_UPTIME}"))),
    }
}

/// The first verdict that says more than that the uptime is not over, or that nothing is known yet.
async fn settled(mut wait: Wait, mut record: Record) -> Verdict {
    let mut last = Mode::All.fold([]);
    while let Some(report) = wait.next().await {
        let report = Arc::new(report);
        record.tell(&report);
        last = report.verdict.clone();
        let code = last.reason().map(|reason| reason.code.as_ref());
        let is_waiting = matches!(code, Some("Stabilizing" | "NotSynced"));
        if report.is_final {
            break;
        }
        // It is answered, though it may go on.
        if !is_waiting {
            record.end(&report);
            break;
        }
    }
    last
}
