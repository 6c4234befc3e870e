//! Files: taken in and given out as tar streams, each in a thread of its own.

mod give;
mod names;
mod take;

use std::io;
use std::sync::Arc;
use std::thread;

use room::{Channel, Give, Guest, MAX_BODY, Source};
use tokio::sync::mpsc;

use crate::stream::{Out, Window};

/// Files that are being taken in. When this is dropped, what has not come yet will not come.
#[derive(Debug)]
pub(crate) struct Taking {
    /// Bytes of the tar stream; none: its end.
    pub(crate) input: mpsc::UnboundedSender<Vec<u8>>,
}

/// Files that are being given out. When this is dropped, no more will be.
#[derive(Debug)]
pub(crate) struct Giving {
    /// What the host has passed on.
    pub(crate) window: Arc<Window>,
    _wanted: mpsc::Sender<()>,
}

impl Taking {
    /// Begins to unpack into `folder`. What becomes of it is said to `out`; `over` hears when it is over.
    pub(crate) fn start(
        channel: Channel,
        folder: String,
        out: Out,
        over: mpsc::UnboundedSender<Channel>,
    ) -> io::Result<Self> {
        let (input, chunks) = mpsc::unbounded_channel();
        let work = move || {
            let mut inlet = Inlet { channel, chunks, out: out.clone(), chunk: Vec::new(), at: 0, ended: false };
            let answer = match take::unpack(&mut inlet, &folder) {
                Ok(()) => Guest::Done(channel),
                Err(why) => Guest::Failed(channel, why),
            };
            // Nobody wants what still comes, but its sender wants to hear that it was passed on.
            let rest = io::copy(&mut inlet, &mut io::sink());
            let answer = if rest.is_ok() { answer } else { Guest::Failed(channel, CUT.into()) };
            let _ = out.blocking_send(answer);
            let _ = over.send(channel);
        };
        // Guests may leave no process to have; that must not end anything.
        thread::Builder::new().name("take".into()).spawn(work)?;
        Ok(Self { input })
    }
}

impl Giving {
    /// Begins to pack. What becomes of it is said to `out`; `over` hears when it is over.
    pub(crate) fn start(
        channel: Channel,
        give: Give,
        out: Out,
        over: mpsc::UnboundedSender<Channel>,
    ) -> io::Result<Self> {
        let window = Window::new();
        let (wanted, mut unwanted) = mpsc::channel(1);
        let (pieces, mut packed) = mpsc::channel::<Vec<u8>>(2);
        let packing = thread::Builder::new().name("give".into());
        let (tell, told) = tokio::sync::oneshot::channel();
        packing.spawn(move || tell.send(give::pack(Outlet { pieces, piece: Vec::new() }, &give)))?;
        let sent = window.clone();
        tokio::spawn(async move {
            let passing = async {
                while let Some(mut piece) = packed.recv().await {
                    while !piece.is_empty() {
                        let rest = piece.split_off(sent.free().await.min(piece.len()));
                        sent.send(piece.len());
                        let _ = out.send(Guest::Output(channel, Source::Output, piece)).await;
                        piece = rest;
                    }
                }
                told.await.unwrap_or_else(|_| Err(CUT.into()))
            };
            let result = tokio::select! {
                result = passing => result,
                _ = unwanted.recv() => Err(CUT.into()),
            };
            let _ = out.send(result.map_or_else(|why| Guest::Failed(channel, why), |()| Guest::Done(channel))).await;
            let _ = over.send(channel);
        });
        Ok(Self { window, _wanted: wanted })
    }
}

const CUT: &str = "It was stopped halfway.";

/// Reads what the host sends, and tells it so.
struct Inlet {
    channel: Channel,
    chunks: mpsc::UnboundedReceiver<Vec<u8>>,
    out: Out,
    chunk: Vec<u8>,
    at: usize,
    ended: bool,
}

impl io::Read for Inlet {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() && !self.ended {
            self.chunk = self.chunks.blocking_recv().ok_or(io::ErrorKind::BrokenPipe)?;
            self.at = 0;
            self.ended = self.chunk.is_empty();
            let bytes = u32::try_from(self.chunk.len()).unwrap_or(u32::MAX);
            if !self.ended && self.out.blocking_send(Guest::Taken(self.channel, bytes)).is_err() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
        let count = io::Read::read(&mut &self.chunk[self.at..], buffer)?;
        self.at += count;
        Ok(count)
    }
}

/// Sends what is written in pieces; waits while nobody takes them.
struct Outlet {
    pieces: mpsc::Sender<Vec<u8>>,
    piece: Vec<u8>,
}

impl io::Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == MAX_BODY {
            self.flush()?;
        }
        let count = bytes.len().min(MAX_BODY - self.piece.len());
        self.piece.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.piece);
        self.pieces.blocking_send(piece).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
