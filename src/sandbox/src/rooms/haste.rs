//! All the processor time there is, for a sandbox in which something is killed: dying takes some, and who used its share
//! up, or has to share with all the machine, would take long over it.

use std::fs;
use std::path::{Path, PathBuf};

/// Files of a control group, in both versions, and what they say for haste.
const HASTY: [(&str, &str); 4] =
    [("cpu.cfs_quota_us", "-1"), ("cpu.shares", "262144"), ("cpu.max", "max"), ("cpu.weight", "10000")];

/// A control group's share of the processors.
#[derive(Debug, Default)]
pub(super) struct Haste(Vec<Share>);

#[derive(Debug)]
struct Share {
    path: PathBuf,
    usual: String,
    hasty: &'static str,
}

impl Haste {
    /// That of the group in this folder, as it is now; nothing where there is none that we may read.
    pub(super) fn of(folder: &Path) -> Self {
        let shares = HASTY.into_iter().filter_map(|(file, hasty)| {
            let path = folder.join(file);
            let usual = fs::read_to_string(&path).ok()?.trim().to_owned();
            Some(Share { path, usual, hasty })
        });
        Self(shares.collect())
    }

    /// Gives it all there is, or again what it usually has.
    pub(super) fn set(&self, haste: bool) {
        for share in &self.0 {
            // It may have gone meanwhile, and an engine's may not be ours to change.
            fs::write(&share.path, if haste { share.hasty } else { &share.usual }).ok();
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
        haste.set(true);
        assert_eq!((read("cpu.max").as_str(), read("cpu.weight").as_str()), ("max", "10000"));
        haste.set(false);
        assert_eq!((read("cpu.max").as_str(), read("cpu.weight").as_str()), ("20000 20000", "100"));
        assert!(!folder.path().join("cpu.shares").exists());
    }
}
