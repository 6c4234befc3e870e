//! More processor time for a sandbox in which something is killed: dying takes some, and who used its share up, or has to
//! share with all the machine, would take long over it.

use std::fs;
use std::path::{Path, PathBuf};

/// How much of the processors a sandbox gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// What its profile says.
    Usual,
    /// Without its limit, but no more than others that want some: while something in it is to be killed.
    Unlimited,
    /// And more than others. Only once everything in it is dying: what still lives would keep this server from the
    /// processors, and so from killing it.
    BeforeOthers,
}

/// Files of a control group, in both versions; what they say for haste, and from which pace on.
const HASTY: [(&str, &str, Pace); 4] = [
    ("cpu.cfs_quota_us", "-1", Pace::Unlimited),
    ("cpu.max", "max", Pace::Unlimited),
    ("cpu.shares", "4096", Pace::BeforeOthers),
    ("cpu.weight", "400", Pace::BeforeOthers),
];

/// A control group's share of the processors.
#[derive(Debug, Default)]
pub(super) struct Haste(Vec<Share>);

#[derive(Debug)]
struct Share {
    path: PathBuf,
    usual: String,
    hasty: &'static str,
    from: Pace,
}

impl Haste {
    /// That of the group in this folder, as it is now; nothing where there is none that we may read.
    pub(super) fn of(folder: &Path) -> Self {
        let shares = HASTY.into_iter().filter_map(|(file, hasty, from)| {
            let path = folder.join(file);
            let usual = fs::read_to_string(&path).ok()?.trim().to_owned();
            Some(Share { path, usual, hasty, from })
        });
        Self(shares.collect())
    }

    /// Gives it that much.
    pub(super) fn set(&self, pace: Pace) {
        for share in &self.0 {
            let hasty = pace == Pace::BeforeOthers || pace == share.from;
            // It may have gone meanwhile, and an engine's may not be ours to change.
            fs::write(&share.path, if hasty { share.hasty } else { &share.usual }).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cpu.max"), "20000 20000\n").unwrap();
        fs::write(folder.path().join("cpu.weight"), "100\n").unwrap();
        let haste = Haste::of(folder.path());
        let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
        for (pace, max, weight) in
            [(Pace::Unlimited, "max", "100"), (Pace::BeforeOthers, "max", "400"), (Pace::Usual, "20000 20000", "100")]
        {
            haste.set(pace);
            assert_eq!((read("cpu.max").as_str(), read("cpu.weight").as_str()), (max, weight));
        }
        assert!(!folder.path().join("cpu.shares").exists());
    }
}
