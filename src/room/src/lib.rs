//! What is said between the workshop and the inside of a sandbox: frames over one pair of byte streams.
//!
//! The program `room` runs inside every sandbox, of either kind, as its first process. It starts commands, passes their
//! input and output on, takes files in and gives them out, and measures. Host and guest each trust only themselves:
//! everything that comes from inside is hostile, so the host bounds every frame and believes no size.
//!
//! Many commands share one pair of streams, so each stream of bytes has a window: a sender may have [`WINDOW`] bytes on
//! the way that the receiver has not yet told (by [`Guest::Taken`], [`Host::Taken`]) it has passed on. So one that is
//! not read holds up nobody but itself.

pub mod enter;
pub mod frame;

use serde::{Deserialize, Serialize};

/// The version of these words. Both sides say it; another one is refused.
pub const VERSION: u32 = 1;
/// Most bytes in one frame's body.
pub const MAX_BODY: usize = 64 * 1024;
/// Most bytes of one stream on the way that were not yet passed on.
pub const WINDOW: usize = 256 * 1024;
/// Where the program lies inside.
pub const PROGRAM: &str = "/room";
/// Where the work happens: the project's files.
pub const WORK: &str = "/work";
/// The guests' home folder.
pub const HOME: &str = "/home/guest";
/// The socket of the proxy to package registries, where the network allows that.
pub const PROXY_SOCKET: &str = "/run/proxy/socket";
/// The port on 127.0.0.1, inside, that leads to that socket.
pub const PROXY_PORT: u16 = 3128;
/// The user and group that guests are, inside, where the sandbox has users of its own.
pub const GUEST_ID: u32 = 65532;

/// What one exchange is about: a command or a transfer. Chosen by the host, never used twice within one sandbox.
pub type Channel = u32;

/// How large a terminal is, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

/// The first thing the guest is told, in one frame: how to set itself up. Nothing else is answered before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// [`VERSION`].
    pub version: u32,
    /// What to mount before giving up every right to: tmpfs. Empty where the engine has done it.
    pub mounts: Vec<Mount>,
    /// Limits that the kernel keeps for each process.
    pub open_files: u32,
    /// See [`Setup::open_files`].
    pub file_bytes: u64,
    /// See [`Setup::open_files`].
    pub pids: u32,
    /// Where no control group limits memory: what all processes may hold together, watched from inside.
    pub watched_memory_bytes: Option<u64>,
    /// Where no control group limits processor time: on how many processors they may run.
    pub processors: Option<u32>,
    /// Whether to listen on [`PROXY_PORT`] and pass connections on to [`PROXY_SOCKET`].
    pub proxy: bool,
}

/// A tmpfs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where, absolute.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Most files and folders in it.
    pub inodes: u32,
    /// Whether programs may be run from it.
    pub programs: bool,
}

/// What the guest is ready with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// [`VERSION`].
    pub version: u32,
    /// Whether commands get a filter on system calls.
    pub seccomp: bool,
    /// The version of Landlock's interface by which commands are confined; 0 where the kernel has none.
    pub landlock: u32,
}

/// A command to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spawn {
    /// The program, found in `PATH` unless it has a slash, and its arguments. Not empty.
    pub command: Vec<String>,
    /// The whole environment; what is not named is not there.
    pub environment: Vec<(String, String)>,
    /// The folder to be in.
    pub folder: String,
    /// With a terminal of this size; without: three pipes. All that is written to a terminal is [`Source::Output`], and
    /// [`Source::Error`] ends at once.
    pub terminal: Option<Size>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Its status; or 128 and the number of the signal that ended it.
    pub status: i32,
    /// Whether the watch over memory ended it.
    pub memory: bool,
}

/// What all processes inside use now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time since the beginning, of those that live and of those that ended, in microseconds.
    pub cpu_micros: u64,
    /// Memory in bytes, with what lies in the tmpfs.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub pids: u32,
    /// Bytes that went out over the network.
    pub sent_bytes: u64,
    /// Bytes that came in over the network.
    pub received_bytes: u64,
}

/// Files to give out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Give {
    /// The folder or file, absolute.
    pub path: String,
    /// Names of files and folders to leave out, wherever they are, like `node_modules`.
    pub without: Vec<String>,
    /// Most bytes of contents.
    pub most_bytes: u64,
    /// Most files and folders.
    pub most_entries: u32,
}

/// What the host says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Set yourself up.
    Setup(Setup),
    /// Start a command. Answered with [`Guest::Started`] or [`Guest::Failed`].
    Spawn(Channel, Spawn),
    /// Bytes for a command's standard input; none: its end.
    Input(Channel, Vec<u8>),
    /// Send a signal, by its number, to the command and everything in its process group; 9 to everything it started,
    /// also when it has ended itself. Any signal stops a transfer, which fails then.
    Signal(Channel, i32),
    /// The command's terminal has another size.
    Resize(Channel, Size),
    /// Take files in: a tar stream follows in [`Host::Input`], to be unpacked into this folder, which is made.
    /// Answered with [`Guest::Done`] or [`Guest::Failed`].
    Take(Channel, String),
    /// Give files out, but for sockets, pipes and devices; a link that leads out fails it. A tar stream in
    /// [`Guest::Output`], its end by [`Guest::Done`] or [`Guest::Failed`].
    Give(Channel, Give),
    /// Measure. Answered with [`Guest::Usage`].
    Measure(Channel),
    /// So many bytes of a channel's output were passed on.
    Taken(Channel, Source, u32),
}

/// Where bytes of output come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// Standard output, a terminal, or a tar stream.
    Output,
    /// Standard error.
    Error,
}

/// What the guest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guest {
    /// Set up.
    Ready(Ready),
    /// The command runs.
    Started(Channel),
    /// Bytes that a command wrote, or of a tar stream; none: the end of that source.
    Output(Channel, Source, Vec<u8>),
    /// The command ended. It may have left processes behind, and output may still follow.
    Exit(Channel, Exit),
    /// The files were taken, or have all been given.
    Done(Channel),
    /// It could not be done, in words for people.
    Failed(Channel, String),
    /// What is used now.
    Usage(Channel, Usage),
    /// So many bytes of a command's input, or of files to take, were passed on.
    Taken(Channel, u32),
}
