//! The program for the inside of sandboxes, which this one carries along.

use std::io::Read as _;
use std::sync::LazyLock;

use flate2::read::GzDecoder;

/// As the build packed it, by gzip.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/room.gz"));

/// The program `room`, statically linked; empty where there are no sandboxes for it.
pub fn program() -> &'static [u8] {
    static PROGRAM: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut program = Vec::new();
        // It does not fail: what is unpacked is part of this program.
        _ = GzDecoder::new(PACKED).read_to_end(&mut program);
        program
    });
    &PROGRAM
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn it_runs_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("room");
        fs::write(&path, program()).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        let said = std::process::Command::new(path).env_clear().output().unwrap();
        assert!(!said.status.success());
        assert!(String::from_utf8_lossy(&said.stderr).contains("Usage: room"), "{said:?}");
        // No interpreter: nothing of the system's libraries is needed.
        assert!(!program().windows(8).any(|window| window == b"/ld-linu"));
    }
}
