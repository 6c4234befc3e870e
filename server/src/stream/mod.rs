//! The live stream: `GET /api/v1/events`, a WebSocket, or server-sent events when `Accept` asks for them. And what runs
//! write, live: their terminals, and their output as one long answer.
//!
//! Readers pull: each holds a cursor into the log and is woken when the log grows, so a slow one costs nobody anything.
//! An event is serialised once, in the store, and the same bytes go to everyone.

mod onlooker;
mod output;
mod places;
mod reader;
mod socket;
mod sse;
mod terminal;

use accounts::{Caller, Visit};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::{Action, Subject};
use domain::stream::words;
use domain::{Error, ErrorCode};
use serde::Deserialize;

use crate::error::{ApiError, Result};
use crate::state::AppState;

pub(crate) use output::follow as follow_output;
pub use places::Sockets;
pub use terminal::terminal;

/// Bytes read from a WebSocket at a time. Each connection keeps so many, and they are cleared before each read; what comes
/// is short, and what is longer comes in several.
const READ_BUFFER: usize = 512;

/// What a reader of server-sent events asks for; a WebSocket says the same in its `subscribe`.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    /// Topics, separated by commas; `workshop` when none are given.
    topics: Option<String>,
    /// The cursor to go on from; the header `Last-Event-ID` wins.
    after: Option<String>,
}

/// Answers `GET /api/v1/events`.
///
/// # Errors
/// `TooMany` when all places are taken; `Malformed` and `Invalid` for what cannot be understood.
pub async fn events(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Extension(visit): Extension<Visit>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
    upgrade: std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    state.store.require(&caller.actor(), Action::Read, Subject::Anywhere).await?;
    match upgrade {
        Ok(upgrade) => {
            let place = state.sockets.admit(&caller.user.name, visit.address)?;
            Ok(socket::open(upgrade, state, &caller, place))
        }
        Err(_) if asks_for_sse(&headers) => {
            let (topics, after) = words::wanted(wanted.topics.as_deref(), after(&headers, &wanted))?;
            let place = state.sockets.admit(&caller.user.name, visit.address)?;
            Ok(sse::open(state, &caller, topics, after, place))
        }
        Err(_) => {
            let message = "This is the live stream. Open it as a WebSocket, or send “Accept: text/event-stream”.";
            let refusal =
                ApiError::from(Error::new(ErrorCode::Malformed, message)).with_status(StatusCode::UPGRADE_REQUIRED);
            Ok(([(header::UPGRADE, "websocket"), (header::CONNECTION, "upgrade")], refusal).into_response())
        }
    }
}

fn asks_for_sse(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/event-stream"))
}

fn after<'a>(headers: &'a HeaderMap, wanted: &'a Wanted) -> Option<&'a str> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    last.or(wanted.after.as_deref())
}

/// A close reason has at most 123 bytes.
fn short(mut reason: String) -> String {
    let end = reason.floor_char_boundary(123);
    reason.truncate(end);
    reason
}
