//! What the person at the keyboard does: types, resizes the window, presses Ctrl-C.

use std::io::{IsTerminal, Read};

use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::super::fault::Fault;

/// The key that ends an input.
const END: u8 = 4;

/// What happened.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Ctrl-C, or a signal that means the same.
    Stop,
    /// Keys for the command.
    Keys(Vec<u8>),
    /// The window has so many columns and rows now.
    Size(u16, u16),
}

/// The keyboard. Dropping it gives the terminal back as it was.
pub(super) struct Keyboard {
    interrupt: Signal,
    terminate: Signal,
    resized: Signal,
    /// None: nothing is passed on.
    keys: Option<mpsc::Receiver<Vec<u8>>>,
    _raw: Option<Raw>,
}

/// The size of the window; that of old when it cannot be told.
pub(super) fn size() -> (u16, u16) {
    match rustix::termios::tcgetwinsize(std::io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

impl Keyboard {
    /// Passes on what is typed, if so; then Ctrl-C is a key like any other.
    pub(super) fn new(typed: bool) -> Result<Self, Fault> {
        let hear = |kind| signal(kind).map_err(|error| Fault::Failed(format!("signals cannot be heard: {error}")));
        Ok(Self {
            interrupt: hear(SignalKind::interrupt())?,
            terminate: hear(SignalKind::terminate())?,
            resized: hear(SignalKind::window_change())?,
            keys: typed.then(read),
            _raw: if typed { Raw::begin() } else { None },
        })
    }

    /// What happens next.
    pub(super) async fn next(&mut self) -> Pressed {
        let Self { interrupt, terminate, resized, keys, .. } = self;
        loop {
            tokio::select! {
                _ = interrupt.recv() => return Pressed::Stop,
                _ = terminate.recv() => return Pressed::Stop,
                _ = resized.recv(), if keys.is_some() => {
                    let (columns, rows) = size();
                    return Pressed::Size(columns, rows);
                }
                typed = typed(keys) => match typed {
                    Some(bytes) => return Pressed::Keys(bytes),
                    None => *keys = None,
                }
            }
        }
    }
}

async fn typed(keys: &mut Option<mpsc::Receiver<Vec<u8>>>) -> Option<Vec<u8>> {
    match keys {
        Some(keys) => keys.recv().await,
        None => std::future::pending().await,
    }
}

/// Reads on a thread of its own, which the end of the program does not wait for.
fn read() -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        loop {
            let length = std::io::stdin().read(&mut bytes).unwrap_or(0);
            let typed = if length == 0 { vec![END] } else { bytes[..length].to_vec() };
            if sender.blocking_send(typed).is_err() || length == 0 {
                return;
            }
        }
    });
    receiver
}

/// A terminal that passes on every key at once and shows none by itself.
struct Raw(Termios);

impl Raw {
    fn begin() -> Option<Self> {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return None;
        }
        let before = tcgetattr(&stdin).ok()?;
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        tcsetattr(&stdin, SetArg::TCSADRAIN, &raw).ok()?;
        Some(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // There is nobody to tell, and nothing better to do.
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &self.0);
    }
}
