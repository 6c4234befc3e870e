//! Reads one file of the folder without following links and without reading more than a message needs.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use domain::message::MAX_BODY;
use nix::fcntl::OFlag;

use super::refusal::Reason;

/// The most that is read of one file: the largest body with every byte escaped as `\u00xx`, and room for the other keys.
pub(super) const MAX_FILE: u64 = MAX_BODY as u64 * 6 + 16 * 1024;

/// What `path` is, when it is no plain file.
///
/// # Errors
/// The reason why it is not one that can be read.
pub(super) fn check(root: &Path, path: &Path) -> Result<(), Reason> {
    let kind = fs::symlink_metadata(path).map_err(unreadable)?.file_type();
    if kind.is_symlink() {
        return Err(Reason::Symlink { outside: leads_out(root, path) });
    }
    if kind.is_file() { Ok(()) } else { Err(Reason::NotAFile) }
}

/// The bytes of the plain file at `path`.
///
/// # Errors
/// The reason why they cannot be had.
pub(super) fn read(root: &Path, path: &Path) -> Result<Vec<u8>, Reason> {
    check(root, path)?;
    // Between the check and the opening a link or a pipe could take the file's place: neither is followed or waited for.
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(Reason::NotAFile);
    }
    if meta.len() > MAX_FILE {
        return Err(Reason::FileTooLarge { bytes: meta.len(), limit: MAX_FILE });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0));
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Reason::FileTooLarge { bytes: bytes.len() as u64, limit: MAX_FILE });
    }
    Ok(bytes)
}

/// Whether the link at `path` leads out of `root`. A link that leads nowhere cannot be said to stay inside.
pub(super) fn leads_out(root: &Path, path: &Path) -> bool {
    match (fs::canonicalize(path), fs::canonicalize(root)) {
        (Ok(target), Ok(root)) => !target.starts_with(root),
        _ => true,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
pub(super) fn unreadable(error: io::Error) -> Reason {
    Reason::Unreadable(error.to_string())
}
