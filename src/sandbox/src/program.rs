//! The program for the inside of sandboxes, which this one carries along.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The program `room`, statically linked; empty where there are no sandboxes for it.
pub const PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/room"));
/// Differs between programs that differ.
pub const HASH: &str = env!("ROOM_HASH");

/// Writes the program into the folder, unless it is there, and gives its path.
///
/// # Errors
/// What the file system says.
pub fn install(folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join(format!("room-{HASH}"));
    if fs::read(&path).is_ok_and(|there| there == PROGRAM) {
        return Ok(path);
    }
    fs::create_dir_all(folder)?;
    // Written beside it and renamed, so that nobody ever starts half of it.
    let new = folder.join(format!(".room-{HASH}-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o755).open(&new)?;
    file.write_all(PROGRAM)?;
    file.set_permissions(fs::Permissions::from_mode(0o555))?;
    file.sync_all()?;
    drop(file);
    fs::rename(&new, &path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_installed_once_and_put_right_when_it_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = install(folder.path()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o555);
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(install(folder.path()).unwrap(), path);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "something else").unwrap();
        assert_eq!(fs::read(install(folder.path()).unwrap()).unwrap(), PROGRAM);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn it_runs_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = install(folder.path()).unwrap();
        let said = std::process::Command::new(path).env_clear().output().unwrap();
        assert!(!said.status.success());
        assert!(String::from_utf8_lossy(&said.stderr).contains("Usage: room"), "{said:?}");
        // No interpreter: nothing of the system's libraries is needed.
        assert!(!PROGRAM.windows(8).any(|window| window == b"/ld-linu"));
    }
}
