//! A command that runs in a sandbox: its input, its output, its end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use room::{Channel, Exit, Host, Size, Source, Spawn};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{oneshot, watch};

use crate::Fault;
use crate::link::{Answer, Link, Slot};
use crate::stream::{Streams, Window};

const KILL: i32 = 9;

/// A command that runs in a sandbox. When it is dropped, it and everything it started is killed.
#[derive(Debug)]
pub struct Command {
    channel: Channel,
    link: Arc<Link>,
    stdin: Option<Input>,
    stdout: Option<Output>,
    stderr: Option<Output>,
    exit: watch::Receiver<Option<Exit>>,
}

impl Command {
    /// Asks for it to be started. Whether it was comes by the receiver.
    pub(crate) fn start(link: &Arc<Link>, spawn: Spawn) -> Result<(Self, oneshot::Receiver<Answer>), Fault> {
        let out = link.out().clone();
        let terminal = spawn.terminal.is_some();
        let (answer, answered) = oneshot::channel();
        let (sender, exit) = watch::channel(None);
        let mut ends = None;
        let channel = link.open(|channel| {
            let streams = Arc::new(Streams::new(channel, out.clone(), !terminal));
            let window = Arc::new(Window::new(channel, out));
            ends = Some((streams.clone(), window.clone()));
            let slot = Slot {
                answer: Some(answer),
                streams: Some(streams),
                window: Some(window),
                exit: Some(sender),
                ..Slot::default()
            };
            (slot, Host::Spawn(channel, spawn))
        })?;
        let (stdin, stdout, stderr) = match ends {
            Some((streams, window)) => (
                Some(Input(window)),
                Some(Output::new(streams.clone(), Source::Output)),
                (!terminal).then(|| Output::new(streams, Source::Error)),
            ),
            None => (None, None, None),
        };
        Ok((Self { channel, link: link.clone(), stdin, stdout, stderr, exit }, answered))
    }

    /// Its standard input; once. Dropping it, or shutting it down, is the end of the input.
    pub fn take_stdin(&mut self) -> Option<Input> {
        self.stdin.take()
    }

    /// Its standard output, or what its terminal shows; once. Dropping it throws away what is still to come.
    pub fn take_stdout(&mut self) -> Option<Output> {
        self.stdout.take()
    }

    /// Its standard error; once. None with a terminal.
    pub fn take_stderr(&mut self) -> Option<Output> {
        self.stderr.take()
    }

    /// Both outputs as one, in the order in which they arrived; once, and only if neither was taken.
    pub fn take_output(&mut self) -> Option<Outputs> {
        let first = self.stdout.take()?;
        let second = self.stderr.take();
        let streams = first.streams.clone();
        Some(Outputs { streams, _ends: (first, second) })
    }

    /// Sends a signal, by its number, to the command and its process group; 9 to everything it started.
    pub fn signal(&self, signal: i32) {
        self.link.out().send(Host::Signal(self.channel, signal)).ok();
    }

    /// Tells its terminal that it has another size.
    pub fn resize(&self, size: Size) {
        self.link.out().send(Host::Resize(self.channel, size)).ok();
    }

    /// Waits for its end. Processes that it started may still run, and output may still come.
    ///
    /// # Errors
    /// When the sandbox ended first.
    pub async fn exit(&self) -> Result<Exit, Fault> {
        let mut exit = self.exit.clone();
        let ended = exit.wait_for(Option::is_some).await.ok().and_then(|ended| *ended);
        ended.ok_or_else(|| self.link.fault())
    }
}

impl Drop for Command {
    fn drop(&mut self) {
        // Also after its end: what it left behind goes with it.
        self.signal(KILL);
    }
}

/// The standard input of a command.
#[derive(Debug)]
pub struct Input(Arc<Window>);

impl AsyncWrite for Input {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.poll_send(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.finish();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// An output of a command.
#[derive(Debug)]
pub struct Output {
    streams: Arc<Streams>,
    source: Source,
    /// What was taken from the stream and not yet read, from this place on.
    chunk: (Vec<u8>, usize),
}

impl Output {
    pub(crate) fn new(streams: Arc<Streams>, source: Source) -> Self {
        Self { streams, source, chunk: (Vec::new(), 0) }
    }
}

impl AsyncRead for Output {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.chunk.1 == self.chunk.0.len() {
            match ready!(self.streams.poll(self.source, context))? {
                Some(bytes) => self.chunk = (bytes, 0),
                None => return Poll::Ready(Ok(())),
            }
        }
        let (bytes, at) = &mut self.chunk;
        let length = (bytes.len() - *at).min(buffer.remaining());
        buffer.put_slice(&bytes[*at..*at + length]);
        *at += length;
        Poll::Ready(Ok(()))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.streams.forget(self.source);
    }
}

/// Both outputs of a command, in the order in which they arrived.
#[derive(Debug)]
pub struct Outputs {
    streams: Arc<Streams>,
    _ends: (Output, Option<Output>),
}

impl Outputs {
    /// The next bytes and where they come from; none when all was read. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// When the sandbox ended first.
    pub async fn next(&mut self) -> io::Result<Option<(Source, Vec<u8>)>> {
        std::future::poll_fn(|context| self.streams.poll_any(context)).await
    }
}
