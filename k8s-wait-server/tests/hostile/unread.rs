//! Those who ask and never read.

use crate::lonely;
use crate::support::within;
use k8s_wait_server::Limits;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;

/// The least that this system has for a socket: what the client itself holds is not the server's.
const CLIENT_BUFFER: u32 = 4 * 1024;

#[tokio::test]
async fn who_never_reads_holds_little_and_loses_its_place() {
    let limits = Limits {
        connections: Some(1),
        peer_timeout: Duration::from_millis(300),
        requests_per_second: 0,
        ..Limits::default()
    };
    let server = lonely(limits).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(CLIENT_BUFFER).unwrap();
    socket.set_send_buffer_size(CLIENT_BUFFER).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let question = b"GET /v1/kinds HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut taken = 0;
    // Once its answers are not read its questions are not read either, and then it is cut.
    within(async {
        while let Ok(()) = stream.write_all(question).await {
            taken += question.len();
        }
    })
    .await;
    assert!(taken < 512 * 1024, "{taken} bytes of questions were taken from one who reads no answers");
    // The only place is free.
    assert_eq!(server.get("/livez").await.status, 200);
}
