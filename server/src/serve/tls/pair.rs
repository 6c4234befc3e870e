//! A certificate and its key, as they lie on disk.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use super::validity::Validity;
use crate::config::Tls;

/// The bytes of both files.
pub(crate) struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// A certificate and its key that fit.
pub(crate) struct Pair {
    /// What connections are opened with.
    pub(crate) certified: Arc<CertifiedKey>,
    /// How long it holds.
    pub(crate) validity: Validity,
}

impl Files {
    /// Reads both.
    ///
    /// # Errors
    /// In words, which file cannot be read and why.
    pub(crate) fn read(tls: &Tls) -> Result<Self, String> {
        let read = |path: &Path| {
            fs::read(path).map_err(|error: io::Error| format!("{} cannot be read: {error}", path.display()))
        };
        Ok(Self { certificate: read(&tls.certificate)?, key: read(&tls.key)? })
    }

    /// Tells one content from another.
    pub(crate) fn mark(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.certificate, &self.key).hash(&mut hasher);
        hasher.finish()
    }

    /// What they hold.
    ///
    /// # Errors
    /// In words, when that is no certificate, no key, or two that do not belong together.
    pub(crate) fn pair(&self, tls: &Tls) -> Result<Pair, String> {
        let (certificate, key) = (tls.certificate.display(), tls.key.display());
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = chain.unwrap_or_default();
        let Some(first) = chain.first() else { return Err(format!("{certificate} holds no certificate in PEM")) };
        let validity = Validity::of(first).ok_or_else(|| format!("the certificate in {certificate} cannot be read"))?;
        let private = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| format!("{key} holds no private key in PEM, or one with a password"))?;
        let certified =
            CertifiedKey::from_der(chain, private, &ring::default_provider()).map_err(|error| match error {
                Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    format!("the key in {key} does not belong to the certificate in {certificate}")
                }
                error => format!("the key in {key} cannot be used with {certificate}: {error}"),
            })?;
        Ok(Pair { certified: Arc::new(certified), validity })
    }
}

impl Pair {
    /// Reads and checks both files.
    ///
    /// # Errors
    /// As [`Files::read`] and [`Files::pair`].
    pub(crate) fn read(tls: &Tls) -> Result<Self, String> {
        Files::read(tls)?.pair(tls)
    }

    /// Whether the certificate is one for `host`.
    pub(crate) fn names(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let certificate = self.certified.end_entity_cert().ok().and_then(|der| ParsedCertificate::try_from(der).ok());
        match (certificate, ServerName::try_from(bare)) {
            (Some(certificate), Ok(name)) => verify_server_name(&certificate, &name).is_ok(),
            _ => false,
        }
    }
}

/// Whether anyone on this machine can read the key.
pub(crate) fn anyone_reads_key(tls: &Tls) -> bool {
    fs::metadata(&tls.key).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A certificate for `name` and its key, as files in `folder`.
    pub(crate) fn files(folder: &Path, name: &str) -> Tls {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let tls = Tls { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
        fs::write(&tls.certificate, made.cert.pem()).unwrap();
        fs::write(&tls.key, made.signing_key.serialize_pem()).unwrap();
        tls
    }

    fn why(tls: &Tls) -> String {
        Pair::read(tls).err().unwrap()
    }

    #[test]
    fn a_pair_names_its_hosts() {
        let folder = tempfile::tempdir().unwrap();
        let pair = Pair::read(&files(folder.path(), "workshop.example")).unwrap();
        assert!(pair.names("workshop.example"));
        for other in ["workshop.example.org", "pods.workshop.example", "127.0.0.1", "[::1]", ""] {
            assert!(!pair.names(other), "{other}");
        }
        assert!(pair.validity.from < pair.validity.until);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_file_that_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let tls = files(folder.path(), "a.example");
        let other = tempfile::tempdir().unwrap();
        let foreign = Tls { key: files(other.path(), "a.example").key, ..tls.clone() };
        assert!(why(&foreign).contains("does not belong to the certificate"), "{}", why(&foreign));
        let swapped = Tls { certificate: tls.key.clone(), key: tls.certificate.clone() };
        assert!(why(&swapped).contains("holds no certificate"), "{}", why(&swapped));
        let twice = Tls { key: tls.certificate.clone(), ..tls.clone() };
        assert!(why(&twice).contains("holds no private key"), "{}", why(&twice));
        fs::remove_file(&tls.key).unwrap();
        assert!(why(&tls).contains("key.pem cannot be read"), "{}", why(&tls));
    }

    #[test]
    fn files_that_changed_have_another_mark() {
        let folder = tempfile::tempdir().unwrap();
        let tls = files(folder.path(), "a.example");
        let before = Files::read(&tls).unwrap().mark();
        assert_eq!(Files::read(&tls).unwrap().mark(), before);
        files(folder.path(), "a.example");
        assert_ne!(Files::read(&tls).unwrap().mark(), before);
    }
}
