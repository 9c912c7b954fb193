//! The real client's own probes of `tcp://` targets.
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

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::net::{Shutdown, shutdown};
use support::{Answer, Port, Stub, client, done, eventually};

/// A port that counts its connections.
fn port() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for _stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, count)
}

#[test]
fn an_open_port_needs_no_server() {
    let (address, _) = port();
    let ended = client(&format!("tcp://{address}")).server("http://127.0.0.1:1").run().exits(0);
    assert!(!ended.stdout.contains("server"), "{}", ended.stdout);
}

#[test]
fn a_port_that_opens_later_is_waited_for() {
    let port = Port::new();
    let running = client(&format!("tcp://{}", port.address)).start_waiting();
    thread::sleep(std::time::Duration::from_millis(200));
    let _listener = port.open();
    running.end().exits(0).says(&["pending", "NotConnected"]);
}

#[test]
fn a_port_that_stays_closed_is_named() {
    let port = Port::new();
    let address = port.address;
    let ended = client(&format!("tcp://{address} --timeout 200ms")).run().exits(1);
    let log = ended.termination_log.as_ref().unwrap();
    assert!(log.contains(&format!("tcp://{address}: NotConnected: tcp 127.0.0.1:")), "{log}");
    let ended = client(&format!("tcp://{address}?timeout=200ms")).run().exits(1);
    ended.says(
        &["not ready", "TimedOut", "own timeout"]
            .map(|part| if part == "own timeout" { "timeout of 200ms" } else { part }),
    );
}

#[test]
fn a_port_is_probed_once_more_after_the_server_says_ready() {
    let (address, count) = port();
    let seen = Arc::clone(&count);
    // The server's answer waits for the first probe.
    let stub = Stub::new(move |_, question| {
        while seen.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        Answer::stream(&[done(question, "ready", "")])
    });
    client(&format!("job/migrate tcp://{address}")).server(&stub.url()).run().exits(0);
    // The port may be a little behind the client.
    eventually(|| count.load(Ordering::SeqCst) >= 2);
    assert_eq!(count.load(Ordering::SeqCst), 2, "one probe before and one after, and none between");
    assert_eq!(stub.questions()[0].targets(), ["job/shop/migrate"], "the server never hears of it");
}

#[test]
fn a_port_that_closes_before_the_server_says_ready_does_not_count() {
    let port = Port::new();
    let address = port.address;
    let open = std::sync::Mutex::new(Some(port.open()));
    let stub = Stub::new(move |_, question| {
        // The port has been seen open; it is closed by the time everything else is ready.
        if let Some(listener) = open.lock().unwrap().take() {
            listener.accept().unwrap();
            // Another test that is just starting a client holds it as well, for a moment.
            shutdown(&listener, Shutdown::Both).unwrap();
        }
        Answer::stream(&[done(question, "ready", "")])
    });
    let ended =
        client(&format!("job/migrate tcp://{address} --timeout 1500ms")).server(&stub.url()).run().exits(1);
    ended.says(&["not ready", &format!("tcp://{address}"), "NotConnected"]);
}

#[test]
fn any_takes_the_port_and_leaves_the_server() {
    let (address, _) = port();
    client(&format!("job/migrate tcp://{address} --any")).server("http://127.0.0.1:1").run().exits(0);
}
