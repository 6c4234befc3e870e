//! Work on a project's files by others than people: a copy handed out, and what became of it taken in.

use domain::access::{Action, Subject};
use domain::{Actor, Project, Result, Slug};
use store::commands::CommitProject;

use crate::Projects;
use crate::service::as_error;
use crate::working::{Author, TakenIn, WorkingCopy};

impl Projects {
    /// A copy of the files of a project's newest commit.
    ///
    /// # Errors
    /// `NotFound`, or a failure of git.
    pub async fn check_out(&self, slug: &Slug) -> Result<WorkingCopy> {
        WorkingCopy::check_out(self.root(), slug.as_str()).await.map_err(as_error)
    }

    /// Takes in what became of a copy of a project's files: as a commit by `actor`, with this message. None when nothing
    /// changed.
    ///
    /// # Errors
    /// `Forbidden`; `Conflict` when the project changed meanwhile; a failure of git.
    pub async fn take_in(
        &self,
        actor: &Actor,
        project: &Project,
        copy: &WorkingCopy,
        message: &str,
    ) -> Result<Option<TakenIn>> {
        self.store().require(actor, Action::Run, Subject::Project(project.id)).await?;
        let name = actor.by.name().to_owned();
        let email = format!("{name}@tatwats.localhost");
        let author = Author { name, email, at: self.store().now().to_utc() };
        let subject = message.lines().next().unwrap_or_default().to_owned();
        let whom = actor.on_behalf_of.as_ref().map(|user| format!("\n\nOn behalf of {user}.")).unwrap_or_default();
        let message = format!("{}{whom}\n", message.trim_end());
        let Some(taken) = copy.take_in(&author, &message).await.map_err(as_error)? else { return Ok(None) };
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let command = CommitProject {
            project: project.id,
            commit: taken.commit.clone(),
            subject,
            changed: count(taken.changed),
            files: count(taken.files),
        };
        self.store().run(actor, command).await?;
        Ok(Some(taken))
    }
}
