//! Streams of bytes with a window: how much may be on the way, and the pumps that keep to it.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use room::{Channel, Guest, MAX_BODY, Source, WINDOW};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::sync::{Semaphore, mpsc};

/// Where everything goes that is said to the host. Short: what waits here has its window's leave already.
pub(crate) type Out = mpsc::Sender<Guest>;

/// Has reading and writing say that they would have to wait instead of doing so: on the one thread that serves all, that
/// would hold up everything, whenever what the kernel said was there is gone by the time it is asked for.
pub(crate) fn never_waiting(open: OwnedFd) -> io::Result<OwnedFd> {
    rustix::io::ioctl_fionbio(&open, true)?;
    Ok(open)
}

/// How much more of one stream may be sent before the host has passed on what is on the way.
#[derive(Debug)]
pub(crate) struct Window {
    free: Semaphore,
}

impl Window {
    /// A window that is all free.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { free: Semaphore::new(WINDOW) })
    }

    /// Waits until something may be sent, and says how much: from 1 to [`MAX_BODY`] bytes.
    pub(crate) async fn free(&self) -> usize {
        // One stream has one sender, so what is free now is only ever more later. A window is never closed.
        drop(self.free.acquire().await);
        self.free.available_permits().clamp(1, MAX_BODY)
    }

    /// So many bytes go out.
    pub(crate) fn send(&self, bytes: usize) {
        self.free.forget_permits(bytes);
    }

    /// So many bytes were passed on. More than were on the way count as those that were.
    pub(crate) fn taken(&self, bytes: u32) {
        let on_the_way = WINDOW.saturating_sub(self.free.available_permits());
        self.free.add_permits(usize::try_from(bytes).unwrap_or(usize::MAX).min(on_the_way));
    }
}

/// Passes on what a command writes, until every writer is gone; says then that it is the end.
pub(crate) async fn drain(mut reader: pipe::Receiver, channel: Channel, source: Source, window: Arc<Window>, out: Out) {
    loop {
        let most = window.free().await;
        // Memory only once there is something to put into it.
        if reader.readable().await.is_err() {
            break;
        }
        let mut bytes = vec![0; most];
        // A terminal that nobody holds any more says so by an error.
        let Ok(count @ 1..) = reader.read(&mut bytes).await else { break };
        bytes.truncate(count);
        bytes.shrink_to_fit();
        window.send(count);
        if out.send(Guest::Output(channel, source, bytes)).await.is_err() {
            return;
        }
    }
    let _ = out.send(Guest::Output(channel, source, Vec::new())).await;
}

/// Passes input on to a command and tells the host when it has been. What a command does not want any more is let go.
pub(crate) async fn feed(
    writer: pipe::Sender,
    terminal: bool,
    channel: Channel,
    mut chunks: mpsc::UnboundedReceiver<Vec<u8>>,
    out: Out,
) {
    const END_OF_TRANSMISSION: u8 = 4;
    let mut writer = Some(writer);
    while let Some(mut bytes) = chunks.recv().await {
        let count = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if bytes.is_empty() {
            if !terminal {
                writer = None;
                continue;
            }
            // A terminal has no end of input; this is what a person would press.
            bytes.push(END_OF_TRANSMISSION);
        }
        if let Some(open) = &mut writer
            && open.write_all(&bytes).await.is_err()
        {
            writer = None;
        }
        if count > 0 && out.send(Guest::Taken(channel, count)).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_window_lets_through_what_was_passed_on_and_no_more() {
        let window = Window::new();
        assert_eq!(window.free().await, MAX_BODY);
        window.send(WINDOW - 10);
        assert_eq!(window.free().await, 10);
        window.send(10);
        let blocked = tokio::spawn({
            let window = window.clone();
            async move { window.free().await }
        });
        tokio::task::yield_now().await;
        assert!(!blocked.is_finished());
        window.taken(3);
        assert_eq!(blocked.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_host_that_takes_more_than_was_sent_opens_no_larger_window() {
        let window = Window::new();
        window.send(5);
        window.taken(u32::MAX);
        assert_eq!(window.free.available_permits(), WINDOW);
    }
}
