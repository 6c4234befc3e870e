//! Short answers go to the system in one piece.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Longest answer of which head and body are put together, in bytes.
const SHORT: usize = 2 * 1024;

/// A stream that puts the pieces of a short write together: the system takes one piece with less ado than several, by a tenth of
/// all it does for a short request. Long ones stay in pieces, so that nothing of them is copied or kept.
pub(super) struct Together<S>(pub(super) S);

impl<S: AsyncWrite + Unpin> AsyncWrite for Together<S> {
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let stream = Pin::new(&mut self.0);
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        if length > SHORT {
            return stream.poll_write_vectored(context, pieces);
        }
        let mut whole = [0; SHORT];
        let mut rest = &mut whole[..length];
        for piece in pieces {
            let (here, after) = rest.split_at_mut(piece.len());
            here.copy_from_slice(piece);
            rest = after;
        }
        stream.poll_write(context, &whole[..length])
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Together<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// What was written: each time so many pieces, and all their bytes.
    #[derive(Default)]
    struct Paper(Vec<(usize, Vec<u8>)>);

    impl AsyncWrite for Paper {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
            self.0.push((1, bytes.to_vec()));
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            pieces: &[IoSlice<'_>],
        ) -> Poll<Result<usize>> {
            let bytes = pieces.iter().flat_map(|piece| piece.to_vec()).collect::<Vec<_>>();
            let length = bytes.len();
            self.0.push((pieces.len(), bytes));
            Poll::Ready(Ok(length))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_is_short_goes_out_in_one_piece_and_what_is_long_as_it_is() {
        let texts = ["head".to_owned(), String::new(), "b".repeat(SHORT - 4), "!".to_owned()];
        for (take, pieces) in [(1, 1), (2, 1), (3, 1), (4, 4)] {
            let mut stream = Together(Paper::default());
            let given: Vec<_> = texts[..take].iter().map(|text| IoSlice::new(text.as_bytes())).collect();
            let written = stream.write_vectored(&given).await.unwrap();
            let whole = texts[..take].concat().into_bytes();
            assert_eq!((written, stream.0.0), (whole.len(), vec![(pieces, whole)]));
        }
    }
}
