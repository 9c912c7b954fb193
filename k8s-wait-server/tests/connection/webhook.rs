//! The webhook of the real server, over TLS.

use super::tls::Files;
use crate::support::{Server, until, within};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use k8s_wait_server::{Container, Inject, Invalid, Listeners, Settings, StartError, Tls, run};
use k8s_wait_testkit::Api;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

fn inject(files: &Files) -> Inject {
    let tls = Tls::read(files.certificate(), files.key()).unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    Inject { listen, tls, container: Container::default(), invalid: Invalid::default() }
}

/// A server with a webhook, and where that is.
async fn serve(api: &Api, files: &Files, settings: Settings) -> (Server, SocketAddr) {
    let webhook = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = webhook.local_addr().unwrap();
    let settings = Settings { inject: Some(inject(files)), ..settings };
    (Server::with_webhook(api, settings, Some(webhook)).await, address)
}

/// A connection of somebody who trusts that certificate.
async fn connect(address: SocketAddr, files: &Files) -> TlsStream<TcpStream> {
    let mut trusted = RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_file(files.certificate()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(trusted).with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// Status and body of what is answered.
async fn ask(address: SocketAddr, files: &Files, method: &str, path: &str, body: String) -> (u16, String) {
    let stream = connect(address, files).await;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    let _connection = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(connection));
    let request = hyper::Request::builder().method(method).uri(path).header("host", "webhook");
    let answer =
        within(sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap())).await.unwrap();
    let status = answer.status().as_u16();
    // The API server does not ask again where an idle connection is closed under its question.
    assert_eq!(answer.headers()["connection"], "close");
    let body = within(answer.into_body().collect()).await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn question(comment: &str) -> String {
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "1", "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "operation": "CREATE", "userInfo": {}, "namespace": "shop",
        "object": {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []},
            "metadata": {"annotations": {"k8s-wait.dev/wait-for": "job/a", "comment": comment}}},
    }})
    .to_string()
}

#[tokio::test]
async fn the_api_server_is_answered_over_tls_and_the_main_port_knows_nothing_of_it() {
    let api = Api::start().await.unwrap();
    let files = Files::new();
    let settings = Settings { shutdown_grace: Duration::from_secs(2), ..Settings::default() };
    let (server, webhook) = serve(&api, &files, settings).await;
    let (status, body) = ask(webhook, &files, "POST", "/inject", question("")).await;
    assert_eq!(status, 200, "{body}");
    let response = serde_json::from_str::<Value>(&body).unwrap()["response"].take();
    assert_eq!(
        (&response["uid"], &response["allowed"], &response["patchType"]),
        (&json!("1"), &json!(true), &json!("JSONPatch"))
    );

    // A pod may be large; what is larger than any, or nothing of the kind, is told so.
    let large = question(&"x".repeat(2 * 1024 * 1024));
    assert_eq!(ask(webhook, &files, "POST", "/inject", large).await.0, 200);
    assert_eq!(ask(webhook, &files, "POST", "/inject", "x".repeat(9 * 1024 * 1024)).await.0, 413);
    let (status, body) = ask(webhook, &files, "POST", "/inject", "{}".to_owned()).await;
    assert!(status == 400 && body.contains("the body is no AdmissionReview"), "{status}: {body}");
    assert_eq!(ask(webhook, &files, "GET", "/inject", String::new()).await.0, 405);
    for path in ["/", "/v1/waiters", "/metrics"] {
        assert_eq!(ask(webhook, &files, "GET", path, String::new()).await.0, 404, "{path}");
    }
    server.ask("POST", "/inject", &[], question("")).await.problem(404);
    let metrics = server.get("/metrics").await;
    assert!(metrics.text().contains("k8s_wait_http_requests_total{route=\"/inject\",status=\"200\"} 2\n"));
    // Until the API server knows that this replica goes away, it asks it.
    let (begun, main) = (Instant::now(), server.address);
    let stopped = server.stop();
    until(async || TcpStream::connect(main).await.is_err()).await;
    assert_eq!(ask(webhook, &files, "POST", "/inject", question("")).await.0, 200);
    within(stopped).await.unwrap().unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "half of the grace: {:?}", begun.elapsed());
    assert!(TcpStream::connect(webhook).await.is_err(), "it has stopped with the server");
}

/// Each says that it is the longest that may be, and then nothing.
#[tokio::test]
async fn so_many_bytes_of_questions_are_there_at_once() {
    let api = Api::start().await.unwrap();
    let files = Files::new();
    let (server, webhook) = serve(&api, &files, Settings::default()).await;
    let mut silent = Vec::new();
    // Two have room, two get theirs when these have been given up, and the others do not.
    for _ in 0..7 {
        let mut stream = connect(webhook, &files).await;
        let head = "POST /inject HTTP/1.1\r\nhost: a\r\ncontent-length: 8388608\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        silent.push(stream);
    }
    let begun = Instant::now();
    assert_eq!(ask(webhook, &files, "POST", "/inject", question("")).await.0, 200);
    assert!(begun.elapsed() < Duration::from_secs(1), "a small one has to wait: {:?}", begun.elapsed());
    let large = || question(&"x".repeat(2 * 1024 * 1024));
    let (status, body) = ask(webhook, &files, "POST", "/inject", large()).await;
    assert!(status == 503 && body.contains("16777216 bytes already"), "{status}: {body}");
    drop(silent);
    until(async || ask(webhook, &files, "POST", "/inject", large()).await.0 == 200).await;
    let metrics = server.get("/metrics").await;
    assert!(metrics.text().contains("k8s_wait_limits_hit_total{limit=\"review-bytes\"}"));

    // What is small as text may be large once it is read.
    let mut many: Value = serde_json::from_str(&question("")).unwrap();
    many["request"]["object"]["spec"]["containers"] = json!(vec![json!({}); 60_000]);
    let (status, body) = ask(webhook, &files, "POST", "/inject", many.to_string()).await;
    assert!(status == 413 && body.contains("more than 50000 values"), "{status}: {body}");
}

#[tokio::test]
async fn a_webhook_without_a_socket_does_not_start() {
    let api = Api::start().await.unwrap();
    let files = Files::new();
    let client = || k8s_wait_lib::client(kube::Config::new(api.url().parse().unwrap())).unwrap();
    let bind = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings { inject: Some(inject(&files)), ..Settings::default() };
    let started = run(bind().await, client(), settings, std::future::pending()).await;
    assert!(matches!(started, Err(StartError::Webhook)), "{started:?}");
    let listeners = Listeners { main: bind().await, webhook: Some(bind().await) };
    let started = run(listeners, client(), Settings::default(), std::future::pending()).await;
    assert!(matches!(started, Err(StartError::Webhook)), "{started:?}");
}
