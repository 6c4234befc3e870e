//! Hands a root file system to an engine while it is still being written.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use bollard::query_parameters::CreateImageOptionsBuilder;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::{mpsc, watch};

use super::tree::Tree;
use super::{Progress, STRIDE};
use crate::Fault;
use crate::rooms::Image;
use crate::rooms::docker::engine::{Engine, call};

/// How long an engine may take to take an image in.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// How much is handed over at a time.
const PIECE: usize = 256 * 1024;

/// Where an image goes.
pub(super) struct Import<'a> {
    pub(super) engine: &'a Engine,
    /// Its name, with its version.
    pub(super) name: &'a str,
    /// What it is, which it is marked with.
    pub(super) image: Image,
    /// What it is made from, in a few words.
    pub(super) from: String,
}

impl Import<'_> {
    /// Makes the image of what `fill` writes, as step `at` of so many.
    pub(super) async fn run(
        &self,
        at: (u32, u32),
        progress: &mut (impl FnMut(Progress) + Send),
        fill: impl FnOnce(&mut Tree) -> io::Result<()> + Send + 'static,
    ) -> Result<(), Fault> {
        let (pieces, body) = mpsc::channel(4);
        let (count, counted) = watch::channel(0);
        let filling = tokio::task::spawn_blocking(move || {
            let broken = pieces.clone();
            let mut tree = Tree::to(Box::new(BufWriter::with_capacity(PIECE, Pieces { pieces, count })));
            fill(&mut tree).inspect_err(|_| {
                // No archive goes on like this. Were the stream just cut off, Podman would take it for the whole. When
                // nobody listens any more, their own failure is told.
                let _ = broken.blocking_send(Ok(Bytes::from_static(&[0xff; 1024])));
            })
        });
        let taken = call(PATIENCE, self.take(body));
        let taken = told(taken, counted, |bytes| {
            progress(Progress { step: at.0, total: at.1, text: "Making the image".into(), bytes: Some((bytes, None)) });
        });
        let taken = taken.await;
        let filled = filling.await.map_err(|error| Fault::infrastructure("an image could not be written.", error))?;
        match (filled, taken) {
            // It no longer listened.
            (Err(error), Err(trouble)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(self.engine.fault("taking an image in", trouble))
            }
            (Err(error), _) => Err(Fault::infrastructure(format!("an image could not be written: {error}."), error)),
            (Ok(()), Err(trouble)) => Err(self.engine.fault("taking an image in", trouble)),
            (Ok(()), Ok(())) => Ok(()),
        }
    }

    async fn take(&self, body: mpsc::Receiver<io::Result<Bytes>>) -> Result<(), bollard::errors::Error> {
        // One mark and no more: Podman takes the second for a part of the first.
        let mark = format!("LABEL tatwats.image={}", self.image.name());
        let options = CreateImageOptionsBuilder::new()
            .from_src("-")
            // The version stands in the name: Podman looks at no tag beside it.
            .repo(self.name)
            .message(&format!("Made by TATWATS from {}", self.from))
            .changes(vec![mark])
            .build();
        let body = stream::unfold(body, |mut body| async { body.recv().await.map(|piece| (piece, body)) });
        let mut said =
            self.engine.docker.create_image(Some(options), Some(bollard::body_try_stream(body)), None).boxed();
        while let Some(said) = said.next().await {
            said?;
        }
        Ok(())
    }
}

/// Waits for `done`, and tells how the count grows meanwhile.
async fn told<T>(done: impl Future<Output = T>, mut counted: watch::Receiver<u64>, mut tell: impl FnMut(u64)) -> T {
    tokio::pin!(done);
    let (mut last, mut counting) = (None, true);
    loop {
        let now = *counted.borrow_and_update();
        if last.is_none_or(|last| now >= last + STRIDE) {
            tell(now);
            last = Some(now);
        }
        tokio::select! {
            done = &mut done => {
                tell(*counted.borrow());
                return done;
            }
            changed = counted.changed(), if counting => counting = changed.is_ok(),
        }
    }
}

/// Passes what is written on in pieces.
struct Pieces {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    count: watch::Sender<u64>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pieces.blocking_send(Ok(Bytes::copy_from_slice(bytes))).map_err(|_| io::ErrorKind::BrokenPipe)?;
        self.count.send_modify(|count| *count += bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
