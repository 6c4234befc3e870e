//! The section `tls`: the certificate with which the server itself speaks TLS.

use std::path::PathBuf;

use super::read::lacks;
use super::values::{Value, Values};

/// The files of the certificate and its key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate, and after it those that lead to its authority.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

pub(super) fn read(values: &mut Values) -> Option<Tls> {
    let here = values.here.clone();
    let path = |value: &Value| Ok(Some(value.source.folder(&here).join(&value.text)));
    let certificate = values.take("tls.certificate", None, path);
    let key = values.take("tls.key", None, path);
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some(Tls { certificate, key }),
        (None, None) => None,
        (Some(_), None) => lacks(values, "tls.certificate", "tls.key", "TLS"),
        (None, Some(_)) => lacks(values, "tls.key", "tls.certificate", "TLS"),
    }
}
