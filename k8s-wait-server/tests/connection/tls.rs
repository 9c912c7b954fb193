//! https between the real server and the real client.

use crate::support::{Server, client, until};
use k8s_wait_server::{Settings, Tls};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::job;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use std::path::PathBuf;
use tempfile::TempDir;

/// A certificate for 127.0.0.1 and its key.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self::of(&["127.0.0.1"], None)
    }

    fn of(names: &[&str], ended: Option<(i32, u8, u8)>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut parameters = CertificateParams::new(names).unwrap();
        if let Some((year, month, day)) = ended {
            parameters.not_after = date_time_ymd(year, month, day);
        }
        let signing_key = KeyPair::generate().unwrap();
        let cert = parameters.self_signed(&signing_key).unwrap();
        std::fs::write(directory.path().join("tls.crt"), cert.pem()).unwrap();
        std::fs::write(directory.path().join("tls.key"), signing_key.serialize_pem()).unwrap();
        Self(directory)
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.0.path().join("tls.crt")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.path().join("tls.key")
    }
}

async fn serve(api: &Api, files: &Files) -> Server {
    let tls = Some(Tls::read(files.certificate(), files.key()).unwrap());
    Server::with(api, Settings { tls, ..Settings::default() }).await
}

#[tokio::test]
#[ignore = "needs a client with TLS"]
async fn a_wait_is_held_over_https_until_its_job_is_complete() {
    let api = Api::start().await.unwrap();
    api.create(job("migrate").namespace("shop").active(1)).unwrap();
    let files = Files::new();
    let server = serve(&api, &files).await;
    let trusted = files.certificate();
    let words = format!(
        "job/migrate --timeout 25s --server https://{} --ca-file {}",
        server.address,
        trusted.display()
    );
    let waiting = tokio::spawn(async move { client(&words).await });
    // The first question about jobs is what opens their watch.
    until(async || api.watches_open("jobs") == 1).await;
    assert!(!waiting.is_finished());
    api.apply(job("migrate").namespace("shop").complete()).unwrap();
    let (code, said) = waiting.await.unwrap();
    assert_eq!(code, 0, "{said}");
}

#[tokio::test]
#[ignore = "needs a client with TLS"]
async fn a_client_that_does_not_trust_the_certificate_says_so() {
    let api = Api::start().await.unwrap();
    let (files, others) = (Files::new(), Files::new());
    let server = serve(&api, &files).await;
    let words = format!(
        "job/migrate --timeout 300ms --server https://{} --ca-file {}",
        server.address,
        others.certificate().display()
    );
    let (code, said) = client(&words).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("CertificateRejected") && said.contains("--ca-file"), "{said}");
}

#[tokio::test]
async fn a_client_that_speaks_plain_http_is_told_what_is_wrong() {
    let api = Api::start().await.unwrap();
    let files = Files::new();
    let server = serve(&api, &files).await;
    let (code, said) =
        client(&format!("job/migrate --timeout 300ms --server http://{}", server.address)).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("this port speaks https: the URL has to begin with https://"), "{said}");
    assert_eq!(said.matches("cannot be asked").count(), 1, "it is told once: {said}");
}

#[tokio::test]
#[ignore = "needs a client with TLS"]
async fn a_client_that_speaks_https_to_a_plain_port_says_so() {
    let api = Api::start().await.unwrap();
    let server = Server::start(&api).await;
    let (code, said) =
        client(&format!("job/migrate --timeout 300ms --server https://{}", server.address)).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("TlsFailed"), "{said}");
}

/// Signed by nobody else, for another name, or for a time that is over.
#[tokio::test]
#[ignore = "needs a client with TLS"]
async fn a_certificate_for_another_name_or_time_is_refused_with_its_reason() {
    let api = Api::start().await.unwrap();
    for (names, ended, expected) in
        [(["db.example.com"], None, "db.example.com"), (["127.0.0.1"], Some((2020, 1, 1)), "xpired")]
    {
        let files = Files::of(&names, ended);
        let server = serve(&api, &files).await;
        let (url, trusted) = (format!("https://{}", server.address), files.certificate());
        let words = format!("job/migrate --timeout 300ms --server {url} --ca-file {}", trusted.display());
        let (code, said) = client(&words).await;
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("CertificateRejected") && said.contains(expected), "{expected}: {said}");
    }
}
