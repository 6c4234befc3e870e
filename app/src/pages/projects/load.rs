//! Reads a project from the store and its repository.

use domain::{Error, ErrorCode, Project, ProjectStatus, Result, Timestamp};
use projects::Projects;
use store::View;

use super::api::{CommitLine, FileLine, FileText, ProjectView};
use crate::pages::sandboxes::PolicyView;

/// Commits listed.
const COMMITS: usize = 50;
/// Runs listed.
const RUNS: i64 = 20;

/// What was found out before: where its app is shown, the last event known, and its policy.
pub(super) struct Beside {
    pub(super) preview: String,
    pub(super) seq: i64,
    pub(super) policy: PolicyView,
}

/// A project with what its repository holds, and its newest runs.
pub(super) async fn project(view: &View, projects: &Projects, project: Project, beside: Beside) -> Result<ProjectView> {
    let runs = view.runs_of_project(project.id, RUNS).await?;
    let task = view.tasks_of_project(project.id).await?.into_iter().last();
    let conversation = match task.as_ref().and_then(|task| task.conversation) {
        Some(id) => view.conversation(id).await?.map(|conversation| (id, conversation.title)),
        None => None,
    };
    let (files, truncated, commits) = repository(projects, &project).await?;
    let Beside { preview, seq, policy } = beside;
    Ok(ProjectView {
        brief: if project.brief.is_empty() { String::new() } else { domain::markdown::render(&project.brief) },
        preview,
        seq,
        runs,
        policy,
        project,
        task,
        conversation,
        files,
        truncated,
        commits,
    })
}

/// The files and commits of a project; none while it is being made.
async fn repository(projects: &Projects, project: &Project) -> Result<(Vec<FileLine>, bool, Vec<CommitLine>)> {
    if project.status == ProjectStatus::Making {
        return Ok(Default::default());
    }
    let missing = |error: Error| match error.code {
        ErrorCode::NotFound => Error::new(
            ErrorCode::Unavailable,
            format!(
                "The folder of “{0}” is not where it was made. Put data/projects/{0} back from a backup.",
                project.slug
            ),
        )
        .because(error),
        _ => error,
    };
    let files = projects.files(&project.slug).await.map_err(missing)?;
    let commits = projects.commits(&project.slug, COMMITS).await?;
    let line = |file: projects::repo::FileEntry| FileLine { path: file.path, size: file.size };
    let commit = |commit: projects::repo::Commit| CommitLine {
        id: commit.id,
        author: commit.author,
        subject: commit.subject,
        at: Timestamp::from(commit.at),
    };
    Ok((files.entries.into_iter().map(line).collect(), files.truncated, commits.into_iter().map(commit).collect()))
}

/// A file as text, when it is text.
pub(super) fn file(path: String, bytes: Vec<u8>) -> FileText {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    FileText { path, size, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_not_shown_as_text() {
        assert_eq!(file("a.html".into(), b"<p>".to_vec()).text.as_deref(), Some("<p>"));
        assert_eq!(file("a.png".into(), vec![0x89, b'P', 0, 0xff]).text, None);
        assert_eq!(file("a.bin".into(), b"a\0b".to_vec()).text, None);
    }
}
