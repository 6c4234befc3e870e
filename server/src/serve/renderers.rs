//! Renders each page on one thread from beginning to end.
//!
//! While a page waits for its data, the reactive graph walks its views again from tasks of its own. Run by several
//! threads at once, such a walk can miss that the data has come, and the page never ends. Here everything that a page
//! sets off stays on the thread that renders it.

use std::cell::Cell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::available_parallelism;

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use app::aside::Aside;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::Error;
use hyper::body::{Frame, SizeHint};
use tokio_util::task::LocalPoolHandle;
use tracing::Instrument;

use super::headers::PageNonce;
use crate::error::{ApiError, request_id, under_request_id};

/// Most renderers; a page takes a few milliseconds.
const MOST: usize = 8;

/// The threads that render pages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Renderers {
    pool: LocalPoolHandle,
}

impl Renderers {
    /// As many threads as the machine has cores. Must be made before anything is rendered.
    #[must_use]
    pub(super) fn new() -> Self {
        // Fails when it was done before in this process, which is just as well.
        let _ = Executor::init_custom_executor(SameThread);
        let cores = available_parallelism().map_or(1, usize::from);
        Self { pool: LocalPoolHandle::new(cores.min(MOST)) }
    }

    /// Lets `work` answer a request on one of the threads, with its body whole.
    pub(super) async fn answer<F>(
        &self,
        mut request: Request,
        work: impl FnOnce(Request) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = Response> + 'static,
    {
        let (span, id) = (tracing::Span::current(), request_id());
        let aside = request.extensions().get().map(|PageNonce(nonce)| Aside::new(nonce));
        if let Some(aside) = &aside {
            request.extensions_mut().insert(aside.clone());
        }
        let rendered = self.pool.spawn_pinned(move || {
            RENDERING.set(true);
            let answer = async { whole(work(request).await, aside).await };
            under_request_id(id.unwrap_or_default(), answer.instrument(span))
        });
        rendered.await.unwrap_or_else(|error| ApiError::from(Error::internal(error)).into_response())
    }
}

/// What was rendered piece by piece, with all of it there: the pieces must not be waited for on another thread.
async fn whole(response: Response, aside: Option<Aside>) -> Response {
    let (parts, body) = response.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(page) => {
            let pieces = match aside {
                Some(aside) => aside.put_back(page),
                None => vec![page],
            };
            Response::from_parts(parts, Body::new(Pieces(pieces.into())))
        }
        Err(error) => ApiError::from(Error::internal(error)).into_response(),
    }
}

/// A body that is there, in pieces.
struct Pieces(VecDeque<Bytes>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.iter().all(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

thread_local! {
    /// Whether this thread is a renderer's.
    static RENDERING: Cell<bool> = const { Cell::new(false) };
}

/// Keeps what a renderer sets off on its thread; elsewhere tasks go where the runtime puts them.
struct SameThread;

impl CustomExecutor for SameThread {
    fn spawn(&self, work: PinnedFuture<()>) {
        if RENDERING.get() {
            tokio::task::spawn_local(work);
        } else {
            tokio::spawn(work);
        }
    }

    fn spawn_local(&self, work: PinnedLocalFuture<()>) {
        tokio::task::spawn_local(work);
    }

    fn poll_local(&self) {}
}
