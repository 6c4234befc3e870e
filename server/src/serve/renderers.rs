//! Renders each page on one thread from beginning to end.
//!
//! While a page waits for its data, the reactive graph walks its views again from tasks of its own. Run by several
//! threads at once, such a walk can miss that the data has come, and the page never ends. Here everything that a page
//! sets off stays on the thread that renders it.

use std::cell::Cell;
use std::thread::available_parallelism;

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Error;
use tokio_util::task::LocalPoolHandle;
use tracing::Instrument;

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

    /// Lets `work` answer on one of the threads, with its body whole.
    pub(super) async fn answer<F>(&self, work: impl FnOnce() -> F + Send + 'static) -> Response
    where
        F: Future<Output = Response> + 'static,
    {
        let (span, id) = (tracing::Span::current(), request_id());
        let rendered = self.pool.spawn_pinned(move || {
            RENDERING.set(true);
            under_request_id(id.unwrap_or_default(), async { whole(work().await).await }.instrument(span))
        });
        rendered.await.unwrap_or_else(|error| ApiError::from(Error::internal(error)).into_response())
    }
}

/// What was rendered piece by piece, in one piece: the pieces must not be waited for on another thread.
async fn whole(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => Response::from_parts(parts, Body::from(bytes)),
        Err(error) => ApiError::from(Error::internal(error)).into_response(),
    }
}

/// Sends pages to the renderers; server functions, which render nothing, go on where they are.
pub(super) async fn layer(State(renderers): State<Renderers>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    renderers.answer(move || next.run(request)).await
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
