//! The connection to k8s-wait-server: [`Server::ask`].

use std::io::{BufReader, Read};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ureq::Agent;
use ureq::http::{Response, Uri, header};

use crate::agent::agent;
use crate::answer::{Answer, is_stream};
use crate::backoff::random;
use crate::bearer::TokenFile;
use crate::lookup::Lookup;
use crate::tls::Roots;
use crate::trouble::Trouble;
use crate::wire::{self, Ask, Closing, Word, follow};

/// The header that says which pod this is.
const POD: &str = "k8s-wait-pod";
/// The header that says what the requests of a run are called.
const REQUEST_ID: &str = "x-request-id";

/// How much of an answer that is no stream is read.
const LONGEST_BODY: u64 = 64 * 1024;

/// The bound of each phase of one attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) resolve: Duration,
    pub(crate) connect: Duration,
    pub(crate) send: Duration,
    /// Until the head of the answer is there: the server sends it at once, whatever it has to wait for.
    pub(crate) answer: Duration,
    /// Without a byte in the stream. The server sends a heartbeat every 10 s, so a connection whose other end
    /// is gone is noticed within 30 s.
    pub(crate) silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resolve: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            send: Duration::from_secs(10),
            answer: Duration::from_secs(10),
            silence: Duration::from_secs(25),
        }
    }
}

/// One k8s-wait-server.
pub(crate) struct Server {
    agent: Agent,
    endpoint: String,
    /// By what the requests of this run are known, here and in the server's log.
    id: String,
    bearer: Option<TokenFile>,
    pod: Option<String>,
    /// By which the server knows this wait again, from whichever answer it came last.
    token: Mutex<Option<String>>,
}

impl Server {
    /// The server at `url`, which has been checked.
    pub(crate) fn new(url: &str, roots: &Roots, limits: Limits) -> Self {
        let endpoint = format!("{}/v1/wait", url.trim_end_matches('/'));
        let lookup = Lookup::of(&Uri::from_str(url).unwrap_or_default());
        let agent = agent(lookup, roots, |config| {
            config
                .timeout_resolve(Some(limits.resolve))
                .timeout_connect(Some(limits.connect))
                .timeout_send_request(Some(limits.send))
                .timeout_send_body(Some(limits.send))
                .timeout_recv_response(Some(limits.answer))
                .timeout_per_read(Some(limits.silence))
        });
        let id = format!("{:08x}{:08x}", random(), random());
        Self { agent, endpoint, id, bearer: None, pod: None, token: Mutex::default() }
    }

    /// The same, which is told in which pod this is.
    pub(crate) fn of_pod(self, pod: Option<String>) -> Self {
        Self { pod, ..self }
    }

    /// The same, which is shown what the file holds.
    pub(crate) fn with_token(self, bearer: Option<TokenFile>) -> Self {
        Self { bearer, ..self }
    }

    /// Asks once and reads the answer to its end. `tell` gets each change while the answer is going on, and `close` how it
    /// ended, before the connection is closed: that takes longer than to act on the answer.
    pub(crate) fn ask<T>(&self, ask: &Ask, tell: impl FnMut(Word), close: impl FnOnce(Closing) -> T) -> T {
        log::debug!("POST {} {ask:?}, request {}", self.endpoint, self.id);
        match self.post(ask) {
            Ok(mut response) => close(self.read(&mut response, ask, tell)),
            Err(trouble) => close(Closing::lost(trouble)),
        }
    }

    fn post(&self, ask: &Ask) -> Result<Response<ureq::Body>, Trouble> {
        let mut request = self
            .agent
            .post(&self.endpoint)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/x-ndjson")
            .header(REQUEST_ID, &self.id);
        if let Some(pod) = &self.pod {
            request = request.header(POD, pod);
        }
        if let Some(bearer) = &self.bearer {
            let header = bearer.header().map_err(|complaint| Trouble::new("TokenNotRead", complaint))?;
            request = request.header(header::AUTHORIZATION, header);
        }
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        request.send(ask.body(token.as_deref())).map_err(|error| Trouble::of(&error))
    }

    fn read(&self, response: &mut Response<ureq::Body>, ask: &Ask, tell: impl FnMut(Word)) -> Closing {
        let status = response.status().as_u16();
        let content_type = text(response, header::CONTENT_TYPE).unwrap_or_default();
        log::debug!("HTTP {status} {content_type:?}");
        if is_stream(status, &content_type) {
            let reader = BufReader::with_capacity(4 * 1024, response.body_mut().as_reader());
            return follow(reader, ask, tell, |token| self.keep(token));
        }
        let retry_after = text(response, header::RETRY_AFTER);
        let body = beginning(response.body_mut());
        if let Some(token) = wire::token(&body) {
            self.keep(token);
        }
        Answer { status, content_type: &content_type, retry_after: retry_after.as_deref(), body: &body }
            .closing()
    }

    fn keep(&self, token: String) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
    }
}

fn text(response: &Response<ureq::Body>, name: header::HeaderName) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

/// As much of the body as there is: where it is cut off, its status still says enough.
fn beginning(body: &mut ureq::Body) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Err(error) = body.as_reader().take(LONGEST_BODY).read_to_end(&mut bytes) {
        log::debug!("the body of the answer broke off: {error}");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Mode;
    use std::io::Write;
    use std::net::TcpListener;

    fn ask() -> Ask {
        let targets = vec!["job/shop/migrate".to_owned()];
        Ask { targets, namespace: "shop".to_owned(), mode: Mode::All, timeout: Duration::from_secs(9) }
    }

    /// Serves `answer` to one connection, which stays open until the client has gone.
    fn stub(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // A client that never gives up fails its test instead of hanging in it.
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut request = vec![0; 64 * 1024];
            let read = stream.read(&mut request).unwrap();
            request.truncate(read);
            stream.write_all(answer.as_bytes()).unwrap();
            while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
            String::from_utf8(request).unwrap()
        });
        (url, served)
    }

    fn quick() -> Limits {
        Limits {
            answer: Duration::from_millis(150),
            silence: Duration::from_millis(150),
            ..Limits::default()
        }
    }

    fn lost(closing: Closing) -> Trouble {
        match closing {
            Closing::Lost { trouble, .. } => trouble,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_connection_that_falls_silent_is_given_up() {
        let (url, _served) = stub(
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n16\r\n{\"event\":\"heartbeat\"}\n\r\n",
        );
        let trouble =
            lost(Server::new(&url, &Roots::default(), quick()).ask(&ask(), |_| {}, |closing| closing));
        assert_eq!(trouble.reason, "Timeout");
        assert!(trouble.message.contains("fell silent"), "{}", trouble.message);
    }

    #[test]
    fn a_server_that_never_answers_is_given_up() {
        let (url, _served) = stub("");
        let trouble =
            lost(Server::new(&url, &Roots::default(), quick()).ask(&ask(), |_| {}, |closing| closing));
        assert_eq!(trouble.reason, "Timeout");
        assert!(trouble.message.contains("did not answer"), "{}", trouble.message);
    }

    #[test]
    fn the_limits_notice_a_half_open_connection_within_thirty_seconds() {
        let Limits { silence, answer, .. } = Limits::default();
        assert!(silence < Duration::from_secs(30) && answer < Duration::from_secs(30));
        assert!(silence > Duration::from_secs(20), "two heartbeats of the server fit in");
    }

    #[test]
    fn a_redirect_is_not_followed() {
        let (url, _served) =
            stub("HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(
            lost(Server::new(&url, &Roots::default(), quick()).ask(&ask(), |_| {}, |closing| closing)).reason,
            "NotAServer"
        );
    }

    #[test]
    fn what_is_sent_is_a_post_to_v1_wait_below_the_servers_path() {
        let (url, served) = stub("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");
        let server = Server::new(&format!("{url}/wait/"), &Roots::default(), quick());
        lost(server.of_pod(Some("web-0".to_owned())).ask(&ask(), |_| {}, |closing| closing));
        let request = served.join().unwrap().to_lowercase();
        assert!(request.starts_with("post /wait/v1/wait http/1.1\r\n"), "{request}");
        let headers =
            ["content-type: application/json", "accept: application/x-ndjson", "k8s-wait-pod: web-0"];
        for header in headers.map(|header| format!("{header}\r\n")) {
            assert!(request.contains(&header), "{header} in {request}");
        }
        let (_, id) = request.split_once("x-request-id: ").unwrap();
        let id = id.split("\r\n").next().unwrap();
        assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }
}
