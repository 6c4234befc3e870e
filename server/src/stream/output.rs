//! What a run writes, as the body of an answer that lasts until it is over.

use std::convert::Infallible;

use accounts::{Caller, Visit};
use axum::body::Body;
use bytes::Bytes;
use domain::{ErrorCode, Run};
use futures_util::stream;
use runs::Seen;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::onlooker::Onlooker;
use crate::error::Result;
use crate::state::AppState;

/// Pieces that wait for the connection to take them.
const WAITING: usize = 4;

/// What a run wrote from the byte `after` on, and what it writes. The body ends when the run is over, and also when the
/// reader is too slow, may not look any more, or the server ends; it can go on where it was.
///
/// # Errors
/// `TooMany` when all places are taken; when the database does not answer.
pub(crate) async fn follow(state: &AppState, caller: Caller, visit: &Visit, run: &Run, after: u64) -> Result<Body> {
    let place = state.sockets.admit(&caller.user.name, visit.address)?;
    let limits = state.config.stream.clone();
    let mut onlooker = Onlooker::new(state.store.clone(), &state.runs, caller, run, after, limits.ping).await?;
    let (sender, receiver) = mpsc::channel::<Bytes>(WAITING);
    let shutdown = state.shutdown.clone();
    state.tracker.spawn(async move {
        let _place = place;
        loop {
            let seen = tokio::select! {
                () = shutdown.cancelled() => return,
                () = sender.closed() => return,
                seen = onlooker.next() => seen,
            };
            let bytes = match seen {
                Ok(Some(Seen::Output(bytes))) => bytes,
                Ok(Some(Seen::Run(_) | Seen::Position(_))) => continue,
                Ok(None) => return,
                Err(error) => {
                    if !matches!(error.code, ErrorCode::Unauthorized | ErrorCode::Forbidden) {
                        tracing::error!(cause = crate::error::causes(&error), "a run's output could not be read");
                    }
                    return;
                }
            };
            // Gone, or too slow: it comes back for the rest.
            if !matches!(timeout(limits.slow, sender.send(bytes)).await, Ok(Ok(()))) {
                return;
            }
        }
    });
    let pieces = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|bytes| (Ok::<_, Infallible>(bytes), receiver))
    });
    Ok(Body::from_stream(pieces))
}
