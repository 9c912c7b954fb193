//! What is asked of `/v1/check` and `/v1/wait`: [`Ask`], from a query or from a body.

use super::problem::Problem;
use k8s_wait_lib::target::{DurationText, is_dns_label, parse_duration};
use k8s_wait_lib::{Mode, Plan, Target};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::time::Duration;
use warp::http::StatusCode;

/// How long a wait is held unless it says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a wait is held at most.
const MAX_TIMEOUT: Duration = Duration::from_secs(3600);
/// How much of a wrong word is repeated.
const SHOWN_CHARS: usize = 64;
/// How much of serde's sentence about a wrong body is repeated.
const TOLD_CHARS: usize = 200;

/// A question. `timeout` and `token` mean nothing to a check.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Question"))]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    /// As many as `--max-targets` allows, which is 100 unless given.
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<super::openapi::words::Target>", length(min = 1)))]
    targets: Vec<String>,
    /// Of targets that name none; `default` unless given, with `--auth token` the caller's own.
    #[cfg_attr(feature = "openapi", schemars(with = "Option<super::openapi::words::Namespace>"))]
    namespace: Option<String>,
    /// How many of the targets it takes; `all` unless given.
    #[cfg_attr(feature = "openapi", schemars(with = "Option<super::openapi::words::Mode>"))]
    mode: Option<String>,
    /// How long a wait is held: 30s unless given, 1h at most.
    timeout: Option<Timeout>,
    /// Of an earlier answer, to go on with its wait.
    token: Option<String>,
}

/// Which of the two paths is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Check,
    Wait,
}

/// A duration, or a number of seconds.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "timeout is a duration like \"30s\" or a number of seconds")]
enum Timeout {
    Text(#[cfg_attr(feature = "openapi", schemars(with = "super::openapi::words::Duration"))] String),
    Seconds(
        #[cfg_attr(feature = "openapi", schemars(range(max = 3600)))]
        #[serde(deserialize_with = "whole")]
        u64,
    ),
}

/// To JSON 30.0 is as whole a number as 30, and some programs write all of theirs so.
fn whole<'de, D: Deserializer<'de>>(number: D) -> Result<u64, D::Error> {
    let number = f64::deserialize(number)?;
    match number >= 0.0 && number.fract() == 0.0 {
        true => Ok(number as u64),
        false => Err(D::Error::custom("it is no whole number")),
    }
}

/// From a query: `target=T&target=T&namespace=NS&mode=any`, and for a wait `timeout=30s&token=TOKEN`.
pub(super) fn from_query(path: Asked, query: &str) -> Result<Ask, Problem> {
    let mut ask = Ask::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if value.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Problem::bad(format!("parameter {} is not percent-encoded UTF-8", shown(&name))));
        }
        let value = value.into_owned();
        match &*name {
            "target" => ask.targets.push(value),
            "namespace" => once(&name, &mut ask.namespace, value)?,
            "mode" => once(&name, &mut ask.mode, value)?,
            "timeout" | "token" if path == Asked::Check => {
                let detail = format!(
                    "parameter {name} means nothing to a check, which is answered at once; /v1/wait has it"
                );
                return Err(Problem::bad(detail));
            }
            "timeout" => once(&name, &mut ask.timeout, Timeout::Text(value))?,
            "token" => once(&name, &mut ask.token, value)?,
            _ => return Err(unknown(path, &name)),
        }
    }
    Ok(ask)
}

fn unknown(path: Asked, name: &str) -> Problem {
    let known = match path {
        Asked::Check => "target, namespace, mode",
        Asked::Wait => "target, namespace, mode, timeout, token",
    };
    let name = shown(name);
    Problem::bad(format!(
        "parameter {name} is unknown; known are {known} (a & within a target is written %26)"
    ))
}

fn once<T>(name: &str, place: &mut Option<T>, value: T) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Problem::bad(format!("parameter {name} is given twice"))),
    }
}

/// What somebody wrote, for a sentence about it: between quotes, and not longer than it takes to be recognised.
fn shown(text: &str) -> String {
    match beginning(text, SHOWN_CHARS) {
        Some(head) => format!("{head:?}..."),
        None => format!("{text:?}"),
    }
}

/// The first characters of a text that has more of them.
fn beginning(text: &str, chars: usize) -> Option<&str> {
    text.char_indices().nth(chars).and_then(|(end, _)| text.get(..end))
}

/// From the JSON body of a POST: `{"targets":[...],"namespace":NS,"mode":"any","timeout":"30s","token":TOKEN}`.
///
/// It is the same for both paths, so that one body can be asked of either: what only a wait has is read, and means nothing
/// to a check.
pub(super) fn from_body(query: &str, content_type: Option<&str>, body: &[u8]) -> Result<Ask, Problem> {
    if !query.is_empty() {
        return Err(Problem::bad("a POST says everything in its body; it has no parameters"));
    }
    is_json(content_type)?;
    serde_json::from_slice(body).map_err(|error| {
        let example = r#"{"targets":["pod/web"],"namespace":"shop"}"#;
        let detail = format!("the body is not as expected ({}); an example is {example}", told(&error));
        Problem::bad(detail)
    })
}

/// serde's sentence repeats the name of a field that it does not know, which may be as long as the body.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match beginning(&text, TOLD_CHARS) {
        Some(head) => format!("{head}... at line {} column {}", error.line(), error.column()),
        None => text,
    }
}

fn is_json(content_type: Option<&str>) -> Result<(), Problem> {
    let refused = |detail| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    match content_type.map(|value| value.split(';').next().unwrap_or_default().trim()) {
        None => refused("there is no content type; send application/json".to_owned()),
        Some(media_type) if media_type.eq_ignore_ascii_case("application/json") => Ok(()),
        Some(other) => refused(format!("content type {} is not taken; send application/json", shown(other))),
    }
}

impl Ask {
    /// With which an earlier wait is to be taken up again.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// What to wait for, with every word of it understood; `most` targets are taken. `home` is the namespace of those that
    /// name none.
    pub(super) fn plan(&self, most: usize, home: Option<&str>) -> Result<Plan, Problem> {
        if self.targets.is_empty() {
            return Err(Problem::bad("there is no target; give at least one, as in target=pod/web"));
        }
        if self.targets.len() > most {
            let detail = format!("{} targets are over the limit of {most} for one wait", self.targets.len());
            return Err(Problem::bad(detail).over("max-targets"));
        }
        let targets = self.targets.iter().map(|text| text.parse::<Target>());
        let targets = targets.collect::<Result<_, _>>().map_err(|error| Problem::bad(error.to_string()))?;
        Ok(Plan {
            targets,
            namespace: self.namespace(home)?,
            mode: self.mode()?,
            timeout: Some(self.timeout()?),
        })
    }

    fn namespace(&self, home: Option<&str>) -> Result<String, Problem> {
        let namespace = self.namespace.as_deref().or(home).unwrap_or("default");
        match is_dns_label(namespace) {
            true => Ok(namespace.to_owned()),
            false => {
                let detail =
                    format!("namespace {} is no DNS label: up to 63 of a-z, 0-9 and -", shown(namespace));
                Err(Problem::bad(detail))
            }
        }
    }

    fn mode(&self) -> Result<Mode, Problem> {
        match self.mode.as_deref() {
            None | Some("all") => Ok(Mode::All),
            Some("any") => Ok(Mode::Any),
            Some(other) => Err(Problem::bad(format!("mode {} is unknown; it is all or any", shown(other)))),
        }
    }

    fn timeout(&self) -> Result<Duration, Problem> {
        let timeout = match &self.timeout {
            None => TIMEOUT,
            Some(Timeout::Seconds(seconds)) => Duration::from_secs(*seconds),
            Some(Timeout::Text(text)) => {
                parse_duration(text).map_err(|error| Problem::bad(format!("timeout: {error}")))?
            }
        };
        match timeout <= MAX_TIMEOUT {
            true => Ok(timeout),
            false => {
                let detail =
                    format!("timeout {} is over the limit of 1h; ask again for more", DurationText(timeout));
                Err(Problem::bad(detail))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Result<Plan, String> {
        from_query(Asked::Wait, text)
            .and_then(|ask| ask.plan(100, None))
            .map_err(|problem| problem.detail().to_owned())
    }

    fn body(text: &str) -> Result<Plan, String> {
        let ask = from_body("", Some("application/json; charset=utf-8"), text.as_bytes());
        ask.and_then(|ask| ask.plan(100, None)).map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn query_and_body_say_the_same() {
        let by_query = query(
            "target=pod%2Fweb%3Ffor%3Dready%26timeout%3D5s&target=job/x&namespace=shop&mode=any&timeout=60",
        );
        let by_body = body(
            r#"{"targets":["pod/web?for=ready&timeout=5s","job/x"],"namespace":"shop","mode":"any","timeout":60}"#,
        );
        assert_eq!(by_query, by_body);
        let in_other_digits = r#"{"targets":["pod/x"],"timeout":60.0}"#;
        assert_eq!(body(in_other_digits), body(&in_other_digits.replace("60.0", "60")));
        let plan = by_query.unwrap();
        assert_eq!((plan.mode, plan.timeout), (Mode::Any, Some(Duration::from_secs(60))));
        assert_eq!(plan.targets[0].to_string(), "pod/web?for=ready&timeout=5s");
    }

    #[test]
    fn bad_questions_get_one_sentence() {
        let cases = [
            (query(""), "there is no target"),
            (query("targets=pod/x"), "parameter \"targets\" is unknown"),
            (query("target=pod/x&mode=some"), "mode \"some\" is unknown; it is all or any"),
            (query("target=pod/x&namespace=Shop"), "namespace \"Shop\" is no DNS label"),
            (query("target=pod/x&timeout=soon"), "timeout: duration \"soon\""),
            (query("target=pod/x&timeout=2h"), "timeout 2h is over the limit of 1h"),
            (query("target=pod/x&timeout=1s&timeout=2s"), "parameter timeout is given twice"),
            (query("target=pod/x&token=a&token=b"), "parameter token is given twice"),
            (query("target=pod/x&x=1"), "known are target, namespace, mode, timeout, token (a &"),
            (query("target=%FF"), "parameter \"target\" is not percent-encoded UTF-8"),
            (query("target=pod/"), "pod/"),
            (body("{"), "the body is not as expected"),
            (body(r#"{"targets":[]}"#), "there is no target"),
            (body(r#"{"targets":["pod/x"],"timeout":-1}"#), "timeout is a duration like"),
            (body(r#"{"targets":["pod/x"],"timeout":0.5}"#), "timeout is a duration like"),
            (body(r#"{"targets":["pod/x"],"timeout":1e99}"#), "is over the limit of 1h"),
            (body(r#"{"targets":["pod/x"],"colour":1}"#), "unknown field `colour`"),
        ];
        for (answer, expected) in cases {
            let detail = answer.unwrap_err();
            assert!(detail.contains(expected), "{detail:?} lacks {expected:?}");
        }
        let many = "target=pod/x&".repeat(101);
        assert!(query(&many).unwrap_err().contains("101 targets are over the limit of 100"));
    }

    #[test]
    fn a_check_has_no_time() {
        for (text, expected) in [
            ("target=pod/x&timeout=1s", "parameter timeout means nothing to a check"),
            ("target=pod/x&token=a", "parameter token means nothing to a check"),
            ("target=pod/x&x=1", "known are target, namespace, mode (a &"),
        ] {
            let detail = from_query(Asked::Check, text).unwrap_err().detail().to_owned();
            assert!(detail.contains(expected), "{detail:?} lacks {expected:?}");
        }
    }

    #[test]
    fn only_json_is_taken() {
        let problem = from_body("", Some("text/plain"), b"{}").unwrap_err();
        assert_eq!(
            problem,
            Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content type \"text/plain\" is not taken; send application/json"
            )
        );
    }
}
