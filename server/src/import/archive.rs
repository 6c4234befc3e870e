//! Packs the old folder into one `.tar.zst`, so that it can be removed: whole or not at all, and read back before it counts.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use serde::Serialize;
use tar::{Archive, Builder, EntryType, Header};

/// zstd's own default: most of the size saved at a few hundred MB/s.
const LEVEL: i32 = 3;

/// An archive that was made and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Archived {
    /// The archive.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Files, folders and links in it.
    pub entries: u64,
}

/// Path in the archive, and what stands for the content there: a digest of a file's bytes or of a link's target.
type Contents = BTreeMap<PathBuf, u64>;

/// Packs everything in `folder` into the new file `target`. Links are packed as links.
///
/// # Errors
/// When `target` exists or lies inside `folder`, when something cannot be read or is neither file, folder nor link,
/// or when the archive read back is not what was packed; then there is no `target`.
pub fn pack(folder: &Path, target: &Path) -> io::Result<Archived> {
    let (folder, parent) = check(folder, target)?;
    let mut temporary = tempfile::Builder::new().prefix(".tatwats-archive-").tempfile_in(&parent)?;
    let packed = write(&folder, temporary.as_file_mut())?;
    temporary.as_file().sync_all()?;
    let read_back = read(File::open(temporary.path())?)?;
    if let Some(path) = first_difference(&packed, &read_back) {
        return Err(refused(format!("the archive read back differs from the folder at {}", path.display())));
    }
    let bytes = temporary.as_file().metadata()?.len();
    temporary.persist_noclobber(target)?;
    File::open(&parent)?.sync_all()?;
    Ok(Archived { file: target.to_owned(), bytes, entries: packed.len() as u64 })
}

/// Whether `folder` could be packed into `target`: gives the real folder, and the folder of the target.
///
/// # Errors
/// As for [`pack`], as far as it can be told before the work is done.
pub fn check(folder: &Path, target: &Path) -> io::Result<(PathBuf, PathBuf)> {
    let parent = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let (folder, parent) = (fs::canonicalize(folder)?, fs::canonicalize(parent)?);
    if parent.starts_with(&folder) {
        return Err(refused(format!("{} lies inside the folder it is to pack", target.display())));
    }
    if fs::symlink_metadata(target).is_ok() {
        return Err(refused(format!("{} exists already and is not written over", target.display())));
    }
    Ok((folder, parent))
}

fn write(folder: &Path, target: &mut File) -> io::Result<Contents> {
    let top = PathBuf::from(folder.file_name().unwrap_or("common-room".as_ref()));
    let mut tar = Builder::new(zstd::Encoder::new(BufWriter::new(target), LEVEL)?);
    let mut packed = Contents::new();
    let mut open = vec![(folder.to_owned(), top)];
    while let Some((from, name)) = open.pop() {
        let meta = fs::symlink_metadata(&from)?;
        let mut header = Header::new_gnu();
        header.set_metadata(&meta);
        let content = if meta.is_dir() {
            tar.append_data(&mut header, &name, io::empty())?;
            for entry in fs::read_dir(&from)? {
                let entry = entry?;
                open.push((entry.path(), name.join(entry.file_name())));
            }
            0
        } else if meta.is_symlink() {
            let link = fs::read_link(&from)?;
            header.set_size(0);
            tar.append_link(&mut header, &name, &link)?;
            target_digest(&link)?
        } else if meta.is_file() {
            let file = OpenOptions::new()
                .read(true)
                .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC).bits())
                .open(&from)?;
            let mut source = Hashed { inner: file.take(meta.len()), hasher: DefaultHasher::new(), bytes: 0 };
            tar.append_data(&mut header, &name, &mut source)?;
            if source.bytes != meta.len() {
                return Err(refused(format!("{} changed while it was packed", from.display())));
            }
            source.hasher.finish()
        } else {
            return Err(refused(format!("{} is neither a file, a folder nor a link; move it away", from.display())));
        };
        packed.insert(name, content);
    }
    tar.into_inner()?.finish()?.flush()?;
    Ok(packed)
}

fn read(file: File) -> io::Result<Contents> {
    let mut archive = Archive::new(zstd::Decoder::new(BufReader::new(file))?);
    let mut found = Contents::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        // A folder's name ends in a slash in the archive: put together anew, it does not.
        let name: PathBuf = entry.path()?.components().collect();
        let content = match entry.header().entry_type() {
            EntryType::Directory => 0,
            EntryType::Symlink => {
                let link = entry.link_name()?.ok_or_else(|| refused("a link without a target".into()))?;
                target_digest(&link)?
            }
            _ => digest(&mut entry)?.0,
        };
        found.insert(name, content);
    }
    Ok(found)
}

fn first_difference<'a>(packed: &'a Contents, found: &'a Contents) -> Option<&'a Path> {
    let lost = packed.iter().find(|(path, content)| found.get(*path) != Some(content));
    lost.or_else(|| found.iter().find(|(path, _)| !packed.contains_key(*path))).map(|(path, _)| path.as_path())
}

/// Stands for where a link leads. The archive may write the same place with fewer or more slashes.
fn target_digest(link: &Path) -> io::Result<u64> {
    let plain: PathBuf = link.components().collect();
    Ok(digest(&mut plain.as_os_str().as_encoded_bytes())?.0)
}

fn digest(source: &mut impl Read) -> io::Result<(u64, u64)> {
    let mut hashed = Hashed { inner: source, hasher: DefaultHasher::new(), bytes: 0 };
    io::copy(&mut hashed, &mut io::sink())?;
    Ok((hashed.hasher.finish(), hashed.bytes))
}

/// Hashes what is read through it. Bytes are hashed as one stream, however they are cut.
struct Hashed<R> {
    inner: R,
    hasher: DefaultHasher,
    bytes: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.write(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

fn refused(why: String) -> io::Error {
    io::Error::other(why)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn room() -> tempfile::TempDir {
        let room = tempfile::tempdir().unwrap();
        let inbox = room.path().join("room/the_author/inbox/processed");
        fs::create_dir_all(&inbox).unwrap();
        fs::write(inbox.join("1.json"), "{}").unwrap();
        fs::write(inbox.join(format!("{}.json", "n".repeat(180))), vec![7; 100_000]).unwrap();
        symlink("/etc/passwd", inbox.join("2.json")).unwrap();
        symlink("/", room.path().join("room/root")).unwrap();
        symlink(format!("../{}", "l".repeat(150)), room.path().join("room/long")).unwrap();
        room
    }

    #[test]
    fn packs_everything_and_follows_no_link() {
        let room = room();
        let target = room.path().join("old.tar.zst");
        let done = pack(&room.path().join("room"), &target).unwrap();
        assert_eq!(done.entries, 9);
        let found = read(File::open(&target).unwrap()).unwrap();
        assert!(found.contains_key(Path::new("room/the_author/inbox/processed/2.json")));
        let leftovers =
            fs::read_dir(room.path()).unwrap().filter(|e| e.as_ref().unwrap().file_name() != "room").count();
        assert_eq!(leftovers, 1, "only the archive");
    }

    #[test]
    fn writes_over_nothing_and_not_into_the_folder_itself() {
        let room = room();
        let target = room.path().join("old.tar.zst");
        fs::write(&target, "mine").unwrap();
        assert!(pack(&room.path().join("room"), &target).unwrap_err().to_string().contains("exists already"));
        assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
        let inside = room.path().join("room/old.tar.zst");
        assert!(pack(&room.path().join("room"), &inside).unwrap_err().to_string().contains("inside the folder"));
    }

    #[test]
    fn a_difference_is_found_whichever_side_it_is_on() {
        let one = Contents::from([("a".into(), 1), ("b".into(), 2)]);
        let other = Contents::from([("a".into(), 1)]);
        assert_eq!(first_difference(&one, &other), Some(Path::new("b")));
        assert_eq!(first_difference(&other, &one), Some(Path::new("b")));
        assert_eq!(first_difference(&one, &one.clone()), None);
    }
}
