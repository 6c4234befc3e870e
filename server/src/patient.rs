//! A request's body that is waited for only so long at a time.
//!
//! Most bodies are there as a whole when they are asked for. A timer for each of their pieces, as `tower_http` has it, is a call to
//! the kernel for each, because it would end before all others.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

/// A body whose next piece is waited for no longer than `patience`.
pub(crate) struct Patient<B> {
    body: B,
    patience: Duration,
    /// Runs while it is waited for.
    waiting: Option<Pin<Box<Sleep>>>,
}

/// The next piece of a body did not come.
#[derive(Debug, thiserror::Error)]
#[error("the rest of the body did not come")]
pub(crate) struct DidNotCome;

impl<B> Patient<B> {
    /// `body`, waited for no longer than `patience` at a time.
    pub(crate) const fn new(patience: Duration, body: B) -> Self {
        Self { body, patience, waiting: None }
    }
}

impl<B: Body<Error: Into<BoxError>> + Unpin> Body for Patient<B> {
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.waiting = None;
            return Poll::Ready(frame.map(|piece| piece.map_err(Into::into)));
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Some(Err(DidNotCome.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::{Body as AxumBody, Bytes};
    use futures_util::{StreamExt, stream};
    use http_body_util::BodyExt;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(100);

    /// Pieces that come after so many thousandths of a second each.
    fn pieces(after: &'static [u64]) -> Patient<AxumBody> {
        let pieces = stream::iter(after).then(|millis| async {
            tokio::time::sleep(Duration::from_millis(*millis)).await;
            Ok::<_, Infallible>(Bytes::from_static(b"piece "))
        });
        Patient::new(PATIENCE, AxumBody::from_stream(pieces))
    }

    #[tokio::test]
    async fn what_comes_in_time_is_read_however_long_it_takes_in_all() {
        let read = pieces(&[0, 60, 60, 0]).collect().await.unwrap().to_bytes();
        assert_eq!(read, "piece piece piece piece ");
    }

    #[tokio::test]
    async fn what_does_not_come_in_time_is_given_up() {
        let began = std::time::Instant::now();
        let error = pieces(&[0, 60, 60_000]).collect().await.unwrap_err();
        assert!(error.is::<DidNotCome>(), "{error}");
        assert!(began.elapsed() >= PATIENCE);
    }

    #[test]
    fn its_length_is_known_as_before() {
        let body = Patient::new(PATIENCE, AxumBody::from("whole"));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert!(!body.is_end_stream());
    }
}
