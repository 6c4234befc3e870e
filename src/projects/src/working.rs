//! Working copies: the files of a project's newest commit in a folder of their own, to be worked on elsewhere, and what
//! became of them back into the project as a commit.
//!
//! What comes back may be anything. git works on it with settings of its own in a folder of its own, so that neither
//! the files nor the project's settings can start a program; the project's repository only gets the objects.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use time::OffsetDateTime;

use crate::{ProjectName, ProjectsError, blocking::blocking, git::Git, repo, staging::Staging};

/// How long one git command may take; a slow disk under load needs some.
const PATIENCE: Duration = Duration::from_secs(60);
/// Commands here answer with a line at most.
const LIMIT: u64 = 64 * 1024;
/// Room for the names of all files that changed, in bytes.
const NAMES: u64 = 16 * 1024 * 1024;

/// The files of a project in a folder of their own, which is removed when this is dropped.
#[derive(Debug)]
pub struct WorkingCopy {
    staging: Staging,
    root: PathBuf,
    slug: String,
    commit: String,
}

/// Who made the changes, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// When, in UTC.
    pub at: OffsetDateTime,
}

/// What was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenIn {
    /// The full id of the new commit.
    pub commit: String,
    /// How many files it changed.
    pub changed: usize,
    /// How many files the project has now.
    pub files: usize,
}

impl WorkingCopy {
    /// Puts the files of the newest commit into a new folder.
    ///
    /// # Errors
    /// [`ProjectsError::NotFound`] when there is no such project or it has no commit; failures of git or the disk.
    pub async fn check_out(root: &Path, slug: &str) -> Result<Self, ProjectsError> {
        let project = repo::open(root, slug).await?;
        let commit = repo::head(&project).await?.ok_or_else(|| ProjectsError::NotFound { slug: slug.to_owned() })?;
        let name = ProjectName::parse(slug).map_err(|_| ProjectsError::NotFound { slug: slug.to_owned() })?;
        let (at, slug) = (root.to_owned(), name.slug().to_owned());
        let staging = blocking("make a staging folder", move || Staging::create(&at, &slug)).await?;
        let copy = Self { staging, root: root.to_owned(), slug: name.slug().to_owned(), commit };
        let outside = Git::in_tree(copy.staging.folder(), PATIENCE);
        outside.run("init", &["--quiet", "--bare", "--template=", "git"], &[], LIMIT).await?;
        let git = copy.git(&copy.folder(), &copy.staging.folder().join("index"));
        git.run("read-tree", &[&copy.commit], &[], LIMIT).await?;
        git.run("checkout-index", &["--all"], &[], LIMIT).await?;
        Ok(copy)
    }

    /// Where the files are.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.staging.tree()
    }

    /// The full id of the commit that they are from.
    #[must_use]
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// Whether a file or folder of that name is among the files of the commit, wherever it is.
    ///
    /// # Errors
    /// Failures of git.
    pub async fn has(&self, name: &str) -> Result<bool, ProjectsError> {
        let git = self.git(&self.folder(), &self.staging.folder().join("index"));
        let args = ["-r", "-z", "--name-only", "--full-tree", &self.commit];
        let names = git.run("ls-tree", &args, &[], NAMES).await?;
        Ok(names.split(|byte| matches!(byte, 0 | b'/')).any(|part| part == name.as_bytes()))
    }

    /// Takes all files out of the folder, to put in what became of them.
    ///
    /// # Errors
    /// Failures of the disk.
    pub async fn clear(&self) -> Result<(), ProjectsError> {
        let folder = self.folder();
        blocking("clear a staging folder", move || {
            let clear = || fs::remove_dir_all(&folder).and_then(|()| fs::create_dir(&folder));
            clear().map_err(|error| ProjectsError::io("clear a staging folder", &folder, error))
        })
        .await
    }

    /// Commits what is in the folder now, on top of the commit that it was made from; none when nothing differs. What the
    /// project says to ignore is left out.
    ///
    /// # Errors
    /// [`ProjectsError::Changed`] when the project has a newer commit; failures of git or the disk.
    pub async fn take_in(&self, author: &Author, message: &str) -> Result<Option<TakenIn>, ProjectsError> {
        let git = self.git(&self.folder(), &self.staging.folder().join("index"));
        git.run("read-tree", &[&self.commit], &[], LIMIT).await?;
        git.run("add", &["--all", "--", "."], &[], LIMIT).await?;
        let tree = line(git.run("write-tree", &[], &[], LIMIT).await?);
        let before = line(git.run("rev-parse", &["--verify", &format!("{}^{{tree}}", self.commit)], &[], LIMIT).await?);
        if tree == before {
            return Ok(None);
        }
        let date = format!("@{} +0000", author.at.unix_timestamp().max(0));
        let git = git
            .env("GIT_AUTHOR_NAME", &author.name)
            .env("GIT_AUTHOR_EMAIL", &author.email)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", &author.name)
            .env("GIT_COMMITTER_EMAIL", &author.email)
            .env("GIT_COMMITTER_DATE", &date);
        let args = ["--no-gpg-sign", "-p", &self.commit, "-F", "-", &tree];
        let commit = line(git.run("commit-tree", &args, message.as_bytes(), LIMIT).await?);
        let args = ["-r", "-z", "--name-only", "--no-renames", &self.commit, &commit];
        let changed = git.run("diff-tree", &args, &[], NAMES).await?;
        let files = git.run("ls-files", &["-z"], &[], NAMES).await?;
        self.publish(&commit).await?;
        Ok(Some(TakenIn { commit, changed: count(&changed), files: count(&files) }))
    }

    /// Makes a commit the newest of the project, if that is still the one it stands on; then its files are put into the
    /// project's folder. A crash in between leaves old files there until the next commit.
    async fn publish(&self, commit: &str) -> Result<(), ProjectsError> {
        let project = repo::open(&self.root, &self.slug).await?;
        let update = project.run("update-ref", &["-m", "take in", "HEAD", commit, &self.commit], &[], LIMIT).await;
        if let Err(error) = update {
            let moved = repo::head(&project).await?.is_none_or(|head| head != self.commit);
            return Err(if moved { ProjectsError::Changed } else { error });
        }
        let folder = self.root.join(&self.slug);
        let index = folder.join(".git/index");
        self.git(&folder, &index).run("read-tree", &["--reset", "-u", commit], &[], LIMIT).await.map(drop)
    }

    /// git with settings of its own, on the project's objects.
    fn git(&self, tree: &Path, index: &Path) -> Git {
        let own = self.staging.folder().join("git");
        let objects = self.root.join(&self.slug).join(".git/objects");
        let path = |path: &Path| path.to_string_lossy().into_owned();
        Git::in_tree(tree, PATIENCE)
            .env("GIT_DIR", path(&own))
            .env("GIT_WORK_TREE", path(tree))
            .env("GIT_INDEX_FILE", path(index))
            .env("GIT_OBJECT_DIRECTORY", path(&objects))
    }
}

fn line(output: Vec<u8>) -> String {
    String::from_utf8_lossy(&output).trim().to_owned()
}

fn count(names: &[u8]) -> usize {
    names.split(|byte| *byte == 0).filter(|name| !name.is_empty()).count()
}

#[cfg(test)]
#[path = "working/tests.rs"]
mod tests;
