//! What has to be probed, beside what is watched.

use crate::common::{self, next, put, told, until, wait};
use k8s_wait_lib::{CheckRegistry, Plan, Reach, TcpCheck, Wait};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::pod;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A registry whose probes are counted.
fn counted() -> (CheckRegistry, Arc<AtomicUsize>) {
    let probes = Arc::new(AtomicUsize::new(0));
    let mut registry = CheckRegistry::kubernetes().unwrap();
    let count = Arc::clone(&probes);
    let allow = move |_: &str, _| count.fetch_add(1, Ordering::SeqCst) < usize::MAX;
    registry.register(TcpCheck::new(Reach::within(allow))).unwrap();
    (registry, probes)
}

#[tokio::test]
async fn a_port_is_ready_when_it_opens() {
    let api = Api::start().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let target = format!("tcp://{address}");
    let watches = common::watches(&api);
    assert_eq!(told(&common::now(&watches, "shop", &target).await), "ready");
    drop(listener);
    let mut wait = wait(&watches, "shop", &[&target]);
    let report = next(&mut wait).await;
    assert_eq!(told(&report), "pending NotConnected");
    assert!(report.verdict.reason().unwrap().message.starts_with(&format!("tcp {address}: ")), "{report:?}");
    let _listener = TcpListener::bind(address).await.unwrap();
    until(&mut wait, "ready").await;
    assert_eq!(api.requests().len(), 0, "no business of the API server's");
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    let api = Api::start().await.unwrap();
    let report =
        common::now(&common::watches(&api), "shop", "tcp://nowhere.invalid:80?connect-timeout=30s").await;
    assert_eq!(told(&report), "pending NameNotResolved");
}

#[tokio::test]
async fn where_it_is_not_allowed_nothing_is_connected_to() {
    let api = Api::start().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut registry = CheckRegistry::new();
    registry
        .register_network(&Reach::within(|host, address| host == "10.0.0.1" && !address.is_loopback()))
        .unwrap();
    let target = format!("tcp://{}", listener.local_addr().unwrap());
    let mut wait = Wait::new(&registry, &common::watches(&api), common::plan("shop", &[&target])).unwrap();
    assert_eq!(told(&wait.now().await), "failed NetworkNotAllowed");
    assert!(futures::poll!(std::pin::pin!(listener.accept())).is_pending());
}

#[tokio::test]
async fn a_probe_is_asked_once_more_when_all_else_is_ready() {
    let api = Api::start().await.unwrap();
    let watches = common::watches(&api);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (registry, probes) = counted();
    let plan = common::plan("shop", &[&format!("tcp://{address}"), "pod/web"]);
    let mut wait = Wait::new(&registry, &watches, plan).unwrap();
    until(&mut wait, "pending NotFound").await;
    let before = probes.load(Ordering::SeqCst);
    put(&api, "shop", pod("web").ready());
    // The port is gone by the time the pod comes.
    drop(listener);
    let report = next(&mut wait).await;
    assert_eq!(told(&report), "pending NotConnected", "the answer of the last probe is old: {report:?}");
    assert!(probes.load(Ordering::SeqCst) > before);
    let _listener = TcpListener::bind(address).await.unwrap();
    until(&mut wait, "ready").await;
}

#[tokio::test]
async fn an_attempt_takes_no_longer_than_it_may() {
    let api = Api::start().await.unwrap();
    let (port, _full) = black_hole().await;
    let target = format!("tcp://127.0.0.1:{port}?connect-timeout=100ms");
    let report = common::now(&common::watches(&api), "shop", &target).await;
    assert_eq!(told(&report), "pending ConnectTimeout");
    assert!(report.verdict.reason().unwrap().message.ends_with("no connection within 100ms"), "{report:?}");
}

#[tokio::test]
async fn a_slow_probe_does_not_outlast_the_deadline() {
    let api = Api::start().await.unwrap();
    let (port, _full) = black_hole().await;
    let timeout = Some(Duration::from_millis(200));
    let target = format!("tcp://127.0.0.1:{port}?connect-timeout=1h");
    let plan = Plan { timeout, ..common::plan("shop", &["pod/web", &target]) };
    let mut wait = Wait::new(&common::registry(), &common::watches(&api), plan).unwrap();
    let begin = Instant::now();
    let report = next(&mut wait).await;
    assert!(report.is_final && report.verdict.is_pending(), "{report:?}");
    assert!(begin.elapsed() < common::PATIENCE / 2);
}

#[tokio::test]
async fn a_slow_probe_does_not_outlast_its_own_timeout() {
    let api = Api::start().await.unwrap();
    let (port, _full) = black_hole().await;
    let target = format!("tcp://127.0.0.1:{port}?connect-timeout=1h&timeout=200ms");
    let mut wait = wait(&common::watches(&api), "shop", &[&target]);
    assert_eq!(told(&next(&mut wait).await), "failed TimedOut");
}

/// A port that takes no more connections and does not say so: its queue is full.
async fn black_hole() -> (u16, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(stream) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        held.push(stream.unwrap());
    }
    // Never accepted from, never closed.
    std::mem::forget(listener);
    (address.port(), held)
}
