//! HTTP: [`HttpCheck`].

#[cfg(feature = "https")]
use super::tls::Tls;
use super::{Attempt, Reach, kind};
use crate::check::{Check, Evaluation, Kind, Request};
use crate::watch::Watches;
use crate::{TargetError, Verdict};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use http::{Response, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use k8s_wait_target::{Address, Statuses, Subject, Target};
use std::error::Error;
use std::pin::pin;
use tokio::io::{AsyncRead, AsyncWrite};

/// How much of a body is searched for a text.
const LONGEST_BODY: usize = 1024 * 1024;
/// The longest header of an answer.
const LONGEST_HEADER: usize = 64 * 1024;

/// `http://...`, ready when the response has a status that is accepted and a body that holds a text.
///
/// Redirects are not followed, so that nothing is connected to that was not asked for: what they answer is a status like
/// any other. Each attempt has a connection of its own.
pub struct HttpCheck {
    kind: Kind,
    reach: Reach,
    #[cfg(feature = "https")]
    tls: Option<Tls>,
}

impl HttpCheck {
    /// `http://` within reach.
    pub fn new(reach: Reach) -> Self {
        Self {
            kind: kind("http", "answered", &["status", "contains"]),
            reach,
            #[cfg(feature = "https")]
            tls: None,
        }
    }

    /// `https://` within reach. Certificates are verified with the system's roots, or those in SSL_CERT_FILE or
    /// SSL_CERT_DIR, which are read once.
    #[cfg(feature = "https")]
    pub fn https(reach: Reach) -> Self {
        Self { kind: kind("https", "answered", &["status", "contains"]), reach, tls: Some(Tls::default()) }
    }

    fn url(&self, target: &Target) -> Result<Uri, TargetError> {
        let scheme = &self.kind.name;
        let Subject::Address(Address::Http { url, .. }) = target.subject() else {
            return Err(TargetError::option(target, format!("a URL is written {scheme}://HOST[:PORT]/PATH")));
        };
        url.parse().map_err(|error| TargetError::option(target, format!("that is no URL ({error})")))
    }
}

impl Check for HttpCheck {
    fn kind(&self) -> &Kind {
        &self.kind
    }

    fn parse(&self, target: &Target) -> Result<Box<dyn Request>, TargetError> {
        self.kind.state(target)?;
        let url = self.url(target)?;
        let options = target.options();
        Ok(Box::new(HttpRequest {
            attempt: Attempt::of(target, format!("GET {url}"))?,
            status: options.status.clone().unwrap_or_default(),
            contains: options.contains.clone(),
            reach: self.reach.clone(),
            #[cfg(feature = "https")]
            tls: self.tls.clone(),
            url,
        }))
    }
}

struct HttpRequest {
    url: Uri,
    attempt: Attempt,
    status: Statuses,
    contains: Option<String>,
    reach: Reach,
    #[cfg(feature = "https")]
    tls: Option<Tls>,
}

#[async_trait]
impl Request for HttpRequest {
    async fn evaluate(&mut self, _: &Watches) -> Evaluation {
        self.attempt.make("no whole answer", self.get()).await
    }
}

impl HttpRequest {
    async fn get(&self) -> Result<(), Verdict> {
        // An IPv6 address stands in brackets.
        let host = self.url.host().unwrap_or_default().trim_matches(['[', ']']);
        #[cfg(feature = "https")]
        if let Some(tls) = &self.tls {
            let stream = self.reach.connect(host, self.url.port_u16().unwrap_or(443)).await?;
            return self.ask(tls.secure(host, stream).await?).await;
        }
        self.ask(self.reach.connect(host, self.url.port_u16().unwrap_or(80)).await?).await
    }

    async fn ask(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin) -> Result<(), Verdict> {
        let mut http = http1::Builder::new();
        http.max_buf_size(LONGEST_HEADER);
        let (mut sender, connection) = http.handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let mut exchange = pin!(async {
            let request = self.request().map_err(|error| Verdict::pending("NotHttp", error.to_string()))?;
            self.judge(sender.send_request(request).await.map_err(broken)?).await
        });
        tokio::select! {
            outcome = &mut exchange => outcome,
            // All there was has come, or the reason why not.
            _ = connection => exchange.await,
        }
    }

    fn request(&self) -> http::Result<http::Request<Empty<Bytes>>> {
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let host = self.url.authority().map_or("", |authority| authority.as_str());
        http::Request::get(path)
            .header(HOST, host)
            .header(USER_AGENT, concat!("k8s-wait/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "*/*")
            .header(CONNECTION, "close")
            .body(Empty::new())
    }

    async fn judge(&self, response: Response<Incoming>) -> Result<(), Verdict> {
        let status = response.status().as_u16();
        if !self.status.contains(status) {
            let message = format!("status {status} where {} is wanted", self.status);
            return Err(Verdict::pending("UnexpectedStatus", message));
        }
        match &self.contains {
            Some(text) => search(response.into_body(), text).await,
            None => Ok(()),
        }
    }
}

/// Reads until the text has come, for many a body has no end.
async fn search(mut body: Incoming, text: &str) -> Result<(), Verdict> {
    let missing = |what| Err(Verdict::pending("TextNotFound", format!("{what} not contain {text:?}")));
    let (mut read, mut tail) = (0, Vec::<u8>::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        let data = data.slice(..data.len().min(LONGEST_BODY - read));
        read += data.len();
        tail.extend_from_slice(&data);
        if text.is_empty() || tail.windows(text.len()).any(|window| window == text.as_bytes()) {
            return Ok(());
        }
        if read >= LONGEST_BODY {
            return missing("the first 1 MiB of the body do");
        }
        // The text may have begun in what has come.
        tail.drain(..tail.len().saturating_sub(text.len()));
    }
    missing("the body does")
}

fn broken(error: hyper::Error) -> Verdict {
    let mut root: &dyn Error = &error;
    while let Some(source) = root.source() {
        root = source;
    }
    match error.is_parse() || error.is_parse_too_large() {
        true => Verdict::pending("NotHttp", format!("what answers does not speak HTTP: {root}")),
        false => Verdict::pending("NotConnected", format!("the connection broke off: {root}")),
    }
}
