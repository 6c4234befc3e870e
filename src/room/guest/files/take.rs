//! Taking files in. Every step goes from an open folder to the next and follows no link, so that nothing a guest puts
//! there meanwhile leads elsewhere.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;
use tar::{Archive, EntryType, Header, PaxExtensions};

use super::names::{self, MOST_LENGTH};

/// Most files, folders and links in one stream.
const MOST_ENTRIES: u32 = 1_000_000;
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const NEW_FILE: OFlags =
    OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Unpacks a tar stream into a folder, which is made. What is there already stays; files of the same name are replaced.
pub(super) fn unpack(reader: impl Read, folder: &str) -> Result<(), String> {
    let mut target = Target::open(folder)?;
    let mut archive = Archive::new(reader);
    let broken = |error: io::Error| format!("The archive is broken: {error}.");
    let mut next = Next::default();
    let mut count = 0;
    // Raw, because long names would otherwise be read to their end, however far that is.
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        count += 1;
        if count > MOST_ENTRIES {
            return Err(format!("There are more than {MOST_ENTRIES} entries."));
        }
        let kind = entry.header().entry_type();
        if next.read(kind, &mut entry)? {
            continue;
        }
        let said = std::mem::take(&mut next);
        let name = said.name.unwrap_or_else(|| entry.path_bytes().into_owned());
        let shown = String::from_utf8_lossy(&name).into_owned();
        let in_words = |error: io::Error| format!("{shown:?} cannot be unpacked: {error}.");
        if said.size.is_some_and(|size| size != entry.size()) {
            return Err(format!("{shown:?} has two sizes."));
        }
        let parts = names::parts(&name)?;
        let Some((last, parents)) = parts.split_last() else {
            // The folder itself is there.
            if kind == EntryType::Directory {
                continue;
            }
            return Err(format!("{shown:?} is no name."));
        };
        match kind {
            EntryType::Directory => {
                let mode = entry.header().mode().map_err(broken)?;
                target.folder(&parts, mode).map_err(in_words)?;
            }
            EntryType::Regular | EntryType::Continuous => {
                let header = entry.header().clone();
                target.file(parents, last, &header, &mut entry).map_err(in_words)?;
            }
            EntryType::Symlink => {
                let link = said.link.or_else(|| entry.link_name_bytes().map(std::borrow::Cow::into_owned));
                let link = link.unwrap_or_default();
                if !names::stays(parents.len(), &link) {
                    let link = String::from_utf8_lossy(&link);
                    return Err(format!("The link {shown:?} leads out of the folder, to {link:?}."));
                }
                target.link(parents, last, &OsString::from_vec(link)).map_err(in_words)?;
            }
            EntryType::Link => return Err(format!("{shown:?} is a hard link, which is not taken.")),
            _ => return Err(format!("{shown:?} is neither a file nor a folder nor a link.")),
        }
    }
    Ok(())
}

/// What one entry says about the next.
#[derive(Debug, Default)]
struct Next {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Next {
    /// Takes note of an entry that is about the next one or about all; says whether it was one.
    fn read(&mut self, kind: EntryType, entry: &mut impl Read) -> Result<bool, String> {
        match kind {
            EntryType::GNULongName => self.name = Some(text(entry)?),
            EntryType::GNULongLink => self.link = Some(text(entry)?),
            EntryType::XHeader => {
                let said = bounded(entry)?;
                for extension in PaxExtensions::new(&said) {
                    let extension = extension.map_err(|error| format!("The archive is broken: {error}."))?;
                    let value = extension.value_bytes().to_vec();
                    match extension.key_bytes() {
                        b"path" => self.name = Some(value),
                        b"linkpath" => self.link = Some(value),
                        b"size" => self.size = extension.value().ok().and_then(|size| size.parse().ok()),
                        key if key.starts_with(b"GNU.sparse.") => return Err("Sparse files are not taken.".into()),
                        _ => {}
                    }
                }
            }
            // Remarks about the whole archive, like the commit that git made it from.
            EntryType::XGlobalHeader => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn bounded(entry: &mut impl Read) -> Result<Vec<u8>, String> {
    let most = 4 * MOST_LENGTH;
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX) + 1;
    entry.take(limit).read_to_end(&mut bytes).map_err(|error| format!("The archive is broken: {error}."))?;
    if bytes.len() > most {
        return Err(format!("A remark in the archive is longer than {most} bytes."));
    }
    Ok(bytes)
}

fn text(entry: &mut impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = bounded(entry)?;
    bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
    Ok(bytes)
}

/// Where files go.
struct Target {
    root: OwnedFd,
    /// The folder that was last gone to: the next file is mostly in the same.
    last: Option<(Vec<OsString>, OwnedFd)>,
}

impl Target {
    fn open(folder: &str) -> Result<Self, String> {
        let fault = |error: io::Error| format!("The folder {folder} cannot be had: {error}.");
        if !Path::new(folder).is_absolute() {
            return Err(format!("The folder {folder:?} must be an absolute path."));
        }
        let parts = names::parts(folder.trim_start_matches('/').as_bytes())?;
        let mut root = rustix::fs::open("/", FOLDER, Mode::empty()).map_err(|error| fault(error.into()))?;
        for part in &parts {
            root = enter(&root, part).map_err(fault)?;
        }
        Ok(Self { root, last: None })
    }

    /// Opens a folder, and makes what is missing on the way.
    fn go(&mut self, parts: &[OsString]) -> io::Result<&OwnedFd> {
        if !matches!(&self.last, Some((there, _)) if there == parts) {
            let mut folder = self.root.try_clone()?;
            for part in parts {
                folder = enter(&folder, part)?;
            }
            self.last = Some((parts.to_vec(), folder));
        }
        Ok(self.last.as_ref().map_or(&self.root, |(_, folder)| folder))
    }

    fn folder(&mut self, parts: &[OsString], mode: u32) -> io::Result<()> {
        let folder = self.go(parts)?;
        let open = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(folder, ".", open, Mode::empty())?;
        // What comes after must still be able to enter it.
        Ok(rustix::fs::fchmod(folder, permissions(mode | 0o700))?)
    }

    fn file(
        &mut self,
        parents: &[OsString],
        name: &OsStr,
        header: &Header,
        contents: &mut impl Read,
    ) -> io::Result<()> {
        let (mode, size, seconds) = (header.mode()?, header.entry_size()?, header.mtime().unwrap_or_default());
        let folder = self.go(parents)?;
        clear(folder, name)?;
        let mut file = File::from(rustix::fs::openat(folder, name, NEW_FILE, Mode::from_raw_mode(0o600))?);
        if io::copy(contents, &mut file)? < size {
            return Err(io::Error::other("the archive ends in the middle of it"));
        }
        rustix::fs::fchmod(&file, permissions(mode))?;
        let time = Timespec { tv_sec: i64::try_from(seconds).unwrap_or_default(), tv_nsec: 0 };
        Ok(rustix::fs::futimens(&file, &Timestamps { last_access: time, last_modification: time })?)
    }

    fn link(&mut self, parents: &[OsString], name: &OsStr, target: &OsStr) -> io::Result<()> {
        let folder = self.go(parents)?;
        clear(folder, name)?;
        Ok(rustix::fs::symlinkat(target, folder, name)?)
    }
}

/// No bits but those of reading, writing and running.
fn permissions(mode: u32) -> Mode {
    Mode::from_raw_mode(mode & 0o777)
}

/// Opens a folder in a folder; makes it when there is nothing of that name. A link is none.
fn enter(folder: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
    match rustix::fs::openat(folder, name, FOLDER, Mode::empty()) {
        Err(Errno::NOENT) => {}
        opened => return Ok(opened?),
    }
    match rustix::fs::mkdirat(folder, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => Ok(rustix::fs::openat(folder, name, FOLDER, Mode::empty())?),
        Err(error) => Err(error.into()),
    }
}

/// Takes away what is in the place of a file. A folder is not.
fn clear(folder: &OwnedFd, name: &OsStr) -> io::Result<()> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
#[path = "take_tests.rs"]
mod tests;
