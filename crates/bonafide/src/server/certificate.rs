//! The certificate that the server shows: the operator's own, or one that the program makes for a shop's local network.
//!
//! Phones and cameras ask for a secure context, so that a server that others reach has TLS always, unless a proxy before it has. A
//! self-made certificate is warned of by browsers until it is installed; its fingerprint is printed, to be compared.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::failure::Failure;

/// The files of the certificate that the program makes, in the data folder.
const CERTIFICATE_FILE: &str = "certificate.pem";
const KEY_FILE: &str = "certificate-key.pem";

/// Where the certificate and its key are.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// The certificate and those that vouch for it, as PEM.
    pub certificate: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
}

/// What serves TLS, and the SHA-256 of the certificate as browsers show it.
pub struct Tls {
    /// Takes handshakes.
    pub acceptor: TlsAcceptor,
    /// `AB:CD:…`
    pub fingerprint: String,
}

/// Makes a certificate for this machine's `addresses` and `localhost` in `folder`, if there is none yet.
///
/// # Errors
/// `io` when it cannot be written.
pub fn self_made(folder: &Path, addresses: &[IpAddr]) -> Result<CertificateFiles, Failure> {
    let files = CertificateFiles { certificate: folder.join(CERTIFICATE_FILE), key: folder.join(KEY_FILE) };
    if files.certificate.exists() && files.key.exists() {
        return Ok(files);
    }
    let bad = |error: rcgen::Error| Failure::new("bad_certificate", error.to_string());
    let names = std::iter::once("localhost".to_owned()).chain(addresses.iter().map(IpAddr::to_string));
    let mut params = CertificateParams::new(names.collect::<Vec<_>>()).map_err(bad)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Bonafide on this network");
    let key = KeyPair::generate().map_err(bad)?;
    let certificate = params.self_signed(&key).map_err(bad)?;
    write_private(&files.key, &key.serialize_pem())?;
    write_private(&files.certificate, &certificate.pem())?;
    Ok(files)
}

fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| Failure::io("write", path, &error))
}

/// Reads a certificate with its key.
///
/// # Errors
/// `bad_certificate` when the files are no certificate and key, or not of each other.
pub fn load(files: &CertificateFiles) -> Result<Tls, Failure> {
    let bad =
        |path: &Path, error: String| Failure::new("bad_certificate", format!("{}: {error}", path.display()));
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad(&files.certificate, error.to_string()))?;
    let first = chain.first().ok_or_else(|| bad(&files.certificate, "no certificate in it".to_owned()))?;
    let fingerprint = Sha256::digest(first.as_ref());
    let fingerprint: Vec<String> = fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| bad(&files.key, error.to_string()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| bad(&files.certificate, error.to_string()))?;
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), fingerprint: fingerprint.join(":") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_read_back_and_its_key_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let files = self_made(dir.path(), &["192.168.1.5".parse().unwrap()]).unwrap();
        let first = load(&files).unwrap().fingerprint;
        assert_eq!(load(&self_made(dir.path(), &[]).unwrap()).unwrap().fingerprint, first);
        assert_eq!(first.len(), 32 * 3 - 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&files.key).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&files.certificate, "nonsense").unwrap();
        assert_eq!(load(&files).err().unwrap().key, "bad_certificate");
    }
}
