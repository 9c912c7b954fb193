//! Errors as `application/problem+json` (RFC 9457): [`Problem`].

use crate::auth::Doubt;
use k8s_wait_lib::TargetError;
use serde::Serialize;
use std::sync::Arc;
use warp::http::StatusCode;
use warp::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use warp::reject::{LengthRequired, PayloadTooLarge};
use warp::reply::Response;
use warp::{Rejection, Reply};

/// Why there is no answer, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    /// Seconds.
    retry_after: Option<u32>,
    /// The methods that the path has.
    allow: Option<&'static str>,
    /// How to say who one is.
    challenge: Option<&'static str>,
    limit: Option<Limit>,
}

/// The limit that kept somebody out, by its flag where it has one. It goes with the response to those who count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) &'static str);

/// What a problem says. It goes with the response to those who write the log.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(pub(crate) Arc<str>);

/// After how many seconds it may be known who asks.
const RETRY_SECONDS: u32 = 2;

/// The kinds that are there with `--allow-network` only.
const NETWORK: [&str; 4] = ["tcp", "http", "https", "dns"];

/// Why there is no answer (RFC 9457).
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Problem"))]
pub(super) struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    /// One sentence for people.
    detail: &'a str,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after: None, allow: None, challenge: None, limit: None }
    }

    /// The same, because of this limit.
    pub(super) fn over(self, flag: &'static str) -> Self {
        Self { limit: Some(Limit(flag)), ..self }
    }

    /// 400: what was asked makes no sense.
    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 503: come back later.
    pub(super) fn busy(detail: impl Into<String>, retry_after: u32) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// 503: the server ends; whoever asks again finds another one.
    pub(super) fn stopping() -> Self {
        Self::busy("the server is stopping; ask again", 1)
    }

    /// 429: so many requests in a second are too many from one address.
    pub(super) fn too_many(rate: u32) -> Self {
        let detail = format!("more than {rate} requests in a second came from this address; try again");
        let problem = Self { retry_after: Some(1), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) };
        problem.over("max-requests-per-second")
    }

    /// 403: the caller is known, and may not ask this.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// 500: it is nobody's fault but the server's.
    pub(super) fn failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// 404.
    pub(super) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such path")
    }

    /// What warp refused about a path that has these methods, and takes bodies of so many bytes, by
    /// a limit of that name. Of several rejections, one
    /// for each method, a wrong method says least and comes last.
    pub(super) fn refused(
        rejection: &Rejection,
        methods: &'static str,
        (body_bytes, limit): (u64, &'static str),
    ) -> Self {
        if rejection.find::<PayloadTooLarge>().is_some() {
            let detail = format!("the body is over the limit of {body_bytes} bytes");
            Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail).over(limit)
        } else if rejection.find::<LengthRequired>().is_some() {
            let detail = "a body needs a Content-Length header; chunks are not taken";
            Self::new(StatusCode::LENGTH_REQUIRED, detail)
        } else {
            // Nothing else is refused: headers and queries are taken as they come.
            let detail = format!("this path does not have this method; it has {methods}");
            Self { allow: Some(methods), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, detail) }
        }
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

impl From<Doubt> for Problem {
    /// 401 for who shows no good token, 403 for who is nobody that may ask, and 503 where it cannot be told.
    fn from(doubt: Doubt) -> Self {
        let unauthorized = |challenge| Self {
            challenge: Some(challenge),
            ..Self::new(StatusCode::UNAUTHORIZED, doubt.to_string())
        };
        match &doubt {
            Doubt::NoToken => unauthorized("Bearer realm=\"k8s-wait\""),
            Doubt::BadToken(_) => unauthorized("Bearer realm=\"k8s-wait\", error=\"invalid_token\""),
            Doubt::NoAccount(_) => Self::forbidden(doubt.to_string()),
            Doubt::Unreviewed(_) => Self::busy(doubt.to_string(), RETRY_SECONDS),
            Doubt::NoTurn => Self::busy(doubt.to_string(), RETRY_SECONDS).over("reviews"),
        }
    }
}

impl From<TargetError> for Problem {
    fn from(error: TargetError) -> Self {
        match &error {
            TargetError::UnknownKind { target, kind, .. } if NETWORK.contains(&kind.as_str()) => {
                let detail = format!(
                    "target {target:?}: this server connects nowhere itself; k8s-wait-client probes {kind} targets \
                     itself, and --allow-network lets the server do it"
                );
                Self::new(StatusCode::NOT_FOUND, detail)
            }
            TargetError::UnknownKind { .. } => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            _ => Self::bad(error.to_string()),
        }
    }
}

impl Reply for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: &self.detail,
        };
        let mut response = warp::reply::with_status(warp::reply::json(&body), self.status).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(methods));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(limit) = self.limit {
            response.extensions_mut().insert(limit);
        }
        response.extensions_mut().insert(Refusal(self.detail.into()));
        response
    }
}
