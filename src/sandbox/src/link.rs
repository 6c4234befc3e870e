//! The exchange of frames with the program inside: one task writes, one reads and hands on by channel. What comes from
//! inside is hostile: whatever does not fit ends the sandbox.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use room::frame;
use room::{Channel, Exit, Guest, Host, Source, Usage};
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::Fault;
use crate::stream::{Nonsense, Streams, Window};

/// What a channel's question was answered with; or, in words for people, why it could not be done.
pub(crate) type Answer = Result<Reply, String>;

/// What a channel's question was answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    Started,
    Done,
    Usage(Usage),
}

/// What waits for word about a channel.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    pub(crate) answer: Option<oneshot::Sender<Answer>>,
    pub(crate) streams: Option<Arc<Streams>>,
    pub(crate) window: Option<Arc<Window>>,
    /// Only commands have one.
    pub(crate) exit: Option<watch::Sender<Option<Exit>>>,
    /// Whether all its output has come.
    pub(crate) drained: bool,
}

/// The exchange with the program inside.
#[derive(Debug)]
pub(crate) struct Link {
    out: UnboundedSender<Host>,
    state: Mutex<State>,
    /// Cancelled when the exchange is over.
    over: CancellationToken,
}

#[derive(Debug)]
struct State {
    next: Channel,
    slots: HashMap<Channel, Slot>,
    /// Why the exchange is over.
    broken: Option<String>,
}

impl Link {
    pub(crate) fn new(out: UnboundedSender<Host>) -> Self {
        let state = State { next: 1, slots: HashMap::new(), broken: None };
        Self { out, state: Mutex::new(state), over: CancellationToken::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where frames for the guest are queued. What the windows let through bounds the queue.
    pub(crate) fn out(&self) -> &UnboundedSender<Host> {
        &self.out
    }

    /// Cancelled when the exchange is over.
    pub(crate) fn over(&self) -> &CancellationToken {
        &self.over
    }

    /// Why the exchange is over, as a fault.
    pub(crate) fn fault(&self) -> Fault {
        let why = self.state().broken.clone().unwrap_or_else(|| "it ended".into());
        Fault::infrastructure("it ended before its work was done.", why)
    }

    /// What the guest did that no honest one does, if that was the end.
    pub(crate) fn why(&self) -> Option<String> {
        self.state().broken.clone()
    }

    /// Opens a channel and says the first word on it.
    pub(crate) fn open(&self, make: impl FnOnce(Channel) -> (Slot, Host)) -> Result<Channel, Fault> {
        let mut state = self.state();
        if state.broken.is_some() {
            drop(state);
            return Err(self.fault());
        }
        let channel = state.next;
        state.next = channel.checked_add(1).ok_or_else(|| Fault::Refused("This sandbox is used up.".into()))?;
        let (slot, word) = make(channel);
        state.slots.insert(channel, slot);
        // Within the lock, so that the guest sees channels in the order of their numbers.
        self.out.send(word).ok();
        Ok(channel)
    }

    /// Hands a frame on to whom it is for.
    fn take(&self, frame: Guest) -> Result<(), Nonsense> {
        let mut state = self.state();
        let (channel, known) = match &frame {
            Guest::Ready(_) => return Err(Nonsense("was ready twice")),
            Guest::Started(channel)
            | Guest::Output(channel, ..)
            | Guest::Exit(channel, _)
            | Guest::Done(channel)
            | Guest::Failed(channel, _)
            | Guest::Usage(channel, _)
            | Guest::Taken(channel, _) => (*channel, *channel > 0 && *channel < state.next),
        };
        let Some(slot) = state.slots.get_mut(&channel) else {
            // These may cross with the end of a channel.
            let late = match &frame {
                Guest::Taken(..) => true,
                Guest::Output(_, _, bytes) => bytes.is_empty(),
                _ => false,
            };
            return if known && late { Ok(()) } else { Err(Nonsense("spoke of a channel that is not open")) };
        };
        if slot.take(frame)? {
            state.slots.remove(&channel);
        }
        Ok(())
    }

    /// Ends the exchange, for this reason. Everyone who waits learns of it.
    pub(crate) fn fail(&self, why: Option<String>) {
        let mut state = self.state();
        if state.broken.is_none() {
            state.broken = Some(why.unwrap_or_else(|| "the sandbox ended".into()));
        }
        for slot in state.slots.drain().map(|(_, slot)| slot) {
            if let Some(streams) = slot.streams {
                streams.break_off();
            }
            if let Some(window) = slot.window {
                window.close();
            }
        }
        drop(state);
        self.over.cancel();
    }

    /// Reads until the end of the exchange; why it ended, if the guest is to blame.
    pub(crate) async fn read(&self, output: impl AsyncRead + Unpin) -> Option<String> {
        let mut reader = BufReader::with_capacity(room::MAX_BODY, output);
        loop {
            match frame::read::<Guest>(&mut reader).await {
                Ok(Some(frame)) => {
                    if let Err(Nonsense(what)) = self.take(frame) {
                        return Some(format!("the program inside {what}"));
                    }
                }
                Ok(None) => return None,
                Err(error) => return Some(format!("the program inside spoke nonsense: {error}")),
            }
        }
    }
}

/// Writes what is queued until the exchange is over.
pub(crate) async fn write(mut queue: UnboundedReceiver<Host>, mut input: impl AsyncWrite + Unpin) {
    while let Some(word) = queue.recv().await {
        if let Err(error) = frame::write(&mut input, &word).await {
            // Whoever reads learns of the end too, and says so.
            tracing::debug!(%error, "the sandbox takes no more");
            return;
        }
    }
}

impl Slot {
    /// True when the channel is over.
    fn take(&mut self, frame: Guest) -> Result<bool, Nonsense> {
        let command = self.exit.is_some();
        let files = !command && (self.streams.is_some() || self.window.is_some());
        match frame {
            Guest::Started(_) if command => self.reply(Ok(Reply::Started)).map(|()| false),
            Guest::Done(_) if files => self.done(Ok(Reply::Done)),
            Guest::Usage(_, usage) if !command && !files => self.reply(Ok(Reply::Usage(usage))).map(|()| true),
            Guest::Failed(_, why) => self.done(Err(why)),
            Guest::Output(_, source, bytes) => {
                let streams = self.streams.as_ref().ok_or(Nonsense("gave output that nobody asked for"))?;
                self.drained = streams.push(source, bytes)?;
                Ok(self.is_over())
            }
            Guest::Exit(_, exit) => {
                let sender = self.exit.as_ref().ok_or(Nonsense("ended what is no command"))?;
                if self.answer.is_some() || sender.borrow().is_some() {
                    return Err(Nonsense("ended a command that does not run"));
                }
                sender.send_replace(Some(exit));
                if let Some(window) = &self.window {
                    window.close();
                }
                Ok(self.is_over())
            }
            Guest::Taken(_, bytes) => {
                let window = self.window.as_ref().ok_or(Nonsense("took input where there is none"))?;
                window.taken(bytes).map(|()| false)
            }
            Guest::Ready(_) | Guest::Started(_) | Guest::Done(_) | Guest::Usage(..) => {
                Err(Nonsense("answered what it was not asked"))
            }
        }
    }

    /// What was asked for is done, or cannot be: nothing more will come.
    fn done(&mut self, answer: Answer) -> Result<bool, Nonsense> {
        self.reply(answer)?;
        if let Some(streams) = &self.streams {
            streams.push(Source::Output, Vec::new())?;
        }
        if let Some(window) = &self.window {
            window.close();
        }
        Ok(true)
    }

    fn reply(&mut self, answer: Answer) -> Result<(), Nonsense> {
        let sender = self.answer.take().ok_or(Nonsense("answered twice"))?;
        // Who asked may have stopped waiting.
        sender.send(answer).ok();
        Ok(())
    }

    /// A command's channel ends when it has exited and all its output came.
    fn is_over(&self) -> bool {
        self.drained && self.exit.as_ref().is_some_and(|exit| exit.borrow().is_some())
    }
}
