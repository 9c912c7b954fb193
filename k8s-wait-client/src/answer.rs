//! What an HTTP answer that is no stream means: [`Answer::closing`].

use std::time::Duration;

use serde::Deserialize;

use crate::trouble::Trouble;
use crate::wire::{self, Closing};

/// The parts of an HTTP answer on which its meaning hangs.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) content_type: &'a str,
    pub(crate) retry_after: Option<&'a str>,
    /// The beginning of the body; what is cut off is only ever part of a message.
    pub(crate) body: &'a [u8],
}

/// The part of `application/problem+json` (RFC 9457) that is for people.
#[derive(Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

/// Whether the answer is the stream that was asked for.
pub(crate) fn is_stream(status: u16, content_type: &str) -> bool {
    status == 200 && is_media_type(content_type, "application/x-ndjson")
}

impl Answer<'_> {
    /// How the attempt ended, then.
    ///
    /// Only the server itself speaks `application/problem+json`. The same status without it comes from
    /// something in between (an ingress, a mesh, another program at that address), and passes when that does.
    pub(crate) fn closing(&self) -> Closing {
        match self.status {
            401 | 403 => Closing::Refused(self.sentence()),
            429 | 500..=599 => self.busy(),
            400 | 404 | 405 | 411 | 413 | 414 | 415 | 431 if self.problem().is_some() => {
                Closing::Rejected(self.sentence())
            }
            _ => Closing::lost(Trouble::new("NotAServer", self.stranger())),
        }
    }

    fn busy(&self) -> Closing {
        let retry_after = self.retry_after.and_then(seconds);
        match wire::pending(self.body) {
            Some(told) if self.status == 503 => Closing::Pending { told, retry_after },
            _ => {
                let reason =
                    if self.status == 429 || self.status == 503 { "ServerBusy" } else { "ServerError" };
                Closing::Lost { trouble: Trouble::new(reason, self.sentence()), retry_after }
            }
        }
    }

    fn stranger(&self) -> String {
        let kind = if self.content_type.is_empty() { "nothing" } else { self.content_type };
        let plain = is_media_type(self.content_type, "text/plain").then(|| first_line(self.body)).flatten();
        let said = plain.map(|line| format!(": {line}")).unwrap_or_default();
        format!("what answers there is not k8s-wait-server: HTTP {} with {kind}{said}", self.status)
    }

    fn sentence(&self) -> String {
        let said = match self.problem() {
            Some(problem) => problem.detail.or(problem.title),
            None => first_line(self.body),
        };
        match said {
            Some(said) => format!("{said} (HTTP {})", self.status),
            None => format!("HTTP {}", self.status),
        }
    }

    fn problem(&self) -> Option<Problem> {
        let is_problem = is_media_type(self.content_type, "application/problem+json");
        is_problem.then(|| serde_json::from_slice(self.body).ok()).flatten()
    }
}

fn first_line(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(200).collect())
}

/// `Retry-After` in seconds. Its other form, a date, needs a clock that agrees with the server's.
fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}

fn is_media_type(content_type: &str, wanted: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBLEM: &str =
        r#"{"type":"about:blank","title":"Bad target","status":400,"detail":"kind \"pot\" is unknown"}"#;

    fn closing(status: u16, content_type: &str, body: &str) -> Closing {
        Answer { status, content_type, retry_after: None, body: body.as_bytes() }.closing()
    }

    fn reason(closing: &Closing) -> &str {
        match closing {
            Closing::Lost { trouble, .. } => trouble.reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_problem_of_the_question_ends_the_wait_with_the_servers_sentence() {
        for status in [400, 404, 405, 411, 413, 414, 415, 431] {
            let detail = format!("kind \"pot\" is unknown (HTTP {status})");
            assert_eq!(
                closing(status, "application/problem+json", PROBLEM),
                Closing::Rejected(detail.clone())
            );
            assert_eq!(
                closing(status, "Application/Problem+JSON; charset=utf-8", PROBLEM),
                Closing::Rejected(detail)
            );
        }
    }

    #[test]
    fn the_same_from_something_else_is_tried_again() {
        let page = "<html>no such page</html>";
        for status in [200, 204, 302, 400, 404, 405, 424, 431] {
            let closing = closing(status, "text/html", page);
            assert_eq!(reason(&closing), "NotAServer", "{status}");
        }
        assert_eq!(reason(&closing(404, "application/problem+json", page)), "NotAServer");
        assert_eq!(reason(&closing(404, "", "")), "NotAServer");
    }

    #[test]
    fn a_sentence_of_something_else_is_passed_on() {
        let said = "this port speaks https\nmore";
        let Closing::Lost { trouble, .. } = closing(400, "text/plain; charset=utf-8", said) else {
            panic!("it is tried again")
        };
        assert_eq!(
            trouble,
            Trouble::new(
                "NotAServer",
                "what answers there is not k8s-wait-server: HTTP 400 with text/plain; charset=utf-8: this port speaks https"
            )
        );
    }

    #[test]
    fn a_refusal_is_a_refusal_whoever_says_it() {
        let rows = [
            (401, "application/problem+json", PROBLEM, "kind \"pot\" is unknown (HTTP 401)"),
            (403, "text/plain", "\n RBAC: access denied\nmore", "RBAC: access denied (HTTP 403)"),
            (403, "", "", "HTTP 403"),
        ];
        for (status, content_type, body, sentence) in rows {
            assert_eq!(closing(status, content_type, body), Closing::Refused(sentence.to_owned()));
        }
    }

    #[test]
    fn a_busy_or_broken_server_is_tried_again_when_it_says() {
        for (status, word) in
            [(429, "ServerBusy"), (503, "ServerBusy"), (500, "ServerError"), (502, "ServerError")]
        {
            assert_eq!(reason(&closing(status, "text/plain", "no")), word);
        }
        for (header, pause) in
            [("7", Some(7)), (" 0 ", Some(0)), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)]
        {
            let answer = Answer { status: 503, content_type: "", retry_after: Some(header), body: b"" };
            let Closing::Lost { retry_after, .. } = answer.closing() else { panic!("{header}") };
            assert_eq!(retry_after, pause.map(Duration::from_secs), "{header}");
        }
    }

    #[test]
    fn a_503_that_says_pending_is_an_answer() {
        let body = r#"{"verdict":"pending","targets":[{"target":"job/a/b","verdict":"pending","reason":"NotFound"}]}"#;
        let answer = Answer {
            status: 503,
            content_type: "application/json",
            retry_after: Some("1"),
            body: body.as_bytes(),
        };
        let Closing::Pending { told, retry_after } = answer.closing() else { panic!("not pending") };
        assert_eq!((told.len(), retry_after), (1, Some(Duration::from_secs(1))));
        assert_eq!(reason(&closing(500, "application/json", body)), "ServerError");
    }

    #[test]
    fn only_200_with_ndjson_is_a_stream() {
        assert!(is_stream(200, "application/x-ndjson"));
        assert!(is_stream(200, "application/x-ndjson; charset=utf-8"));
        assert!(!is_stream(200, "application/json"));
        assert!(!is_stream(206, "application/x-ndjson"));
        assert!(!is_stream(200, ""));
    }
}
