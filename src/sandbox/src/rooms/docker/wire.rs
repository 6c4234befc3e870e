//! Connections to an engine: a socket of this machine, TCP, or TLS with a client's certificate.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bollard::BollardRequest;
use bollard::errors::Error;
use hyper::body::Incoming;
use hyper::http::uri::PathAndQuery;
use hyper::http::{HeaderValue, Response, Uri, header};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::address::Address;
use crate::Fault;

/// How long a connection may take to come about.
const PATIENCE: Duration = Duration::from_secs(5);

/// A way to an engine: a connection for each request, so that one that breaks takes nothing else along.
#[derive(Clone)]
pub(super) struct Wire {
    address: Address,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    /// Before each path, like `/v1.41`; empty: whatever version the engine likes.
    prefix: Arc<str>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Wire {
    /// The way to `address`. Connects to nothing yet.
    ///
    /// # Errors
    /// `Refused` when the files for TLS cannot be read, naming the one.
    pub(super) fn to(address: &Address) -> Result<Self, Fault> {
        let tls = match address {
            Address::Tcp { host, tls: Some(folder), .. } => {
                let name = ServerName::try_from(host.clone())
                    .map_err(|_| Fault::Refused(format!("“{host}” is no name that a certificate could have.")))?;
                Some((TlsConnector::from(Arc::new(client(folder)?)), name))
            }
            _ => None,
        };
        Ok(Self { address: address.clone(), tls, prefix: "".into() })
    }

    /// The same, speaking one version of the interface, like `1.41`.
    pub(super) fn speaking(&self, version: &str) -> Self {
        Self { prefix: format!("/v{version}").into(), ..self.clone() }
    }

    /// Sends a request over a connection of its own.
    pub(super) fn send(
        &self,
        request: BollardRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Incoming>, Error>> + Send>> {
        let wire = self.clone();
        Box::pin(async move {
            let request = wire.addressed(request)?;
            let stream = timeout(PATIENCE, wire.connect())
                .await
                .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no connection within 5 s"))??;
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
            // Ends with the response's body, or with the stream it is upgraded to.
            tokio::spawn(connection.with_upgrades());
            Ok(sender.send_request(request).await?)
        })
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        match (&self.address, &self.tls) {
            (Address::Unix(path), _) => Ok(Box::new(UnixStream::connect(path).await?)),
            (Address::Tcp { host, port, .. }, tls) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                keep_alive(&stream)?;
                match tls {
                    None => Ok(Box::new(stream)),
                    Some((connector, name)) => Ok(Box::new(connector.connect(name.clone(), stream).await?)),
                }
            }
        }
    }

    /// With the path and the host that the engine wants to see.
    fn addressed(&self, mut request: BollardRequest) -> Result<BollardRequest, Error> {
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        *request.uri_mut() = format!("{}{path}", self.prefix).parse::<Uri>()?;
        let host = match &self.address {
            Address::Unix(_) => HeaderValue::from_static("localhost"),
            address => HeaderValue::from_str(address.to_string().trim_start_matches("tcp://"))
                .map_err(|error| Error::from(io::Error::other(error)))?,
        };
        request.headers_mut().insert(header::HOST, host);
        Ok(request)
    }
}

/// An engine's machine that is gone without a word is noticed within a minute, also on a stream where nothing is said.
fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    use rustix::net::sockopt;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, Duration::from_secs(15))?;
    sockopt::set_tcp_keepintvl(stream, Duration::from_secs(10))?;
    sockopt::set_tcp_keepcnt(stream, 4)?;
    #[cfg(target_os = "linux")]
    sockopt::set_tcp_user_timeout(stream, 60_000)?;
    Ok(())
}

/// A client that shows `cert.pem` by `key.pem`, and trusts those whom `ca.pem` vouches for and nobody else.
fn client(folder: &Path) -> Result<ClientConfig, Fault> {
    let wrong = |name: &str, why: &dyn std::fmt::Display| {
        Fault::Refused(format!("TLS to the engine needs {}, which cannot be used: {why}.", folder.join(name).display()))
    };
    let chain = |name: &str| {
        let certificates: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(folder.join(name)).map_err(|error| wrong(name, &error))?.collect();
        let certificates = certificates.map_err(|error| wrong(name, &error))?;
        if certificates.is_empty() { Err(wrong(name, &"there is no certificate in it")) } else { Ok(certificates) }
    };
    let mut roots = RootCertStore::empty();
    for certificate in chain("ca.pem")? {
        roots.add(certificate).map_err(|error| wrong("ca.pem", &error))?;
    }
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).map_err(|error| wrong("key.pem", &error))?;
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong("ca.pem", &error))?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain("cert.pem")?, key)
        .map_err(|error| wrong("cert.pem", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_for_tls_that_is_missing_or_no_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let address = Address::parse("tcp://engine.example", Some(folder.path())).unwrap();
        let why = || Wire::to(&address).err().unwrap().to_string();
        assert!(why().contains("ca.pem"), "{}", why());
        std::fs::write(folder.path().join("ca.pem"), "nothing").unwrap();
        assert!(why().contains("ca.pem") && why().contains("no certificate"), "{}", why());
    }
}
