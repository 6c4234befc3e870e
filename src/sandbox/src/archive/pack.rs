//! Making a tar stream of a folder of the host.

use std::{
    fs::File,
    future::Future as _,
    io::{self, Read as _, Write},
    os::fd::OwnedFd,
    path::Path,
    pin::Pin,
    task::{Context, Poll, ready},
};

use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags};
use tar::{Builder, EntryType, Header};
use tokio::{
    io::{AsyncRead, DuplexStream, ReadBuf},
    task::JoinHandle,
};
use tokio_util::io::SyncIoBridge;

use super::{Count, Limits, name, refused, shown};
use crate::Fault;

/// How much of a stream is on its way from the disk, in bytes.
const BUFFER: usize = 256 * 1024;
const OPEN: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// A tar stream in the making. Reading fails, with the [`Fault`] inside the error, when the folder holds what does not
/// go into an archive; [`Pack::fault`] gets it out. Dropping it ends the work.
#[derive(Debug)]
pub struct Pack {
    stream: DuplexStream,
    work: Option<JoinHandle<Result<(), Fault>>>,
}

impl Pack {
    /// The fault inside an error of reading.
    #[must_use]
    pub fn fault(error: io::Error) -> Fault {
        error.downcast().unwrap_or_else(|error| Fault::infrastructure("the files could not be read.", error))
    }
}

/// Makes a tar stream of the files, folders and links in `folder`, which nobody else may change meanwhile. Whatever has
/// a name of `without` is left out, wherever it is. The same files give the same bytes: in order of their names, with
/// neither owner nor time. What is neither file, folder nor link, and links that lead out, make reading fail.
///
/// Needs tokio's runtime.
#[must_use]
pub fn pack(folder: &Path, without: &[&str], limits: Limits) -> Pack {
    let (stream, sender) = tokio::io::duplex(BUFFER);
    let folder = folder.to_owned();
    let without: Vec<String> = without.iter().map(|name| (*name).to_owned()).collect();
    let work = tokio::task::spawn_blocking(move || pack_here(&folder, &without, limits, SyncIoBridge::new(sender)));
    Pack { stream, work: Some(work) }
}

impl AsyncRead for Pack {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let room = into.remaining();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        if room == 0 || into.remaining() < room {
            return Poll::Ready(Ok(()));
        }
        // The end, if the work says so too.
        let Some(work) = self.work.as_mut() else { return Poll::Ready(Ok(())) };
        let done = ready!(Pin::new(work).poll(context));
        self.work = None;
        Poll::Ready(done.map_err(io::Error::other)?.map_err(io::Error::other))
    }
}

/// The same where blocking is fine.
pub(super) fn pack_here(folder: &Path, without: &[String], limits: Limits, into: impl Write) -> Result<(), Fault> {
    let top = fs::open(folder, OPEN | OFlags::DIRECTORY, Mode::empty()).map_err(disk)?;
    let mut packing = Packing {
        tar: Builder::new(io::BufWriter::with_capacity(64 * 1024, Valve(Some(into)))),
        count: Count::default(),
        without,
        limits,
        path: Vec::new(),
    };
    if let Err(fault) = packing.folder(&top) {
        // A builder that is dropped writes a proper end: nobody shall take this for a whole archive.
        packing.tar.get_mut().get_mut().0 = None;
        return Err(fault);
    }
    let mut written = packing.tar.into_inner().map_err(disk)?;
    written.flush().map_err(disk)
}

/// A writer that can be closed.
struct Valve<W>(Option<W>);

impl<W: Write> Write for Valve<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), Write::flush)
    }
}

struct Packing<'a, W: Write> {
    tar: Builder<W>,
    count: Count,
    without: &'a [String],
    limits: Limits,
    /// Where it is, from the top folder.
    path: Vec<String>,
}

impl<W: Write> Packing<'_, W> {
    fn folder(&mut self, folder: &OwnedFd) -> Result<(), Fault> {
        for name in self.names(folder)? {
            self.path.push(name);
            self.entry(folder)?;
            self.path.pop();
        }
        Ok(())
    }

    /// The names in a folder, in order.
    fn names(&self, folder: &OwnedFd) -> Result<Vec<String>, Fault> {
        let mut names = Vec::new();
        for entry in Dir::read_from(folder).map_err(disk)? {
            let entry = entry.map_err(disk)?;
            let bytes = entry.file_name().to_bytes();
            if matches!(bytes, b"." | b"..") || self.without.iter().any(|name| name.as_bytes() == bytes) {
                continue;
            }
            let name = std::str::from_utf8(bytes).map_err(|_| refused(format!("{} is not UTF-8.", shown(bytes))))?;
            names.push(name.to_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// What `self.path` stands for, which is in `folder`.
    fn entry(&mut self, folder: &OwnedFd) -> Result<(), Fault> {
        let path = self.path.join("/");
        name::path(path.as_bytes(), &self.limits)?;
        self.count.entry(&self.limits)?;
        let last = self.path.last().map_or("", String::as_str).to_owned();
        let found = fs::statat(folder, &last, AtFlags::SYMLINK_NOFOLLOW).map_err(disk)?;
        match FileType::from_raw_mode(found.st_mode) {
            FileType::Directory => {
                let inside = fs::openat(folder, &last, OPEN | OFlags::DIRECTORY, Mode::empty()).map_err(disk)?;
                self.tar
                    .append_data(&mut header(EntryType::Directory, 0o755), format!("{path}/"), io::empty())
                    .map_err(disk)?;
                self.folder(&inside)
            }
            FileType::RegularFile => {
                let file = File::from(fs::openat(folder, &last, OPEN, Mode::empty()).map_err(disk)?);
                self.file(&path, file)
            }
            FileType::Symlink => {
                let target = fs::readlinkat(folder, &last, Vec::new()).map_err(disk)?;
                name::link(&last)?;
                let target = name::target(&last, target.as_bytes(), self.path.len() - 1, &self.limits)?;
                self.tar.append_link(&mut header(EntryType::Symlink, 0o777), &path, target).map_err(disk)
            }
            _ => Err(refused(format!("{} is neither file, folder nor link.", shown(&path)))),
        }
    }

    fn file(&mut self, path: &str, file: File) -> Result<(), Fault> {
        let found = file.metadata().map_err(disk)?;
        if !found.is_file() {
            return Err(refused(format!("{} is no file any more.", shown(path))));
        }
        self.count.file(path, found.len(), &self.limits)?;
        let program = std::os::unix::fs::MetadataExt::mode(&found) & 0o100 != 0;
        let mut header = header(EntryType::Regular, if program { 0o755 } else { 0o644 });
        header.set_size(found.len());
        let mut contents = file.take(found.len());
        self.tar.append_data(&mut header, path, &mut contents).map_err(disk)?;
        if contents.limit() > 0 {
            return Err(refused(format!("{} became shorter meanwhile.", shown(path))));
        }
        Ok(())
    }
}

/// A header that says nothing of the host: neither owner nor time.
fn header(kind: EntryType, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

fn disk(error: impl Into<io::Error>) -> Fault {
    Fault::infrastructure("the files could not be read.", error.into())
}
