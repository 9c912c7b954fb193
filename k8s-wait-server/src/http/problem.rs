//! Errors as `application/problem+json` (RFC 9457): [`Problem`].

use super::ask::BODY_BYTES;
use k8s_wait_lib::TargetError;
use serde::Serialize;
use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use warp::reject::{LengthRequired, MethodNotAllowed, PayloadTooLarge};
use warp::reply::Response;
use warp::{Rejection, Reply};

/// Why there is no answer, in one sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    /// Seconds.
    retry_after: Option<u32>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after: None }
    }

    /// 400: what was asked makes no sense.
    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 503: come back later.
    pub(super) fn busy(detail: impl Into<String>, retry_after: u32) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

impl From<TargetError> for Problem {
    fn from(error: TargetError) -> Self {
        let status = match error {
            TargetError::UnknownKind { .. } => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

impl From<Rejection> for Problem {
    /// Of several rejections, one for each route that did not fit, a wrong method says least and comes last.
    fn from(rejection: Rejection) -> Self {
        if rejection.find::<PayloadTooLarge>().is_some() {
            let detail = format!("the body is over the limit of {BODY_BYTES} bytes");
            Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        } else if rejection.find::<LengthRequired>().is_some() {
            Self::new(
                StatusCode::LENGTH_REQUIRED,
                "a body needs a Content-Length header; chunks are not taken",
            )
        } else if rejection.find::<MethodNotAllowed>().is_some() {
            Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "this path does not have this method; use GET, or POST where a body is taken",
            )
        } else if rejection.is_not_found() {
            Self::new(StatusCode::NOT_FOUND, "there is no such path")
        } else {
            // The rest are headers and bodies that cannot be read.
            Self::bad(format!("the request cannot be read: {rejection:?}"))
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
        response
    }
}
