//! The real client behind a proxy that cuts its connection: it comes back with the token that this server gave it.

use crate::support::{Server, client};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::job;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Passes on one connection until the server has said something with a token in it, and then all others whole. Returns
/// what the second client connection asked.
async fn proxy(listener: TcpListener, server: SocketAddr) -> String {
    let (client, _) = listener.accept().await.unwrap();
    until_token(client, server).await;
    let (mut client, _) = listener.accept().await.unwrap();
    let mut server = TcpStream::connect(server).await.unwrap();
    let mut asked = vec![0; 64 * 1024];
    let mut length = 0;
    while !asked[..length].ends_with(b"}") {
        length += client.read(&mut asked[length..]).await.unwrap();
    }
    server.write_all(&asked[..length]).await.unwrap();
    tokio::io::copy_bidirectional(&mut client, &mut server).await.unwrap();
    String::from_utf8(asked[..length].to_vec()).unwrap()
}

async fn until_token(client: TcpStream, server: SocketAddr) {
    let (mut question, mut answer) = client.into_split();
    let (mut from, mut to) = TcpStream::connect(server).await.unwrap().into_split();
    let asking = async { drop(tokio::io::copy(&mut question, &mut to).await) };
    let answering = async {
        let mut bytes = [0; 4096];
        let mut said = Vec::new();
        while !said.windows(8).any(|part| part == b"\"token\":") {
            let read = from.read(&mut bytes).await.unwrap();
            said.extend_from_slice(&bytes[..read]);
            answer.write_all(&bytes[..read]).await.unwrap();
        }
    };
    tokio::select! {
        () = answering => {}
        () = async { asking.await; std::future::pending().await } => {}
    }
}

#[tokio::test]
async fn a_client_that_was_cut_off_takes_its_wait_up_again() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    api.apply(job("done").namespace("shop").complete()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let proxying = tokio::spawn(proxy(listener, server.address));
    let (code, said) = client(&format!("job/done?stable=700ms --timeout 20s --server {url}")).await;
    assert_eq!(code, 0, "{said}");
    assert!(proxying.await.unwrap().contains("\"token\":\""), "{said}");
}
