//! Servers that tell many what one says: each started, entered and spoken to in its own way.

use std::net::SocketAddr;

use serde_json::json;
use tempfile::TempDir;

use super::{bare, nats, node, tatwats};
use crate::Result;
use crate::http::Connection;
use crate::options::Options;
use crate::server::Server;
use crate::ws::Socket;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// TATWATS, a conversation followed on its live stream.
    Tatwats,
    /// Socket.IO.
    SocketIo,
    /// WebSockets by `ws`.
    Ws,
    /// NATS with JetStream.
    Nats,
    /// Nothing but sending.
    Bare,
}

/// A running server, and how to get in.
#[derive(Debug)]
pub(crate) struct Room {
    kind: Kind,
    /// The server.
    pub(crate) server: Server,
    /// Its folder; gone with it.
    pub(crate) folder: Option<TempDir>,
    token: Option<String>,
    conversation: String,
}

/// Who hears.
#[derive(Debug)]
pub(crate) enum Listener {
    /// A WebSocket of that server.
    Socket(Kind, Socket),
    /// A connection of NATS's own.
    Nats(nats::Client),
    /// A connection of the bare server's.
    Bare(bare::Client),
}

/// Who speaks.
#[derive(Debug)]
pub(crate) enum Speaker {
    /// By requests.
    Http(Connection, SocketAddr, String, Option<String>),
    /// By a WebSocket of that server.
    Socket(Kind, Socket),
    /// A connection of NATS's own.
    Nats(nats::Client),
    /// A connection of the bare server's.
    Bare(bare::Client),
}

impl Kind {
    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tatwats => "TATWATS",
            Self::SocketIo => "Socket.IO",
            Self::Ws => "ws",
            Self::Nats => "NATS JetStream",
            Self::Bare => "the kernel's sending alone",
        }
    }

    /// Starts it; none where it is missing.
    pub(crate) async fn start(self, options: &Options) -> Result<Option<Room>> {
        let room = |server, folder| Room { kind: self, server, folder, token: None, conversation: String::new() };
        Ok(match self {
            Self::Tatwats => {
                let tatwats::Workshop { server, folder, token, conversation } = tatwats::start(options, None).await?;
                Some(Room { kind: self, server, folder: Some(folder), token: Some(token), conversation })
            }
            Self::SocketIo => Some(room(node::start(options, "socket-io", &[]).await?, None)),
            Self::Ws => Some(room(node::start(options, "ws", &[]).await?, None)),
            Self::Nats => nats::start(options).await?.map(|(server, folder)| room(server, Some(folder))),
            Self::Bare => Some(room(bare::start().await?, None)),
        })
    }
}

impl Room {
    /// Comes in and listens.
    pub(crate) async fn enter(&self) -> Result<Listener> {
        let to = self.server.address;
        if self.kind == Kind::Nats {
            let mut client = nats::Client::open(to).await?;
            client.subscribe(nats::SUBJECT).await?;
            return Ok(Listener::Nats(client));
        }
        if self.kind == Kind::Bare {
            return Ok(Listener::Bare(bare::Client::listener(to).await?));
        }
        let mut socket = self.socket().await?;
        if self.kind == Kind::Tatwats {
            let topics = json!({ "type": "subscribe", "topics": [format!("conversation:{}", self.conversation)] });
            socket.say(&topics.to_string()).await?;
            greeted(&mut socket).await?;
        }
        socket.bytes = 0;
        Ok(Listener::Socket(self.kind, socket))
    }

    /// Comes in to speak.
    pub(crate) async fn speaker(&self) -> Result<Speaker> {
        let to = self.server.address;
        Ok(match self.kind {
            Kind::Tatwats => {
                let path = format!("/api/v1/conversations/{}/messages", self.conversation);
                Speaker::Http(Connection::open(to).await?, to, path, self.token.clone())
            }
            Kind::Nats => Speaker::Nats(nats::Client::open(to).await?),
            Kind::Bare => Speaker::Bare(bare::Client::speaker(to).await?),
            kind => Speaker::Socket(kind, self.socket().await?),
        })
    }

    async fn socket(&self) -> Result<Socket> {
        let path = match self.kind {
            Kind::Tatwats => "/api/v1/events",
            Kind::SocketIo => "/socket.io/?EIO=4&transport=websocket",
            _ => "/",
        };
        let mut socket = Socket::open(self.server.address, path, self.token.as_deref()).await?;
        if self.kind == Kind::Tatwats {
            greeted(&mut socket).await?;
        }
        if self.kind == Kind::SocketIo {
            // The protocol's own greetings, before the application's.
            socket.next().await?;
            socket.say("40").await?;
            socket.next().await?;
        }
        Ok(socket)
    }
}

/// Waits until the server has greeted, or has greeted again after a subscription.
pub(crate) async fn greeted(socket: &mut Socket) -> Result<()> {
    while crate::http::find(socket.next().await?, b"\"type\":\"hello\"").is_none() {}
    Ok(())
}

/// Whether our server tells of an event by this.
pub(crate) fn is_event(said: &[u8]) -> bool {
    said.starts_with(b"{\"type\":\"event\"")
}

impl Listener {
    /// Waits for what somebody said, past what else the server says.
    pub(crate) async fn next(&mut self) -> Result<()> {
        match self {
            Self::Nats(client) => client.next().await.map(|_| ()),
            Self::Bare(client) => client.next().await,
            Self::Socket(kind, socket) => loop {
                let heard = socket.next().await?;
                match kind {
                    Kind::Tatwats if !is_event(heard) => {}
                    Kind::SocketIo if heard == b"2" => socket.say("3").await?,
                    Kind::SocketIo if !heard.starts_with(b"42") => {}
                    _ => return Ok(()),
                }
            },
        }
    }

    /// Bytes that came so far.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Nats(client) => client.bytes,
            Self::Bare(client) => client.bytes,
            Self::Socket(_, socket) => socket.bytes,
        }
    }
}

impl Speaker {
    /// Says `text` and waits until the server has taken it.
    pub(crate) async fn say(&mut self, text: &str) -> Result<()> {
        match self {
            Self::Http(connection, to, path, token) => {
                let body = json!({ "body": text });
                let request = crate::http::request(*to, "POST", path, token.as_deref(), Some(&body));
                match connection.ask(&request).await?.status {
                    201 => Ok(()),
                    status => Err(format!("a message was answered {status}").into()),
                }
            }
            Self::Nats(client) => match client.ask(nats::SUBJECT, text).await? {
                answer if answer.get("error").is_none() => Ok(()),
                answer => Err(answer.to_string().into()),
            },
            Self::Bare(client) => client.say().await,
            Self::Socket(Kind::SocketIo, socket) => {
                socket.say(&format!("420{}", json!(["message", text]))).await?;
                while !socket.next().await?.starts_with(b"430") {}
                Ok(())
            }
            Self::Socket(_, socket) => {
                socket.say(text).await?;
                while socket.next().await? != b"ok" {}
                Ok(())
            }
        }
    }
}
