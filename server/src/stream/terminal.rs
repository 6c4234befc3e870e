//! A run's terminal: `GET /api/v1/runs/{id}/terminal`, a WebSocket. Binary frames are what it writes and what is typed;
//! text frames are JSON.

use std::time::Duration;

use accounts::{Caller, Visit};
use axum::extract::{Extension, Path, Query, Request, State};
use axum::response::Response;
use bytes::Bytes;
use domain::stream::{CLOSE_MALFORMED, CLOSE_RESTART, CLOSE_SIGNED_OUT, CLOSE_SLOW};
use domain::{Error, ErrorCode, Run, RunId};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use runs::{Runs, Seen};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::CancellationToken;

use super::onlooker::Onlooker;
use super::short;
use super::upgrade::{self, Upgrade, WebSocket};
use crate::api::TerminalSize;
use crate::config::StreamLimits;
use crate::error::Result;
use crate::state::AppState;

/// Most bytes that are typed at once.
const MAX_TYPED: usize = 64 * 1024;
/// How long the other side may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// Close codes of RFC 6455: all is said; a fault of the server's own.
const CLOSE_OVER: u16 = 1000;
const CLOSE_FAULT: u16 = 1011;

/// From where on.
#[derive(Debug, Default, Deserialize)]
pub struct From {
    /// Begin after so many bytes of the output.
    #[serde(default)]
    after: u64,
}

/// What is told besides output.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Told<'a> {
    /// The run, at first and each time it moved on.
    Run(&'a Run),
    /// Its place in the queue.
    Position(u32),
    /// Why something that was sent had no effect.
    Problem(&'a str),
}

/// What is heard besides what is typed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Heard {
    /// The terminal has another size.
    Resize(TerminalSize),
}

/// Answers `GET /api/v1/runs/{id}/terminal`.
///
/// # Errors
/// `NotFound`, `TooMany` when all places are taken.
pub async fn terminal(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    from: std::result::Result<Query<From>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Result<Response> {
    let missing = || Error::not_found("run");
    let id: RunId = id.parse().map_err(|_| missing())?;
    let run = state.store.view(&caller.actor()).run_by_id(id).await?.ok_or_else(missing)?;
    let Query(From { after }) = from.map_err(|_| Error::invalid("after", "after is a number of bytes, from 0 on."))?;
    let Some(upgrade) = Upgrade::of(request) else {
        return Ok(upgrade::required("This is a run's terminal. Open it as a WebSocket."));
    };
    let place = state.sockets.admit(&caller.user.name, visit.address)?;
    let limits = state.config.stream.clone();
    let (actor, token) = (caller.actor(), state.tracker.token());
    let onlooker = Onlooker::new(state.store.clone(), &state.runs, caller, &run, after, limits.ping).await?;
    Ok(upgrade.then(MAX_TYPED, move |socket| async move {
        let hands = Hands { runs: state.runs.clone(), actor, run: id, doing: None };
        let mut connection = Connection { socket, onlooker, hands, limits, shutdown: state.shutdown.clone() };
        let ending = connection.serve().await;
        drop(place);
        connection.close(ending).await;
        drop(token);
    }))
}

/// Why a connection ends.
enum Ending {
    Gone,
    Over,
    Restart,
    Slow,
    Malformed(String),
    Fault(Error),
}

struct Connection {
    socket: WebSocket,
    onlooker: Onlooker,
    hands: Hands,
    limits: StreamLimits,
    shutdown: CancellationToken,
}

/// What acts on the run, one thing after the other.
struct Hands {
    runs: Runs,
    actor: domain::Actor,
    run: RunId,
    doing: Option<BoxFuture<'static, domain::Result<()>>>,
}

impl Hands {
    fn type_in(&mut self, bytes: Bytes) {
        let (runs, actor, run) = (self.runs.clone(), self.actor.clone(), self.run);
        self.doing = Some(async move { runs.input(&actor, run, &bytes).await }.boxed());
    }

    fn resize(&mut self, size: runs::Size) {
        let (runs, actor, run) = (self.runs.clone(), self.actor.clone(), self.run);
        self.doing = Some(async move { runs.resize(&actor, run, size).await }.boxed());
    }

    /// Waits until it is done; for ever when there is nothing to do.
    async fn done(&mut self) -> domain::Result<()> {
        let Some(doing) = &mut self.doing else { return std::future::pending().await };
        let done = doing.await;
        self.doing = None;
        done
    }
}

impl Connection {
    async fn serve(&mut self) -> Ending {
        let mut quiet_since = Instant::now();
        loop {
            let turn = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return Ending::Restart,
                done = self.hands.done() => match done {
                    Ok(()) => Ok(()),
                    Err(error) => self.tell(&Told::Problem(&error.message)).await,
                },
                // What comes while something is being done waits where it is: that is the sender's back-pressure.
                heard = self.socket.next(), if self.hands.doing.is_none() => self.hear(heard),
                seen = self.onlooker.next() => {
                    quiet_since = Instant::now();
                    self.say(seen).await
                }
                () = sleep_until(quiet_since + self.limits.ping) => {
                    quiet_since = Instant::now();
                    self.send(Message::Ping(Bytes::new())).await
                }
            };
            if let Err(ending) = turn {
                return ending;
            }
        }
    }

    fn hear(
        &mut self,
        heard: Option<std::result::Result<Message, tungstenite::Error>>,
    ) -> std::result::Result<(), Ending> {
        match heard {
            None | Some(Ok(Message::Close(_))) => Err(Ending::Gone),
            Some(Err(error)) => Err(Ending::Malformed(format!("cannot be read: {error}"))),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Frame(_))) => Err(Ending::Malformed("frames are text or binary".into())),
            Some(Ok(Message::Binary(bytes))) => {
                self.hands.type_in(bytes);
                Ok(())
            }
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(Heard::Resize(size)) => {
                    self.hands.resize(size.into());
                    Ok(())
                }
                Err(error) => Err(Ending::Malformed(format!("not understood: {error}"))),
            },
        }
    }

    async fn say(&mut self, seen: domain::Result<Option<Seen>>) -> std::result::Result<(), Ending> {
        match seen {
            Ok(Some(Seen::Output(bytes))) => self.send(Message::Binary(bytes)).await,
            Ok(Some(Seen::Run(run))) => self.tell(&Told::Run(&run)).await,
            Ok(Some(Seen::Position(place))) => self.tell(&Told::Position(place)).await,
            Ok(None) => Err(Ending::Over),
            Err(error) => Err(Ending::Fault(error)),
        }
    }

    async fn tell(&mut self, told: &Told<'_>) -> std::result::Result<(), Ending> {
        let text = serde_json::to_string(told).map_err(|error| Ending::Fault(Error::internal(error)))?;
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> std::result::Result<(), Ending> {
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => Err(Ending::Restart),
            sent = timeout(self.limits.slow, self.socket.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(Ending::Gone),
                Err(_) => Err(Ending::Slow),
            },
        }
    }

    async fn close(mut self, ending: Ending) {
        let (code, reason) = match ending {
            Ending::Gone => return,
            Ending::Over => (CLOSE_OVER, "it is over".to_owned()),
            Ending::Restart => (CLOSE_RESTART, "the server restarts; come back for the rest".to_owned()),
            Ending::Slow => (CLOSE_SLOW, "too slow; come back for the rest".to_owned()),
            Ending::Malformed(reason) => (CLOSE_MALFORMED, reason),
            Ending::Fault(error) if matches!(error.code, ErrorCode::Unauthorized | ErrorCode::Forbidden) => {
                (CLOSE_SIGNED_OUT, error.message)
            }
            Ending::Fault(error) => {
                tracing::error!(cause = crate::error::causes(&error), "a terminal ended");
                (CLOSE_FAULT, error.message)
            }
        };
        let frame = CloseFrame { code: code.into(), reason: short(reason).into() };
        let goodbye = async {
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while self.socket.next().await.is_some_and(|heard| heard.is_ok()) {}
            }
        };
        if timeout(GOODBYE, goodbye).await.is_err() {
            tracing::debug!(code, "a terminal ended without a goodbye");
        }
    }
}
