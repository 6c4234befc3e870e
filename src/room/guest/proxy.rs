//! The way to package registries: connections to a port inside, passed on to the socket of the host's proxy.

use std::io;
use std::net::{Ipv4Addr, TcpListener as Listener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use room::{PROXY_PORT, PROXY_SOCKET};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Semaphore;

/// Most connections at a time. More wait.
const CONNECTIONS: usize = 64;
const BUFFER: usize = 16 << 10;

/// What went through, in bytes.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Passed {
    /// What went out and what came in.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.received.load(Ordering::Relaxed))
    }
}

/// Listens from now on.
pub(crate) fn listen(passed: Arc<Passed>) -> io::Result<()> {
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, PROXY_PORT))?;
    listener.set_nonblocking(true)?;
    tokio::spawn(accept(TcpListener::from_std(listener)?, passed));
    Ok(())
}

async fn accept(listener: TcpListener, passed: Arc<Passed>) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // It is never closed.
        let Ok(place) = free.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let passed = passed.clone();
                tokio::spawn(async move {
                    // A connection that fails is closed, which is all that its other end needs to know.
                    let _ = pass(stream, &passed).await;
                    drop(place);
                });
            }
            // Nobody tells when there are files to open again.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn pass(inside: TcpStream, passed: &Passed) -> io::Result<()> {
    let outside = UnixStream::connect(PROXY_SOCKET).await?;
    let (ask, answer) = inside.into_split();
    let (back, out) = outside.into_split();
    tokio::try_join!(copy(ask, out, &passed.sent), copy(back, answer, &passed.received))?;
    Ok(())
}

/// Copies to the end, and says then that it is the end.
async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, count: &AtomicU64) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let bytes = from.read(&mut buffer).await?;
        if bytes == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..bytes]).await?;
        count.fetch_add(u64::try_from(bytes).unwrap_or_default(), Ordering::Relaxed);
    }
}
