//! Those who would have the server connect where they cannot.

use crate::support::{Server, asks};
use futures::FutureExt;
use k8s_wait_server::{Network, Settings};
use k8s_wait_testkit::Api;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// A server that may connect to these, and a port of 127.0.0.1 that is none of them.
async fn confined(allowed: &[&str]) -> (Api, Server, TcpListener) {
    let api = Api::start().await.unwrap();
    let network = Network::new(allowed.iter().map(|rule| rule.parse().unwrap()).collect());
    let server = Server::with(&api, Settings { network, ..Settings::default() }).await;
    let forbidden = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (api, server, forbidden)
}

fn was_reached(listener: &TcpListener) -> bool {
    listener.accept().now_or_never().is_some()
}

#[tokio::test]
async fn an_address_is_refused_in_every_spelling() {
    let (_api, server, forbidden) = confined(&["127.0.0.2", "192.0.2.0/24", "2001:db8::/32"]).await;
    let port = forbidden.local_addr().unwrap().port();
    let spelled = [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "[::]",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "127.0.0.2@127.0.0.1",
        "127.0.0.1#127.0.0.2",
        "127.0.0.1%00.127.0.0.2",
        "127.0.0.2%2f@127.0.0.1",
        "[::1%25lo]",
        "[fe80::1%lo]",
        "①②⑦.0.0.1",
    ];
    for host in spelled {
        for target in [
            format!("tcp://{host}:{port}"),
            format!("http://{host}:{port}/"),
            format!("https://{host}:{port}/"),
        ] {
            let answer = server.get(&asks("/v1/check", &[&target], "")).await;
            match answer.status {
                400 => drop(answer.problem(400)),
                // No address was found for it.
                503 => answer.is(503, "pending", &["NameNotResolved"]),
                _ => answer.is(424, "failed", &["NetworkNotAllowed"]),
            }
        }
    }
    assert!(!was_reached(&forbidden));
}

#[tokio::test]
async fn the_metadata_service_is_not_asked() {
    let (_api, server, _) = confined(&["10.0.0.0/8"]).await;
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "tcp://169.254.169.254:80",
        "https://169.254.169.254/",
        "http://[fd00:ec2::254]/",
        "tcp://100.100.100.200:80",
        "http://169.254.169.254.:80/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "dns://169.254.169.254",
    ] {
        let answer = server.get(&asks("/v1/check", &[target], "")).await;
        assert!(answer.status == 400 || answer.status == 424, "{target}: {answer:?}");
        if answer.status == 424 {
            answer.is(424, "failed", &["NetworkNotAllowed"]);
        }
    }
}

/// Answers every request with a redirect.
fn redirecting(listener: TcpListener, to: String) -> AbortOnDropHandle<()> {
    let answer =
        format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    AbortOnDropHandle::new(tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    }))
}

#[tokio::test]
async fn a_redirect_is_a_status_and_leads_nowhere() {
    let (_api, server, forbidden) = confined(&["127.0.0.2"]).await;
    let allowed = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let from = allowed.local_addr().unwrap();
    let _redirecting = redirecting(allowed, format!("http://{}/", forbidden.local_addr().unwrap()));
    let check = async |target: String| server.get(&asks("/v1/check", &[&target], "")).await;
    check(format!("http://{from}/?connect-timeout=20s")).await.is(503, "pending", &["UnexpectedStatus"]);
    check(format!("http://{from}/?status=302&connect-timeout=20s")).await.is(200, "ready", &[""]);
    assert!(!was_reached(&forbidden));
}

/// A host that is allowed by its name does not carry its right to another one.
#[tokio::test]
async fn a_name_is_allowed_as_a_whole() {
    let (_api, server, forbidden) = confined(&["db.example"]).await;
    let port = forbidden.local_addr().unwrap().port();
    for host in
        ["db.example@127.0.0.1", "127.0.0.1", "localhost", "127.0.0.1#db.example", "127.0.0.1?db.example"]
    {
        let answer = server.get(&asks("/v1/check", &[&format!("http://{host}:{port}/")], "")).await;
        assert!(answer.status == 400 || answer.status == 424, "{host}: {answer:?}");
    }
    assert!(!was_reached(&forbidden));
}

/// Without the flag there is nothing to get past.
#[tokio::test]
async fn a_server_that_connects_nowhere_does_not_resolve_either() {
    let (_api, server, forbidden) = confined(&[]).await;
    let port = forbidden.local_addr().unwrap().port();
    for target in
        [format!("tcp://127.0.0.1:{port}"), format!("http://127.0.0.1:{port}/"), "dns://localhost".to_owned()]
    {
        server.get(&asks("/v1/check", &[&target], "")).await.problem(404);
    }
    assert!(!was_reached(&forbidden));
}
