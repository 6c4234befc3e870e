//! Making a project: files from a template and a first commit, in one step from nothing to whole.
//!
//! Everything is made in a staging folder on the same file system, written through to the disk, and then renamed
//! into place; the rename refuses to replace anything. A crash leaves either no project or a whole one, and at most
//! a staging folder that [`crate::clean_staging`] removes.

mod first_commit;

use std::{
    fs,
    path::{Path, PathBuf},
};

use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{ProjectName, ProjectsError, Template, blocking::blocking, staging::Staging, template::render};
pub use first_commit::{AUTHOR_EMAIL, AUTHOR_NAME};

/// Runs a template's commands.
pub trait Build: Sync {
    /// Runs them on the files in `files`, and puts what becomes of those into `into`, an empty folder. Cancelled, it ends
    /// with [`ProjectsError::Canceled`] when nothing of it is at work any more.
    fn build<'a>(
        &'a self,
        files: PathBuf,
        into: PathBuf,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), ProjectsError>>;
}

/// The step in which the commands of a template run.
pub(crate) const BUILD: &str = "Install and build";

/// Where a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// It has begun.
    Working,
    /// It is done.
    Completed,
    /// It went wrong, and the scaffold with it.
    Failed,
    /// The caller cancelled during it.
    Canceled,
}

/// One report of progress. A step is reported as it begins and as it ends, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// From 1 to `total`.
    pub index: u32,
    /// How many steps there are.
    pub total: u32,
    /// What it does, such as “Write 17 files”. It may say more at its end: “First commit 9f2c41a”.
    pub name: String,
    /// Where it is.
    pub state: StepState,
}

/// A project that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffolded {
    /// The full id of the first commit.
    pub commit: String,
    /// How many files it has.
    pub files: usize,
    /// Their size together, in bytes.
    pub bytes: u64,
}

/// Makes `root/<slug>`: the files of `template`, in a git repository with one commit by The Author, dated `now`. `build`
/// runs the template's commands before, where it has some; what git is told to ignore of that stays beside the commit.
///
/// `root` is created when missing. Cancelling stops at once and makes nothing, until the last step, which cannot be
/// cancelled; dropping the future does the same, except that a last step that has begun is then finished.
///
/// # Errors
/// [`ProjectsError::Taken`] when anything of that name is there, [`ProjectsError::Canceled`], what `build` says, and
/// failures of git or the disk; nothing is in place then.
pub async fn scaffold(
    root: &Path,
    name: &ProjectName,
    template: &'static Template,
    now: OffsetDateTime,
    build: Option<&dyn Build>,
    cancel: &CancellationToken,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<Scaffolded, ProjectsError> {
    let total = if template.commands.is_empty() { 5 } else { 6 };
    let mut steps = Steps { report: progress, index: 0, total, name: String::new(), open: false };
    let making = async {
        let staging = unless(cancel, write(root, name, template, &mut steps)).await?;
        let staging =
            if template.commands.is_empty() { staging } else { run(staging, build, cancel, &mut steps).await? };
        let (staging, made) = unless(cancel, commit(staging, name, template, now, &mut steps)).await?;
        put_in_place(staging, name, &mut steps).await.map(|()| made)
    };
    let result = making.await;
    match &result {
        Err(ProjectsError::Canceled) if steps.open => steps.tell(StepState::Canceled),
        Err(_) if steps.open => steps.tell(StepState::Failed),
        _ => {}
    }
    result
}

/// Does some work unless it is cancelled meanwhile.
async fn unless<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, ProjectsError>>,
) -> Result<T, ProjectsError> {
    cancel.run_until_cancelled(work).await.unwrap_or(Err(ProjectsError::Canceled))
}

/// The files of the template, in a staging folder.
async fn write(
    root: &Path,
    name: &ProjectName,
    template: &'static Template,
    steps: &mut Steps<'_>,
) -> Result<Staging, ProjectsError> {
    steps.begin("Check the name");
    let (root, slug) = (root.to_owned(), name.slug().to_owned());
    let staging = blocking("make a staging folder", move || {
        if fs::symlink_metadata(root.join(&slug)).is_ok() {
            return Err(ProjectsError::Taken { slug });
        }
        Staging::create(&root, &slug)
    })
    .await?;
    steps.tell(StepState::Completed);

    steps.begin(&format!("Write {} files", template.files()));
    let named = name.clone();
    // The folder goes along with the work, so that it cannot be cleared under it when this future is dropped.
    let staging = blocking("write the files", move || {
        for file in render(template, &named)? {
            staging.write(file.path, &file.bytes)?;
        }
        Ok(staging)
    })
    .await?;
    steps.tell(StepState::Completed);
    Ok(staging)
}

/// Runs the template's commands on the files, and puts what becomes of them in their place.
async fn run(
    staging: Staging,
    build: Option<&dyn Build>,
    cancel: &CancellationToken,
    steps: &mut Steps<'_>,
) -> Result<Staging, ProjectsError> {
    steps.begin(BUILD);
    let Some(build) = build else {
        return Err(ProjectsError::Build("There is nowhere to run the commands of this template.".into()));
    };
    let (staging, built) =
        blocking("make a staging folder", move || staging.beside().map(|built| (staging, built))).await?;
    build.build(staging.tree(), built, cancel).await?;
    let staging = blocking("take in what was built", move || staging.take_beside().map(|()| staging)).await?;
    steps.tell(StepState::Completed);
    Ok(staging)
}

/// A whole project in the staging folder.
async fn commit(
    staging: Staging,
    name: &ProjectName,
    template: &'static Template,
    now: OffsetDateTime,
    steps: &mut Steps<'_>,
) -> Result<(Staging, Scaffolded), ProjectsError> {
    steps.begin("Create repository");
    first_commit::init(&staging.tree()).await?;
    steps.tell(StepState::Completed);

    steps.begin("First commit");
    let made = first_commit::commit(&staging.tree(), name, template, now).await?;
    let staging = blocking("write the project to disk", move || staging.sync().map(|()| staging)).await?;
    steps.name = format!("First commit {}", made.commit.get(..7).unwrap_or(&made.commit));
    steps.tell(StepState::Completed);
    Ok((staging, made))
}

async fn put_in_place(staging: Staging, name: &ProjectName, steps: &mut Steps<'_>) -> Result<(), ProjectsError> {
    steps.begin("Put in place");
    let slug = name.slug().to_owned();
    blocking("put the project in place", move || staging.publish(&slug)).await?;
    steps.tell(StepState::Completed);
    Ok(())
}

/// Counts and reports steps.
struct Steps<'a> {
    report: &'a mut (dyn FnMut(Step) + Send),
    index: u32,
    total: u32,
    name: String,
    /// Whether the step has begun and not ended.
    open: bool,
}

impl Steps<'_> {
    fn begin(&mut self, name: &str) {
        self.index += 1;
        name.clone_into(&mut self.name);
        self.tell(StepState::Working);
    }

    fn tell(&mut self, state: StepState) {
        self.open = state == StepState::Working;
        (self.report)(Step { index: self.index, total: self.total, name: self.name.clone(), state });
    }
}

#[cfg(test)]
#[path = "scaffold/tests.rs"]
mod tests;
