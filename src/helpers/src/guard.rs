//! The guard: stands between the server and a helper's process, and leaves nothing behind when either ends.
//!
//! The server starts `tatwats guard -- COMMAND ARGS…` instead of the command itself. Standard input, output and error
//! pass through untouched. The read end of standard input is also the life line: the kernel reports a hang-up on it as
//! soon as the server is gone, however it went, and then the guard ends everything that the command started, also
//! what moved to another process group or session, because the guard is the reaper of all its descendants.
//!
//! Limits for the command and everything below it: no core files, [`OPEN_FILES`] open files, files of at most
//! [`FILE_BYTES`], [`DATA_BYTES`] of private memory per process. Address space is not limited, because Node and other
//! runtimes reserve far more of it than they use. [`PROCESSES`] limits the processes of the user as a whole (that is
//! how the kernel counts), so it is generous.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::procfs;

/// Most open files of a helper's process.
pub const OPEN_FILES: u64 = 4096;
/// Most processes and threads of the user under whom helpers run.
pub const PROCESSES: u64 = 4096;
/// Largest file that a helper may write, in bytes.
pub const FILE_BYTES: u64 = 1 << 30;
/// Most private memory of one helper process, in bytes.
pub const DATA_BYTES: u64 = 4 << 30;

/// How long the command may take to end by itself after its standard input closed.
const FAREWELL: Duration = Duration::from_millis(700);
/// How long it may take after SIGTERM; then it is killed.
const MERCY: Duration = Duration::from_secs(2);

/// Runs the command in `args` (what follows `guard` on the command line) and ends with its status. Blocks;
/// call it before any runtime or thread is started.
///
/// Exit codes of its own: 126 and 127 when the command cannot be started, 125 when the guard itself fails.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter().skip_while(|arg| arg == "--");
    let Some(program) = args.next() else {
        complain("guard: nothing to run; write: guard -- COMMAND [ARGS…]");
        return ExitCode::from(125);
    };
    match watch(&program, args) {
        Ok(code) => ExitCode::from(code),
        Err(Fault::Start(error)) => {
            complain(&format!("could not start {}: {error}", program.to_string_lossy()));
            ExitCode::from(if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 })
        }
        Err(Fault::Guard(error)) => {
            complain(&format!("guard: {error}"));
            ExitCode::from(125)
        }
    }
}

enum Fault {
    Start(std::io::Error),
    Guard(Errno),
}

impl From<Errno> for Fault {
    fn from(error: Errno) -> Self {
        Self::Guard(error)
    }
}

fn watch(program: &OsString, args: impl Iterator<Item = OsString>) -> Result<u8, Fault> {
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGCHLD] {
        signals.add(signal);
    }
    signals.thread_block()?;
    let signals = SignalFd::with_flags(&signals, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
    nix::sys::prctl::set_child_subreaper(true)?;
    limit()?;
    // The standard library clears the signal mask for the command.
    let child = Command::new(program).args(args).process_group(0).spawn().map_err(Fault::Start)?;
    let child = Pid::from_raw(i32::try_from(child.id()).map_err(|_| Errno::ERANGE)?);
    release_stdout();
    let mut guard = Guard { child, signals, status: None, ending: None };
    guard.until_over()?;
    Ok(guard.status.map_or(125, code_of))
}

/// So that the server sees the end of the command's output when the command closes it.
fn release_stdout() {
    if let Ok(null) = std::fs::File::options().write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stdout(null.as_fd());
    }
}

/// How far the ending has come, and when the next step is due.
#[derive(Clone, Copy)]
enum Ending {
    Farewell(Instant),
    Mercy(Instant),
    Killing,
}

struct Guard {
    child: Pid,
    signals: SignalFd,
    status: Option<WaitStatus>,
    ending: Option<Ending>,
}

impl Guard {
    /// Waits until the command and all its descendants are gone.
    fn until_over(&mut self) -> Result<(), Errno> {
        loop {
            self.reap()?;
            self.step();
            if self.status.is_some() && procfs::descendants(&procfs::snapshot(), own_pid()).is_empty() {
                return Ok(());
            }
            self.wait()?;
        }
    }

    /// Waits for a signal, for the server's end, or for the next step of the ending.
    fn wait(&mut self) -> Result<(), Errno> {
        let timeout = match self.ending {
            None => PollTimeout::NONE,
            Some(Ending::Farewell(due) | Ending::Mercy(due)) => {
                let left = due.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
                PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO)
            }
            Some(Ending::Killing) => PollTimeout::from(20_u8),
        };
        let stdin = std::io::stdin();
        let mut watched = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        if self.ending.is_none() {
            // Nothing is asked for: only a hang-up is reported, and what the command has not read yet stays for it.
            watched.push(PollFd::new(stdin.as_fd(), PollFlags::empty()));
        }
        match poll(&mut watched, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
        let hung_up = watched.get(1).and_then(PollFd::revents).is_some_and(|events| !events.is_empty());
        drop(watched);
        if hung_up {
            self.ending = Some(Ending::Farewell(Instant::now() + FAREWELL));
        }
        while let Some(info) = self.signals.read_signal()? {
            let told_to_end =
                [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP].iter().any(|signal| *signal as u32 == info.ssi_signo);
            if told_to_end && !matches!(self.ending, Some(Ending::Mercy(_) | Ending::Killing)) {
                self.ask_to_end();
            }
        }
        Ok(())
    }

    /// Takes the status of every child that ended, adopted ones included.
    fn reap(&mut self) -> Result<(), Errno> {
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return Ok(()),
                Ok(status @ (WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, _, _))) => {
                    if pid == self.child {
                        self.status = Some(status);
                        if self.ending.is_none() {
                            // What the command left behind goes too.
                            self.ask_to_end();
                        }
                    }
                }
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn step(&mut self) {
        let now = Instant::now();
        match self.ending {
            Some(Ending::Farewell(due)) if now >= due => self.ask_to_end(),
            Some(Ending::Mercy(due)) if now >= due => {
                self.ending = Some(Ending::Killing);
                signal_all(Signal::SIGKILL);
            }
            Some(Ending::Killing) => signal_all(Signal::SIGKILL),
            _ => {}
        }
    }

    fn ask_to_end(&mut self) {
        self.ending = Some(Ending::Mercy(Instant::now() + MERCY));
        signal_all(Signal::SIGTERM);
    }
}

/// Signals every descendant once, whatever group or session it moved to: the reaper of them all has them all below it.
fn signal_all(signal: Signal) {
    for pid in procfs::descendants(&procfs::snapshot(), own_pid()) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

fn own_pid() -> i32 {
    nix::unistd::getpid().as_raw()
}

fn limit() -> Result<(), Errno> {
    for (resource, most) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        (Resource::RLIMIT_NPROC, PROCESSES),
        (Resource::RLIMIT_FSIZE, FILE_BYTES),
        (Resource::RLIMIT_DATA, DATA_BYTES),
    ] {
        let (_, hard) = getrlimit(resource)?;
        let most = most.min(hard);
        setrlimit(resource, most, most)?;
    }
    Ok(())
}

fn code_of(status: WaitStatus) -> u8 {
    match status {
        WaitStatus::Exited(_, code) => u8::try_from(code & 0xff).unwrap_or(125),
        WaitStatus::Signaled(_, signal, _) => u8::try_from(128 + signal as i32).unwrap_or(125),
        _ => 125,
    }
}

/// Standard error is the process log of the helper.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
