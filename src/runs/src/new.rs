//! What is asked for: a command, the files it finds, and what is kept of those it leaves.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use domain::sandbox::Preset;
use domain::{ConversationId, ProjectId, Result, TaskId};
use futures_util::future::BoxFuture;
use sandbox::archive::Limits;
use sandbox::rooms::Image;
use sandbox::{Size, Wanted};
use tokio::io::AsyncRead;

/// A command to run.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// In whose sandbox.
    pub project: ProjectId,
    /// One line for the shell.
    pub command: String,
    /// The limits it runs under.
    pub preset: Preset,
    /// The size of its terminal; none: it has none, and nothing on its input.
    pub terminal: Option<Size>,
    /// How long it may take, in seconds; none: as long as the preset says. See [`crate::Runs::begin`].
    pub seconds: Option<u32>,
    /// The task it is part of.
    pub task: Option<TaskId>,
    /// The conversation it was asked for in.
    pub conversation: Option<ConversationId>,
}

/// Files as a tar stream.
pub type Tar = Box<dyn AsyncRead + Send + Unpin>;

/// Gives the files that a command finds in its folder, when its turn comes.
pub type Files = Arc<dyn Fn() -> BoxFuture<'static, Result<Tar>> + Send + Sync>;

/// What a command works on.
#[derive(Clone)]
pub struct Work {
    /// The files that it finds.
    pub files: Files,
    /// Variables of its environment besides those that every run has; they win.
    pub environment: Vec<(String, String)>,
    /// The image its sandbox is made from, where the room has images.
    pub image: Image,
    /// What is kept of the files that it leaves, when it ends well; none: nothing.
    pub keep: Option<Keep>,
}

impl Work {
    /// On these files, of which nothing is kept.
    #[must_use]
    pub fn on(files: Files) -> Self {
        Self { files, environment: Vec::new(), image: Image::Node, keep: None }
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { environment, image, keep, .. } = self;
        f.debug_struct("Work")
            .field("environment", environment)
            .field("image", image)
            .field("keep", keep)
            .finish_non_exhaustive()
    }
}

/// What is kept of the files that a command leaves.
#[derive(Debug, Clone)]
pub struct Keep {
    /// Names of files and folders that are not, wherever they are, like `node_modules`.
    pub without: Vec<String>,
    /// Where they go: an empty folder that is nobody else's. When the run does not end well, what is in it is of no use.
    pub into: PathBuf,
    /// What they may be at most.
    pub limits: Limits,
}

/// What is wanted of [`sandbox::Sandboxes`] for that work.
pub(crate) fn wanted(preset: Preset, profile: domain::sandbox::Profile, work: &Work) -> Wanted {
    Wanted { preset, profile, image: work.image, tools: Vec::new() }
}
