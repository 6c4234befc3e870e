//! Open files that whoever started this program left open.

use std::fs;
use std::os::fd::AsRawFd as _;

/// Closes them, but for the three that have a meaning.
pub(crate) fn close() -> std::io::Result<()> {
    let open: Vec<i32> = fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > std::io::stderr().as_raw_fd())
        .collect();
    for number in open {
        // The folder that was just read is among them, and closed already.
        let _ = nix::unistd::close(number);
    }
    Ok(())
}
