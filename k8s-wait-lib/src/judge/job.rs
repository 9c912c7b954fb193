//! Jobs: [`complete`], [`finished`], [`failed`].
//!
//! Decided by conditions alone. Counts of pods say nothing final: a pod that failed may be retried, and a job with no
//! pod at all may be suspended, held back by a quota, or just made.

use super::behind::{Behind, Pods, PodsOf};
use super::cause::Failed;
use super::{absent, terminating};
use crate::Verdict;
use crate::object::Job;
use k8s_wait_target::Min;

/// Condition Complete is True. Condition Failed or FailureTarget is True: failed, with its reason.
pub fn complete(job: Option<&Job>) -> Verdict {
    match job {
        None => absent(),
        Some(job) if job.is_complete => Verdict::Ready,
        Some(job) => match job.failure.as_ref().or(job.failure_target.as_ref()) {
            Some((reason, message)) => failure(reason, message),
            None => underway(job),
        },
    }
}

/// The pods of a job. Each one that runs is needed, since nobody else does its part; those that have failed are what
/// the job has come to so far.
pub fn pods<'a>(_: &'a Job, _: &str, _: Option<Min>) -> Option<Behind<'a>> {
    Some(Behind::Pods(Pods { failed: Failed::Told, ..Pods::some(PodsOf::Controlled, 1, 1) }))
}

/// Condition Complete or Failed is True. FailureTarget is not the end: pods are still being stopped.
pub fn finished(job: Option<&Job>) -> Verdict {
    match job {
        None => absent(),
        Some(job) if job.is_complete || job.failure.is_some() => Verdict::Ready,
        Some(job) => underway(job),
    }
}

/// Condition Failed is True. A job that is complete never fails: failed.
pub fn failed(job: Option<&Job>) -> Verdict {
    match job {
        None => absent(),
        Some(job) if job.failure.is_some() => Verdict::Ready,
        Some(job) if job.is_complete => {
            Verdict::failed("JobComplete", "it is complete and will not fail any more")
        }
        Some(job) => underway(job),
    }
}

fn failure(reason: &str, message: &str) -> Verdict {
    let reason = if reason.is_empty() { "JobFailed" } else { reason };
    match message {
        "" => Verdict::failed(reason.to_owned(), format!("it has failed: {reason}")),
        _ => Verdict::failed(reason.to_owned(), format!("it has failed: {message} ({reason})")),
    }
}

fn underway(job: &Job) -> Verdict {
    match job {
        _ if job.meta.is_terminating => terminating(),
        _ if job.failure_target.is_some() => {
            Verdict::pending("JobFailing", "it has failed and its pods are being stopped")
        }
        _ if job.is_suspended => Verdict::pending("JobSuspended", "it is suspended"),
        _ if !job.has_started => Verdict::pending("JobNotStarted", "it has not started"),
        _ => Verdict::pending("JobRunning", progress(job)),
    }
}

fn progress(job: &Job) -> String {
    let mut text = format!("{} active, {}", job.active, job.succeeded);
    if let Some(completions) = job.completions {
        text.push_str(&format!(" of {completions}"));
    }
    text.push_str(" succeeded");
    if job.failed > 0 {
        text.push_str(&format!(", {} failed", job.failed));
    }
    text
}
