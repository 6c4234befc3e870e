//! What guests find as `/etc`: a folder that is made once, with what programs look for there and nothing else.

use std::fs::{self, DirBuilder, Permissions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use room::{GUEST_ID, HOME};

use crate::rooms::HOSTS;

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

/// Makes the folder, unless one just like it is there, and gives its path. What changes on the machine later shows when
/// the server is started again.
pub(super) fn prepare(folder: &Path) -> io::Result<PathBuf> {
    let new = folder.join(format!(".etc-{}", std::process::id()));
    fs::remove_dir_all(&new).or_else(unless_missing)?;
    make_folder(&new)?;
    let mut hasher = DefaultHasher::new();
    for name in SHOWN {
        copy(&Path::new("/etc").join(name), &new.join(name), &mut hasher)?;
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
        write(&new.join(name), text.as_bytes(), &mut hasher)?;
    }
    let path = folder.join(format!("etc-{:016x}", hasher.finish()));
    match fs::rename(&new, &path) {
        Ok(()) => Ok(path),
        // There is one just like it, which sandboxes may be using.
        Err(_) if path.is_dir() => fs::remove_dir_all(&new).map(|()| path),
        Err(error) => Err(error),
    }
}

/// Copies what everyone may read, as it is: links stay links, wherever they lead.
fn copy(from: &Path, to: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    let Ok(about) = fs::symlink_metadata(from) else { return Ok(()) };
    let mode = about.permissions().mode();
    if about.is_symlink() {
        let target = fs::read_link(from)?;
        (to.as_os_str().len(), from, &target).hash(hasher);
        symlink(target, to)
    } else if about.is_dir() && mode & 0o005 == 0o005 {
        make_folder(to)?;
        let mut entries: Vec<_> = fs::read_dir(from)?.flatten().map(|entry| entry.file_name()).collect();
        entries.sort_unstable();
        entries.into_iter().try_for_each(|name| copy(&from.join(&name), &to.join(&name), hasher))
    } else if about.is_file() && mode & 0o004 == 0o004 && about.len() <= MOST_BYTES {
        from.hash(hasher);
        write(to, &fs::read(from)?, hasher)
    } else {
        Ok(())
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o755).create(path)?;
    // Whatever the server's own mask is.
    fs::set_permissions(path, Permissions::from_mode(0o755))
}

fn write(path: &Path, bytes: &[u8], hasher: &mut DefaultHasher) -> io::Result<()> {
    bytes.hash(hasher);
    fs::write(path, bytes)?;
    fs::set_permissions(path, Permissions::from_mode(0o444))
}

fn unless_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
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
        assert_eq!(prepare(folder.path()).unwrap(), etc);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_what_everyone_may_read_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        make_folder(&from).unwrap();
        for (name, mode) in [("open", 0o644), ("secret", 0o640)] {
            fs::write(from.join(name), name).unwrap();
            fs::set_permissions(from.join(name), Permissions::from_mode(mode)).unwrap();
        }
        symlink("/usr/bin/true", from.join("link")).unwrap();
        copy(&from, &to, &mut DefaultHasher::new()).unwrap();
        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("/usr/bin/true"));
        assert_eq!(fs::read_to_string(to.join("open")).unwrap(), "open");
        assert!(!to.join("secret").exists());
    }
}
