//! The data folder: there, ours to write, nobody else's to read.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::{Occasion, Report};
use crate::config::Config;

const CHECK: &str = "data folder";

pub(super) fn check(config: &Config, occasion: Occasion, report: &mut Report) {
    let folder = &config.data;
    let shown = folder.display();
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => {
            report.failed(
                CHECK,
                format!("{shown} is a file"),
                format!("Move it away, or set TATWATS_DATA_DIR to a folder: mv {shown} {shown}.old"),
            );
        }
        Ok(found) => existing(folder, &found, report),
        Err(error) if error.kind() == io::ErrorKind::NotFound && occasion == Occasion::Asked => missing(folder, report),
        Err(error) => report.failed(CHECK, format!("{shown} cannot be looked at: {error}"), access(folder)),
    }
}

fn existing(folder: &Path, found: &fs::Metadata, report: &mut Report) {
    let shown = folder.display();
    if let Err(error) = probe(folder) {
        return report.failed(CHECK, format!("{shown} cannot be written to: {error}"), access(folder));
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        return report.failed(
            CHECK,
            format!("{shown} is open to every account of this machine (mode {mode:o}): conversations and secrets could be read"),
            format!("chmod 700 {}", quoted(folder)),
        );
    }
    report
        .ok(CHECK, format!("{shown} can be written, and read by its owner only (mode {mode:o}, uid {})", found.uid()));
}

/// Not there yet: the server makes it, if it may.
fn missing(folder: &Path, report: &mut Report) {
    let shown = folder.display();
    let Some(parent) = folder.ancestors().skip(1).find(|path| path.is_dir()) else {
        return report.failed(CHECK, format!("{shown} has no folder above it"), access(folder));
    };
    match probe(parent) {
        Ok(()) => report.ok(CHECK, format!("{shown} is not there yet; the server makes it when it starts")),
        Err(error) => report.failed(CHECK, format!("{shown} is not there and cannot be made: {error}"), access(folder)),
    }
}

/// Really writes: permission bits do not tell of read-only and full file systems.
fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".tatwats-doctor-{}", std::process::id()));
    let written = fs::write(&path, b"x");
    let removed = fs::remove_file(&path);
    written.and(removed)
}

fn access(folder: &Path) -> String {
    let folder = quoted(folder);
    format!(
        "mkdir -p {folder} && chown \"$(id -u)\" {folder} && chmod 700 {folder}\nor choose another: TATWATS_DATA_DIR=/path/to/folder"
    )
}

/// As a shell takes it.
pub(super) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}
