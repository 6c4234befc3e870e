//! Takes connections, opens TLS on them where it is spoken, and answers what comes over them; with bounds on how many
//! there are, how slowly a request may come and how large its head may be.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use nix::sys::socket::{setsockopt, sockopt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::around::Around;
use super::hourglass::Hourglass;
use super::pieces::Together;
use super::tls::Handshakes;

/// Most connections at a time; the next ones wait in the system's queue. Live ones are not among them.
const MOST: usize = 8_192;
/// Most headers of a request. Browsers send about twenty, and proxies add some.
const MAX_HEADERS: usize = 64;
/// Largest head of a request, in bytes.
const MAX_HEAD: usize = 32 * 1024;
/// How long the system keeps bytes that the other side does not take, before it drops the connection.
const UNTAKEN: Duration = Duration::from_secs(60);
/// How long to wait when the system has no connection to give: too many files are open.
const RESPITE: Duration = Duration::from_secs(1);

/// How connections are answered.
#[derive(Clone)]
pub(super) struct Connections {
    /// What answers.
    pub(super) app: Arc<Around>,
    /// TLS, where it is spoken.
    pub(super) tls: Option<Handshakes>,
    /// How long a connection may take to say what it wants, and stay open without asking.
    pub(super) patience: Duration,
    /// Cancelled when no new ones are taken and the open ones come to their end.
    pub(super) shutdown: CancellationToken,
}

impl Connections {
    /// Takes them from `listener` and answers, until the shutdown; then lets what was asked be answered.
    pub(super) async fn answer(self, listener: TcpListener) {
        let mut open = JoinSet::new();
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => break,
                Some(_) = open.join_next() => {}
                (stream, peer) = next(&listener), if open.len() < MOST => {
                    open.spawn(self.clone().one(stream, peer));
                }
            }
        }
        drop(listener);
        while open.join_next().await.is_some() {}
    }

    async fn one(self, stream: TcpStream, peer: SocketAddr) {
        tune(&stream);
        let Some(tls) = &self.tls else { return self.talk(stream, peer).await };
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            shaken = tls.shake(stream) => match shaken {
                Ok(stream) => self.talk(stream, peer).await,
                Err(error) => tracing::debug!(%peer, %error, "no handshake"),
            }
        }
    }

    async fn talk(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: SocketAddr) {
        let hourglass = Hourglass::new();
        let service = service_fn(|request| ask(self.app.clone(), request, peer, hourglass.clone()));
        let mut http = http1::Builder::new();
        http.timer(hourglass.clone()).header_read_timeout(self.patience);
        http.max_headers(MAX_HEADERS).max_header_size(MAX_HEAD);
        let mut talk = pin!(http.serve_connection(TokioIo::new(Together(stream)), service).with_upgrades());
        let ended = tokio::select! {
            ended = talk.as_mut() => ended,
            () = self.shutdown.cancelled() => {
                talk.as_mut().graceful_shutdown();
                talk.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "a connection broke off");
        }
    }
}

async fn ask(
    app: Arc<Around>,
    request: Request<Incoming>,
    peer: SocketAddr,
    hourglass: Hourglass,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    // In a box, so that a connection that asks for nothing keeps no room for an answer.
    Ok(Box::pin(app.answer(request, &hourglass)).await)
}

/// The next connection.
async fn next(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(connection) => return connection,
            // The other side went away before its turn came.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(RESPITE).await;
            }
        }
    }
}

fn tune(stream: &TcpStream) {
    let patience = u32::try_from(UNTAKEN.as_millis()).unwrap_or(u32::MAX);
    // Without the first every streamed page waits 40 ms for the browser to acknowledge its beginning.
    let tuned = stream.set_nodelay(true).and_then(|()| Ok(setsockopt(stream, sockopt::TcpUserTimeout, &patience)?));
    if let Err(error) = tuned {
        tracing::debug!(%error, "a connection could not be tuned");
    }
}
