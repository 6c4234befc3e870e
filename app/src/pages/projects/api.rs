//! What the Projects page asks the server, and the one thing it does: making a project.

use domain::run::Run;
use domain::{ConversationId, Project, Slug, Task, Timestamp};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::json::Json;
use crate::pages::sandboxes::PolicyView;

/// A project with what its repository holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectView {
    /// The project.
    pub project: Project,
    /// Its brief as safe HTML; empty when it has none.
    pub brief: String,
    /// The task that made it.
    pub task: Option<Task>,
    /// The conversation it was asked for in, with its title.
    pub conversation: Option<(ConversationId, String)>,
    /// Its files at the newest commit, by path.
    pub files: Vec<FileLine>,
    /// Whether it has more files than are listed.
    pub truncated: bool,
    /// Its newest commits, newest first.
    pub commits: Vec<CommitLine>,
    /// Where its preview is, as seen from the request.
    pub preview: String,
    /// The last event known when this was read.
    pub seq: i64,
    /// Its newest runs, newest first.
    pub runs: Vec<Run>,
    /// What its sandboxes may have, and which commands helpers may run in them.
    pub policy: PolicyView,
}

/// A file at the newest commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLine {
    /// From the project's top folder.
    pub path: String,
    /// In bytes.
    pub size: u64,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitLine {
    /// The full id.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// What it does.
    pub subject: String,
    /// When it was written.
    pub at: Timestamp,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileText {
    /// From the project's top folder.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// Its text; none: it is no text.
    pub text: Option<String>,
}

/// A template to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateLine {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its name for people.
    pub title: String,
    /// What it makes, in a sentence.
    pub description: String,
    /// Why nothing can be made from it here, and how to mend that.
    pub missing: Option<String>,
}

/// A project with what its repository holds; none: there is no such project.
///
/// # Errors
/// Whatever the store or git fails with.
#[server(prefix = "/api/fn", endpoint = "project_view", input = Json, output = Json)]
pub async fn load_project(
    /// Which project.
    slug: Slug,
) -> Result<Option<ProjectView>, AppError> {
    let (view, projects) = (crate::server::view()?, crate::server::projects()?);
    let preview = crate::server::reached()?.preview(slug.as_str());
    // Read first: what happens while the rest is read comes again over the stream, and changes nothing then.
    let seq = crate::server::store()?.log().head().seq;
    let Some(project) = view.project(&slug).await? else { return Ok(None) };
    let policy =
        crate::pages::sandboxes::policy_view(&view, &domain::policy::PolicySubject::Project(project.id)).await?;
    let Some(policy) = policy else { return Ok(None) };
    Ok(Some(super::load::project(&view, &projects, project, super::load::Beside { preview, seq, policy }).await?))
}

/// What a file says at the newest commit; none: there is no such file.
///
/// # Errors
/// `TooLarge` past 1 MiB, `NotFound` without such a project, or a failure of git.
#[server(prefix = "/api/fn", endpoint = "project_file", input = Json, output = Json)]
pub async fn load_file(
    /// Which project.
    slug: Slug,
    /// Which file, from the project's top folder.
    path: String,
) -> Result<Option<FileText>, AppError> {
    let (view, projects) = (crate::server::view()?, crate::server::projects()?);
    view.project(&slug).await?.ok_or_else(|| AppError::not_found("project"))?;
    let found = projects.read(&slug, &path).await?;
    Ok(found.map(|bytes| super::load::file(path, bytes)))
}

/// The templates there are; the first is the default.
///
/// # Errors
/// None of its own.
#[server(prefix = "/api/fn", endpoint = "project_templates", input = Json, output = Json)]
pub async fn load_templates() -> Result<Vec<TemplateLine>, AppError> {
    let line = |projects::Listed { template, missing }| TemplateLine {
        name: template.name.to_owned(),
        version: template.version.to_owned(),
        title: template.title.to_owned(),
        description: template.description.to_owned(),
        missing,
    };
    Ok(crate::server::projects()?.templates().await.into_iter().map(line).collect())
}

/// Begins making a project and leads to its page, where the steps show.
///
/// # Errors
/// `Invalid` naming the rule that the name breaks, `Conflict` when it is taken.
#[server(prefix = "/api/fn", endpoint = "make_project", output = Json)]
pub async fn make_project(
    /// Its short name.
    name: String,
    /// The template; empty for the default.
    #[server(default)]
    template: String,
) -> Result<(), AppError> {
    let (projects, actor) = (crate::server::projects()?, crate::server::actor()?);
    let template = Some(template.as_str()).filter(|name| !name.is_empty());
    let begun = projects.make(&actor, name.trim(), template, projects::Origin::default()).await?;
    crate::server::go_to(&format!("/projects/{}", begun.project.slug));
    Ok(())
}
