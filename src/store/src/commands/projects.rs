//! Projects: a name reserved, then a whole project or none.

use domain::access::{Action, Subject};
use domain::event::{ProjectCommitted, ProjectRemoved};
use domain::{
    ConversationId, Error, EventData, MessageId, Project, ProjectId, ProjectStatus, Result, Slug, Step, StepState,
    Task, TaskId, TaskState,
};

use super::tasks::{end, locked_task};
use crate::change::{Change, Command};
use crate::tables;

/// Reserves a project's name and begins the task that makes it.
#[derive(Debug, Clone)]
pub struct BeginProject {
    /// Its short name. Taken ones are refused.
    pub slug: Slug,
    /// Its name for people.
    pub title: String,
    /// What it should become, in Markdown.
    pub brief: String,
    /// The template it is made from.
    pub template: String,
    /// The version of that template.
    pub template_version: String,
    /// The steps of the task.
    pub steps: Vec<String>,
    /// The conversation it was asked for in.
    pub conversation: Option<ConversationId>,
    /// The message that asked for it.
    pub message: Option<MessageId>,
}

/// A project that is being made, and the task that makes it.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The project.
    pub project: Project,
    /// The task.
    pub task: Task,
}

impl Command for BeginProject {
    const ACTION: Action = Action::MakeProject;
    type Output = Begun;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Begun> {
        if tables::projects::by_slug(change.tx, &self.slug).await?.is_some() {
            return Err(Error {
                field: Some("name".into()),
                ..Error::conflict(format!("There is already a project called “{}”. Choose another name.", self.slug))
            });
        }
        let project = Project {
            id: change.new_id(),
            slug: self.slug.clone(),
            title: self.title.clone(),
            brief: self.brief.clone(),
            template: self.template.clone(),
            template_version: self.template_version.clone(),
            status: ProjectStatus::Making,
            commit: None,
            files: 0,
            created_by: change.actor.clone(),
            created_at: change.now,
            updated_at: change.now,
        };
        tables::projects::insert(change.tx, &project).await?;
        change.record(EventData::ProjectChanged(project.clone()));
        let mut steps: Vec<Step> = self.steps.iter().map(Step::todo).collect();
        if let Some(first) = steps.first_mut() {
            first.state = StepState::Working;
            first.started_at = Some(change.now);
        }
        let task = Task {
            id: change.new_id(),
            title: format!("Scaffold {}", self.slug),
            state: TaskState::Working,
            steps,
            owner: change.actor.clone(),
            project: Some(project.id),
            conversation: self.conversation,
            message: self.message,
            error: None,
            cancel_requested: false,
            created_at: change.now,
            ended_at: None,
        };
        tables::tasks::put(change.tx, &task).await?;
        change.record(EventData::TaskProgressed(task.clone()));
        Ok(Begun { project, task })
    }
}

/// The project stands: its repository is in place, its task is completed.
#[derive(Debug, Clone)]
pub struct FinishProject {
    /// Which project.
    pub project: ProjectId,
    /// The task that made it.
    pub task: TaskId,
    /// Its first commit, in full.
    pub commit: String,
    /// How many files it was made with.
    pub files: i64,
}

impl Command for FinishProject {
    const ACTION: Action = Action::MakeProject;
    type Output = Project;

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Project(self.project))
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Project> {
        let mut project =
            tables::projects::get(change.tx, self.project).await?.ok_or_else(|| Error::not_found("project"))?;
        project.status = ProjectStatus::Ready;
        project.commit = Some(self.commit.clone());
        project.files = self.files;
        project.updated_at = change.now;
        tables::projects::update(change.tx, &project).await?;
        change.record(EventData::ProjectChanged(project.clone()));
        let task = locked_task(change, self.task).await?;
        end(change, task, TaskState::Completed, None).await?;
        Ok(project)
    }
}

/// What was worked on in a project was taken in: its repository has a new commit.
#[derive(Debug, Clone)]
pub struct CommitProject {
    /// Which project.
    pub project: ProjectId,
    /// Its newest commit, in full.
    pub commit: String,
    /// The first line of the commit's message.
    pub subject: String,
    /// How many files it changed.
    pub changed: i64,
    /// How many files the project has now.
    pub files: i64,
}

impl Command for CommitProject {
    const ACTION: Action = Action::Run;
    type Output = Project;

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Project(self.project))
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<Project> {
        let mut project =
            tables::projects::get(change.tx, self.project).await?.ok_or_else(|| Error::not_found("project"))?;
        if project.status != ProjectStatus::Ready {
            return Err(Error::conflict(format!("{} is not whole yet; nothing can be taken in.", project.slug)));
        }
        project.commit = Some(self.commit.clone());
        project.files = self.files;
        project.updated_at = change.now;
        tables::projects::update(change.tx, &project).await?;
        change.record(EventData::ProjectCommitted(ProjectCommitted {
            project: project.clone(),
            subject: self.subject.clone(),
            changed: self.changed,
        }));
        Ok(project)
    }
}

/// Clears away a project that never came to be: its name is free again, its task failed or was canceled.
#[derive(Debug, Clone)]
pub struct AbandonProject {
    /// Which project.
    pub project: ProjectId,
    /// The task that was making it.
    pub task: Option<TaskId>,
    /// Why, in words.
    pub reason: String,
    /// Whether a person asked for it.
    pub canceled: bool,
}

impl Command for AbandonProject {
    const ACTION: Action = Action::MakeProject;
    type Output = ();

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Project(self.project))
    }

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let project =
            tables::projects::get(change.tx, self.project).await?.ok_or_else(|| Error::not_found("project"))?;
        if project.status == ProjectStatus::Ready {
            return Err(Error::conflict(format!(
                "{} is whole; only a project that is still being made can be cleared away.",
                project.slug
            )));
        }
        tables::projects::delete(change.tx, project.id).await?;
        change.record(EventData::ProjectRemoved(ProjectRemoved {
            project: project.id,
            slug: project.slug,
            reason: self.reason.clone(),
        }));
        if let Some(task) = self.task {
            let task = locked_task(change, task).await?;
            let state = if self.canceled { TaskState::Canceled } else { TaskState::Failed };
            end(change, task, state, Some(self.reason.clone())).await?;
        }
        Ok(())
    }
}
