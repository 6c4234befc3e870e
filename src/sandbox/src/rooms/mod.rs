//! Where sandboxes are made: one trait, two rooms.

pub mod docker;
mod ended;
mod haste;
mod mounts;
pub mod namespace;
mod users;

use std::fmt;

use domain::sandbox::{Profile, RoomKind};
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};
use uuid::Uuid;

use crate::Fault;

/// What stands in a sandbox's `/etc/hosts` that has no network but its own.
const HOSTS: &str = "127.0.0.1 localhost sandbox\n::1 localhost\n";

/// Where sandboxes are made.
pub trait Room: fmt::Debug + Send + Sync {
    /// Which kind it is.
    fn kind(&self) -> RoomKind;

    /// Makes a sandbox in which the program `room` is to run and wait for its setup, and nothing else; [`Hold::begun`]
    /// tells whether it does. When the future is dropped, nothing of it is left.
    fn open<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<Opened, Fault>>;

    /// Ends and removes every sandbox of this node that is not to be kept: what an earlier run of the server left
    /// behind. Touches nothing without this node's mark. Tells how many there were.
    ///
    /// It looks first and asks about each afterwards: one that is made meanwhile is known before it can be seen.
    fn clear<'a>(&'a self, node: &'a str, keep: Keep<'a>) -> BoxFuture<'a, Result<usize, Fault>>;
}

/// Whether the sandbox of that id is to be kept.
pub type Keep<'a> = &'a (dyn Fn(Uuid) -> bool + Send + Sync);

/// A sandbox to make.
#[derive(Debug, Clone)]
pub struct Order {
    /// Its id.
    pub id: Uuid,
    /// The stable name of the server that makes it. With the id it is the mark by which leftovers are found.
    pub node: String,
    /// What it is for, in a word or two, shown by the engine's own tools.
    pub purpose: String,
    /// What its guests may have.
    pub profile: Profile,
    /// The image it is made from, where the room has images.
    pub image: Image,
    /// The folder that holds the socket of its proxy, when its network has one. Guests can only connect to it.
    pub proxy: Option<std::path::PathBuf>,
    /// Folders of the host with tools, shown inside read-only at the same place, where the room uses the host's tools.
    pub tools: Vec<std::path::PathBuf>,
}

/// An image. The namespace room has none: there, the host's own tools serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Image {
    /// Our own program and nothing else: for the built-in helpers.
    Helper,
    /// Node.js and npm.
    Node,
    /// Python.
    Python,
}

impl Image {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Helper, Self::Node, Self::Python];

    /// As written on the command line and in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Helper => "helper",
            Self::Node => "node",
            Self::Python => "python",
        }
    }

    /// The image of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|image| image.name() == name)
    }
}

/// A sandbox that was made.
pub struct Opened {
    /// To the program inside.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
    /// From the program inside. Ends when the sandbox does.
    pub output: Box<dyn AsyncRead + Send + Unpin>,
    /// Holds it. Dropping this ends and removes the sandbox in the background.
    pub hold: Box<dyn Hold>,
}

/// Holds a sandbox.
pub trait Hold: fmt::Debug + Send + Sync {
    /// What its room calls it: a container's id, or the number of a process.
    fn name(&self) -> String;

    /// The number of its first process on the host, where there is one.
    fn pid(&self) -> Option<i32>;

    /// Waits until its first process is there, which finds what it was told before then. When it does not come, all of it
    /// is ended.
    fn begun(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Lifts its limit of processor time, because something in it is killed, or sets it again.
    fn hurry(&self, hurry: bool) {
        let _ = hurry;
    }

    /// Kills everything in it now. Done when nothing in it runs any more; removing it, by [`Hold::end`], may take longer.
    fn kill(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.end()
    }

    /// Ends everything in it now, and removes it. Done when nothing is left.
    fn end(&self) -> BoxFuture<'_, Result<(), Fault>>;

    /// Waits until it is over, by itself or by [`Hold::end`], and tells how.
    fn over(&self) -> BoxFuture<'_, Over>;

    /// Whether memory ran out in it so far, as far as the kernel tells.
    fn memory_ran_out(&self) -> BoxFuture<'_, bool>;

    /// The most memory that all processes in it had together so far, in bytes, where the kernel tells.
    fn peak_memory_bytes(&self) -> BoxFuture<'_, Option<u64>> {
        Box::pin(std::future::ready(None))
    }

    /// What the room leaves to the program inside. Nothing, where an engine does it all.
    fn bounds(&self) -> Bounds {
        Bounds::default()
    }
}

/// What a room leaves to the program inside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// To mount what can be written.
    pub mounts: bool,
    /// To watch over memory.
    pub memory: bool,
    /// To keep processes to some of the processors.
    pub processors: bool,
}

/// How a sandbox ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Over {
    /// Whether memory ran out in it.
    pub memory: bool,
    /// What it complained of last, for the log.
    pub complaint: Option<String>,
}
