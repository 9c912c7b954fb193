//! The real client's own probes of `http://` and `dns://` targets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests may, and are no API"
)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use support::{Answer, Port, Stub, client, done, eventually};

/// A web server that gives its answers in turn, the last one again and again, and remembers the requests.
struct Web {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Web {
    fn new(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let number = {
                    let mut heard = heard.lock().unwrap();
                    heard.push(head(&mut stream));
                    heard.len() - 1
                };
                let answer = answers[number.min(answers.len() - 1)];
                thread::spawn(move || serve(stream, answer));
            }
        });
        Self { address, requests }
    }

    /// The target with this path and these options.
    fn target(&self, rest: &str) -> String {
        format!("http://{}{rest}", self.address)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Answers, and leaves the connection open where the answer has no end.
fn serve(mut stream: TcpStream, answer: &str) {
    stream.write_all(answer.as_bytes()).unwrap();
    while !answer.contains("content-length") && stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nall is well";
const BROKEN: &str = "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";
const MOVED: &str = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
const ENDLESS: &str = "HTTP/1.1 200 OK\r\n\r\nall is well and so on";

#[test]
fn a_good_answer_is_ready_and_what_is_sent_is_a_get() {
    let web = Web::new(&[OK]);
    let path = "/health?deep=1&timeout=20s&%74imeout=7";
    client(&web.target(path)).server("http://127.0.0.1:1").run().exits(0);
    let request = web.requests()[0].to_lowercase();
    assert!(request.starts_with("get /health?deep=1&%74imeout=7 http/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("host: {}\r\n", web.address)), "{request}");
    assert!(request.contains("user-agent: k8s-wait-client/"), "{request}");
}

#[test]
fn a_server_error_is_waited_out() {
    let web = Web::new(&[BROKEN, OK]);
    let url = web.target("/");
    let ended = client(&url).run().exits(0);
    ended.says(&["pending", &format!("UnexpectedStatus: GET {url}: status 500 where 200-299 is wanted")]);
}

#[test]
fn the_statuses_that_are_wanted_are_the_only_ones_that_count() {
    for (answer, options, code) in [
        ([BROKEN], "?status=500-599", 0),
        ([OK], "?status=204,500-599", 1),
        ([MOVED], "?status=300-399", 0),
        ([MOVED], "?status=302", 0),
    ] {
        let web = Web::new(Box::leak(Box::new(answer)));
        let ended = client(&format!("{} --timeout 1s", web.target(&format!("/{options}")))).run().exits(code);
        if code == 1 {
            ended.says(&["not ready", "status 200 where 204,500-599 is wanted"]);
        }
    }
}

#[test]
fn a_redirect_is_a_status_and_not_followed() {
    let web = Web::new(&[MOVED]);
    let ended = client(&format!("{} --timeout 300ms", web.target("/"))).run().exits(1);
    ended.says(&["not ready", "status 302 where 200-299 is wanted"]);
    assert!(web.requests().iter().all(|request| request.starts_with("GET / ")), "{:?}", web.requests());
}

#[test]
fn the_body_has_to_contain_the_text() {
    let web = Web::new(&[OK]);
    client(&web.target("/?contains=is%20well")).run().exits(0);
    let ended = client(&format!("{} --timeout 300ms", web.target("/?contains=unwell"))).run().exits(1);
    ended.says(&["TextNotFound", "the body does not contain \"unwell\""]);
}

#[test]
fn a_body_without_an_end_is_read_for_as_long_as_an_attempt_may_take() {
    let web = Web::new(&[ENDLESS]);
    client(&web.target("/")).run().exits(0);
    client(&web.target("/?contains=well")).run().exits(0);
    let target = web.target("/?contains=unwell&connect-timeout=200ms");
    let ended = client(&format!("{target} --timeout 600ms")).run().exits(1);
    ended.says(&["ConnectTimeout", "neither \"unwell\" nor the end of the body within 200ms"]);
}

#[test]
fn a_long_body_is_read_to_its_first_mebibyte() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            head(&mut stream);
            let filling = "x".repeat(1024 * 1024);
            // The client leaves before the end.
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n\r\n{filling}late").as_bytes());
        }
    });
    let target = format!("http://{address}/?contains=late&connect-timeout=20s");
    let ended = client(&format!("{target} --timeout 900ms")).run().exits(1);
    ended.says(&["TextNotFound", "the first 1 MiB of the body do not contain \"late\""]);
}

#[test]
fn a_server_that_does_not_answer_costs_one_attempt_its_time_and_no_more() {
    let web = Web::new(&["HTTP/1.1 200 OK\r\n"]);
    let target = web.target("/?connect-timeout=200ms");
    let ended = client(&format!("{target} --timeout 1s")).run().exits(1);
    let ended = ended.says(&["pending", "ConnectTimeout: GET", "no answer within 200ms"]);
    assert!(ended.took < Duration::from_secs(3), "{:?}", ended.took);
}

#[test]
fn what_cannot_be_reached_is_said_in_a_sentence() {
    let port = Port::new();
    let closed = port.address;
    let ended = client(&format!("http://{closed}/ --timeout 300ms")).run().exits(1);
    ended.says(&["not ready", "NotConnected", &format!("GET http://{closed}/: the connection was refused")]);
    let web = Web::new(&["SSH-2.0-OpenSSH_9.2\r\ncontent-length: 0\r\n\r\n"]);
    let ended = client(&format!("{} --timeout 300ms", web.target("/"))).run().exits(1);
    ended.says(&["not ready", "NotHttp", "the answer is not HTTP"]);
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let web = Web::new(&[OK]);
    let proxy = Web::new(&[BROKEN]);
    let url = format!("http://{}", proxy.address);
    let mut waiting = client(&web.target("/"));
    for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
        waiting = waiting.env(name, &url);
    }
    waiting.run().exits(0);
    assert!(proxy.requests().is_empty());
}

#[test]
fn a_url_is_asked_once_more_after_the_server_says_ready() {
    let web = Web::new(&[OK]);
    let requests = Arc::clone(&web.requests);
    // The server's answer waits for the first probe.
    let stub = Stub::new(move |_, question| {
        while requests.lock().unwrap().is_empty() {
            thread::yield_now();
        }
        Answer::stream(&[done(question, "ready", "")])
    });
    client(&format!("job/migrate {} dns://localhost", web.target("/"))).server(&stub.url()).run().exits(0);
    eventually(|| web.requests().len() >= 2);
    assert_eq!(web.requests().len(), 2, "one probe before and one after, and none between");
    assert_eq!(stub.questions()[0].targets(), ["job/shop/migrate"], "the server never hears of it");
}

#[test]
fn many_targets_are_probed_at_once() {
    let web = Web::new(&["HTTP/1.1 200 OK\r\n"]);
    let targets: Vec<_> =
        (0..20).map(|n| web.target(&format!("/{n}?connect-timeout=300ms&timeout=2s"))).collect();
    let ended = client(&targets.join(" ")).run().exits(1);
    assert!(ended.took < Duration::from_secs(4), "{:?}", ended.took);
    let first: Vec<_> =
        (0..20).filter(|n| web.requests().iter().any(|r| r.starts_with(&format!("GET /{n} ")))).collect();
    assert_eq!(first.len(), 20);
}

#[test]
fn a_name_is_ready_when_it_resolves() {
    client("dns://localhost").run().exits(0);
}
