//! TLS of the server itself: handshakes with the newest certificate.

mod newest;
mod pair;
mod validity;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::{Error, ErrorCode, Result};
use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::Tls;
pub(crate) use newest::Newest;
pub(crate) use pair::{Pair, anyone_reads_key};

/// How long a handshake may take, with its wait for the others.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most handshakes at a time: they are what costs a stranger least and a server most.
const MOST: usize = 256;

/// Opens TLS on connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Handshakes {
    acceptor: TlsAcceptor,
    room: Arc<Semaphore>,
}

impl Handshakes {
    /// With whatever certificate is the newest.
    ///
    /// # Errors
    /// `Internal` when the library refuses its own defaults.
    pub(super) fn with(newest: Arc<Newest>) -> Result<Self> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_no_client_auth()
            .with_cert_resolver(newest);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), room: Arc::new(Semaphore::new(MOST)) })
    }

    /// Shakes hands over `stream`.
    ///
    /// # Errors
    /// When the other side does not speak TLS, breaks off, or takes too long.
    pub(super) async fn shake(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let shaken = timeout(PATIENCE, async {
            let _place = self.room.acquire().await.map_err(io::Error::other)?;
            self.acceptor.accept(stream).await
        });
        shaken.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

/// Reads the certificate with which the server begins.
///
/// # Errors
/// `Unavailable`, in words.
pub(super) async fn begin(tls: Tls) -> Result<Arc<Newest>> {
    let read = tokio::task::spawn_blocking(move || Newest::read(tls)).await.map_err(Error::internal)?;
    read.map(Arc::new).map_err(|why| Error::new(ErrorCode::Unavailable, format!("TLS cannot be spoken: {why}.")))
}
