//! Commands: how they are started, followed to their end, and signalled.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use room::{Channel, Exit, Guest, Size, Source, Spawn};
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::command::Order;
use crate::confine::limits::Limits;
use crate::processes;
use crate::stream::{Out, Window, drain, feed, never_waiting};

/// A command that was started.
#[derive(Debug)]
pub(crate) struct Process {
    channel: Channel,
    /// Its process, and the process group that it began.
    pid: Pid,
    /// Bytes for its input; none: its end.
    pub(crate) input: mpsc::UnboundedSender<Vec<u8>>,
    output: Arc<Window>,
    error: Arc<Window>,
    terminal: Option<OwnedFd>,
    exit: Option<oneshot::Sender<Exit>>,
    memory: bool,
    feeding: AbortHandle,
}

/// The ends of a command's streams that stay here, and those that it gets.
struct Streams {
    input: pipe::Sender,
    output: pipe::Receiver,
    error: Option<pipe::Receiver>,
    terminal: Option<OwnedFd>,
    theirs: [Stdio; 3],
}

impl Process {
    /// Starts a command. What becomes of it is said to `out`; when nothing more can be said of it, `over` hears.
    pub(crate) fn start(
        channel: Channel,
        spawn: &Spawn,
        limits: &Limits,
        out: Out,
        over: mpsc::UnboundedSender<Channel>,
    ) -> io::Result<Self> {
        let streams = match spawn.terminal {
            Some(size) => terminal(size)?,
            None => pipes()?,
        };
        let (told, report) = io::pipe()?;
        // This one must get through to the process that is started next; all others close by themselves.
        rustix::io::fcntl_setfd(&report, rustix::io::FdFlags::empty())?;
        let order = Order {
            channel,
            folder: spawn.folder.clone(),
            terminal: spawn.terminal.is_some(),
            report: std::os::fd::AsRawFd::as_raw_fd(&report),
            limits: limits.clone(),
        };
        let [input, output, error] = streams.theirs;
        let child = Command::new("/proc/self/exe")
            .arg0("room")
            .arg("command")
            .arg(serde_json::to_string(&order)?)
            .args(&spawn.command)
            .env_clear()
            .envs(spawn.environment.iter().map(|(name, value)| (name, value)))
            .stdin(input)
            .stdout(output)
            .stderr(error)
            .spawn()?;
        drop(report);
        let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);

        let (input, chunks) = mpsc::unbounded_channel();
        let (exit, exited) = oneshot::channel();
        let windows = (Window::new(), Window::new());
        let feeding = tokio::spawn(feed(streams.input, order.terminal, channel, chunks, out.clone())).abort_handle();
        let process = Self {
            channel,
            pid,
            input,
            output: windows.0.clone(),
            error: windows.1.clone(),
            terminal: streams.terminal,
            exit: Some(exit),
            memory: false,
            feeding,
        };
        let told = pipe::Receiver::from_owned_fd(told.into())?;
        tokio::spawn(async move {
            follow(channel, told, (streams.output, streams.error), windows, exited, out).await;
            let _ = over.send(channel);
        });
        Ok(process)
    }

    /// Takes note that a process ended, when it is the command's own.
    pub(crate) fn ended(&mut self, pid: Pid, status: i32) {
        let own = self.pid == pid;
        if let Some(told) = self.exit.take_if(|_| own) {
            // Its follower is gone when it could not be started.
            let _ = told.send(Exit { status, memory: self.memory });
        }
    }

    /// It is about to be ended because there is too much in memory.
    pub(crate) fn memory_ran_out(&mut self) {
        self.memory = true;
    }

    /// Whether the command's own process has not ended.
    fn lives(&self) -> bool {
        self.exit.is_some()
    }

    /// So many bytes of its output were passed on.
    pub(crate) fn taken(&self, source: Source, bytes: u32) {
        match source {
            Source::Output => self.output.taken(bytes),
            Source::Error => self.error.taken(bytes),
        }
    }

    /// Its terminal has another size.
    pub(crate) fn resize(&self, size: Size) {
        if let Some(terminal) = &self.terminal {
            // A terminal that its command has left has no size that matters.
            let _ = rustix::termios::tcsetwinsize(terminal, winsize(size));
        }
    }

    /// Signals its process group; by 9, everything it started. What has ended already needs no signal.
    pub(crate) fn signal(&self, number: i32) {
        match Signal::try_from(number) {
            Ok(Signal::SIGKILL) => {
                // It may be so young that it has no mark yet.
                if self.lives() {
                    let _ = kill(self.pid, Signal::SIGKILL);
                }
                processes::end_all(self.channel);
            }
            Ok(signal) if self.lives() => drop(killpg(self.pid, signal)),
            // Its number may be someone else's now.
            Ok(signal) => processes::signal_group(self.channel, self.pid, signal),
            // No signal of that number.
            Err(_) => {}
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.feeding.abort();
    }
}

fn winsize(size: Size) -> Winsize {
    Winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0 }
}

fn pipes() -> io::Result<Streams> {
    let ((their_input, input), (output, their_output), (error, their_error)) = (io::pipe()?, io::pipe()?, io::pipe()?);
    Ok(Streams {
        input: pipe::Sender::from_owned_fd(input.into())?,
        output: pipe::Receiver::from_owned_fd(output.into())?,
        error: Some(pipe::Receiver::from_owned_fd(error.into())?),
        terminal: None,
        theirs: [their_input.into(), their_output.into(), their_error.into()],
    })
}

fn terminal(size: Size) -> io::Result<Streams> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let ours = never_waiting(rustix::pty::openpt(flags)?)?;
    rustix::pty::unlockpt(&ours)?;
    rustix::termios::tcsetwinsize(&ours, winsize(size))?;
    let theirs = rustix::pty::ioctl_tiocgptpeer(&ours, flags)?;
    Ok(Streams {
        input: pipe::Sender::from_owned_fd_unchecked(ours.try_clone()?)?,
        output: pipe::Receiver::from_owned_fd_unchecked(ours.try_clone()?)?,
        error: None,
        terminal: Some(ours),
        theirs: [theirs.try_clone()?.into(), theirs.try_clone()?.into(), theirs.into()],
    })
}

/// Follows a command until it has ended and nobody can write to its output any more.
async fn follow(
    channel: Channel,
    mut told: pipe::Receiver,
    (output, error): (pipe::Receiver, Option<pipe::Receiver>),
    windows: (Arc<Window>, Arc<Window>),
    exited: oneshot::Receiver<Exit>,
    out: Out,
) {
    let mut why = String::new();
    if told.read_to_string(&mut why).await.is_err() {
        why = "The command could not be started.".into();
    }
    if !why.is_empty() {
        let _ = out.send(Guest::Failed(channel, why)).await;
        return;
    }
    let _ = out.send(Guest::Started(channel)).await;
    let output = drain(output, channel, Source::Output, windows.0, out.clone());
    let error = async {
        match error {
            Some(error) => drain(error, channel, Source::Error, windows.1, out.clone()).await,
            // A terminal has but one source: the other one ends before it began.
            None => drop(out.send(Guest::Output(channel, Source::Error, Vec::new())).await),
        }
    };
    let exit = async {
        if let Ok(exit) = exited.await {
            let _ = out.send(Guest::Exit(channel, exit)).await;
        }
    };
    tokio::join!(output, error, exit);
}
