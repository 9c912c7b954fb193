//! TLS under HTTP: [`Tls`].

use crate::Verdict;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Verified TLS, with the system's roots: an operator can change them, and they take no room in the program.
#[derive(Clone, Default)]
pub(super) struct Tls {
    /// Read when it is first needed.
    config: Arc<OnceLock<Result<Arc<ClientConfig>, String>>>,
}

impl Tls {
    /// A secured stream over a connection to `host`.
    pub(super) async fn secure(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Verdict> {
        let failed = |message: String| Verdict::pending("TlsFailed", message);
        let config = self.config.get_or_init(configure).clone().map_err(failed)?;
        let name = ServerName::try_from(host.trim_end_matches('.').to_owned());
        let name = name.map_err(|error| failed(error.to_string()))?;
        TlsConnector::from(config).connect(name, stream).await.map_err(|error| {
            let cause = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
            match cause {
                Some(rustls::Error::InvalidCertificate(why)) => {
                    Verdict::pending("CertificateRejected", format!("the certificate is not accepted: {why}"))
                }
                _ => failed(format!("no TLS connection: {error}")),
            }
        })
    }
}

fn configure() -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("there are no certificates to trust; SSL_CERT_FILE names a file that has some".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::ServerConfig;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    fn trusting(certificates: &[CertificateDer<'static>]) -> Tls {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
        Tls { config: Arc::new(Ok(Arc::new(config)).into()) }
    }

    fn certified(name: &str) -> (CertificateDer<'static>, TlsAcceptor) {
        let own = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let certificate = own.cert.der().clone();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_no_client_auth().with_single_cert(vec![certificate.clone()], key);
        (certificate, TlsAcceptor::from(Arc::new(config.unwrap())))
    }

    /// What the client gets whose server accepts so.
    async fn meet(tls: &Tls, name: &str, server: Option<TlsAcceptor>) -> Result<(), Verdict> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let accept = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            match server {
                Some(server) => drop(server.accept(stream).await),
                None => drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await),
            }
        };
        tokio::join!(tls.secure(name, stream), accept).0.map(drop)
    }

    fn code(outcome: Result<(), Verdict>) -> String {
        outcome.unwrap_err().reason().unwrap().code.to_string()
    }

    #[tokio::test]
    async fn only_who_is_trusted_is_spoken_to() {
        let (certificate, server) = certified("db.example");
        let (other, _) = certified("db.example");
        let tls = trusting(&[certificate]);
        assert_eq!(meet(&tls, "db.example", Some(server.clone())).await, Ok(()));
        assert_eq!(meet(&tls, "db.example.", Some(server.clone())).await, Ok(()));
        assert_eq!(code(meet(&tls, "web.example", Some(server.clone())).await), "CertificateRejected");
        assert_eq!(code(meet(&trusting(&[other]), "db.example", Some(server)).await), "CertificateRejected");
        assert_eq!(code(meet(&tls, "db.example", None).await), "TlsFailed");
    }
}
