//! Getting through to a place that may be reached.

use std::io;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, lookup_host};

use super::address::may_be_reached;
use super::allow::Meant;
use super::head::{self, read_head};
use super::upstream::Via;

/// Why a place was not reached.
#[derive(Debug)]
pub(super) enum Failed {
    /// It stands where nothing may be reached.
    Address,
    /// Nobody answers.
    Io(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Connects without a proxy. The name is looked up once: the address that was checked is the one that is connected to.
pub(super) async fn directly(host: &str, port: u16, meant: Meant) -> Result<TcpStream, Failed> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let mut last = Failed::Io(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    let mut refused = false;
    for address in lookup_host((bare, port)).await? {
        if !may_be_reached(address.ip(), meant) {
            refused = true;
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = Failed::Io(error),
        }
    }
    Err(if refused { Failed::Address } else { last })
}

/// Connects to a proxy.
pub(super) async fn to_proxy(via: &Via) -> Result<TcpStream, Failed> {
    let stream = TcpStream::connect((via.host.trim_start_matches('[').trim_end_matches(']'), via.port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Has a proxy connect to a place. Gives the connection and what already came through it.
pub(super) async fn through(via: &Via, host: &str, port: u16) -> Result<(TcpStream, Vec<u8>), Failed> {
    let mut stream = to_proxy(via).await?;
    let mut ask = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if let Some(authorization) = &via.authorization {
        ask += &format!("Proxy-Authorization: {authorization}\r\n");
    }
    stream.write_all((ask + "\r\n").as_bytes()).await?;
    let unclear = || io::Error::new(io::ErrorKind::InvalidData, "the machine's own proxy does not let it through");
    let (answer, rest) = read_head(&mut stream).await?.map_err(|_| unclear())?;
    match head::status(&answer) {
        Some(200..=299) => Ok((stream, rest)),
        _ => Err(unclear().into()),
    }
}
