//! HTTP/1.1 over one connection that is kept: enough for a load, and cheap.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::Result;

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where the head of the last answer ends.
    head: usize,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: Vec<u8>,
    /// How many bytes came, head included.
    pub(crate) bytes: usize,
}

/// The bytes of a request. `token` goes into `Authorization`.
pub(crate) fn request(to: SocketAddr, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\n");
    if let Some(token) = token {
        let _ = write!(text, "Authorization: Bearer {token}\r\n");
    }
    match body.map(Value::to_string) {
        Some(body) => {
            let _ = write!(text, "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
        None => text.push_str("\r\n"),
    }
    text.into_bytes()
}

/// Asks once, over a connection of its own, for an answer in JSON.
pub(crate) async fn ask(to: SocketAddr, request: &[u8]) -> Result<Value> {
    let answer = Connection::open(to).await?.ask(request).await?;
    if !(200..300).contains(&answer.status) {
        return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
    }
    Ok(serde_json::from_slice(&answer.body)?)
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(to: SocketAddr) -> Result<Self> {
        Self::open_from(Ipv4Addr::UNSPECIFIED, to).await
    }

    /// Connects from one of this machine's own addresses; unspecified: from any.
    pub(crate) async fn open_from(from: Ipv4Addr, to: SocketAddr) -> Result<Self> {
        Ok(Self { stream: connect(from, to).await?, buffer: Vec::with_capacity(4096), head: 0 })
    }

    /// What the last answer says under that name in its head.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        header(std::str::from_utf8(self.buffer.get(..self.head)?).ok()?, name)
    }

    /// Sends a request and takes the whole answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        self.head = head;
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status = text.split(' ').nth(1).ok_or("no status")?.parse()?;
        let body = match (header(text, "content-length"), header(text, "transfer-encoding")) {
            (Some(length), _) => {
                let end = head + length.parse::<usize>()?;
                while self.buffer.len() < end {
                    self.more().await?;
                }
                self.buffer[head..end].to_vec()
            }
            (None, Some(_)) => self.chunks(head).await?,
            (None, None) => Vec::new(),
        };
        Ok(Answer { status, body, bytes: self.buffer.len() })
    }

    async fn chunks(&mut self, mut at: usize) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let Some(line) = find(&self.buffer[at..], b"\r\n") else {
                self.more().await?;
                continue;
            };
            let size = std::str::from_utf8(&self.buffer[at..at + line])?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            let start = at + line + 2;
            while self.buffer.len() < start + size + 2 {
                self.more().await?;
            }
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&self.buffer[start..start + size]);
            at = start + size + 2;
        }
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the connection was closed in the middle".into());
        }
        Ok(())
    }
}

/// A connection to `to` from one of this machine's own addresses; unspecified: from any.
pub(crate) async fn connect(from: Ipv4Addr, to: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if !from.is_unspecified() {
        socket.bind((from, 0).into())?;
    }
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// Where `needle` begins in `hay`.
pub(crate) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|part| part == needle)
}
