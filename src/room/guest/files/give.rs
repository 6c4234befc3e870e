//! Giving files out. Folders are walked by open folders, never through a link.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use room::Give;
use rustix::fs::{Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use tar::{Builder, EntryType, Header};

use super::names::{self, MOST_DEPTH};

const CAREFUL: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

/// Packs a folder, or one file, into a tar stream with names below it, in order. Sockets, pipes and devices are left
/// out; a link that leads out is refused.
pub(super) fn pack(output: impl Write, give: &Give) -> Result<(), String> {
    let path = Path::new(&give.path);
    let broken = |error: io::Error| format!("The archive cannot be written: {error}.");
    let parts = names::parts(give.path.trim_start_matches('/').as_bytes())?;
    let root = || -> rustix::io::Result<OwnedFd> {
        let mut root = rustix::fs::open("/", OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
        for (at, part) in parts.iter().enumerate() {
            let last = at + 1 == parts.len();
            let flags = if last { OFlags::RDONLY } else { OFlags::PATH | OFlags::DIRECTORY };
            root = rustix::fs::openat(&root, part, flags | CAREFUL, Mode::empty())?;
        }
        Ok(root)
    };
    let fault = |error: Errno| format!("{} cannot be given: {error}.", give.path);
    if !path.is_absolute() || parts.is_empty() {
        return Err(format!("{:?} must be an absolute path, and not the root.", give.path));
    }
    let root = root().map_err(fault)?;
    let about = rustix::fs::fstat(&root).map_err(fault)?;
    let mut packing = Packing { builder: Builder::new(output), give, bytes: 0, entries: 0 };
    if FileType::from_raw_mode(about.st_mode) == FileType::Directory {
        packing.folder(root, Path::new(""), 0)?;
    } else {
        packing.file(root, Path::new(path.file_name().unwrap_or_default()), &about)?;
    }
    packing.builder.into_inner().and_then(|mut output| output.flush()).map_err(broken)
}

struct Packing<'a, W: Write> {
    builder: Builder<W>,
    give: &'a Give,
    bytes: u64,
    entries: u32,
}

impl<W: Write> Packing<'_, W> {
    fn folder(&mut self, folder: OwnedFd, path: &Path, depth: usize) -> Result<(), String> {
        if depth > MOST_DEPTH {
            return Err(format!("{} is in more than {MOST_DEPTH} folders.", path.display()));
        }
        for name in self.names(&folder, path)? {
            let path = path.join(&name);
            let fault = |error: Errno| format!("{} cannot be given: {error}.", path.display());
            let about = match rustix::fs::statat(&folder, &name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW) {
                // It was there a moment ago; now it is not, which is as good as never.
                Err(Errno::NOENT) => continue,
                about => about.map_err(fault)?,
            };
            match FileType::from_raw_mode(about.st_mode) {
                FileType::Directory => {
                    self.count(&path)?;
                    let flags = OFlags::RDONLY | OFlags::DIRECTORY | CAREFUL;
                    let opened = rustix::fs::openat(&folder, &name, flags, Mode::empty()).map_err(fault)?;
                    let mut header = header(EntryType::Directory, &about, 0);
                    self.builder.append_data(&mut header, &path, io::empty()).map_err(|error| words(&path, error))?;
                    self.folder(opened, &path, depth + 1)?;
                }
                FileType::RegularFile => {
                    let opened = rustix::fs::openat(&folder, &name, OFlags::RDONLY | CAREFUL, Mode::empty());
                    let opened = opened.map_err(fault)?;
                    let about = rustix::fs::fstat(&opened).map_err(fault)?;
                    self.file(opened, &path, &about)?;
                }
                FileType::Symlink => {
                    self.count(&path)?;
                    let target = rustix::fs::readlinkat(&folder, &name, Vec::new()).map_err(fault)?;
                    self.link(&path, depth, target.as_bytes(), &about)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What is in a folder, in order, but for what is not wanted.
    fn names(&self, folder: &OwnedFd, path: &Path) -> Result<Vec<OsString>, String> {
        let fault = |error: Errno| format!("{} cannot be given: {error}.", path.display());
        let mut names = Vec::new();
        for entry in Dir::read_from(folder).map_err(fault)? {
            let name = OsString::from_vec(entry.map_err(fault)?.file_name().to_bytes().to_vec());
            let unwanted = self.give.without.iter().any(|without| OsStr::new(without) == name);
            if name != "." && name != ".." && !unwanted {
                names.push(name);
            }
            if names.len() > usize::try_from(self.give.most_entries).unwrap_or(usize::MAX) {
                return Err(self.too_many());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn file(&mut self, file: OwnedFd, path: &Path, about: &Stat) -> Result<(), String> {
        self.count(path)?;
        if FileType::from_raw_mode(about.st_mode) != FileType::RegularFile {
            return Err(format!("{} is no file.", path.display()));
        }
        let size = u64::try_from(about.st_size).unwrap_or_default();
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > self.give.most_bytes {
            return Err(format!("{} is more than {} bytes.", self.give.path, self.give.most_bytes));
        }
        let mut header = header(EntryType::Regular, about, size);
        // One that shrinks while it is read is filled up with zeros, or all that follows would be out of place.
        let contents = File::from(file).chain(io::repeat(0)).take(size);
        self.builder.append_data(&mut header, path, contents).map_err(|error| words(path, error))
    }

    fn link(&mut self, path: &Path, depth: usize, target: &[u8], about: &Stat) -> Result<(), String> {
        let shown = String::from_utf8_lossy(target);
        if !names::stays(depth, target) {
            return Err(format!("The link {} leads out of the folder, to {shown:?}.", path.display()));
        }
        let mut header = header(EntryType::Symlink, about, 0);
        let target = PathBuf::from(OsStr::from_bytes(target));
        self.builder.append_link(&mut header, path, target).map_err(|error| words(path, error))
    }

    fn count(&mut self, path: &Path) -> Result<(), String> {
        names::parts(path.as_os_str().as_bytes())?;
        self.entries += 1;
        if self.entries > self.give.most_entries {
            return Err(self.too_many());
        }
        Ok(())
    }

    fn too_many(&self) -> String {
        format!("{} has more than {} files and folders.", self.give.path, self.give.most_entries)
    }
}

fn header(kind: EntryType, about: &Stat, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(about.st_mode & 0o777);
    header.set_mtime(u64::try_from(about.st_mtime).unwrap_or_default());
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn words(path: &Path, error: io::Error) -> String {
    format!("{} cannot be given: {error}.", path.display())
}
