//! One run as it is now, for everyone who looks on.

use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;

use domain::{Actor, Error, Result, Run};
use sandbox::{Control, Input, Size};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long a command may take to begin, and leave its input unread, before more is refused.
const TAKES: Duration = Duration::from_secs(10);

/// How a run stands.
#[derive(Debug, Clone)]
pub(crate) struct Now {
    /// Its row, as last recorded.
    pub(crate) run: Arc<Run>,
    /// Its place in the queue, from 1 on, while it waits there.
    pub(crate) place: Option<u32>,
    /// How much it wrote so far, in bytes, with the mark of a cut.
    pub(crate) written: u64,
}

/// Why a run is stopped.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    /// Someone wants it.
    By(Actor),
    /// The server ends.
    Shutdown,
    /// What it writes cannot be kept; says why.
    Unkept(String),
}

/// A run that waits or is at work here.
#[derive(Debug)]
pub(crate) struct Live {
    now: watch::Sender<Now>,
    cancel: CancellationToken,
    stop: OnceLock<Stop>,
    hands: OnceLock<Hands>,
    /// The size of its terminal, should it have one.
    size: std::sync::Mutex<Size>,
}

/// What reaches a command with a terminal.
#[derive(Debug)]
pub(crate) struct Hands {
    input: Mutex<Option<Input>>,
    control: Control,
}

impl Live {
    pub(crate) fn new(run: Run, terminal: Option<Size>) -> Self {
        Self {
            now: watch::Sender::new(Now { run: Arc::new(run), place: None, written: 0 }),
            cancel: CancellationToken::new(),
            stop: OnceLock::new(),
            hands: OnceLock::new(),
            size: std::sync::Mutex::new(terminal.unwrap_or(Size { columns: 80, rows: 24 })),
        }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Now> {
        self.now.subscribe()
    }

    pub(crate) fn now(&self) -> Now {
        self.now.borrow().clone()
    }

    pub(crate) fn run(&self) -> Arc<Run> {
        self.now.borrow().run.clone()
    }

    /// Tells its place, if it is another one.
    pub(crate) fn stands_at(&self, place: Option<u32>) {
        self.now.send_if_modified(|now| std::mem::replace(&mut now.place, place) != place);
    }

    /// Tells that its row changed.
    pub(crate) fn became(&self, run: Run) {
        self.now.send_modify(|now| {
            now.run = Arc::new(run);
            now.place = None;
        });
    }

    /// Tells that it wrote more.
    pub(crate) fn wrote(&self, bytes: usize) {
        self.now.send_modify(|now| now.written += bytes as u64);
    }

    /// Stops it. The first reason counts.
    pub(crate) fn stop(&self, why: Stop) {
        self.stop.set(why).ok();
        self.cancel.cancel();
    }

    /// Why it is stopped, if it is.
    pub(crate) fn stopped(&self) -> Option<&Stop> {
        self.stop.get()
    }

    /// Cancelled when it is to stop.
    pub(crate) fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// The size that its terminal is to have.
    pub(crate) fn size(&self) -> Size {
        *self.size.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives its terminal another size, now or when it begins.
    ///
    /// # Errors
    /// `Conflict` when it has none, or is over.
    pub(crate) fn resize(&self, size: Size) -> Result<()> {
        self.has_terminal()?;
        *self.size.lock().unwrap_or_else(PoisonError::into_inner) = size;
        if let Some(hands) = self.hands.get() {
            hands.control.resize(size);
        }
        Ok(())
    }

    fn has_terminal(&self) -> Result<()> {
        let run = self.run();
        if !run.terminal {
            return Err(Error::conflict("This command has no terminal, so nothing can be typed. Run it with one."));
        }
        if run.is_over() { Err(over()) } else { Ok(()) }
    }

    /// From now on it can be typed to.
    pub(crate) fn lend(&self, input: Option<Input>, control: Control) {
        self.hands.set(Hands { input: Mutex::new(input), control: control.clone() }).ok();
        // It may have got another one since it was asked for.
        control.resize(self.size());
        // Whoever has typed already waits for this.
        self.now.send_modify(|_| ());
    }

    /// Its terminal; waits a while for it to begin.
    ///
    /// # Errors
    /// `Conflict`, saying why there is none.
    pub(crate) async fn hands(&self) -> Result<&Hands> {
        self.has_terminal()?;
        let mut now = self.watch();
        let begun = now.wait_for(|now| now.run.is_over() || self.hands.get().is_some());
        // When it takes longer, what follows says so.
        let _ = timeout(TAKES, begun).await;
        self.has_terminal()?;
        let early = || Error::conflict("This command has not begun yet. Type when it runs.");
        self.hands.get().ok_or_else(early)
    }
}

pub(crate) fn over() -> Error {
    Error::conflict("This command is over already.")
}

impl Hands {
    /// Types. Ends when the command has room for all of it.
    ///
    /// # Errors
    /// `Conflict` when it takes none, for long or for ever.
    pub(crate) async fn type_in(&self, bytes: &[u8]) -> Result<()> {
        let typing = async {
            let mut input = self.input.lock().await;
            match input.as_mut() {
                Some(input) => input.write_all(bytes).await.map_err(|_| over()),
                None => Err(over()),
            }
        };
        timeout(TAKES, typing)
            .await
            .unwrap_or_else(|_| Err(Error::conflict("This command does not read what is typed. Nothing more fits.")))
    }

    pub(crate) fn signal(&self, signal: i32) {
        self.control.signal(signal);
    }
}
