//! Taking files out of a tar stream into a folder of the host.

use std::{
    fs::File,
    io::{BufReader, Read},
    os::fd::OwnedFd,
    path::Path,
};

use rustix::fs::{self, Dir, Mode, OFlags};
use rustix::io::Errno;
use tokio::io::{AsyncRead, AsyncWriteExt};
use tokio_util::io::SyncIoBridge;

use super::read::{Entry, Kind, Reader};
use super::{Count, Limits, refused, shown};
use crate::Fault;

/// How much of a stream is on its way to the disk, in bytes.
const BUFFER: usize = 256 * 1024;
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const NEW_FILE: OFlags =
    OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// Files and links.
    pub files: u32,
    /// Their contents together, in bytes.
    pub bytes: u64,
}

/// Takes the files of a tar stream into the folder `into`, which must be empty and nobody else's. Owners, times and
/// rights are not taken over, but for whether a file is a program.
///
/// Whatever went wrong, what was written until then is still there: use a folder of its own, and remove it. When the
/// future is dropped, writing ends soon after.
///
/// # Errors
/// [`Fault::Archive`] says what is not taken, and [`Fault::Infrastructure`] when the stream or the disk fails.
pub async fn unpack(mut from: impl AsyncRead + Unpin, into: &Path, limits: Limits) -> Result<Unpacked, Fault> {
    let (mut sender, receiver) = tokio::io::duplex(BUFFER);
    let into = into.to_owned();
    let writing = tokio::task::spawn_blocking(move || unpack_here(SyncIoBridge::new(receiver), &into, limits));
    let passing = async move {
        // An error here is one that the writing end knows more about, or one of the stream.
        match tokio::io::copy(&mut from, &mut sender).await {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Some(error),
            _ => sender.shutdown().await.err(),
        }
    };
    let (passed, written) = tokio::join!(passing, writing);
    let written = written.map_err(|error| Fault::infrastructure("the files could not be written.", error))?;
    match passed {
        Some(error) => {
            Err(error.downcast().unwrap_or_else(|error| Fault::infrastructure("the files could not be read.", error)))
        }
        None => written,
    }
}

/// The same where blocking is fine.
pub(super) fn unpack_here(from: impl Read, into: &Path, limits: Limits) -> Result<Unpacked, Fault> {
    let top = fs::open(into, FOLDER, Mode::empty()).map_err(disk)?;
    let names = Dir::read_from(&top).map_err(disk)?;
    for entry in names {
        let entry = entry.map_err(disk)?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            return Err(disk(Errno::NOTEMPTY));
        }
    }
    let mut tree = Tree { top, open: Vec::new(), count: Count::default(), limits };
    let mut reader = Reader::new(BufReader::with_capacity(64 * 1024, from), limits);
    let mut files = 0;
    while let Some(Entry { names, kind }) = reader.next()? {
        let Some((last, folders)) = names.split_last() else { continue };
        match kind {
            Kind::Folder => tree.enter(&names)?,
            Kind::Link { target } => {
                tree.enter(folders)?;
                tree.count.entry(&limits)?;
                fs::symlinkat(target, tree.here(), last).map_err(|error| not_new(error, last))?;
                files += 1;
            }
            Kind::File { size, executable } => {
                tree.enter(folders)?;
                tree.count.entry(&limits)?;
                tree.count.file(last, size, &limits)?;
                let mode = Mode::from_raw_mode(if executable { 0o777 } else { 0o666 });
                let file = fs::openat(tree.here(), last, NEW_FILE, mode).map_err(|error| not_new(error, last))?;
                reader.copy(size, &mut File::from(file))?;
                files += 1;
            }
        }
    }
    Ok(Unpacked { files, bytes: tree.count.bytes })
}

/// The folder being written, and the way to where the last entry went: each folder open, none of them a link.
struct Tree {
    top: OwnedFd,
    open: Vec<(String, OwnedFd)>,
    count: Count,
    limits: Limits,
}

impl Tree {
    fn here(&self) -> &OwnedFd {
        self.open.last().map_or(&self.top, |(_, folder)| folder)
    }

    /// Goes into a folder, and makes it where it is missing.
    fn enter(&mut self, names: &[String]) -> Result<(), Fault> {
        let same = self.open.iter().zip(names).take_while(|((open, _), name)| open == *name).count();
        self.open.truncate(same);
        for name in &names[same..] {
            match fs::mkdirat(self.here(), name, Mode::from_raw_mode(0o777)) {
                Ok(()) => self.count.entry(&self.limits)?,
                Err(Errno::EXIST) => {}
                Err(error) => return Err(disk(error)),
            }
            let folder = fs::openat(self.here(), name, FOLDER, Mode::empty()).map_err(|error| match error {
                Errno::LOOP | Errno::NOTDIR | Errno::MLINK => refused(format!("{} is no folder.", shown(name))),
                error => disk(error),
            })?;
            self.open.push((name.clone(), folder));
        }
        Ok(())
    }
}

fn not_new(error: Errno, name: &str) -> Fault {
    match error {
        Errno::EXIST | Errno::LOOP => refused(format!("{} is there twice.", shown(name))),
        error => disk(error),
    }
}

fn disk(error: Errno) -> Fault {
    Fault::infrastructure("the files could not be written.", std::io::Error::from(error))
}
