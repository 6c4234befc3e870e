//! A client of the live stream.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use domain::Event;
use domain::stream::{ClientFrame, Cursor, ServerFrame, Topic};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::cookies;

/// Longer than anything here should take, on a busy machine too.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
    /// What the last pong had in it.
    pub(crate) pong: Option<Bytes>,
}

/// What came over the stream.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(ServerFrame, String),
    Closed(u16, String),
    Broken,
}

impl Client {
    /// Connects and takes the greeting.
    pub(crate) async fn connect(to: SocketAddr) -> Self {
        let mut client = Self::attempt(to, &[]).await.unwrap();
        assert!(matches!(client.frame().await, ServerFrame::Hello { .. }));
        client
    }

    /// As `owner`, unless a header says who asks: `("cookie", "")` is nobody.
    pub(crate) async fn attempt(to: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, tungstenite::Error> {
        let stream = TcpStream::connect(to).await.unwrap();
        let mut request = format!("ws://{to}/api/v1/events").into_client_request().unwrap();
        let says_who = headers.iter().any(|(name, _)| matches!(*name, "cookie" | "authorization"));
        if let Some(cookie) = cookies::of(to).filter(|_| !says_who) {
            request.headers_mut().insert("cookie", cookie.parse().unwrap());
        }
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = client_async(request, stream).await?;
        Ok(Self { socket, pong: None })
    }

    /// Subscribes and takes the greeting.
    pub(crate) async fn subscribe(&mut self, topics: &[Topic], after: Option<Cursor>) -> Cursor {
        let frame = ClientFrame::Subscribe { topics: topics.to_vec(), after };
        self.say(&serde_json::to_string(&frame).unwrap()).await;
        match self.frame().await {
            ServerFrame::Hello { epoch, seq } => Cursor { epoch, seq },
            other => panic!("no greeting: {other:?}"),
        }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            let heard = timeout(LONG, self.socket.next()).await.expect("nothing came");
            match heard {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
                    return Heard::Frame(frame, text.to_string());
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Heard::Closed(frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Ping(_))) => {}
                Some(Ok(Message::Pong(bytes))) => self.pong = Some(bytes),
                Some(Ok(other)) => panic!("not expected: {other:?}"),
                Some(Err(_)) | None => return Heard::Broken,
            }
        }
    }

    /// The next frame but pings.
    pub(crate) async fn frame(&mut self) -> ServerFrame {
        loop {
            match self.hear().await {
                Heard::Frame(ServerFrame::Ping { .. }, _) => {}
                Heard::Frame(frame, _) => return frame,
                other => panic!("the stream ended: {other:?}"),
            }
        }
    }

    /// The next event, past what else there is.
    pub(crate) async fn event(&mut self) -> Event {
        loop {
            if let ServerFrame::Event(event) = self.frame().await {
                return *event;
            }
        }
    }

    /// Everything up to the end of the connection: the events, and the close code.
    pub(crate) async fn hear_to_the_end(&mut self) -> (Vec<Event>, Option<u16>) {
        let mut events = Vec::new();
        loop {
            match self.hear().await {
                Heard::Frame(ServerFrame::Event(event), _) => events.push(*event),
                Heard::Frame(..) => {}
                Heard::Closed(code, _) => return (events, Some(code)),
                Heard::Broken => return (events, None),
            }
        }
    }
}

pub(crate) fn seqs(events: &[Event]) -> Vec<i64> {
    events.iter().map(|event| event.seq).collect()
}
