//! TLS by rustls, under ureq.

use std::io;
use std::time::Duration;

use k8s_wait_target::DurationText;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::AgentScope;

use crate::trouble::Trouble;

/// The certificates (DER) of those who are trusted; without any, Mozilla's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roots(Vec<Vec<u8>>);

impl Roots {
    /// The certificates in a PEM file.
    ///
    /// # Errors
    ///
    /// A sentence, where there is none that can be used.
    pub(crate) fn read(path: &str) -> Result<Self, String> {
        let pem = std::fs::read(path).map_err(|error| format!("{path:?} cannot be read: {error}"))?;
        let roots = Self(parse_pem(&pem).filter_map(certificate).collect());
        let ders = roots.0.iter().map(|der| CertificateDer::from(der.as_slice()));
        match RootCertStore::empty().add_parsable_certificates(ders) {
            (0, _) => Err(format!("{path:?} holds no certificate in PEM form that can be used")),
            _ => Ok(roots),
        }
    }
}

fn certificate(item: Result<PemItem<'_>, ureq::Error>) -> Option<Vec<u8>> {
    match item.ok()? {
        PemItem::Certificate(certificate) => Some(certificate.der().to_vec()),
        _ => None,
    }
}

/// Whether `https://` can be spoken.
pub(crate) fn is_there() -> Result<(), &'static str> {
    Ok(())
}

/// Trusts `roots`.
pub(crate) fn configure(config: ConfigBuilder<AgentScope>, roots: &Roots) -> ConfigBuilder<AgentScope> {
    let trusted = match roots.0.as_slice() {
        [] => RootCerts::WebPki,
        own => RootCerts::from(own.iter().map(|der| Certificate::from_der(der).to_owned())),
    };
    config.tls_config(TlsConfig::builder().root_certs(trusted).build())
}

/// What went wrong in TLS, where that is what the error comes from.
pub(crate) fn trouble(error: &io::Error) -> Option<Trouble> {
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    Some(match error {
        Error::InvalidCertificate(why) => {
            Trouble::new("CertificateRejected", format!("its certificate is not accepted: {}", rejected(why)))
        }
        Error::InvalidMessage(_) => Trouble::new("TlsFailed", "what answers there does not speak TLS"),
        other => Trouble::new("TlsFailed", format!("TLS failed: {other}")),
    })
}

fn distance(from: UnixTime, to: UnixTime) -> Duration {
    Duration::from_secs(to.as_secs().saturating_sub(from.as_secs()))
}

fn rejected(why: &CertificateError) -> String {
    match why {
        // The latter where there is another key under the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "who signed it is not trusted here; --ca-file names a file with the certificates to trust"
                .to_owned()
        }
        CertificateError::ExpiredContext { time, not_after } => {
            format!("it expired {} ago", DurationText(distance(*not_after, *time)))
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            format!("it is not valid before {} from now", DurationText(distance(*time, *not_before)))
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            format!("it is not for {} but for {}", expected.to_str(), presented.join(", "))
        }
        other => other.to_string(),
    }
}
