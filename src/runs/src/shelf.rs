//! What runs wrote: one file for each, in a folder for each project, the newest of them kept.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use domain::{Error, ErrorCode, ProjectId, Result, Run, RunId};

/// How many runs of a project keep what they wrote.
pub const KEPT: usize = 200;
/// Most bytes that are read at once.
const PIECE: usize = 64 * 1024;

/// What runs wrote.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn of(&self, project: ProjectId) -> PathBuf {
        self.folder.join(project.to_string())
    }

    fn path(&self, project: ProjectId, run: RunId) -> PathBuf {
        self.of(project).join(run.to_string())
    }

    /// An empty file for what a run writes.
    ///
    /// # Errors
    /// When there is one already, or the disk says no.
    pub(crate) async fn create(&self, run: &Run) -> io::Result<File> {
        let (folder, path) = (self.of(run.project), self.path(run.project, run.id));
        blocking(move || {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            std::fs::OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)
        })
        .await
    }

    /// How much there is of what a run wrote; none when it is not kept.
    ///
    /// # Errors
    /// When the disk says no.
    pub(crate) async fn length(&self, run: &Run) -> Result<Option<u64>> {
        match tokio::fs::metadata(self.path(run.project, run.id)).await {
            Ok(found) => Ok(Some(found.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// Opens what a run wrote.
    ///
    /// # Errors
    /// `NotFound` when it is not kept any more.
    pub(crate) async fn open(&self, run: &Run) -> Result<Reading> {
        let path = self.path(run.project, run.id);
        match blocking(move || File::open(path)).await {
            Ok(file) => Ok(Reading { file: Arc::new(file) }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let message = format!("What this command wrote is not kept any more: the newest {KEPT} runs' is.");
                Err(Error::new(ErrorCode::NotFound, message))
            }
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// Removes what the older runs of a project wrote, all but the newest [`KEPT`].
    pub(crate) async fn prune(&self, project: ProjectId) {
        let folder = self.of(project);
        if let Err(error) = blocking(move || prune(&folder, KEPT)).await {
            tracing::warn!(%project, %error, "what old runs wrote could not be removed");
        }
    }
}

/// What a run wrote, being read.
#[derive(Debug)]
pub(crate) struct Reading {
    file: Arc<File>,
}

impl Reading {
    /// The bytes from `from` on, as many as there are up to `to`; at most a piece. Empty when there are none.
    ///
    /// # Errors
    /// When the disk says no.
    pub(crate) async fn piece(&self, from: u64, to: u64) -> Result<Bytes> {
        let most = usize::try_from(to.saturating_sub(from)).map_or(PIECE, |most| most.min(PIECE));
        let file = self.file.clone();
        let read = blocking(move || {
            let mut bytes = vec![0; most];
            let length = file.read_at(&mut bytes, from)?;
            bytes.truncate(length);
            Ok(bytes)
        });
        read.await.map(Bytes::from).map_err(Error::internal)
    }

    /// All bytes from `from` on, as many as there are up to `to`.
    ///
    /// # Errors
    /// When the disk says no.
    pub(crate) async fn all(&self, mut from: u64, to: u64) -> Result<Bytes> {
        let mut all = BytesMut::new();
        loop {
            let piece = self.piece(from, to).await?;
            if piece.is_empty() {
                return Ok(all.freeze());
            }
            from += piece.len() as u64;
            all.extend_from_slice(&piece);
        }
    }
}

/// Ids are in the order of time, and so are the names of the files.
fn prune(folder: &Path, keep: usize) -> io::Result<()> {
    let mut names =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    let old = names.len().saturating_sub(keep);
    names.iter().take(old).try_for_each(|name| std::fs::remove_file(folder.join(name)))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["0190-b", "0190-a", "0191-a", "0190-c"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        prune(folder.path(), 2).unwrap();
        let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort_unstable();
        assert_eq!(left, ["0190-c", "0191-a"]);
    }

    #[tokio::test]
    async fn pieces_are_read_from_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        std::fs::write(&path, "abcdef").unwrap();
        let reading = Reading { file: Arc::new(File::open(&path).unwrap()) };
        assert_eq!(reading.piece(0, 2).await.unwrap(), "ab");
        assert_eq!(reading.piece(2, 4).await.unwrap(), "cd");
        assert_eq!(reading.piece(1, 9).await.unwrap(), "bcdef");
        assert_eq!(reading.piece(6, 9).await.unwrap(), "");
    }
}
