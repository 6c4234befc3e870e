//! Running a command on a project's files.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use domain::sandbox::Preset;
use domain::{Actor, Error, Result, Run, Slug};
use futures_util::FutureExt as _;
use runs::{Files, NewRun, Runs, Size, Tar, Work};
use sandbox::archive::{Limits, Pack, pack};
use tokio::io::{AsyncRead, ReadBuf};

use crate::Projects;
use crate::service::as_error;
use crate::working::WorkingCopy;

/// A command that a person wants to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    /// One line for the shell.
    pub command: String,
    /// The limits it runs under.
    pub preset: Preset,
    /// The size of its terminal; none: without one.
    pub terminal: Option<Size>,
    /// How long it may take, in seconds; none: as long as the preset says.
    pub seconds: Option<u32>,
}

impl Projects {
    /// Runs a command on the files of a project's newest commit. What it makes of them is gone with its sandbox.
    ///
    /// # Errors
    /// `NotFound` for the project; what [`Runs::begin`] refuses.
    pub async fn run(&self, runs: &Runs, actor: &Actor, slug: &Slug, ordered: Ordered) -> Result<Run> {
        let project = self.store().view(actor).project(slug).await?.ok_or_else(|| Error::not_found("project"))?;
        let Ordered { command, preset, terminal, seconds } = ordered;
        let new = NewRun { project: project.id, command, preset, terminal, seconds, task: None, conversation: None };
        runs.begin(actor, new, Work::on(self.handing(slug))).await
    }

    /// Hands the files of a project's newest commit over, as they are when they are asked for.
    #[must_use]
    pub fn handing(&self, slug: &Slug) -> Files {
        let (root, slug) = (self.root().to_owned(), slug.clone());
        Arc::new(move || {
            let (root, slug) = (root.clone(), slug.clone());
            async move {
                let copy = WorkingCopy::check_out(&root, slug.as_str()).await.map_err(as_error)?;
                let pack = pack(&copy.folder(), &[], Limits::default());
                Ok(Box::new(Handed { pack, _copy: copy }) as Tar)
            }
            .boxed()
        })
    }
}

/// Files being handed over, with the copy that they are read from.
struct Handed {
    pack: Pack,
    _copy: WorkingCopy,
}

impl AsyncRead for Handed {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pack).poll_read(context, into)
    }
}
