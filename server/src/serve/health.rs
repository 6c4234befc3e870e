//! `/healthz`: the process lives. `/readyz`: it can do its work.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::doctor;
use crate::state::AppState;

/// Answers `ok` as long as the process runs.
pub(super) async fn alive() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

/// Answers 200 when database, writing task and disk are fine and the server is not stopping, else 503, part by part.
pub(super) async fn ready(State(state): State<AppState>) -> Response {
    let store = state.store.ready().await;
    let room = doctor::has_room(&state.config.data);
    let stopping = state.shutdown.is_cancelled();
    let good = store.is_ok() && room && !stopping;
    let parts = json!({
        "ready": good,
        "store": store.as_ref().map_or_else(|error| error.message.as_str(), |()| "ok"),
        "disk": if room { "ok" } else { "The disk of the data folder is nearly full. Make room." },
        "server": if stopping { "The server is stopping." } else { "ok" },
        "live_connections": state.sockets.open(),
        // What is begun and never ends would show here first.
        "tasks": tokio::runtime::Handle::current().metrics().num_alive_tasks(),
    });
    if let Err(error) = store {
        tracing::warn!(cause = crate::error::causes(&error), "not ready");
    }
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(parts)).into_response()
}
