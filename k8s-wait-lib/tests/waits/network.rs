//! Network targets: what an answer has to be, and where nobody may ask.

use crate::common::{self, told};
use k8s_wait_lib::{CheckRegistry, Reach, Report, Wait};
use k8s_wait_testkit::Api;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Whatever is asked, this is answered; what was asked is kept.
struct Page {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Page {
    async fn new(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Arc<[u8]> = answer.into().into();
        Self::serve(move |mut stream| {
            let answer = Arc::clone(&answer);
            async move {
                // Whoever has seen enough leaves.
                let _ = stream.write_all(&answer).await;
            }
        })
        .await
    }

    async fn serve<F: Future<Output = ()> + Send>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<String>>>::default());
        let kept = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.unwrap_or(0) > 0
                {
                }
                kept.lock().unwrap().push(String::from_utf8(request).unwrap());
                answer(stream).await;
            }
        });
        Self { address, asked, serving }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    async fn report(&self, rest: &str) -> Report {
        let mark = if rest.contains('?') { '&' } else { '?' };
        ask(&format!("http://{}{rest}{mark}connect-timeout=30s", self.address)).await
    }
}

async fn ask(target: &str) -> Report {
    within(target, Reach::anywhere()).await
}

async fn within(target: &str, reach: Reach) -> Report {
    let api = Api::start().await.unwrap();
    let mut registry = CheckRegistry::new();
    registry.register_network(&reach).unwrap();
    Wait::new(&registry, &common::watches(&api), common::plan("shop", &[target])).unwrap().now().await
}

fn message(report: &Report) -> &str {
    &report.verdict.reason().unwrap().message
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well";

#[tokio::test]
async fn what_is_asked_is_what_the_target_says() {
    let page = Page::new(OK).await;
    assert_eq!(told(&page.report("/health?deep=1").await), "ready");
    let asked = page.asked().remove(0).to_lowercase();
    assert!(asked.starts_with("get /health?deep=1 http/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("host: {}\r\n", page.address)), "{asked}");
    assert_eq!(told(&page.report("").await), "ready");
    assert!(page.asked().pop().unwrap().starts_with("GET / HTTP/1.1\r\n"));
}

#[tokio::test]
async fn the_status_has_to_be_one_that_is_accepted() {
    let page = Page::new("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").await;
    let report = page.report("/").await;
    assert_eq!(told(&report), "pending UnexpectedStatus");
    assert_eq!(message(&report), format!("GET http://{}/: status 503 where 200-299 is wanted", page.address));
    assert_eq!(told(&page.report("/?status=200,500-599").await), "ready");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Page::new(OK).await;
    let moved =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n", elsewhere.address);
    let page = Page::new(moved).await;
    assert_eq!(told(&page.report("/").await), "pending UnexpectedStatus");
    assert_eq!(told(&page.report("/?status=302").await), "ready");
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn the_body_has_to_hold_the_text() {
    let page = Page::new(OK).await;
    assert_eq!(told(&page.report("/?contains=is well").await), "ready");
    let report = page.report("/?contains=wells").await;
    assert_eq!(told(&report), "pending TextNotFound");
    assert!(message(&report).ends_with(r#": the body does not contain "wells""#), "{report:?}");
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nall is\r\n5\r\n well\r\n0\r\n\r\n";
    assert_eq!(told(&Page::new(chunked).await.report("/?contains=is w").await), "ready");
}

#[tokio::test]
async fn a_body_without_an_end_is_not_read_for_ever() {
    let page = Page::serve(|mut stream| async move {
        let mut chunk = b"HTTP/1.1 200 OK\r\n\r\nok".to_vec();
        while stream.write_all(&chunk).await.is_ok() {
            chunk = vec![b'x'; 16 * 1024];
        }
    })
    .await;
    assert_eq!(told(&page.report("/?contains=ok").await), "ready");
    let report = page.report("/?contains=never").await;
    assert_eq!(told(&report), "pending TextNotFound");
    assert!(message(&report).contains("the first 1 MiB of the body do not contain"), "{report:?}");
    assert_eq!(told(&page.report("/").await), "ready");
}

#[tokio::test]
async fn what_does_not_answer_so() {
    let page = Page::new("SSH-2.0-OpenSSH_9.2\r\n").await;
    assert_eq!(told(&page.report("/").await), "pending NotHttp");
    assert_eq!(told(&Page::new("").await.report("/").await), "pending NotConnected");
    let cut = Page::new("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall").await;
    assert_eq!(told(&cut.report("/?contains=well").await), "pending NotConnected");
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1_000_000));
    assert_eq!(told(&Page::new(long).await.report("/").await), "pending NotHttp");

    let silent = Page::serve(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let report = ask(&format!("http://{}/?connect-timeout=50ms", silent.address)).await;
    assert_eq!(told(&report), "pending ConnectTimeout");
    assert!(message(&report).ends_with(": no whole answer within 50ms"), "{report:?}");

    let gone = silent.address;
    drop(silent);
    tokio::task::yield_now().await;
    assert_eq!(told(&ask(&format!("http://{gone}/?connect-timeout=30s")).await), "pending NotConnected");
}

#[tokio::test]
async fn a_name_is_resolved_when_it_has_an_address() {
    assert_eq!(told(&ask("dns://localhost?connect-timeout=30s").await), "ready");
    let report = ask("dns://nowhere.invalid?connect-timeout=30s").await;
    assert_eq!(told(&report), "pending NameNotResolved");
    assert!(message(&report).starts_with("dns nowhere.invalid: the name does not resolve: "), "{report:?}");
}

#[tokio::test]
async fn where_it_is_not_allowed_nobody_asks() {
    let page = Page::new(OK).await;
    let (port, nowhere) = (page.address.port(), || Reach::within(|_, _| false));
    for target in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/?connect-timeout=30s"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("tcp://localhost:{port}?connect-timeout=30s"),
        "dns://localhost?connect-timeout=30s".to_owned(),
    ] {
        assert_eq!(told(&within(&target, nowhere()).await), "failed NetworkNotAllowed", "{target}");
    }
    assert!(page.asked().is_empty());
}

/// What was asked about is connected to: there is no second look at the name or the rules.
#[tokio::test]
async fn what_is_connected_to_is_what_was_allowed() {
    let page = Page::new(OK).await;
    let asked = Arc::<Mutex<Vec<_>>>::default();
    let seen = Arc::clone(&asked);
    let reach = Reach::within(move |host, address| {
        let mut seen = seen.lock().unwrap();
        seen.push((host.to_owned(), address));
        address.is_ipv4()
    });
    let target = format!("http://localhost:{}/?connect-timeout=30s", page.address.port());
    assert_eq!(told(&within(&target, reach).await), "ready");
    let mut asked = asked.lock().unwrap().clone();
    assert!(asked.iter().all(|(host, address)| host == "localhost" && address.is_loopback()));
    // A wait asks a probe that is ready once more.
    asked.truncate(asked.len() / 2);
    let total = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), total, "each address once for an attempt");
    assert_eq!(page.asked().len(), 2);
}

#[tokio::test]
async fn targets_that_make_no_sense() {
    let registry = CheckRegistry::standard().unwrap();
    for (target, complaint) in [
        ("http://web/?for=ready", "a http has no state \"ready\"; it has answered"),
        ("dns://web?for=open", "a dns has no state \"open\"; it has resolved"),
        ("http/web", "a URL is written http://HOST[:PORT]/PATH"),
        ("dns/web", "a name is written dns://NAME"),
        ("tcp://web:1?connect-timeout=0", "a connect-timeout of 0 leaves no time to connect"),
    ] {
        let error = registry.parse(&target.parse().unwrap()).err().unwrap().to_string();
        assert!(error.ends_with(complaint), "{error}");
    }
}
