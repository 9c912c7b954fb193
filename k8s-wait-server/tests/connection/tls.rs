//! https between the real server and the real client.

use crate::support::{Server, client, until};
use k8s_wait_server::{Settings, Tls};
use k8s_wait_testkit::Api;
use k8s_wait_testkit::build::job;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::path::PathBuf;
use tempfile::TempDir;

/// A certificate for 127.0.0.1 and its key.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
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
