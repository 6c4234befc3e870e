//! What the helpers need of the projects: a port, so that they can be tried without a git repository in the making.

use domain::{Actor, ConversationId, MessageId, Project, Result, Task};
use futures_util::future::BoxFuture;
use serde::Serialize;

/// A template that a project can be made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateInfo {
    /// Its name, as it is asked for.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its name for people.
    pub title: String,
    /// What comes out of it, in a sentence.
    pub description: String,
}

/// Makes projects.
pub trait MakesProjects: Send + Sync + 'static {
    /// Begins to make the project `name` on behalf of `actor`. The work goes on by itself and reports as the task.
    ///
    /// # Errors
    /// `Invalid` for a name or a template that cannot be, `Conflict` when the name is taken.
    fn make<'a>(
        &'a self,
        actor: &'a Actor,
        name: &'a str,
        template: Option<&'a str>,
        asked_in: (ConversationId, MessageId),
    ) -> BoxFuture<'a, Result<(Project, Task)>>;

    /// What a project can be made from.
    fn templates(&self) -> Vec<TemplateInfo>;
}
