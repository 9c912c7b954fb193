//! Jobs, one and many.

use super::{hold, not_ready, ready};
use crate::objects;
use k8s_wait_testkit::build::{Job, job};
use serde_json::json;

#[tokio::test]
async fn complete_job() {
    hold(vec![
        not_ready("job/db", objects![], "pending NotFound", "job row-0/db: it does not exist yet"),
        not_ready("job/db", objects![job("db")], "pending JobNotStarted", "it has not started"),
        not_ready(
            "job/db",
            objects![job("db").started()],
            "pending JobRunning",
            "0 active, 0 of 1 succeeded",
        ),
        not_ready(
            "job/db",
            objects![job("db").active(1)],
            "pending JobRunning",
            "1 active, 0 of 1 succeeded",
        ),
        not_ready("job/db", objects![job("db").suspended()], "pending JobSuspended", "it is suspended"),
        not_ready("job/db", objects![job("db").active(1).terminating()], "pending Terminating", ""),
        ready("job/db", objects![job("db").complete()]),
        ready("jobs/db?for=complete", objects![job("db").complete()]),
        // Retries are left, or the retry has succeeded.
        not_ready(
            "job/db",
            objects![job("db").failed_pods(3)],
            "pending JobRunning",
            "0 of 1 succeeded, 3 failed",
        ),
        not_ready("job/db", objects![job("db").active(1).failed_pods(3)], "pending JobRunning", "1 active"),
        ready("job/db", objects![job("db").failed_pods(1).complete()]),
        // Counts say nothing final: the condition does.
        not_ready("job/db", objects![job("db").succeeded_pods(1)], "pending JobRunning", "1 of 1 succeeded"),
        not_ready(
            "job/db",
            objects![job("db").completions(3).succeeded_pods(2)],
            "pending JobRunning",
            "2 of 3",
        ),
        not_ready("job/db", objects![work_queue()], "pending JobRunning", "1 active, 2 succeeded"),
        not_ready(
            "job/db",
            objects![job("db").active(1).condition("Complete", "False", "", "")],
            "pending JobRunning",
            "",
        ),
        not_ready("job/db", objects![met()], "pending JobRunning", ""),
        not_ready(
            "job/db",
            objects![job("db").complete().namespace("elsewhere-job")],
            "pending NotFound",
            "",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_job_that_failed_for_good() {
    hold(vec![
        not_ready(
            "job/db",
            objects![job("db").failed_pods(4).failed("BackoffLimitExceeded")],
            "failed BackoffLimitExceeded",
            "job row-0/db: it has failed: Job has reached the specified backoff limit (BackoffLimitExceeded)",
        ),
        not_ready(
            "job/db",
            objects![job("db").failed("DeadlineExceeded")],
            "failed DeadlineExceeded",
            "longer than",
        ),
        not_ready(
            "job/db",
            objects![job("db").failure_target("PodFailurePolicy")],
            "failed PodFailurePolicy",
            "code 42",
        ),
        not_ready(
            "job/db",
            objects![job("db").condition("Failed", "True", "", "")],
            "failed JobFailed",
            "it has failed: JobFailed",
        ),
        not_ready(
            "job/db",
            objects![job("db").active(1).condition("Failed", "False", "", "")],
            "pending JobRunning",
            "",
        ),
        not_ready(
            "job/db",
            objects![job("db").failed("DeadlineExceeded").terminating()],
            "failed DeadlineExceeded",
            "",
        ),
    ])
    .await;
}

#[tokio::test]
async fn finished_job() {
    hold(vec![
        not_ready("job/db?for=finished", objects![], "pending NotFound", ""),
        not_ready("job/db?for=finished", objects![job("db")], "pending JobNotStarted", ""),
        not_ready("job/db?for=finished", objects![job("db").suspended()], "pending JobSuspended", ""),
        not_ready(
            "job/db?for=finished",
            objects![job("db").active(1).failed_pods(2)],
            "pending JobRunning",
            "",
        ),
        not_ready(
            "job/db?for=finished",
            objects![job("db").active(1).terminating()],
            "pending Terminating",
            "",
        ),
        not_ready(
            "job/db?for=finished",
            objects![job("db").failure_target("BackoffLimitExceeded")],
            "pending JobFailing",
            "its pods are being stopped",
        ),
        ready("job/db?for=finished", objects![job("db").complete()]),
        ready("job/db?for=finished", objects![job("db").failed("BackoffLimitExceeded")]),
    ])
    .await;
}

#[tokio::test]
async fn failed_job() {
    hold(vec![
        not_ready("job/db?for=failed", objects![], "pending NotFound", ""),
        not_ready("job/db?for=failed", objects![job("db")], "pending JobNotStarted", ""),
        not_ready("job/db?for=failed", objects![job("db").active(1)], "pending JobRunning", ""),
        not_ready("job/db?for=failed", objects![job("db").suspended()], "pending JobSuspended", ""),
        not_ready(
            "job/db?for=failed",
            objects![job("db").active(1).terminating()],
            "pending Terminating",
            "",
        ),
        not_ready(
            "job/db?for=failed",
            objects![job("db").failure_target("DeadlineExceeded")],
            "pending JobFailing",
            "",
        ),
        not_ready(
            "job/db?for=failed",
            objects![job("db").complete()],
            "failed JobComplete",
            "will not fail any more",
        ),
        ready("job/db?for=failed", objects![job("db").failed("DeadlineExceeded")]),
    ])
    .await;
}

#[tokio::test]
async fn sets_of_jobs() {
    let target = "job?selector=app=db";
    let of = |name: &str| job(name).label("app", "db");
    let failed = |name: &str| of(name).failed("BackoffLimitExceeded");
    hold(vec![
        not_ready(target, objects![], "pending NoMatch", "jobs in namespace row-0 with app=db"),
        ready(target, objects![of("a").complete(), of("b").complete()]),
        not_ready(target, objects![of("a").complete(), of("b").active(1)], "pending JobRunning", "1 of 2"),
        not_ready(target, objects![of("a").complete(), of("b").suspended()], "pending JobSuspended", ""),
        not_ready(target, objects![of("a").complete(), failed("b")], "failed BackoffLimitExceeded", "1 of 2"),
        // The one that runs may still make it.
        not_ready(
            "job?selector=app=db&min=1",
            objects![of("a").active(1), failed("b")],
            "pending JobRunning",
            "0 of 2",
        ),
        ready("job?selector=app=db&min=1", objects![of("a").complete(), failed("b")]),
        not_ready(
            "job?selector=app=db&min=1",
            objects![failed("a")],
            "failed BackoffLimitExceeded",
            "0 of 1",
        ),
        not_ready("job?selector=app=db&min=2", objects![of("a").complete()], "pending TooFew", "1 of 1"),
        // Not all of them are there yet: more may come.
        not_ready(
            "job?selector=app=db&min=3",
            objects![of("a").complete(), failed("b")],
            "pending TooFew",
            "1 of 2 are ready, 3 needed",
        ),
        ready("job?selector=app=db&for=finished", objects![of("a").complete(), failed("b")]),
        ready("job?selector=app=db&for=failed", objects![failed("a")]),
        not_ready("job?selector=app=db&for=failed", objects![of("a").complete()], "failed JobComplete", ""),
    ])
    .await;
}

fn work_queue() -> Job {
    job("db").active(1).succeeded_pods(2).with("/spec/completions", json!(null))
}

/// Its last pods are being stopped.
fn met() -> Job {
    job("db").active(1).condition("SuccessCriteriaMet", "True", "CompletionsReached", "")
}
