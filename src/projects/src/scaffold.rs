//! Making a project: files from a template and a first commit, in one step from nothing to whole.
//!
//! Everything is made in a staging folder on the same file system, written through to the disk, and then renamed
//! into place; the rename refuses to replace anything. A crash leaves either no project or a whole one, and at most
//! a staging folder that [`crate::clean_staging`] removes.

mod first_commit;

use std::{fs, path::Path};

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{ProjectName, ProjectsError, Template, blocking::blocking, staging::Staging, template::render};
pub use first_commit::{AUTHOR_EMAIL, AUTHOR_NAME};

/// How many steps a scaffold has.
const TOTAL: u32 = 5;

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

/// Makes `root/<slug>`: the files of `template`, in a git repository with one commit by The Author, dated `now`.
///
/// `root` is created when missing. Cancelling stops at once and makes nothing, until the last step, which cannot be
/// cancelled; dropping the future does the same, except that a last step that has begun is then finished.
///
/// # Errors
/// [`ProjectsError::Taken`] when anything of that name is there, [`ProjectsError::Canceled`], and failures of git or
/// the disk; nothing is in place then.
pub async fn scaffold(
    root: &Path,
    name: &ProjectName,
    template: &'static Template,
    now: OffsetDateTime,
    cancel: &CancellationToken,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<Scaffolded, ProjectsError> {
    let mut steps = Steps { report: progress, index: 0, name: String::new(), open: false };
    let prepared = cancel.run_until_cancelled(prepare(root, name, template, now, &mut steps)).await;
    let result = match prepared {
        None => Err(ProjectsError::Canceled),
        Some(Err(error)) => Err(error),
        Some(Ok((staging, made))) => put_in_place(staging, name, &mut steps).await.map(|()| made),
    };
    match &result {
        Err(ProjectsError::Canceled) if steps.open => steps.tell(StepState::Canceled),
        Err(_) if steps.open => steps.tell(StepState::Failed),
        _ => {}
    }
    result
}

/// Everything up to a whole project in the staging folder.
async fn prepare(
    root: &Path,
    name: &ProjectName,
    template: &'static Template,
    now: OffsetDateTime,
    steps: &mut Steps<'_>,
) -> Result<(Staging, Scaffolded), ProjectsError> {
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
    let (staging, files, bytes) = blocking("write the files", move || {
        let files = render(template, &named)?;
        for file in &files {
            staging.write(file.path, &file.bytes)?;
        }
        let bytes = files.iter().map(|file| file.bytes.len() as u64).sum();
        Ok((staging, files.len(), bytes))
    })
    .await?;
    steps.tell(StepState::Completed);

    steps.begin("Create repository");
    first_commit::init(&staging.tree()).await?;
    steps.tell(StepState::Completed);

    steps.begin("First commit");
    let commit = first_commit::commit(&staging.tree(), name, template, now).await?;
    let staging = blocking("write the project to disk", move || staging.sync().map(|()| staging)).await?;
    steps.name = format!("First commit {}", commit.get(..7).unwrap_or(&commit));
    steps.tell(StepState::Completed);
    Ok((staging, Scaffolded { commit, files, bytes }))
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
        (self.report)(Step { index: self.index, total: TOTAL, name: self.name.clone(), state });
    }
}

#[cfg(test)]
#[path = "scaffold/tests.rs"]
mod tests;
