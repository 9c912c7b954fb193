//! https for those who connect: [`Tls`] is a certificate with its key, read again when their files change.

use parking_lot::{Mutex, RwLock};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How often the files are looked at. Kubernetes changes a mounted Secret by another symbolic link, a minute or so late, so
/// that nothing is won by a notification.
const LOOK: Duration = Duration::from_secs(10);
/// What every TLS connection begins with: the content type of a handshake (RFC 8446, 5.1).
const HANDSHAKE_RECORD: u8 = 0x16;
/// How much of a plain request is read, so that its answer is not lost to a reset.
const PLAIN_REQUEST: u64 = 64 * 1024;
const PLAIN: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\
    content-length: 59\r\n\r\nthis port speaks https: the URL has to begin with https://\n";

/// A certificate with its key, for https: TLS 1.2 and 1.3.
#[derive(Clone, Debug)]
pub struct Tls {
    files: Arc<Files>,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    /// What was there last, of use or not.
    seen: Mutex<Result<Pem, String>>,
}

/// What the files hold. No `Debug` of its own: one of them is secret.
#[derive(PartialEq, Eq)]
struct Pem {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pem")
    }
}

/// What new connections are shown.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read()))
    }
}

impl Tls {
    /// Reads a chain of certificates, the server's own first, and its key, both in PEM form.
    ///
    /// # Errors
    ///
    /// A sentence that names the file which cannot be read, holds nothing of use, or does not fit the other.
    pub fn read(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, String> {
        let (certificate, key) = (certificate.into(), key.into());
        let pem = read(&certificate, &key)?;
        let provider = Arc::new(ring::default_provider());
        let current = Arc::new(Current(RwLock::new(certified(&pem, (&certificate, &key), &provider)?)));
        let resolver = Arc::<Current>::clone(&current);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let files = Arc::new(Files { certificate, key, seen: Mutex::new(Ok(pem)) });
        Ok(Self { files, current, config: Arc::new(config) })
    }

    /// Looks at the files again and again. Connections that are open keep what they were shown.
    pub(crate) async fn renew(self) {
        loop {
            sleep(LOOK).await;
            let tls = self.clone();
            // A file may be on a disk that hangs.
            if let Err(error) = tokio::task::spawn_blocking(move || tls.look()).await {
                log::debug!(error = error.to_string().as_str(); "the certificate was not looked at");
            }
        }
    }

    /// Takes what the files hold, if that is something else than the last time.
    fn look(&self) {
        let pem = read(&self.files.certificate, &self.files.key);
        let mut seen = self.files.seen.lock();
        if *seen == pem {
            return;
        }
        let certificate = self.files.certificate.display().to_string();
        match pem.as_ref().map_err(String::clone).and_then(|pem| self.certified(pem)) {
            Ok(new) => {
                *self.current.0.write() = new;
                log::info!(certificate = certificate.as_str(); "a new certificate is in use");
            }
            Err(error) => {
                log::warn!(error = error.as_str(); "the new certificate is of no use, and the old one stays in use");
            }
        }
        *seen = pem;
    }

    fn certified(&self, pem: &Pem) -> Result<Arc<CertifiedKey>, String> {
        certified(pem, (&self.files.certificate, &self.files.key), self.config.crypto_provider())
    }

    /// The connection as it is after its handshake, which may take as long as `most`. Who speaks plain http is told so, in
    /// plain http.
    pub(crate) async fn handshake(
        &self,
        stream: TcpStream,
        most: Duration,
    ) -> io::Result<TlsStream<TcpStream>> {
        timeout(most, self.accepted(stream)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn accepted(&self, mut stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut first = [0];
        match (stream.peek(&mut first).await?, first) {
            (0, _) => Err(io::ErrorKind::UnexpectedEof.into()),
            (_, [HANDSHAKE_RECORD]) => TlsAcceptor::from(Arc::clone(&self.config)).accept(stream).await,
            _ => {
                stream.write_all(PLAIN).await?;
                stream.shutdown().await?;
                copy(&mut stream.take(PLAIN_REQUEST), &mut sink()).await?;
                Err(io::Error::other("it speaks no TLS"))
            }
        }
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Pem, String> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| format!("{path:?} cannot be read: {error}"));
    Ok(Pem { certificate: read(certificate)?, key: read(key)? })
}

fn certified(
    pem: &Pem,
    (certificate, key): (&Path, &Path),
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, String> {
    let chain = CertificateDer::pem_slice_iter(&pem.certificate).collect::<Result<Vec<_>, _>>();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| format!("{certificate:?} holds no certificate in PEM form"))?;
    let private = PrivateKeyDer::from_pem_slice(&pem.key)
        .map_err(|_| format!("{key:?} holds no private key in PEM form"))?;
    let fits = CertifiedKey::from_der(chain, private, provider);
    fits.map(Arc::new).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            format!("the key in {key:?} does not belong to the certificate in {certificate:?}")
        }
        rustls::Error::InvalidCertificate(_) => {
            format!("the certificate in {certificate:?} cannot be used: {error}")
        }
        _ => format!("the key in {key:?} cannot be used: {error}"),
    })
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
