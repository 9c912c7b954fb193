//! Pods that wait for one another on different replicas.

use crate::cycles::{line, waiting};
use crate::support::{Lines, NDJSON, Server, until, within};
use k8s_wait_server::{Auth, Settings, Siblings, Tls};
use k8s_wait_testkit::{Api, Token};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::Arc;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsConnector;

/// A server that asks those at that address, which may be itself.
async fn asking(api: &Api, port: u16, auth: Auth, token_file: Option<&str>) -> Server {
    let siblings = Siblings::new(&format!("http://localhost:{port}"), token_file, None).unwrap();
    Server::with(api, Settings { replicas: Some(siblings), auth, ..Settings::default() }).await
}

async fn free_port() -> u16 {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

async fn hold(server: &Server, pod: &str, target: &str, token: &str) -> Lines {
    let path = format!("/v1/wait?namespace=shop&target={target}");
    let headers = [NDJSON, ("k8s-wait-pod", pod), ("authorization", token)];
    Lines::open_with(server.address, &path, &headers).await
}

#[tokio::test]
async fn each_of_them_tells_those_who_wait_on_it() {
    let api = Api::start().await.unwrap();
    waiting(&api, "shop", "a");
    waiting(&api, "shop", "b");
    let first_port = free_port().await;
    let second = asking(&api, first_port, Auth::None, None).await;
    let siblings = Siblings::new(&format!("http://127.0.0.1:{}", second.address.port()), None, None).unwrap();
    let settings = Settings { replicas: Some(siblings), ..Settings::default() };
    let first = Server::on_with(&api, SocketAddr::from(([127, 0, 0, 1], first_port)), settings).await;
    let mut a = hold(&first, "a-0", "service/b", "").await;
    let mut b = hold(&second, "b-0", "service/a", "").await;
    let told = line(&mut a, "cycle").await;
    assert!(told["message"].as_str().unwrap().contains("service/shop/b needs statefulset/shop/b"), "{told}");
    assert_eq!(line(&mut b, "cycle").await, told);
    for server in [&first, &second] {
        let metrics = server.get("/metrics").await;
        for series in ["k8s_wait_cycles 1\n", "k8s_wait_waits_in_cycles 1\n"] {
            assert!(metrics.text().contains(series), "{}", metrics.text());
        }
    }
    // It knows nothing of one that is gone, and goes on.
    drop(b);
    within(second.stop()).await.unwrap().unwrap();
    until(async || first.get("/metrics").await.text().contains("k8s_wait_cycles 0\n")).await;
}

#[tokio::test]
async fn a_replica_that_asks_itself_counts_nobody_twice() {
    let api = Api::start().await.unwrap();
    waiting(&api, "shop", "a");
    let port = free_port().await;
    let siblings = Siblings::new(&format!("http://127.0.0.1:{port}"), None, None).unwrap();
    let settings = Settings { replicas: Some(siblings), ..Settings::default() };
    let server = Server::on_with(&api, SocketAddr::from(([127, 0, 0, 1], port)), settings).await;
    let mut own = hold(&server, "a-0", "service/a", "").await;
    line(&mut own, "cycle").await;
    let asked = "k8s_wait_http_requests_total{route=\"/v1/graph\",status=\"200\"}";
    until(async || server.get("/metrics").await.text().contains(asked)).await;
    let graph = server.get("/v1/graph").await.json();
    assert_eq!(graph["waits"].as_array().unwrap().len(), 1, "{graph}");
    assert!(server.get("/metrics").await.text().contains("k8s_wait_waits_in_cycles 1\n"));
}

#[tokio::test]
async fn with_tokens_they_ask_with_their_own_and_others_are_refused() {
    let api = Api::start().await.unwrap();
    for (namespace, name) in [("shop", "a"), ("till", "b")] {
        waiting(&api, namespace, name);
        let token =
            Token::of_service_account(namespace, "x").in_pod(&format!("{name}-0")).for_audience("k8s-wait");
        api.accept_token(&format!("token-of-{namespace}"), token);
    }
    api.accept_token("token-of-ops", Token::of_service_account("ops", "server").for_audience("k8s-wait"));
    let auth = || Auth::Token(["ops=*", "shop=till", "till=shop"].map(|rule| rule.parse().unwrap()).into());
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "token-of-ops").unwrap();
    let second = Server::with(&api, Settings { auth: auth(), ..Settings::default() }).await;
    let first = asking(&api, second.address.port(), auth(), file.path().to_str()).await;
    let mut a = hold(&first, "a-0", "service/till/b", "Bearer token-of-shop").await;
    let _b = hold(&second, "b-0", "service/shop/a", "Bearer token-of-till").await;
    line(&mut a, "cycle").await;
    second.get("/v1/graph").await.problem(401);
    let answer = second.ask("GET", "/v1/graph", &[("authorization", "Bearer token-of-shop")], "").await;
    assert_eq!(
        answer.problem(403),
        "ServiceAccount shop/x in pod a-0 may not ask about all namespaces; the server's --allow shop=* would let it"
    );
}

#[tokio::test]
async fn they_are_asked_by_https_under_the_name_of_the_url() {
    let api = Api::start().await.unwrap();
    waiting(&api, "shop", "a");
    waiting(&api, "shop", "b");
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = Some(Tls::read(&certificate, &key).unwrap());
    let second = Server::with(&api, Settings { tls, ..Settings::default() }).await;
    let url = format!("https://localhost:{}", second.address.port());
    let siblings = Siblings::new(&url, None, certificate.to_str()).unwrap();
    let first = Server::with(&api, Settings { replicas: Some(siblings), ..Settings::default() }).await;
    let mut a = hold(&first, "a-0", "service/b", "").await;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let name = "localhost".try_into().unwrap();
    let mut b = TlsConnector::from(config).connect(name, second.connect().await).await.unwrap();
    let asked =
        "GET /v1/wait?namespace=shop&target=service/a HTTP/1.1\r\nhost: b\r\nk8s-wait-pod: b-0\r\n\r\n";
    b.write_all(asked.as_bytes()).await.unwrap();
    line(&mut a, "cycle").await;
}
