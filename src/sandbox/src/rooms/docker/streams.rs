//! The stream that an engine attaches to a container, taken apart into what is said and what is complained of.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bollard::container::LogOutput;
use bollard::errors::Error;
use bytes::{Buf as _, Bytes};
use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::runtime::Handle;

/// How much is kept of what the program complains of: the last of it.
const MOST: usize = 4096;

/// What the program complained of last. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Complaint(Arc<Mutex<VecDeque<u8>>>);

impl Complaint {
    fn add(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(&bytes[bytes.len().saturating_sub(MOST)..]);
        let over = kept.len().saturating_sub(MOST);
        kept.drain(..over);
    }

    /// All of it as text; none when there was nothing.
    pub(super) fn text(&self) -> Option<String> {
        let bytes: Vec<u8> = self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// What the engine passes on from a container.
pub(super) type Attached = Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>;

/// The container's standard output; what comes on its standard error meanwhile goes into the complaint.
pub(super) struct Output {
    attached: Attached,
    left: Bytes,
    complaint: Complaint,
}

impl Output {
    pub(super) fn new(attached: Attached, complaint: Complaint) -> Self {
        Self { attached, left: Bytes::new(), complaint }
    }
}

impl AsyncRead for Output {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        while self.left.is_empty() {
            match ready!(self.attached.as_mut().poll_next(context)) {
                None => return Poll::Ready(Ok(())),
                Some(Ok(LogOutput::StdOut { message })) => self.left = message,
                Some(Ok(LogOutput::StdErr { message })) => self.complaint.add(&message),
                // The engine repeats input on terminals only, and there is none.
                Some(Ok(LogOutput::StdIn { .. })) => {}
                Some(Ok(LogOutput::Console { .. })) => {
                    let what = "the engine's stream is not as it should be";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, what)));
                }
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
            }
        }
        let some = self.left.len().min(into.remaining());
        into.put_slice(&self.left[..some]);
        self.left.advance(some);
        Poll::Ready(Ok(()))
    }
}

/// The container's standard input. It ends when this is dropped, as a pipe would.
pub(super) struct Input {
    attached: Option<Pin<Box<dyn AsyncWrite + Send>>>,
    runtime: Handle,
}

impl Input {
    pub(super) fn new(attached: Pin<Box<dyn AsyncWrite + Send>>, runtime: Handle) -> Self {
        Self { attached: Some(attached), runtime }
    }

    fn attached(&mut self) -> io::Result<Pin<&mut (dyn AsyncWrite + Send + 'static)>> {
        self.attached.as_mut().map(Pin::as_mut).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl AsyncWrite for Input {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.attached()?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.attached()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.attached()?.poll_shutdown(context)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        if let Some(mut attached) = self.attached.take() {
            // Over an engine's stream only a word ends one direction; one that is broken has ended anyway.
            self.runtime.spawn(async move { attached.shutdown().await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use tokio::io::AsyncReadExt as _;

    fn attached(parts: Vec<Result<LogOutput, Error>>) -> Attached {
        Box::pin(stream::iter(parts))
    }

    #[tokio::test]
    async fn what_is_said_and_what_is_complained_of_are_kept_apart() {
        let complaint = Complaint::default();
        let parts = vec![
            Ok(LogOutput::StdOut { message: "one ".into() }),
            Ok(LogOutput::StdErr { message: "help\n".into() }),
            Ok(LogOutput::StdOut { message: Bytes::new() }),
            Ok(LogOutput::StdOut { message: "two".into() }),
        ];
        let mut read = String::new();
        Output::new(attached(parts), complaint.clone()).read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "one two");
        assert_eq!(complaint.text().as_deref(), Some("help"));
    }

    #[tokio::test]
    async fn a_stream_that_breaks_is_an_error_and_no_end() {
        let broken = Err(Error::IOError { err: io::ErrorKind::ConnectionReset.into() });
        let mut output = Output::new(attached(vec![broken]), Complaint::default());
        assert!(output.read_u8().await.is_err());
        let odd = Ok(LogOutput::Console { message: "Error".into() });
        let mut output = Output::new(attached(vec![odd]), Complaint::default());
        assert_eq!(output.read_u8().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn the_last_of_a_long_complaint_is_kept() {
        let complaint = Complaint::default();
        assert_eq!(complaint.text(), None);
        complaint.add(&[b'a'; 3 * MOST]);
        complaint.add(b"the end");
        let text = complaint.text().unwrap();
        assert!(text.len() == MOST && text.ends_with("athe end"), "{}", text.len());
    }
}
