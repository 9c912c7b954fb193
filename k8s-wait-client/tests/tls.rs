//! The real client over TLS, in builds that have it: whom it trusts, and what it says where it does not.
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

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use support::{Client, JOB, client, line};
use tempfile::TempDir;

/// A certificate authority whose certificate is in a file.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    directory: TempDir,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ca.crt"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), directory }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("ca.crt")
    }

    /// Trusted by the client.
    fn trusted_by(&self, client: Client) -> Client {
        client.env("K8S_WAIT_CA_FILE", self.file().to_str().unwrap())
    }

    /// What a server needs that has a certificate for `name`.
    fn certify(&self, name: &str, adapt: impl FnOnce(&mut CertificateParams)) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        adapt(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }
}

/// A server that gives everybody the same answer over TLS, and counts its connections.
struct Web {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Web {
    fn new(config: Arc<ServerConfig>, answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                // A client that does not like the certificate leaves in the middle of the handshake.
                let _ = serve(StreamOwned::new(connection, stream.unwrap()), &answer);
            }
        });
        Self { address, connections }
    }

    fn port(&self) -> u16 {
        self.address.port()
    }
}

fn serve(mut stream: StreamOwned<ServerConnection, TcpStream>, answer: &str) -> std::io::Result<()> {
    let _head = stream.read(&mut [0; 4096])?;
    stream.write_all(answer.as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn ok() -> String {
    "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nall is well".to_owned()
}

/// What the real server says when the job is complete.
fn complete() -> String {
    let body = line("done", "ready", &[(JOB, "ready", "")]) + "\n";
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: {length}\r\n\r\n{body}")
}

#[test]
fn targets_and_servers_are_asked_over_tls() {
    let authority = Authority::new("known");
    let config = authority.certify("localhost", |_| {});
    let (web, server) = (Web::new(Arc::clone(&config), ok()), Web::new(config, complete()));
    let target = format!("https://localhost:{}/?contains=well&connect-timeout=10s", web.port());
    let waiting = client(&format!("job/migrate {target}"));
    authority.trusted_by(waiting).server(&format!("https://localhost:{}", server.port())).run().exits(0);
    assert_eq!(web.connections.load(Ordering::SeqCst), 2);
    assert!((1..=2).contains(&server.connections.load(Ordering::SeqCst)));
}

#[test]
fn an_ip_address_can_have_a_certificate() {
    let authority = Authority::new("known");
    let web = Web::new(authority.certify("127.0.0.1", |_| {}), ok());
    let waiting = client(&format!("https://127.0.0.1:{}/?connect-timeout=10s", web.port()));
    authority.trusted_by(waiting).run().exits(0);
}

#[test]
fn a_certificate_that_is_not_accepted_is_said_and_not_stormed_against() {
    let authority = Authority::new("known");
    let stranger = Authority::new("unknown");
    let namesake = Authority::new("known");
    let past = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    };
    let future = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2999, 1, 1);
        params.not_after = date_time_ymd(3000, 1, 1);
    };
    let rows = [
        (authority.certify("elsewhere.example", |_| {}), "it is not for localhost but for"),
        (authority.certify("localhost", past), "it expired "),
        (authority.certify("localhost", future), "it is not valid before "),
        (stranger.certify("localhost", |_| {}), "who signed it is not trusted here; --ca-file names"),
        (namesake.certify("localhost", |_| {}), "who signed it is not trusted here; --ca-file names"),
    ];
    thread::scope(|scope| {
        for (config, part) in rows {
            scope.spawn(|| is_told_and_not_stormed(&authority, config, part));
        }
    });
}

fn is_told_and_not_stormed(authority: &Authority, config: Arc<ServerConfig>, part: &str) {
    let web = Web::new(config, complete());
    let target = format!("https://localhost:{}/?connect-timeout=10s", web.port());
    let waiting = authority.trusted_by(client(&format!("{target} --timeout 1500ms")));
    let ended = waiting.run().exits(1).says(&["not ready", "CertificateRejected", part]);
    assert_eq!(ended.stdout.lines().count(), 4, "start, one change, the end, its reason: {}", ended.stdout);
    assert!((1..=3).contains(&web.connections.swap(0, Ordering::SeqCst)), "no storm");

    let server = format!("https://localhost:{}", web.port());
    let ended = authority.trusted_by(client("job/migrate --timeout 1500ms")).server(&server).run().exits(1);
    ended.says(&["server", "cannot be asked", "CertificateRejected", part]);
    assert!((1..=6).contains(&web.connections.load(Ordering::SeqCst)), "no storm");
}

#[test]
fn without_a_file_only_the_public_authorities_are_trusted() {
    let web = Web::new(Authority::new("known").certify("localhost", |_| {}), ok());
    let target = format!("https://localhost:{}/?connect-timeout=10s", web.port());
    let ended = client(&format!("{target} --timeout 500ms")).run().exits(1);
    ended.says(&["CertificateRejected", "who signed it is not trusted here"]);
}

#[test]
fn http_to_a_tls_port_and_tls_to_an_http_port_are_told_apart() {
    let authority = Authority::new("known");
    let web = Web::new(authority.certify("localhost", |_| {}), ok());
    let ended = client(&format!("http://localhost:{}/?connect-timeout=10s --timeout 500ms", web.port()))
        .run()
        .exits(1);
    ended.says(&["not ready", "NotHttp", "the answer is not HTTP"]);
    let ended =
        client("job/migrate --timeout 500ms").server(&format!("http://localhost:{}", web.port())).run();
    ended.exits(1).says(&["cannot be asked", "BrokenAnswer", "the answer is not HTTP"]);

    let address = plain();
    let target = format!("https://{address}/?connect-timeout=10s --timeout 500ms");
    authority.trusted_by(client(&target)).run().exits(1).says(&["TlsFailed", "does not speak TLS"]);
    let waiting = client("job/migrate --timeout 500ms").server(&format!("https://{address}"));
    let ended = authority.trusted_by(waiting).run().exits(1);
    ended.says(&["cannot be asked", "TlsFailed", "does not speak TLS"]);
}

/// A server without TLS: what it cannot read is a bad request.
fn plain() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _begun = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    address
}

#[test]
fn a_file_that_is_no_use_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let empty = directory.path().join("empty.crt");
    fs::write(&empty, "no certificate").unwrap();
    let wrong = directory.path().join("wrong.crt");
    fs::write(&wrong, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    for (path, part) in [
        (directory.path().join("missing.crt"), "cannot be read"),
        (empty, "no certificate in PEM form"),
        (wrong, "no certificate in PEM form"),
    ] {
        let path = path.to_str().unwrap();
        let ended = client(&format!("job/migrate --ca-file {path}")).run().exits(2);
        assert!(ended.stderr.contains(path) && ended.stderr.contains(part), "{}", ended.stderr);
    }
}
