use super::*;
use crate::connection::accept;
use crate::limits::Limits;
use crate::metrics::Metrics;
use rcgen::{CertifiedKey as Made, generate_simple_self_signed};
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use std::net::SocketAddr;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream as Stream;
use tokio_util::task::AbortOnDropHandle;
use warp::Filter;

/// No server's default, and longer than a handshake here takes.
const READ: Duration = Duration::from_secs(23);

struct Directory(TempDir);

impl Directory {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, certificate: &str, key: &str) {
        std::fs::write(self.path("tls.crt"), certificate).unwrap();
        std::fs::write(self.path("tls.key"), key).unwrap();
    }

    /// A new pair, whose certificate is handed out.
    fn renew(&self) -> CertificateDer<'static> {
        let Made { cert, signing_key } = pair();
        self.write(&cert.pem(), &signing_key.serialize_pem());
        cert.der().clone()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self) -> Result<Tls, String> {
        Tls::read(self.path("tls.crt"), self.path("tls.key"))
    }
}

fn pair() -> Made<rcgen::KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// With places for so many connections.
async fn serve(tls: &Tls, places: usize) -> (SocketAddr, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = warp::any().map(|| "ok");
    let limits = (places, Limits { read_timeout: READ, ..Limits::default() }, Metrics::of_nothing());
    let served = accept((listener, Some(tls.clone())), routes, limits, std::future::pending(), READ);
    (address, AbortOnDropHandle::new(tokio::spawn(served)))
}

async fn connect(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
) -> io::Result<Stream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

async fn is_answered(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> bool {
    let (mut head, mut byte) = (Vec::new(), [0]);
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    while !head.ends_with(b"\r\n\r\nok") && stream.read_exact(&mut byte).await.is_ok() {
        head.extend(byte);
    }
    head.starts_with(b"HTTP/1.1 200")
}

#[tokio::test]
async fn both_versions_are_spoken_and_http_1_is_agreed_on() {
    let directory = Directory::new();
    let trusted = directory.renew();
    let (address, _served) = serve(&directory.read().unwrap(), 1).await;
    for version in [&TLS12, &TLS13] {
        let mut stream = connect(address, &trusted, version).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
        assert!(is_answered(&mut stream).await);
    }
}

#[tokio::test]
async fn tls_1_1_is_refused() {
    let directory = Directory::new();
    directory.renew();
    let (address, _served) = serve(&directory.read().unwrap(), 1).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A ClientHello of TLS 1.1 with one cipher suite and one signature algorithm.
    let (random, suite) = ([0; 32], [0, 0, 2, 0xc0, 0x2b, 1, 0]);
    let algorithms = [0, 8, 0, 13, 0, 4, 0, 2, 4, 3];
    let hello = [&[0x16, 3, 1, 0, 55, 1, 0, 0, 51, 3, 2], random.as_slice(), &suite, &algorithms].concat();
    stream.write_all(&hello).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    // A fatal alert: protocol_version.
    assert_eq!((answer[0], &answer[5..]), (0x15, [2, 70].as_slice()));
}

#[tokio::test]
async fn a_new_pair_is_for_new_connections_and_a_bad_one_for_none() {
    let directory = Directory::new();
    let old = directory.renew();
    let tls = directory.read().unwrap();
    let (address, _served) = serve(&tls, 9).await;
    let mut open = connect(address, &old, &TLS13).await.unwrap();

    let new = directory.renew();
    tls.look();
    assert!(connect(address, &old, &TLS13).await.is_err());
    assert!(is_answered(&mut connect(address, &new, &TLS13).await.unwrap()).await);
    assert!(is_answered(&mut open).await, "what was open goes on");

    directory.write("no certificate", "no key");
    tls.look();
    assert!(is_answered(&mut connect(address, &new, &TLS13).await.unwrap()).await);
    std::fs::remove_file(directory.path("tls.key")).unwrap();
    tls.look();
    assert!(is_answered(&mut connect(address, &new, &TLS13).await.unwrap()).await);
}

#[tokio::test(start_paused = true)]
async fn the_files_are_looked_at_again() {
    let directory = Directory::new();
    directory.renew();
    let tls = directory.read().unwrap();
    let before = Arc::clone(&tls.current.0.read());
    let _renewing = AbortOnDropHandle::new(tokio::spawn(tls.clone().renew()));
    directory.renew();
    timeout(LOOK * 3, async {
        while Arc::ptr_eq(&before, &tls.current.0.read()) {
            sleep(LOOK / 10).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn plain_http_is_told_to_speak_https() {
    let directory = Directory::new();
    directory.renew();
    let (address, _served) = serve(&directory.read().unwrap(), 1).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST /v1/wait HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 400 ") && head.ends_with(&format!("content-length: {}", body.len())),
        "{head}"
    );
    assert_eq!(body, "this port speaks https: the URL has to begin with https://\n");
}

#[tokio::test(start_paused = true)]
async fn one_who_says_nothing_is_cut_and_frees_its_place() {
    let directory = Directory::new();
    let trusted = directory.renew();
    let (address, _served) = serve(&directory.read().unwrap(), 1).await;
    // There is one place, which each of them has for as long as it may.
    for begun in [[].as_slice(), &[HANDSHAKE_RECORD]] {
        let start = Instant::now();
        let mut silent = TcpStream::connect(address).await.unwrap();
        silent.write_all(begun).await.unwrap();
        assert_eq!(silent.read(&mut [0]).await.unwrap_or_default(), 0);
        assert!(start.elapsed().abs_diff(READ) < Duration::from_secs(1), "{:?}", start.elapsed());
    }
    tokio::time::resume();
    assert!(is_answered(&mut connect(address, &trusted, &TLS13).await.unwrap()).await);
}

#[test]
fn a_file_of_no_use_is_named() {
    let directory = Directory::new();
    let (one, other) = (pair(), pair());
    let (certificate, key) = (one.cert.pem(), one.signing_key.serialize_pem());
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(directory.read().unwrap_err().contains("tls.crt\" cannot be read: "));
    let rows = [
        ("", key.as_str(), "tls.crt\" holds no certificate in PEM form"),
        (broken, &key, "tls.crt\" cannot be used: "),
        (&certificate, "", "tls.key\" holds no private key in PEM form"),
        (&certificate, &certificate, "tls.key\" holds no private key in PEM form"),
        (
            &certificate,
            &other.signing_key.serialize_pem(),
            "tls.key\" does not belong to the certificate in ",
        ),
    ];
    for (certificate, key, sentence) in rows {
        directory.write(certificate, key);
        let error = directory.read().unwrap_err();
        assert!(error.contains(sentence) && !error.contains('\n'), "{error}");
    }
    std::fs::remove_file(directory.path("tls.key")).unwrap();
    assert!(directory.read().unwrap_err().contains("tls.key\" cannot be read: "));
}
