//! The live stream as server-sent events: the same frames, with cursors as ids.

use std::convert::Infallible;

use accounts::{Caller, Standing};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::ErrorCode;
use domain::stream::{Cursor, Topic};
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::outgoing::Say;
use super::places::Place;
use super::reader::Reader;
use crate::state::AppState;

/// Milliseconds after which a browser comes back.
const RETRY: Bytes = Bytes::from_static(b"retry: 1000\n\n");
/// Frames that wait for the connection to take them.
const WAITING: usize = 16;

/// Answers with a stream that lasts until the reader leaves, falls behind, or the server stops.
pub(super) fn open(
    state: AppState,
    caller: &Caller,
    topics: Vec<Topic>,
    after: Option<Cursor>,
    place: Place,
) -> Response {
    let (sender, receiver) = mpsc::channel::<[Bytes; 3]>(WAITING);
    let standing = Standing::new(caller);
    state.tracker.clone().spawn(async move {
        let _place = place;
        if let Err(error) = serve(&state, standing, topics, after, sender).await
            && error.code != ErrorCode::Unauthorized
        {
            tracing::error!(cause = crate::error::causes(&error), "a live connection ended");
        }
    });
    let rest =
        stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|bytes| (bytes, receiver)) });
    let body = stream::iter([RETRY]).chain(rest.flat_map(stream::iter)).map(Ok::<_, Infallible>);
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that gathers the answer before passing it on would make it anything but live.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn serve(
    state: &AppState,
    standing: Standing,
    topics: Vec<Topic>,
    after: Option<Cursor>,
    sender: mpsc::Sender<[Bytes; 3]>,
) -> domain::Result<()> {
    let limits = &state.config.stream;
    let mut reader = Reader::new(state.store.clone(), standing, limits.ping);
    let epoch = reader.epoch();
    reader.subscribe(topics, after).await?;
    loop {
        let say = tokio::select! {
            () = state.shutdown.cancelled() => return Ok(()),
            () = sender.closed() => return Ok(()),
            say = reader.next() => say?,
        };
        let sent = tokio::select! {
            () = state.shutdown.cancelled() => return Ok(()),
            sent = timeout(limits.slow, sender.send(parts(epoch, say))) => sent,
        };
        // Gone, or too slow: it comes back with its cursor.
        if !matches!(sent, Ok(Ok(()))) {
            return Ok(());
        }
    }
}

/// One event on the wire. The JSON is passed on as it is; it has no line breaks.
fn parts(epoch: uuid::Uuid, say: Say) -> [Bytes; 3] {
    let head = match say.seq {
        Some(seq) => Bytes::from(format!("id: {}\ndata: ", Cursor { epoch, seq })),
        None => Bytes::from_static(b"data: "),
    };
    [head, say.json, Bytes::from_static(b"\n\n")]
}
