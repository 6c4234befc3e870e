//! Staging folders: `root/.staging/<slug>-<pid>-<n>/tree`, locked while someone works in them.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};

use crate::{ProjectsError, blocking::blocking};

/// The folder of staging folders. No project can have this name.
const STAGING: &str = ".staging";
/// The folder beside the tree of a staging folder.
const BESIDE: &str = "beside";

/// A folder to make a project in, or to work on its files. It is removed when dropped, and holds a lock until then, which says “alive” to
/// [`clean_staging`] in this and any other process.
#[derive(Debug)]
pub(crate) struct Staging {
    root: PathBuf,
    folder: PathBuf,
    _lock: Flock<File>,
}

impl Staging {
    /// Makes a new folder under `root`, which is created when missing.
    pub(crate) fn create(root: &Path, slug: &str) -> Result<Self, ProjectsError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let all = root.join(STAGING);
        fs::create_dir_all(&all).map_err(|error| ProjectsError::io("make a staging folder", &all, error))?;
        loop {
            let folder = all.join(format!("{slug}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
            match lock_new(&folder) {
                // A folder of that name is left from an earlier process, or was cleared away before the lock: next.
                Ok(None) => {}
                Ok(Some(lock)) => {
                    let staging = Self { root: root.to_owned(), folder, _lock: lock };
                    let tree = staging.tree();
                    fs::create_dir(&tree).map_err(|error| ProjectsError::io("make a staging folder", &tree, error))?;
                    return Ok(staging);
                }
                Err(error) => {
                    return Err(ProjectsError::io("make a staging folder", &folder, error));
                }
            }
        }
    }

    /// The folder around [`Staging::tree`], for what goes with the work and not into the project.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder that becomes the project.
    pub(crate) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// Writes a new file at `path`, relative to the project.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), ProjectsError> {
        let path = self.tree().join(path);
        let write = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            OpenOptions::new().write(true).create_new(true).open(&path)?.write_all(bytes)
        };
        write().map_err(|error| ProjectsError::io("write the files", &path, error))
    }

    /// Makes an empty folder beside [`Staging::tree`], for what is to take its place.
    pub(crate) fn beside(&self) -> Result<PathBuf, ProjectsError> {
        let beside = self.folder.join(BESIDE);
        fs::create_dir(&beside).map_err(|error| ProjectsError::io("make a staging folder", &beside, error))?;
        Ok(beside)
    }

    /// Puts that folder in the place of [`Staging::tree`].
    pub(crate) fn take_beside(&self) -> Result<(), ProjectsError> {
        let tree = self.tree();
        let take = || fs::remove_dir_all(&tree).and_then(|()| fs::rename(self.folder.join(BESIDE), &tree));
        take().map_err(|error| ProjectsError::io("take in what was built", &tree, error))
    }

    /// Waits until the whole project is on the disk.
    pub(crate) fn sync(&self) -> Result<(), ProjectsError> {
        let tree = self.tree();
        sync_tree(&tree).map_err(|error| ProjectsError::io("write the project to disk", &tree, error))
    }

    /// Renames the project to `root/<slug>`, replacing nothing, and waits until that is on the disk too.
    pub(crate) fn publish(self, slug: &str) -> Result<(), ProjectsError> {
        let place = self.root.join(slug);
        match rename_new(&self.tree(), &place) {
            Err(error) if is_taken(&error) => Err(ProjectsError::Taken { slug: slug.to_owned() }),
            renamed => renamed
                .and_then(|()| File::open(&self.root)?.sync_all())
                .map_err(|error| ProjectsError::io("put the project in place", &place, error)),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What stays, for whatever reason, is for clean_staging.
        let _ = remove(&self.folder, Duration::ZERO);
    }
}

/// Removes a folder. A git that is being killed may still add a file while it is emptied, so this tries a few times.
fn remove(folder: &Path, pause: Duration) -> io::Result<()> {
    let mut tries = 0;
    loop {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && tries < 10 => tries += 1,
            removed => return removed,
        }
        thread::sleep(pause);
    }
}

/// Removes what crashes have left in `root/.staging`, and returns how many folders that were. A folder in which
/// any process is still at work is left alone, so this may run at any time; for a moment after a crash that includes
/// a git that was just being started, and its folder waits for the next call.
///
/// # Errors
/// When the folder cannot be read or something in it cannot be removed.
pub async fn clean_staging(root: &Path) -> Result<u64, ProjectsError> {
    let all = root.join(STAGING);
    blocking("clear the staging folder", move || {
        clean(&all).map_err(|error| ProjectsError::io("clear the staging folder", &all, error))
    })
    .await
}

fn clean(all: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(all) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            fs::remove_file(entry.path())?;
            removed += 1;
        } else if let Some(_lock) = try_lock(&entry.path())? {
            // A git whose server crashed lives on for the rest of its command.
            remove(&entry.path(), Duration::from_millis(50))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Makes a folder and locks it; `None` when it was there, or when a cleaner was quicker than the lock.
fn lock_new(folder: &Path) -> io::Result<Option<Flock<File>>> {
    // Private until it is in place: what is half made is nobody's business.
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        made => made?,
    }
    match try_lock(folder)? {
        Some(lock) if lock.metadata()?.nlink() > 0 && folder.exists() => Ok(Some(lock)),
        _ => Ok(None),
    }
}

/// Locks a folder; `None` when someone else holds it or it is gone.
fn try_lock(folder: &Path) -> io::Result<Option<Flock<File>>> {
    let file = match File::open(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, error)) => Err(error.into()),
    }
}

/// Renames and refuses to replace anything.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
        match renameat2(AT_FDCWD, from, AT_FDCWD, to, RenameFlags::RENAME_NOREPLACE) {
            // Not every file system knows the flag.
            Err(Errno::ENOSYS | Errno::EINVAL | Errno::ENOTSUP) => {}
            renamed => return renamed.map_err(io::Error::from),
        }
    }
    rename_onto_nothing(from, to)
}

/// The same where the system has no such call: a folder renamed onto a full folder or a file is refused by POSIX, so
/// all that a race between the check and the rename could replace is an empty folder.
fn rename_onto_nothing(from: &Path, to: &Path) -> io::Result<()> {
    match fs::symlink_metadata(to) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(from, to),
        Err(error) => Err(error),
    }
}

fn is_taken(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotADirectory};
    matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotADirectory)
}

/// Flushes every file and folder under `folder`, and itself.
fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            sync_tree(&entry.path())?;
        } else if kind.is_file() {
            // A link is on the disk with its folder; where it leads there may be nothing.
            File::open(entry.path())?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_living_folder_is_left_alone_and_a_dead_one_is_cleared() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(clean_staging(root.path()).await.unwrap(), 0);
        let staging = Staging::create(root.path(), "pod").unwrap();
        staging.write("a/b.txt", b"hello").unwrap();
        let dead = root.path().join(STAGING).join("pod-1-1/tree/.git");
        fs::create_dir_all(&dead).unwrap();
        fs::write(root.path().join(STAGING).join("stray"), "").unwrap();
        assert_eq!(clean_staging(root.path()).await.unwrap(), 2);
        assert_eq!(names(&root.path().join(STAGING)).len(), 1);
        assert_eq!(fs::read(staging.tree().join("a/b.txt")).unwrap(), b"hello");
        drop(staging);
        assert!(names(&root.path().join(STAGING)).is_empty());
    }

    #[test]
    fn publishing_replaces_nothing_not_even_an_empty_folder_or_a_dangling_link() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("folder")).unwrap();
        fs::write(root.path().join("file"), "mine").unwrap();
        std::os::unix::fs::symlink("nowhere", root.path().join("link")).unwrap();
        for slug in ["folder", "file", "link"] {
            let staging = Staging::create(root.path(), slug).unwrap();
            staging.write("x", b"x").unwrap();
            assert!(rename_onto_nothing(&staging.tree(), &root.path().join(slug)).is_err_and(|e| is_taken(&e)));
            let error = staging.publish(slug).unwrap_err();
            assert!(matches!(error, ProjectsError::Taken { .. }), "{slug}: {error:?}");
        }
        assert_eq!(names(root.path()), [STAGING, "file", "folder", "link"]);
        assert!(names(&root.path().join(STAGING)).is_empty());
        assert_eq!(fs::read(root.path().join("file")).unwrap(), b"mine");
    }

    #[test]
    fn without_the_system_call_a_free_place_is_taken_all_the_same() {
        let root = tempfile::tempdir().unwrap();
        let staging = Staging::create(root.path(), "pod").unwrap();
        staging.write("x", b"x").unwrap();
        rename_onto_nothing(&staging.tree(), &root.path().join("pod")).unwrap();
        assert_eq!(names(&root.path().join("pod")), ["x"]);
    }
}
