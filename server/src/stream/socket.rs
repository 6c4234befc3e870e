//! The live stream as a WebSocket.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use accounts::{Caller, Standing};
use axum::response::Response;
use domain::stream::{CLOSE_MALFORMED, CLOSE_RESTART, CLOSE_SIGNED_OUT, CLOSE_SLOW, ClientFrame, words};
use domain::{Error, ErrorCode};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::WaitForCancellationFuture;

use super::places::Place;
use super::reader::Reader;
use super::short;
use super::upgrade::{Upgrade, WebSocket};
use crate::state::AppState;

/// Bytes that are handed to the connection before it must have taken them.
const CHUNK: usize = 128 * 1024;
/// How long the other side may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// Close code when the server has a fault of its own (RFC 6455).
const CLOSE_FAULT: u16 = 1011;

/// Why a connection ends.
enum Ending {
    /// The other side left.
    Gone,
    /// The server stops.
    Restart,
    /// The other side does not take what it is sent.
    Slow,
    /// The other side does not make sense.
    Malformed(String),
    /// The database does not answer.
    Fault(Error),
}

/// Answers the upgrade and serves the connection until it ends.
pub(super) fn open(upgrade: Upgrade, state: AppState, caller: &Caller, place: Place) -> Response {
    let standing = Standing::new(caller);
    let token = state.tracker.token();
    // Twice the limit, so that a frame a little too large can still be told so.
    upgrade.then(2 * words::MAX_FRAME, move |socket| {
        let reader = Reader::new(state.store.clone(), standing, state.config.stream.ping);
        let mut connection = Connection { growth: reader.growth(), reader, socket, pinged: false, state };
        async move {
            let ending = connection.serve().await;
            // Whoever is cut off holds no place while the last words are tried.
            drop(place);
            // In a box of its own: most of the time there is nothing to say goodbye to.
            Box::pin(connection.close(ending)).await;
            drop(token);
        }
    })
}

struct Connection {
    socket: WebSocket,
    reader: Reader,
    /// The newest event, as the log grows.
    growth: watch::Receiver<i64>,
    /// Whether a ping came in, whose answer may still be in the socket's own buffer.
    pinged: bool,
    state: AppState,
}

impl Connection {
    async fn serve(&mut self) -> Ending {
        let shutdown = self.state.shutdown.clone();
        let mut stopping = pin!(shutdown.cancelled());
        let mut said = false;
        loop {
            let turn = self.turn(stopping.as_mut(), said).await;
            said = matches!(turn, Turn::Say(_));
            let done = match turn {
                Turn::Stop => Err(Ending::Restart),
                Turn::Hear(heard) => self.hear(heard).await,
                Turn::Say(Ok(())) => self.say().await,
                Turn::Say(Err(error)) => Err(Ending::Fault(error)),
            };
            if let Err(ending) = done {
                return ending;
            }
        }
    }

    /// What is next. When it is woken that is nearly always something to say, so this is looked at first; last where it has just `said`
    /// something, so that a stream that never pauses keeps nobody from being heard.
    async fn turn(&mut self, mut stopping: Pin<&mut WaitForCancellationFuture<'_>>, said: bool) -> Turn {
        let (mut heard, mut say) = (pin!(self.socket.next()), pin!(self.reader.more()));
        let mut say_last = said;
        poll_fn(|cx| {
            if !say_last && let Poll::Ready(say) = say.as_mut().poll(cx) {
                return Poll::Ready(Turn::Say(say));
            }
            if stopping.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Turn::Stop);
            }
            if let Poll::Ready(heard) = heard.as_mut().poll(cx) {
                return Poll::Ready(Turn::Hear(heard));
            }
            if std::mem::take(&mut say_last) { say.as_mut().poll(cx).map(Turn::Say) } else { Poll::Pending }
        })
        .await
    }

    async fn hear(&mut self, heard: Option<Result<Message, tungstenite::Error>>) -> Result<(), Ending> {
        let text = match heard {
            None | Some(Ok(Message::Close(_))) => return Err(Ending::Gone),
            // Too large, not UTF-8, against the protocol; on a broken line nobody hears the answer, and nothing is lost.
            Some(Err(error)) => return Err(Ending::Malformed(format!("cannot be read: {error}"))),
            Some(Ok(Message::Ping(_))) => {
                self.pinged = true;
                return Ok(());
            }
            Some(Ok(Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => {
                return Err(Ending::Malformed("frames are text, in JSON".into()));
            }
            Some(Ok(Message::Text(text))) => text,
        };
        let ClientFrame::Subscribe { topics, after } =
            words::frame(&text).map_err(|error| Ending::Malformed(error.message))?;
        // In a box of its own, since it is rare and needs more room than what a connection mostly does.
        Box::pin(self.reader.subscribe(topics, after)).await.map_err(Ending::Fault)
    }

    /// Sends what is ready, at most [`CHUNK`] bytes, and gives up when the connection does not take it.
    async fn say(&mut self) -> Result<(), Ending> {
        let Self { socket, reader, growth, pinged, state } = self;
        let mut sending = pin!(async {
            if *pinged {
                socket.flush().await?;
                *pinged = false;
            }
            Ok(reader.send(socket.get_mut(), CHUNK).await?)
        });
        // Nearly always the connection takes it at once, and nothing has to be waited for.
        let done = match sending.as_mut().now_or_never() {
            Some(done) => done,
            None => Box::pin(in_time(sending, growth, state)).await?,
        };
        done.map_err(|error: tungstenite::Error| {
            tracing::debug!(%error, "a live connection broke");
            Ending::Gone
        })
    }

    async fn close(&mut self, ending: Ending) {
        let (code, reason, patience) = match ending {
            Ending::Gone => return,
            Ending::Restart => (CLOSE_RESTART, "the server restarts; come back with your cursor".to_owned(), GOODBYE),
            // Whoever wakes up in time hears why; its cursor is good.
            Ending::Slow => {
                (CLOSE_SLOW, "too slow; come back with your cursor".to_owned(), self.state.config.stream.slow)
            }
            Ending::Fault(error) if error.code == ErrorCode::Unauthorized => (CLOSE_SIGNED_OUT, error.message, GOODBYE),
            Ending::Malformed(reason) => (CLOSE_MALFORMED, reason, GOODBYE),
            Ending::Fault(error) => {
                tracing::error!(cause = crate::error::causes(&error), "a live connection ended");
                (CLOSE_FAULT, error.message, GOODBYE)
            }
        };
        let frame = CloseFrame { code: code.into(), reason: short(reason).into() };
        let goodbye = async {
            // What was begun comes to its end first.
            if self.reader.send(self.socket.get_mut(), 0).await.is_ok()
                && self.socket.send(Message::Close(Some(frame))).await.is_ok()
            {
                // Until the other side closes too; leaving at once could take the frame back from the wire.
                let answer = async { while self.socket.next().await.is_some_and(|heard| heard.is_ok()) {} };
                let _ = timeout(GOODBYE, answer).await;
            }
        };
        if timeout(patience, goodbye).await.is_err() {
            tracing::debug!(code, "a live connection ended without a goodbye");
        }
    }
}

/// Waits for what is being sent until the other side counts as slow, or the server stops.
async fn in_time<S>(
    sending: Pin<&mut impl Future<Output = S>>,
    growth: &mut watch::Receiver<i64>,
    state: &AppState,
) -> Result<S, Ending> {
    let limits = &state.config.stream;
    let began_at = *growth.borrow_and_update();
    let overtaken = async {
        // Waits for ever should the log be gone.
        if growth.wait_for(|now| now - began_at > limits.max_behind).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        sent = sending => Ok(sent),
        () = state.shutdown.cancelled() => Err(Ending::Restart),
        () = sleep(limits.slow) => Err(Ending::Slow),
        () = overtaken => Err(Ending::Slow),
    }
}

enum Turn {
    Stop,
    Hear(Option<Result<Message, tungstenite::Error>>),
    Say(domain::Result<()>),
}
