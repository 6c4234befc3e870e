//! The live stream: `GET /api/v1/events`, a WebSocket, or server-sent events when `Accept` asks for them. And what runs
//! write, live: their terminals, and their output as one long answer.
//!
//! Readers pull: each holds a cursor into the log and is woken when the log grows, so a slow one costs nobody anything.
//! An event is serialised once, in the store, and the same bytes go to everyone.

mod onlooker;
mod outgoing;
mod output;
mod places;
mod reader;
mod socket;
mod sse;
mod terminal;
mod upgrade;

use accounts::{Caller, Visit};
use axum::extract::{Extension, Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use domain::access::{Action, Subject};
use domain::stream::words;
use serde::Deserialize;

use self::upgrade::Upgrade;
use crate::error::Result;
use crate::state::AppState;

pub(crate) use output::follow as follow_output;
pub use places::Sockets;
pub use terminal::terminal;

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
    request: Request,
) -> Result<Response> {
    state.store.require(&caller.actor(), Action::Read, Subject::Anywhere).await?;
    let headers = request.headers().clone();
    match Upgrade::of(request) {
        Some(upgrade) => {
            let place = state.sockets.admit(&caller.user.name, visit.address)?;
            Ok(socket::open(upgrade, state, &caller, place))
        }
        None if asks_for_sse(&headers) => {
            let (topics, after) = words::wanted(wanted.topics.as_deref(), after(&headers, &wanted))?;
            let place = state.sockets.admit(&caller.user.name, visit.address)?;
            Ok(sse::open(state, &caller, topics, after, place))
        }
        None => {
            let message = "This is the live stream. Open it as a WebSocket, or send “Accept: text/event-stream”.";
            Ok(upgrade::required(message))
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
