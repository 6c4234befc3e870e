//! Projects as the workshop has them: a row in the store, a task with steps, and a folder, kept in step.

use std::path::{Path, PathBuf};

use domain::access::{Action, Subject};
use domain::{
    Actor, ConversationId, Error, ErrorCode, EventData, MessageId, Project, ProjectStatus, Result, Slug, Task, TaskId,
    TaskState,
};
use runs::Runs;
use store::Store;
use store::commands::{AbandonProject, AdvanceTask, BeginProject, Begun, FinishProject};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::build::Building;
use crate::preview::{self, Preview};
use crate::repo::{self, Commit, Files};
use crate::scaffold::{self, StepState, scaffold};
use crate::usable::Checked;
use crate::{ProjectName, ProjectsError, Template, blocking, clean_staging, template};

/// The template used unless told otherwise.
const DEFAULT_TEMPLATE: &str = "pwa";
/// Events looked at in one go while waiting for a task.
const LOOK: usize = 256;

/// The projects of the workshop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Projects {
    store: Store,
    root: PathBuf,
    runs: Option<Runs>,
    checked: Checked,
    tracker: TaskTracker,
}

/// The steps of making a project, as they are called before more is known.
fn steps(template: &Template) -> Vec<String> {
    let build = (!template.commands.is_empty()).then_some(scaffold::BUILD);
    let before = ["Check the name", "Write the files"].into_iter().chain(build);
    before.chain(["Create repository", "First commit", "Put in place"]).map(str::to_owned).collect()
}

/// Where and by what a project was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// The message. Asked again by the same message, the work is not begun a second time.
    pub message: Option<MessageId>,
}

impl Projects {
    /// The projects under `root`, one folder each. Without runs, nothing is made from templates that have commands.
    #[must_use]
    pub fn new(store: Store, root: PathBuf) -> Self {
        Self { store, root, runs: None, checked: Checked::default(), tracker: TaskTracker::new() }
    }

    /// The same, with runs for the commands of templates.
    #[must_use]
    pub fn with_runs(self, runs: Runs) -> Self {
        Self { runs: Some(runs), ..self }
    }

    /// Clears up after a crash: staging folders go; a project that was being made is finished if its folder is in
    /// place, else its name is free again. Call it once, before anything is made.
    ///
    /// # Errors
    /// When the data folder or the database does not answer.
    pub async fn recover(&self) -> Result<()> {
        clean_staging(&self.root).await.map_err(as_error)?;
        for project in self.store.projects().await? {
            if project.status == ProjectStatus::Making {
                self.settle(project).await?;
            }
        }
        Ok(())
    }

    async fn settle(&self, project: Project) -> Result<()> {
        let task = self.store.tasks_of_project(project.id).await?.into_iter().find(|task| !task.state.is_over());
        let system = Actor::system();
        match (self.newest_commit(&project.slug).await?, &task) {
            (Some(commit), Some(task)) => {
                let files = self.files(&project.slug).await?.entries.len();
                let files = i64::try_from(files).unwrap_or(i64::MAX);
                self.store.run(&system, FinishProject { project: project.id, task: task.id, commit, files }).await?;
            }
            _ => {
                let reason = "The server stopped while it was being made. Ask for it again.".to_owned();
                let task = task.map(|task| task.id);
                self.store.run(&system, AbandonProject { project: project.id, task, reason, canceled: false }).await?;
            }
        }
        Ok(())
    }

    async fn newest_commit(&self, slug: &Slug) -> Result<Option<String>> {
        match self.commits(slug, 1).await {
            Ok(commits) => Ok(commits.into_iter().next().map(|commit| commit.id)),
            Err(error) if error.code == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Begins making a project called `name` from `template` (none: the built-in one). It goes on by itself and reports
    /// as a task; [`Projects::finished`] waits for it.
    ///
    /// # Errors
    /// `Invalid` naming the rule a name breaks or the templates there are, `Conflict` when the name is taken; for a template
    /// with commands `Forbidden` to who may not run any, and `Unavailable` where they cannot be run.
    pub async fn make(&self, actor: &Actor, name: &str, template: Option<&str>, origin: Origin) -> Result<Begun> {
        let name = ProjectName::parse(name).map_err(|error| as_error(error.into()))?;
        let template = template::template(template.unwrap_or(DEFAULT_TEMPLATE)).map_err(as_error)?;
        self.make_from(actor, name, template, origin).await
    }

    pub(crate) async fn make_from(
        &self,
        actor: &Actor,
        name: ProjectName,
        template: &'static Template,
        origin: Origin,
    ) -> Result<Begun> {
        let slug: Slug = name.slug().parse()?;
        if let Some(begun) = self.begun_before(&slug, origin).await? {
            return Ok(begun);
        }
        if tokio::fs::symlink_metadata(self.root.join(name.slug())).await.is_ok()
            && self.store.project(&slug).await?.is_none()
        {
            return Err(as_error(ProjectsError::Taken { slug: name.slug().to_owned() }));
        }
        if !template.commands.is_empty() {
            self.store.require(actor, Action::Run, Subject::Workshop).await?;
            self.require_usable(actor, template).await?;
        }
        let begin = BeginProject {
            slug,
            title: name.title().to_owned(),
            brief: template::text(template, &name, "brief.md").unwrap_or_default(),
            template: template.name.to_owned(),
            template_version: template.version.to_owned(),
            steps: steps(template),
            conversation: origin.conversation,
            message: origin.message,
        };
        let begun = self.store.run(actor, begin).await?;
        let job = Job { projects: self.clone(), actor: actor.clone(), begun: begun.clone(), name, template };
        self.tracker.spawn(job.run());
        Ok(begun)
    }

    /// What the same message began before, when its delivery is tried again.
    async fn begun_before(&self, slug: &Slug, origin: Origin) -> Result<Option<Begun>> {
        let (Some(message), Some(project)) = (origin.message, self.store.project(slug).await?) else { return Ok(None) };
        let tasks = self.store.tasks_of_project(project.id).await?;
        Ok(tasks.into_iter().find(|task| task.message == Some(message)).map(|task| Begun { project, task }))
    }

    /// Waits until the task is over and gives the whole project.
    ///
    /// # Errors
    /// Why it failed, or that it was canceled.
    pub async fn finished(&self, begun: &Begun) -> Result<Project> {
        let task = wait_until(&self.store, begun.task.id, |task| task.state.is_over()).await?;
        match task.state {
            TaskState::Completed => {
                self.store.project_by_id(begun.project.id).await?.ok_or_else(|| Error::not_found("project"))
            }
            TaskState::Canceled => Err(Error::conflict("The work was canceled; nothing was made.")),
            _ => Err(Error::new(ErrorCode::Unavailable, task.error.unwrap_or_else(|| "The work failed.".into()))),
        }
    }

    /// The files of a project at its newest commit.
    ///
    /// # Errors
    /// `NotFound`, or a failure of git.
    pub async fn files(&self, slug: &Slug) -> Result<Files> {
        repo::files(&self.root, slug.as_str()).await.map_err(as_error)
    }

    /// The newest commits of a project, newest first.
    ///
    /// # Errors
    /// `NotFound`, or a failure of git.
    pub async fn commits(&self, slug: &Slug, limit: usize) -> Result<Vec<Commit>> {
        repo::commits(&self.root, slug.as_str(), limit, None).await.map_err(as_error)
    }

    /// A file of a project at its newest commit.
    ///
    /// # Errors
    /// `TooLarge` past 1 MiB, `NotFound` for the project, or a failure of git.
    pub async fn read(&self, slug: &Slug, path: &str) -> Result<Option<Vec<u8>>> {
        repo::read(&self.root, slug.as_str(), path).await.map_err(as_error)
    }

    /// What a web path of a project's preview stands for: a file of the folder that its template serves.
    ///
    /// # Errors
    /// Failures of the file system or the database.
    pub async fn preview(&self, slug: &Slug, url_path: &str) -> Result<Option<Preview>> {
        let Some(project) = self.store.project(slug).await? else { return Ok(None) };
        // A template that is gone served its files as they are, as the oldest did.
        let serves = template::template(&project.template).map_or(".", |template| template.serves);
        let (root, slug, path) = (self.root.clone(), slug.clone(), url_path.to_owned());
        blocking::blocking("open a file of the preview", move || preview::resolve(&root, slug.as_str(), serves, &path))
            .await
            .map_err(as_error)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn runs(&self) -> Option<&Runs> {
        self.runs.as_ref()
    }

    pub(crate) fn checked(&self) -> &Checked {
        &self.checked
    }

    /// Where projects stand.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Waits for the projects that are being made. Nothing new should be asked for any more.
    pub async fn close(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// One project being made.
struct Job {
    projects: Projects,
    actor: Actor,
    begun: Begun,
    name: ProjectName,
    template: &'static Template,
}

impl Job {
    async fn run(self) {
        let cancel = CancellationToken::new();
        let watching = tokio::spawn(cancel_on_request(self.projects.store.clone(), self.begun.task.id, cancel.clone()));
        let result = self.scaffold(&cancel).await;
        watching.abort();
        let result = match result {
            // Whoever asked may not do this any more. It was begun with the right to, so the workshop ends it.
            Err(error) if matches!(error.code, ErrorCode::Unauthorized | ErrorCode::Forbidden) => {
                self.projects.settle(self.begun.project.clone()).await
            }
            result => result,
        };
        if let Err(error) = result {
            tracing::error!(project = %self.begun.project.slug, error = ?error, "a project could not be recorded; the next start settles it");
        }
    }

    async fn scaffold(&self, cancel: &CancellationToken) -> Result<()> {
        let (steps, mut told) = mpsc::unbounded_channel();
        let progress = move |step: crate::Step| {
            // The listener below outlives the work.
            let _ = steps.send(step);
        };
        let now = self.projects.store.now().to_utc();
        let building = self.projects.runs.as_ref().map(|runs| Building {
            runs: runs.clone(),
            actor: self.actor.clone(),
            project: self.begun.project.id,
            task: self.begun.task.id,
            conversation: self.begun.task.conversation,
            template: self.template,
        });
        let work = async {
            let mut progress = progress;
            let build = building.as_ref().map(|building| building as &dyn scaffold::Build);
            scaffold(&self.projects.root, &self.name, self.template, now, build, cancel, &mut progress).await
        };
        let report = async {
            while let Some(step) = told.recv().await {
                self.report(step).await;
            }
        };
        let (made, ()) = tokio::join!(work, report);
        let (project, task) = (self.begun.project.id, self.begun.task.id);
        match made {
            Ok(made) => {
                let files = i64::try_from(made.files).unwrap_or(i64::MAX);
                self.projects
                    .store
                    .run(&self.actor, FinishProject { project, task, commit: made.commit, files })
                    .await?;
            }
            Err(error) => {
                let canceled = matches!(error, ProjectsError::Canceled);
                let reason = error.to_string();
                if !canceled {
                    tracing::warn!(project = %self.begun.project.slug, error = ?error, "a project could not be made");
                }
                self.projects
                    .store
                    .run(&self.actor, AbandonProject { project, task: Some(task), reason, canceled })
                    .await?;
            }
        }
        Ok(())
    }

    /// Tells the task where the work is. The end of a step may know a better name for it.
    async fn report(&self, step: crate::Step) {
        if !matches!(step.state, StepState::Working | StepState::Completed) {
            return;
        }
        let advance = AdvanceTask {
            task: self.begun.task.id,
            step: usize::try_from(step.index).unwrap_or(1).saturating_sub(1),
            title: Some(step.name),
        };
        if let Err(error) = self.projects.store.run(&self.actor, advance).await {
            tracing::warn!(error = ?error, "progress could not be recorded");
        }
    }
}

async fn cancel_on_request(store: Store, task: TaskId, cancel: CancellationToken) {
    let asked = wait_until(&store, task, |task| task.cancel_requested || task.state.is_over()).await;
    if asked.is_ok_and(|task| task.cancel_requested) {
        cancel.cancel();
    }
}

/// Follows the log until the task is as wanted.
async fn wait_until(store: &Store, id: TaskId, wanted: impl Fn(&Task) -> bool) -> Result<Task> {
    let mut head = store.log().watch();
    let mut seen = *head.borrow_and_update();
    let task = store.task(id).await?.ok_or_else(|| Error::not_found("task"))?;
    if wanted(&task) {
        return Ok(task);
    }
    loop {
        for frame in store.log().after(seen, LOOK).await? {
            seen = frame.event.seq;
            if let EventData::TaskProgressed(task) = &frame.event.what
                && task.id == id
                && wanted(task)
            {
                return Ok(task.clone());
            }
        }
        if *head.borrow_and_update() <= seen && head.changed().await.is_err() {
            return Err(Error::new(ErrorCode::Unavailable, "The workshop is shutting down."));
        }
    }
}

/// What went wrong with a project, as the workshop's one error.
pub(crate) fn as_error(error: ProjectsError) -> Error {
    let error = match error {
        ProjectsError::Workshop(error) => return error,
        error => error,
    };
    let (code, field) = match &error {
        ProjectsError::Name(_) => (ErrorCode::Invalid, Some("name")),
        ProjectsError::Taken { .. } => (ErrorCode::Conflict, Some("name")),
        ProjectsError::UnknownTemplate { .. } => (ErrorCode::Invalid, Some("template")),
        ProjectsError::NotFound { .. } => (ErrorCode::NotFound, None),
        ProjectsError::Changed | ProjectsError::Canceled => (ErrorCode::Conflict, None),
        ProjectsError::TooLarge { .. } => (ErrorCode::TooLarge, None),
        ProjectsError::DiskFull
        | ProjectsError::GitMissing
        | ProjectsError::GitTimeout { .. }
        | ProjectsError::Build(_) => (ErrorCode::Unavailable, None),
        ProjectsError::Git { .. } | ProjectsError::Io { .. } | ProjectsError::Workshop(_) => {
            (ErrorCode::Internal, None)
        }
    };
    Error { field: field.map(str::to_owned), ..Error::new(code, error.to_string()).because(error) }
}
