//! `/dev` of a sandbox, made by whoever may make device files: a folder that is shown as it is. Where nobody may,
//! bubblewrap mounts each file by itself, and what is mounted already is read through each time.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

/// The files: their names, and by which numbers the kernel knows them (`Documentation/admin-guide/devices.txt`).
const FILES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];
const LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];
/// Where something is mounted inside.
const FOLDERS: [&str; 2] = ["pts", "shm"];

/// Makes them in a new folder.
///
/// # Errors
/// When this process may not make device files, or may not use those that it made.
pub(crate) fn make(folder: &Path) -> std::io::Result<()> {
    fs::create_dir(folder)?;
    for (name, major, minor) in FILES {
        let path = folder.join(name);
        mknodat(CWD, &path, FileType::CharacterDevice, Mode::empty(), makedev(major, minor))?;
        fs::set_permissions(&path, Permissions::from_mode(0o666))?;
    }
    for (name, target) in LINKS {
        symlink(target, folder.join(name))?;
    }
    for name in FOLDERS {
        fs::create_dir(folder.join(name))?;
    }
    File::options().write(true).open(folder.join("null")).map(drop)
}
