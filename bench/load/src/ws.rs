//! A WebSocket client: enough to hear a server out, and cheap, so that thousands fit on one processor.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Result;
use crate::http::{connect, find};

/// A connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where the part of the buffer begins that was not given out yet.
    start: usize,
    /// Bytes that came, those of the handshake not counted.
    pub(crate) bytes: usize,
}

thread_local! {
    static ROOM: RefCell<Box<[u8]>> = RefCell::new(vec![0; 64 * 1024].into());
}

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

impl Socket {
    /// Connects; `token` goes into `Authorization`.
    pub(crate) async fn open(to: SocketAddr, path: &str, token: Option<&str>) -> Result<Self> {
        Self::open_from(Ipv4Addr::UNSPECIFIED, to, path, token).await
    }

    /// Connects from one of this machine's own addresses; unspecified: from any.
    pub(crate) async fn open_from(from: Ipv4Addr, to: SocketAddr, path: &str, token: Option<&str>) -> Result<Self> {
        let mut stream = connect(from, to).await?;
        let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let ask = format!(
            "GET {path} HTTP/1.1\r\nHost: {to}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{authorization}\r\n"
        );
        stream.write_all(ask.as_bytes()).await?;
        let mut buffer = Vec::with_capacity(1024);
        let head = loop {
            if let Some(end) = find(&buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("closed while shaking hands".into());
            }
        };
        if !buffer.starts_with(b"HTTP/1.1 101") {
            return Err(String::from_utf8_lossy(&buffer).into_owned().into());
        }
        Ok(Self { stream, buffer, start: head, bytes: 0 })
    }

    /// Says a text.
    pub(crate) async fn say(&mut self, text: &str) -> Result<()> {
        self.send(TEXT, text.as_bytes()).await
    }

    /// Says goodbye, as a page does that is left. Nobody waits for the answer.
    pub(crate) async fn leave(mut self) -> Result<()> {
        self.send(CLOSE, &1000_u16.to_be_bytes()).await
    }

    async fn send(&mut self, kind: u8, payload: &[u8]) -> Result<()> {
        let mut frame = vec![0x80 | kind];
        match u16::try_from(payload.len())? {
            short @ ..126 => frame.push(0x80 | u8::try_from(short)?),
            long => {
                frame.push(0x80 | 126);
                frame.extend(long.to_be_bytes());
            }
        }
        // A mask of zeros changes nothing. It hides nothing either, which on this machine nobody needs.
        frame.extend([0; 4]);
        frame.extend(payload);
        Ok(self.stream.write_all(&frame).await?)
    }

    /// The next message, answering pings on the way.
    pub(crate) async fn next(&mut self) -> Result<&[u8]> {
        loop {
            let (kind, payload) = self.frame().await?;
            match kind {
                TEXT | BINARY => return Ok(&self.buffer[payload]),
                PING => {
                    let payload = self.buffer[payload].to_vec();
                    self.send(PONG, &payload).await?;
                }
                PONG => {}
                CLOSE => {
                    let payload = &self.buffer[payload];
                    let code = payload.first_chunk().map_or(0, |code| u16::from_be_bytes(*code));
                    let reason = payload.get(2..).map(String::from_utf8_lossy).unwrap_or_default();
                    return Err(format!("the server closed the socket ({code}): {reason}").into());
                }
                other => return Err(format!("a frame of kind {other}").into()),
            }
        }
    }

    async fn frame(&mut self) -> Result<(u8, Range<usize>)> {
        loop {
            let rest = &self.buffer[self.start..];
            if let Some((kind, head, length)) = parse(rest)
                && rest.len() >= head + length
            {
                let payload = self.start + head..self.start + head + length;
                self.start = payload.end;
                self.bytes += head + length;
                return Ok((kind, payload));
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            self.fill().await?;
        }
    }

    /// Reads what came, much at once, into room that all connections share: each by itself stays small.
    async fn fill(&mut self) -> Result<()> {
        let Self { stream, buffer, .. } = self;
        loop {
            stream.readable().await?;
            let read = ROOM.with_borrow_mut(|room| {
                let read = stream.try_read(room)?;
                buffer.extend_from_slice(&room[..read]);
                Ok::<_, std::io::Error>(read)
            });
            match read {
                Ok(0) => return Err("the connection was closed".into()),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The kind of the frame that begins here, how long its head is, and how long what follows.
fn parse(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (head, length) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    Some((first & 0x0f, head, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_come_in_three_sizes() {
        assert_eq!(parse(&[0x81, 5]), Some((TEXT, 2, 5)));
        assert_eq!(parse(&[0x81, 126, 1, 0]), Some((TEXT, 4, 256)));
        assert_eq!(parse(&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]), Some((BINARY, 10, 65536)));
        assert_eq!(parse(&[0x81, 126, 1]), None);
    }
}
