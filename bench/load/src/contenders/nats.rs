//! NATS with JetStream: what is published is kept in a file, flushed for each message, and heard by plain subscribers.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Result;
use crate::http::find;
use crate::options::Options;
use crate::server::{self, Server};

/// The subject of the conversation.
pub(crate) const SUBJECT: &str = "conversation.bench";

/// Starts one with an empty stream; none where it is missing.
pub(crate) async fn start(options: &Options) -> Result<Option<(Server, tempfile::TempDir)>> {
    let Some(program) = &options.nats else { return Ok(None) };
    let folder = tempfile::tempdir()?;
    let address = server::free_port()?;
    let mut serve = server::command(program);
    serve.arg("--config").arg(options.peers.join("nats.conf"));
    serve.args(["--addr", "127.0.0.1", "--port", &address.port().to_string(), "--store_dir"]).arg(folder.path());
    let server = Server::start(serve, address, &folder.path().join("log")).await?;
    let stream =
        json!({ "name": "BENCH", "subjects": [SUBJECT], "storage": "file", "retention": "limits", "num_replicas": 1 });
    let mut client = Client::open(address).await?;
    let made = client.ask("$JS.API.STREAM.CREATE.BENCH", &stream.to_string()).await?;
    if made.get("error").is_some() {
        return Err(made.to_string().into());
    }
    Ok(Some((server, folder)))
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    start: usize,
    /// Bytes that came.
    pub(crate) bytes: usize,
}

/// The inbox of a client that asks. Each has a connection of its own.
const INBOX: &str = "_INBOX.bench";

impl Client {
    /// Connects and waits until the server knows.
    pub(crate) async fn open(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let mut client = Self { stream, buffer: Vec::with_capacity(1024), start: 0, bytes: 0 };
        client.say("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n").await?;
        while client.line().await? != "PONG" {}
        Ok(client)
    }

    /// Hears what is published from now on.
    pub(crate) async fn subscribe(&mut self, subject: &str) -> Result<()> {
        self.say(&format!("SUB {subject} 1\r\nPING\r\n")).await?;
        while self.line().await? != "PONG" {}
        Ok(())
    }

    /// Publishes and waits for the answer: for a message, that it is kept.
    pub(crate) async fn ask(&mut self, subject: &str, payload: &str) -> Result<Value> {
        let inbox = format!("{INBOX}.{}", self.stream.local_addr()?.port());
        let length = payload.len();
        self.say(&format!("SUB {inbox} 9\r\nUNSUB 9 1\r\nPUB {subject} {inbox} {length}\r\n{payload}\r\n")).await?;
        Ok(serde_json::from_slice(self.next().await?)?)
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Result<&[u8]> {
        let length = loop {
            let line = self.line().await?;
            match line.split(' ').next() {
                Some("MSG") => break line.rsplit(' ').next().unwrap_or_default().parse::<usize>()?,
                Some("PING") => self.say("PONG\r\n").await?,
                Some("-ERR") => return Err(line.into()),
                _ => {}
            }
        };
        while self.buffer.len() < self.start + length + 2 {
            self.more().await?;
        }
        let payload = self.start..self.start + length;
        self.start += length + 2;
        Ok(&self.buffer[payload])
    }

    async fn say(&mut self, text: &str) -> Result<()> {
        Ok(self.stream.write_all(text.as_bytes()).await?)
    }

    async fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = find(&self.buffer[self.start..], b"\r\n") {
                let line = String::from_utf8(self.buffer[self.start..self.start + end].to_vec())?;
                self.start += end + 2;
                return Ok(line);
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the connection was closed".into()),
            read => {
                self.bytes += read;
                Ok(())
            }
        }
    }
}
