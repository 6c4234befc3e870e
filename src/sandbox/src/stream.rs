//! The two ways of one channel: what comes out of it, in the order in which it came, and what goes into it. Each within
//! its window.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use room::{Channel, Host, MAX_BODY, Source, WINDOW};
use tokio::sync::mpsc::UnboundedSender;

/// The guest is told what was read as soon as it is this much: seldom, and long before its window is full.
const TELL: usize = WINDOW / 4;

/// What no honest guest would say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Nonsense(pub(crate) &'static str);

/// Bytes, and where they come from.
pub(crate) type Chunk = (Source, Vec<u8>);

/// What comes out of a channel.
#[derive(Debug)]
pub(crate) struct Streams {
    channel: Channel,
    out: UnboundedSender<Host>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the next chunk, over both sources.
    next: u64,
    sources: [Queue; 2],
    broken: bool,
}

#[derive(Debug, Default)]
struct Queue {
    chunks: VecDeque<(u64, Vec<u8>)>,
    /// Bytes that came and that the guest was not yet told were read.
    pending: usize,
    /// Those of them that were read.
    untold: usize,
    ended: bool,
    /// Nobody will read it: what comes is thrown away, as if it had been read.
    unread: bool,
    waker: Option<Waker>,
}

const fn index(source: Source) -> usize {
    match source {
        Source::Output => 0,
        Source::Error => 1,
    }
}

impl Streams {
    /// `both`: whether both sources will speak; otherwise only the first.
    pub(crate) fn new(channel: Channel, out: UnboundedSender<Host>, both: bool) -> Self {
        let mut state = State::default();
        state.sources[index(Source::Error)].ended = !both;
        Self { channel, out, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what the guest sent; none is the end of that source. True when all sources have ended.
    pub(crate) fn push(&self, source: Source, bytes: Vec<u8>) -> Result<bool, Nonsense> {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let queue = &mut state.sources[index(source)];
        if bytes.is_empty() {
            queue.ended = true;
        } else if queue.ended {
            return Err(Nonsense("output after its end"));
        } else if queue.pending + bytes.len() > WINDOW {
            return Err(Nonsense("more output than its window lets through"));
        } else {
            queue.pending += bytes.len();
            if queue.unread {
                let read = bytes.len();
                self.told(queue, source, read);
            } else {
                queue.chunks.push_back((number, bytes));
            }
        }
        let waker = queue.waker.take();
        let over = state.sources.iter().all(|queue| queue.ended);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(over)
    }

    /// Counts bytes as read and tells the guest once it is worth it.
    fn told(&self, queue: &mut Queue, source: Source, bytes: usize) {
        queue.untold += bytes;
        if queue.untold >= TELL {
            let told = std::mem::take(&mut queue.untold);
            queue.pending -= told;
            // When the link is gone there is nobody to tell.
            self.out.send(Host::Taken(self.channel, source, u32::try_from(told).unwrap_or(u32::MAX))).ok();
        }
    }

    /// The next chunk of one source; none at its end.
    pub(crate) fn poll(&self, source: Source, context: &Context<'_>) -> Poll<io::Result<Option<Vec<u8>>>> {
        let mut state = self.state();
        let broken = state.broken;
        let queue = &mut state.sources[index(source)];
        if let Some((_, bytes)) = queue.chunks.pop_front() {
            self.told(queue, source, bytes.len());
            return Poll::Ready(Ok(Some(bytes)));
        }
        if queue.ended {
            return Poll::Ready(Ok(None));
        }
        if broken {
            return Poll::Ready(Err(gone()));
        }
        queue.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// The next chunk of any source, in the order in which they came; none at the end of all.
    pub(crate) fn poll_any(&self, context: &Context<'_>) -> Poll<io::Result<Option<Chunk>>> {
        let first = |state: &State, source: Source| state.sources[index(source)].chunks.front().map(|chunk| chunk.0);
        let mut state = self.state();
        let source = match (first(&state, Source::Output), first(&state, Source::Error)) {
            (Some(output), Some(error)) if error < output => Some(Source::Error),
            (Some(_), _) => Some(Source::Output),
            (None, Some(_)) => Some(Source::Error),
            (None, None) => None,
        };
        if let Some(source) = source {
            let queue = &mut state.sources[index(source)];
            if let Some((_, bytes)) = queue.chunks.pop_front() {
                self.told(queue, source, bytes.len());
                return Poll::Ready(Ok(Some((source, bytes))));
            }
        }
        if state.sources.iter().all(|queue| queue.ended) {
            return Poll::Ready(Ok(None));
        }
        if state.broken {
            return Poll::Ready(Err(gone()));
        }
        for queue in &mut state.sources {
            queue.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }

    /// Nobody reads this source any more.
    pub(crate) fn forget(&self, source: Source) {
        let mut state = self.state();
        let queue = &mut state.sources[index(source)];
        queue.unread = true;
        let left = queue.chunks.drain(..).map(|(_, bytes)| bytes.len()).sum();
        self.told(queue, source, left);
    }

    /// The sandbox is gone: readers get what came, and then an error.
    pub(crate) fn break_off(&self) {
        let mut state = self.state();
        state.broken = true;
        let wakers: Vec<Waker> = state.sources.iter_mut().filter_map(|queue| queue.waker.take()).collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// What goes into a channel.
#[derive(Debug)]
pub(crate) struct Window {
    channel: Channel,
    out: UnboundedSender<Host>,
    state: Mutex<Room>,
}

#[derive(Debug)]
struct Room {
    free: usize,
    /// The end was sent.
    ended: bool,
    /// Nobody takes anything any more.
    closed: bool,
    waker: Option<Waker>,
}

impl Window {
    pub(crate) fn new(channel: Channel, out: UnboundedSender<Host>) -> Self {
        let room = Room { free: WINDOW, ended: false, closed: false, waker: None };
        Self { channel, out, state: Mutex::new(room) }
    }

    fn state(&self) -> MutexGuard<'_, Room> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends as much of these bytes as there is room for.
    pub(crate) fn poll_send(&self, context: &Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        if state.closed || state.ended {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if state.free == 0 {
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        let length = bytes.len().min(state.free).min(MAX_BODY);
        if self.out.send(Host::Input(self.channel, bytes[..length].to_vec())).is_err() {
            return Poll::Ready(Err(gone()));
        }
        state.free -= length;
        Poll::Ready(Ok(length))
    }

    /// Says, once, that nothing more will come.
    pub(crate) fn finish(&self) {
        let mut state = self.state();
        if !state.ended && !state.closed {
            self.out.send(Host::Input(self.channel, Vec::new())).ok();
        }
        state.ended = true;
    }

    /// The guest passed on so many bytes.
    pub(crate) fn taken(&self, bytes: u32) -> Result<(), Nonsense> {
        let mut state = self.state();
        let free = usize::try_from(bytes).ok().and_then(|bytes| state.free.checked_add(bytes));
        state.free = free.filter(|free| *free <= WINDOW).ok_or(Nonsense("took more input than was sent"))?;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
        Ok(())
    }

    /// Nobody takes anything any more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the sandbox ended")
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    fn streams() -> (Streams, UnboundedReceiver<Host>) {
        let (out, told) = unbounded_channel();
        (Streams::new(7, out, true), told)
    }

    fn any(streams: &Streams) -> Poll<Option<(Source, Vec<u8>)>> {
        streams.poll_any(&Context::from_waker(Waker::noop())).map(Result::unwrap)
    }

    #[test]
    fn both_sources_come_in_the_order_in_which_they_arrived() {
        let (streams, _told) = streams();
        for (source, text) in [(Source::Error, "a"), (Source::Output, "b"), (Source::Output, "c"), (Source::Error, "d")]
        {
            streams.push(source, text.into()).unwrap();
        }
        let mut all = String::new();
        while let Poll::Ready(Some((_, bytes))) = any(&streams) {
            all.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        assert_eq!(all, "abcd");
        assert!(!streams.push(Source::Output, vec![]).unwrap());
        assert!(any(&streams).is_pending());
        assert!(streams.push(Source::Error, vec![]).unwrap());
        assert_eq!(any(&streams), Poll::Ready(None));
    }

    #[test]
    fn a_window_that_is_full_takes_no_more_until_something_was_read() {
        let (streams, mut told) = streams();
        for _ in 0..WINDOW / MAX_BODY {
            streams.push(Source::Output, vec![0; MAX_BODY]).unwrap();
        }
        assert!(streams.push(Source::Output, vec![0]).is_err());
        // The other one has its own.
        streams.push(Source::Error, vec![0]).unwrap();
        assert!(told.try_recv().is_err());
        assert!(any(&streams).is_ready());
        assert_eq!(told.try_recv().unwrap(), Host::Taken(7, Source::Output, u32::try_from(MAX_BODY).unwrap()));
        streams.push(Source::Output, vec![0; MAX_BODY]).unwrap();
    }

    #[test]
    fn what_nobody_reads_holds_nobody_up() {
        let (streams, mut told) = streams();
        streams.forget(Source::Output);
        for _ in 0..100 {
            streams.push(Source::Output, vec![0; MAX_BODY]).unwrap();
            assert!(told.try_recv().is_ok());
        }
    }

    #[test]
    fn input_stops_at_the_window_and_goes_on_when_it_was_taken() {
        let (out, _sent) = unbounded_channel();
        let window = Window::new(1, out);
        let context = Context::from_waker(Waker::noop());
        let mut sent = 0;
        while let Poll::Ready(length) = window.poll_send(&context, &[0; 100_000]) {
            sent += length.unwrap();
        }
        assert_eq!(sent, WINDOW);
        window.taken(10).unwrap();
        assert!(matches!(window.poll_send(&context, &[0; 100]), Poll::Ready(Ok(10))));
        assert!(window.taken(u32::MAX).is_err());
        window.close();
        assert!(matches!(window.poll_send(&context, &[0; 100]), Poll::Ready(Err(_))));
    }
}
