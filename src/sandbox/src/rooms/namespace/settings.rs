//! What guests find as `/etc`: a folder that is made once, with what programs look for there, the program `room`, and
//! nothing else. One folder with both: bubblewrap reads through all that is mounted for each that it shows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use room::{GUEST_ID, HOME};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::program;
use crate::rooms::HOSTS;

/// The program's name in the folder.
pub(super) const PROGRAM: &str = "room";
/// What is shown of this machine's own settings: what tells where programs, libraries and trusted certificates are, and
/// nothing about this machine.
const SHOWN: [&str; 10] = [
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "pki",
    "protocols",
    "services",
    "ssl",
];
/// What is larger than this is no setting.
const MOST_BYTES: u64 = 16 << 20;

/// What lies in the folder, by its path there; the folder itself comes first.
type Entries = BTreeMap<PathBuf, Entry>;

#[derive(Hash)]
enum Entry {
    Folder,
    File {
        bytes: Cow<'static, [u8]>,
        mode: u32,
    },
    /// Wherever it leads.
    Link(PathBuf),
}

/// Makes the folder, unless one just like it is there, and gives its path; what other versions made is removed. What
/// changes on the machine later shows when the server is started again.
pub(super) fn prepare(folder: &Path) -> io::Result<PathBuf> {
    let path = make(folder)?;
    for other in fs::read_dir(folder)?.flatten().map(|entry| entry.path()).filter(|other| *other != path) {
        let name = other.file_name().unwrap_or_default().to_string_lossy();
        // One that cannot be removed is in nobody's way.
        match name.split_once('-') {
            Some(("etc", _)) => fs::remove_dir_all(&other).ok(),
            Some(("room", _)) => fs::remove_file(&other).ok(),
            _ => None,
        };
    }
    Ok(path)
}

fn make(folder: &Path) -> io::Result<PathBuf> {
    let entries = entries()?;
    let mut hasher = DefaultHasher::new();
    entries.hash(&mut hasher);
    let path = folder.join(format!("etc-{:016x}", hasher.finish()));
    let is_there = || entries.iter().all(|(name, entry)| entry.is_at(&path.join(name)));
    if is_there() {
        return Ok(path);
    }
    // Made beside it and renamed, so that no sandbox ever finds half of it.
    let new = folder.join(format!(".etc-{}", std::process::id()));
    remove(&new)?;
    fs::create_dir_all(folder)?;
    for (name, entry) in &entries {
        entry.write(&new.join(name))?;
    }
    match fs::rename(&new, &path) {
        Ok(()) => {}
        // Another server was as quick.
        Err(_) if is_there() => remove(&new)?,
        // Something changed it.
        Err(_) => {
            renameat_with(CWD, &new, CWD, &path, RenameFlags::EXCHANGE)?;
            remove(&new)?;
        }
    }
    Ok(path)
}

/// What is to be in the folder.
fn entries() -> io::Result<Entries> {
    let mut entries = Entries::from([(PathBuf::new(), Entry::Folder)]);
    for name in SHOWN {
        read(&Path::new("/etc").join(name), Path::new(name), &mut entries)?;
    }
    let guest = GUEST_ID;
    let own = [
        ("passwd", format!("root:x:0:0:root:/:/bin/false\nguest:x:{guest}:{guest}:guest:{HOME}:/bin/sh\n")),
        ("group", format!("root:x:0:\nguest:x:{guest}:\n")),
        ("hosts", HOSTS.to_owned()),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n".to_owned()),
        // The host's own lies on top of it where the network is the host's.
        ("resolv.conf", String::new()),
    ];
    for (name, text) in own {
        entries.insert(name.into(), Entry::File { bytes: text.into_bytes().into(), mode: 0o444 });
    }
    entries.insert(PROGRAM.into(), Entry::File { bytes: program::program().into(), mode: 0o555 });
    Ok(entries)
}

/// Reads what everyone may read, as it is.
fn read(from: &Path, name: &Path, entries: &mut Entries) -> io::Result<()> {
    let Ok(about) = fs::symlink_metadata(from) else { return Ok(()) };
    let mode = about.permissions().mode();
    let entry = if about.is_symlink() {
        Entry::Link(fs::read_link(from)?)
    } else if about.is_dir() && mode & 0o005 == 0o005 {
        for entry in fs::read_dir(from)?.flatten() {
            read(&entry.path(), &name.join(entry.file_name()), entries)?;
        }
        Entry::Folder
    } else if about.is_file() && mode & 0o004 == 0o004 && about.len() <= MOST_BYTES {
        Entry::File { bytes: fs::read(from)?.into(), mode: 0o444 }
    } else {
        return Ok(());
    };
    entries.insert(name.to_owned(), entry);
    Ok(())
}

impl Entry {
    fn write(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Folder => {
                DirBuilder::new().mode(0o755).create(path)?;
                // Whatever the server's own mask is.
                fs::set_permissions(path, Permissions::from_mode(0o755))
            }
            Self::File { bytes, mode } => {
                fs::write(path, bytes)?;
                fs::set_permissions(path, Permissions::from_mode(*mode))
            }
            Self::Link(target) => symlink(target, path),
        }
    }

    /// Whether it is there, just so.
    fn is_at(&self, path: &Path) -> bool {
        let Ok(about) = fs::symlink_metadata(path) else { return false };
        let has = |mode: u32| about.permissions().mode() & 0o777 == mode;
        match self {
            Self::Folder => about.is_dir() && has(0o755),
            Self::File { bytes, mode } => {
                about.is_file() && has(*mode) && fs::read(path).is_ok_and(|there| there == **bytes)
            }
            Self::Link(target) => fs::read_link(path).is_ok_and(|there| there == *target),
        }
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_programs_need_and_no_secrets_and_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let etc = prepare(folder.path()).unwrap();
        assert!(fs::read_to_string(etc.join("passwd")).unwrap().contains("guest:x:65532"));
        assert!(!etc.join("shadow").exists() && !etc.join("ssl/private").exists() && !etc.join("hostname").exists());
        if Path::new("/etc/ld.so.cache").exists() {
            assert_eq!(fs::read(etc.join("ld.so.cache")).unwrap(), fs::read("/etc/ld.so.cache").unwrap());
        }
        let made = fs::metadata(&etc).unwrap().created().ok();
        fs::create_dir(folder.path().join("etc-of-another-version")).unwrap();
        fs::write(folder.path().join("room-of-another-version"), "").unwrap();
        assert_eq!(prepare(folder.path()).unwrap(), etc);
        assert_eq!(fs::metadata(&etc).unwrap().created().ok(), made);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_changed_is_put_right() {
        let folder = tempfile::tempdir().unwrap();
        let etc = prepare(folder.path()).unwrap();
        let hosts = etc.join("hosts");
        fs::remove_file(&hosts).unwrap();
        prepare(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&hosts).unwrap(), HOSTS);
        let program = etc.join(PROGRAM);
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        fs::write(&program, "something else").unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o555)).unwrap();
        assert_eq!(prepare(folder.path()).unwrap(), etc);
        assert_eq!(fs::read(&program).unwrap(), program::program());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_what_everyone_may_read_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        for (name, mode) in [("open", 0o644), ("secret", 0o640)] {
            let path = folder.path().join(name);
            fs::write(&path, name).unwrap();
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        symlink("/usr/bin/true", folder.path().join("link")).unwrap();
        let mut entries = Entries::new();
        read(folder.path(), Path::new("it"), &mut entries).unwrap();
        assert!(matches!(&entries[Path::new("it")], Entry::Folder));
        assert!(matches!(&entries[Path::new("it/link")], Entry::Link(target) if target == Path::new("/usr/bin/true")));
        assert!(matches!(&entries[Path::new("it/open")], Entry::File { bytes, mode: 0o444 } if **bytes == *b"open"));
        assert_eq!(entries.len(), 3);
    }
}
