//! Why a watch went down, and what that means for those who wait: [`Failure`].

use crate::CheckError;
use kube::core::Status;
use kube::runtime::watcher;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The longest that an API server may ask us to stay away.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// Why a watch went down.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error from kube's watcher.
    Watch(Box<watcher::Error>),
    /// The list brought nothing for so long.
    Stalled(Duration),
    /// The list was begun anew before it was whole.
    Unfinished,
    /// The watcher's stream ended, which it never does.
    Ended,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Watch(error) => match self.status() {
                Some(status) => write!(f, "{} {}: {}", status.code, status.reason, status.message),
                None => f.write_str(&root(error.as_ref())),
            },
            Self::Stalled(after) => write!(f, "no answer to the list within {} s", after.as_secs()),
            Self::Unfinished => f.write_str("the list did not come to an end"),
            Self::Ended => f.write_str("the watch ended"),
        }
    }
}

impl From<watcher::Error> for Failure {
    fn from(error: watcher::Error) -> Self {
        Self::Watch(Box::new(error))
    }
}

/// The innermost cause says what happened ("connection refused"), the outermost what we were about to do.
pub(super) fn root(error: &(dyn Error + 'static)) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    match is_own_deadline(root) {
        true => "the API server does not answer in time".to_owned(),
        false => root.to_string(),
    }
}

/// The HTTP stack's own limits say no more than that a deadline has elapsed; the system's errors say which one.
fn is_own_deadline(error: &(dyn Error + 'static)) -> bool {
    let is_timeout = |error: &std::io::Error| {
        error.kind() == std::io::ErrorKind::TimedOut && error.raw_os_error().is_none()
    };
    error.is::<tokio::time::error::Elapsed>() || error.downcast_ref().is_some_and(is_timeout)
}

impl Failure {
    /// Might another way of listing do better? A server without streaming lists refuses them (422), ignores them
    /// (silence, or no end), or fails over them (500, on an old etcd).
    pub(crate) fn blames_the_list(&self) -> bool {
        match self {
            Self::Watch(_) => self.status().is_some_and(|s| matches!(s.code, 400 | 422 | 500..=599)),
            Self::Stalled(_) | Self::Unfinished => true,
            Self::Ended => false,
        }
    }

    /// Has a streaming list been answered as by an API server that has none: 422, or 500 on an old etcd?
    pub(crate) fn refuses_streaming(&self) -> bool {
        self.code().is_some_and(|code| matches!(code, 400 | 422 | 500)) && self.asked_for().is_zero()
    }

    /// How long to stay away: `backoff`, or longer if the API server asks for it.
    pub(crate) fn delay(&self, backoff: Duration) -> Duration {
        backoff.max(self.asked_for().min(MAX_RETRY_AFTER))
    }

    fn asked_for(&self) -> Duration {
        let details = self.status().and_then(|status| status.details.as_ref());
        Duration::from_secs(details.map_or(0, |details| u64::from(details.retry_after_seconds)))
    }

    /// What those who wait are told. `is_passing`: a 403 may still be a passing one.
    pub(crate) fn as_check_error(&self, resource: &str, is_passing: bool) -> CheckError {
        let resource = resource.to_owned();
        match self.forbidden_verb() {
            Some(verb) if !is_passing => CheckError::Forbidden { verb, resource },
            _ => CheckError::Unavailable { resource, error: self.to_string() },
        }
    }

    /// Is it for want of a right?
    pub(crate) fn is_refusal(&self) -> bool {
        self.forbidden_verb().is_some()
    }

    /// The API server's status code; `None` where there was no answer, or it broke off.
    pub(crate) fn code(&self) -> Option<u16> {
        self.status().map(|status| status.code)
    }

    fn forbidden_verb(&self) -> Option<&'static str> {
        self.status().filter(|status| status.code == 403)?;
        match self {
            Self::Watch(error) if matches!(**error, watcher::Error::InitialListFailed(_)) => Some("list"),
            _ => Some("watch"),
        }
    }

    fn status(&self) -> Option<&Status> {
        let Self::Watch(error) = self else { return None };
        match error.as_ref() {
            watcher::Error::WatchError(status) => Some(status),
            watcher::Error::InitialListFailed(kube::Error::Api(status))
            | watcher::Error::WatchStartFailed(kube::Error::Api(status))
            | watcher::Error::WatchFailed(kube::Error::Api(status)) => Some(status),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16, wrap: fn(kube::Error) -> watcher::Error) -> Failure {
        let status = Status { code, ..Status::failure("no", "Reason") };
        Failure::Watch(Box::new(wrap(kube::Error::Api(Box::new(status)))))
    }

    #[test]
    fn a_missing_right_is_told_by_its_verb() {
        let told = |wrap, is_passing| refused(403, wrap).as_check_error("pods", is_passing);
        let forbidden = |verb| CheckError::Forbidden { verb, resource: "pods".into() };
        assert_eq!(told(watcher::Error::InitialListFailed, false), forbidden("list"));
        assert_eq!(told(watcher::Error::WatchStartFailed, false), forbidden("watch"));
        assert!(matches!(told(watcher::Error::WatchStartFailed, true), CheckError::Unavailable { .. }));
    }

    #[test]
    fn every_other_answer_is_pending() {
        for code in [401, 404, 410, 422, 429, 500, 503, 504] {
            let error = refused(code, watcher::Error::InitialListFailed).as_check_error("pods", false);
            assert!(matches!(error, CheckError::Unavailable { .. }), "{code}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_has_elapsed_is_told_as_an_answer_that_did_not_come() {
        let elapsed = tokio::time::timeout(Duration::ZERO, std::future::pending::<()>()).await.unwrap_err();
        let timed_out = std::io::Error::new(std::io::ErrorKind::TimedOut, "deadline has elapsed");
        let by_the_system = std::io::Error::from_raw_os_error(110);
        for error in [&elapsed as &(dyn Error + 'static), &timed_out] {
            assert_eq!(root(error), "the API server does not answer in time");
        }
        assert_eq!(root(&by_the_system), by_the_system.to_string());
    }

    #[test]
    fn the_api_server_may_ask_for_patience_but_not_for_ever() {
        let mut status = Status { code: 429, ..Status::failure("slow down", "TooManyRequests") };
        let mut delay = |seconds| {
            let details = serde_json::from_value(serde_json::json!({"retryAfterSeconds": seconds})).unwrap();
            status.details = Some(details);
            let failure = Failure::Watch(Box::new(watcher::Error::WatchError(Box::new(status.clone()))));
            failure.delay(Duration::from_secs(2)).as_secs()
        };
        assert_eq!((delay(0), delay(7), delay(3600)), (2, 7, 30));
    }
}
