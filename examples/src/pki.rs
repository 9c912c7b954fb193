//! Certificates and keys for a control plane of our own: [`Pki`].

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose as Purpose, IsCa, Issuer};
use rcgen::{KeyPair, KeyUsagePurpose};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The files that the processes read.
pub(crate) struct Pki {
    folder: PathBuf,
}

impl Pki {
    /// Makes a CA, the API server's certificate, an administrator's, and the key that signs ServiceAccount tokens.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub(crate) fn make(folder: &Path) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        fs::create_dir_all(folder)?;
        let pki = Self { folder: folder.to_owned() };
        let ca_key = KeyPair::generate()?;
        let ca = authority();
        pki.write("ca.crt", &ca.self_signed(&ca_key)?.pem())?;
        let issuer = Issuer::new(ca, ca_key);
        pki.certify("apiserver", server()?, &issuer)?;
        pki.certify("admin", administrator(), &issuer)?;
        let tokens = KeyPair::generate()?;
        pki.write("tokens.key", &tokens.serialize_pem())?;
        pki.write("tokens.pub", &tokens.public_key_pem())?;
        Ok(pki)
    }

    /// One of the files.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn certify(
        &self,
        name: &str,
        params: CertificateParams,
        issuer: &Issuer<'_, KeyPair>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let key = KeyPair::generate()?;
        self.write(&format!("{name}.crt"), &params.signed_by(&key, issuer)?.pem())?;
        self.write(&format!("{name}.key"), &key.serialize_pem())?;
        Ok(())
    }

    fn write(&self, name: &str, pem: &str) -> io::Result<()> {
        fs::write(self.path(name), pem)
    }
}

fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "k8s-wait-test");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params
}

fn server() -> Result<CertificateParams, rcgen::Error> {
    let names = ["127.0.0.1", "10.0.0.1", "localhost", "kubernetes.default.svc"];
    let mut params = CertificateParams::new(names.map(str::to_owned))?;
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    params.extended_key_usages = vec![Purpose::ServerAuth];
    Ok(params)
}

/// In the group that may do everything.
fn administrator() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, "system:masters");
    params.distinguished_name.push(DnType::CommonName, "admin");
    params.extended_key_usages = vec![Purpose::ClientAuth];
    params
}
