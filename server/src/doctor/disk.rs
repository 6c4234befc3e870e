//! Room on the disk that holds the data folder.

use std::path::Path;

use nix::sys::statvfs::statvfs;

use super::Report;
use crate::config::Config;

const CHECK: &str = "disk space";
/// Below this a message may not be kept any more, in bytes.
const LEAST: u64 = 100 << 20;
/// Below this it is time to look, in bytes.
const LITTLE: u64 = 1 << 30;

/// Free bytes for us on the disk that holds `folder`, or will.
pub(crate) fn free(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|path| path.exists())?;
    let room = statvfs(there).ok()?;
    Some(room.blocks_available().saturating_mul(room.fragment_size()))
}

/// Whether there is room to keep what comes in.
pub(crate) fn has_room(folder: &Path) -> bool {
    free(folder).is_none_or(|bytes| bytes >= LEAST)
}

pub(super) fn check(config: &Config, report: &mut Report) {
    let shown = config.data.display();
    match free(&config.data) {
        None => report.warning(CHECK, format!("the room on the disk of {shown} cannot be told"), "Look with: df -h"),
        Some(bytes) => judge(bytes, &shown.to_string(), report),
    }
}

fn judge(bytes: u64, folder: &str, report: &mut Report) {
    let room = format!("{} free for {folder}", size(bytes));
    match bytes {
        ..LEAST => report.failed(
            CHECK,
            format!("only {room}"),
            format!("Make room (at least {}), or move the folder to another disk with TATWATS_DATA_DIR.", size(LEAST)),
        ),
        LEAST..LITTLE => report.warning(
            CHECK,
            format!("only {room}"),
            format!("Make room soon; the server stops taking messages below {}.", size(LEAST)),
        ),
        _ => report.ok(CHECK, room),
    }
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let step = (bytes.max(1).ilog2() / 10).min(4);
    let whole = bytes >> (10 * step);
    let tenth = ((bytes - (whole << (10 * step))) * 10) >> (10 * step);
    let unit = UNITS[step as usize];
    if whole < 10 && step > 0 { format!("{whole}.{tenth} {unit}") } else { format!("{whole} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn a_full_disk_fails_and_a_fuller_one_warns() {
        for (bytes, outcome) in
            [(0, Outcome::Failed), (LEAST - 1, Outcome::Failed), (LEAST, Outcome::Warning), (LITTLE, Outcome::Ok)]
        {
            let mut report = Report::default();
            judge(bytes, "data", &mut report);
            assert_eq!(report.findings[0].outcome, outcome, "{bytes}");
        }
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        for (bytes, text) in [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (LEAST, "100 MiB"), (5 << 40, "5.0 TiB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
