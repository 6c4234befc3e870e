//! Reading a project's repository: files, commits and contents at HEAD.
//!
//! Only objects are read, never the work tree, and no setting of the repository can start a program
//! (see `git.rs`). Every read has limits of time and size.

use std::{path::Path, time::Duration};

use time::OffsetDateTime;

use crate::{ProjectName, ProjectsError, git::Git};

/// The most files that are listed.
pub const MAX_FILES: usize = 5_000;
/// The most commits that one call returns.
pub const MAX_COMMITS: usize = 500;
/// The largest file that is read, in bytes (1 MiB).
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

const PATIENCE: Duration = Duration::from_secs(10);
/// Room for the names of all listed files, in bytes.
const LISTING: u64 = 4 * 1024 * 1024;
/// Room for the ids of some 400,000 commits, in bytes.
const HISTORY: u64 = 16 * 1024 * 1024;
/// A subject is cut to this many characters.
const SUBJECT: usize = 200;

/// One file at HEAD.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FileEntry {
    /// From the project's top folder, with slashes. Bytes that are not UTF-8 are replaced.
    pub path: String,
    /// In bytes.
    pub size: u64,
}

/// The files at HEAD, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Files {
    /// At most [`MAX_FILES`].
    pub entries: Vec<FileEntry>,
    /// Whether there are more.
    pub truncated: bool,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The full id.
    pub id: String,
    /// The author's name.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When the author wrote it, in UTC.
    pub at: OffsetDateTime,
    /// The first line of its message, at most 200 characters.
    pub subject: String,
}

/// Lists the files at HEAD; none before the first commit. Links and submodules are left out.
///
/// # Errors
/// [`ProjectsError::NotFound`] when there is no such project, and failures of git.
pub async fn files(root: &Path, slug: &str) -> Result<Files, ProjectsError> {
    let git = open(root, slug).await?;
    let Some(head) = head(&git).await? else {
        return Ok(Files::default());
    };
    let listing = git.output("ls-tree", &["-r", "-z", "-l", "--full-tree", &head], &[], LISTING).await?;
    // A last entry without its NUL was cut off.
    let whole = listing.stdout.iter().rposition(|byte| *byte == 0).unwrap_or(0);
    let listed = || listing.stdout[..whole].split(|byte| *byte == 0);
    let entries = listed().filter_map(entry).filter(|entry| entry.file).take(MAX_FILES);
    Ok(Files {
        entries: entries.map(|Entry { path, size, .. }| FileEntry { path, size }).collect(),
        truncated: listing.cut || listed().count() > MAX_FILES,
    })
}

/// Lists at most `limit` commits from HEAD, newest first; with `before` (a full commit id), those after it in that
/// order. None when `before` is not in HEAD's history.
///
/// # Errors
/// [`ProjectsError::NotFound`] when there is no such project, and failures of git.
pub async fn commits(
    root: &Path,
    slug: &str,
    limit: usize,
    before: Option<&str>,
) -> Result<Vec<Commit>, ProjectsError> {
    let git = open(root, slug).await?;
    let Some(head) = head(&git).await? else {
        return Ok(Vec::new());
    };
    let limit = limit.min(MAX_COMMITS);
    let most = format!("--max-count={limit}");
    let ids = match before {
        None => git.run("rev-list", &[&most, &head], &[], HISTORY).await?,
        Some(_) => git.run("rev-list", &[&head], &[], HISTORY).await?,
    };
    let ids = String::from_utf8_lossy(&ids);
    let mut ids = ids.lines();
    if let Some(before) = before {
        ids.find(|id| *id == before);
    }
    let wanted: String = ids.take(limit).flat_map(|id| [id, "\n"]).collect();
    if wanted.is_empty() {
        // With nothing on its input, git log would begin at HEAD.
        return Ok(Vec::new());
    }
    let args = [
        "-z",
        "--stdin",
        "--no-walk=unsorted",
        "--no-show-signature",
        "--no-mailmap",
        "--no-patch",
        "--encoding=UTF-8",
        "--format=format:%H%x00%an%x00%ae%x00%at%x00%s",
    ];
    let log = git.run("log", &args, wanted.as_bytes(), HISTORY).await?;
    let log = String::from_utf8_lossy(&log);
    let fields: Vec<&str> = log.split('\0').collect();
    Ok(fields.as_chunks().0.iter().filter_map(commit).collect())
}

/// The contents of the file `path` at HEAD; `None` when there is no such file.
///
/// # Errors
/// [`ProjectsError::TooLarge`] beyond 1 MiB, [`ProjectsError::NotFound`] when there is no such project, and
/// failures of git.
pub async fn read(root: &Path, slug: &str, path: &str) -> Result<Option<Vec<u8>>, ProjectsError> {
    let git = open(root, slug).await?;
    let odd = |part: &str| part.is_empty() || part == "." || part == ".." || part.contains('\0');
    if path.split('/').any(odd) {
        return Ok(None);
    }
    let Some(head) = head(&git).await? else {
        return Ok(None);
    };
    let listing = git.run("ls-tree", &["-z", "-l", "--full-tree", &head, "--", path], &[], LISTING).await?;
    let found = listing.split(|byte| *byte == 0).filter_map(entry).find(|entry| entry.file && entry.path == path);
    match found {
        None => Ok(None),
        Some(entry) if entry.size > MAX_FILE_BYTES => {
            Err(ProjectsError::TooLarge { what: format!("The file “{path}”"), limit: MAX_FILE_BYTES })
        }
        Some(entry) => git.run("cat-file", &["blob", &entry.object], &[], MAX_FILE_BYTES).await.map(Some),
    }
}

/// git on the repository of a project, which must be a real folder: a link or a file could lead anywhere.
pub(crate) async fn open(root: &Path, slug: &str) -> Result<Git, ProjectsError> {
    let missing = || ProjectsError::NotFound { slug: slug.chars().take(60).collect() };
    let name = ProjectName::parse(slug).map_err(|_| missing())?;
    let project = root.join(name.slug());
    let repository = project.join(".git");
    for folder in [&project, &repository] {
        let real = tokio::fs::symlink_metadata(folder).await.is_ok_and(|found| found.is_dir());
        if !real {
            return Err(missing());
        }
    }
    Ok(Git::on_repository(&repository, PATIENCE))
}

/// The commit HEAD stands for; `None` before the first.
pub(crate) async fn head(git: &Git) -> Result<Option<String>, ProjectsError> {
    let id = git.ask("rev-parse", &["--verify", "--quiet", "HEAD^{commit}"], 1024).await?;
    Ok(id.map(|id| String::from_utf8_lossy(&id).trim().to_owned()))
}

struct Entry {
    file: bool,
    object: String,
    size: u64,
    path: String,
}

/// Reads `<mode> <type> <object> <size>\t<path>`.
fn entry(line: &[u8]) -> Option<Entry> {
    let line = String::from_utf8_lossy(line);
    let (facts, path) = line.split_once('\t')?;
    let mut facts = facts.split_ascii_whitespace();
    let (mode, _kind, object, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
    Some(Entry {
        // 100644 and 100755; 120000 is a link, 160000 a submodule, 040000 a folder.
        file: mode.starts_with("100"),
        object: object.to_owned(),
        size: size.parse().unwrap_or(0),
        path: path.to_owned(),
    })
}

fn commit([id, author, email, at, subject]: &[&str; 5]) -> Option<Commit> {
    Some(Commit {
        id: (*id).to_owned(),
        author: (*author).to_owned(),
        email: (*email).to_owned(),
        at: OffsetDateTime::from_unix_timestamp(at.parse().ok()?).ok()?,
        subject: subject.chars().take(SUBJECT).collect(),
    })
}

#[cfg(test)]
#[path = "repo/tests.rs"]
mod tests;
