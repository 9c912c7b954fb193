//! What is known about one target: [`Finding`].

use serde::{Deserialize, Serialize};

/// The answer of a check. Whatever a newer server may call it, what is not known here is [`Pending`]:
/// unsure is never ready.
///
/// [`Pending`]: Verdict::Pending
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// What was asked for is true now.
    Ready,
    /// Waiting cannot help.
    Failed,
    /// Not yet; waiting may help.
    #[serde(other)]
    Pending,
}

impl Verdict {
    /// The word of the wire format, of the text and of the JSON output.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Pending => "pending",
        }
    }
}

/// A verdict with its reason (CamelCase, stable) and its message (one sentence for a person).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) verdict: Verdict,
    pub(crate) reason: Option<String>,
    pub(crate) message: Option<String>,
}

impl Finding {
    /// Ready, which needs no reason.
    pub(crate) fn ready() -> Self {
        Self { verdict: Verdict::Ready, reason: None, message: None }
    }

    /// Not yet, because of `reason`.
    pub(crate) fn pending(reason: &str, message: String) -> Self {
        Self { verdict: Verdict::Pending, reason: Some(reason.to_owned()), message: Some(message) }
    }

    /// Never, because of `reason`.
    pub(crate) fn failed(reason: &str, message: String) -> Self {
        Self { verdict: Verdict::Failed, reason: Some(reason.to_owned()), message: Some(message) }
    }

    /// Whether the answer is ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.verdict == Verdict::Ready
    }

    /// Whether a person would call the two the same news: a message alone changes all the time
    /// ("1 of 3", "2 of 3"), so it is not.
    pub(crate) fn is_same_news(&self, other: &Self) -> bool {
        self.verdict == other.verdict && self.reason == other.reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_verdict_is_pending() {
        for (text, verdict) in [
            ("\"ready\"", Verdict::Ready),
            ("\"failed\"", Verdict::Failed),
            ("\"pending\"", Verdict::Pending),
            ("\"paused\"", Verdict::Pending),
        ] {
            assert_eq!(serde_json::from_str::<Verdict>(text).unwrap(), verdict, "{text}");
        }
    }

    #[test]
    fn a_message_alone_is_no_news() {
        let one = Finding::pending("JobRunning", "1 active".to_owned());
        assert!(one.is_same_news(&Finding::pending("JobRunning", "2 active".to_owned())));
        assert!(!one.is_same_news(&Finding::pending("JobSuspended", "1 active".to_owned())));
        assert!(!one.is_same_news(&Finding::failed("JobRunning", "1 active".to_owned())));
    }
}
