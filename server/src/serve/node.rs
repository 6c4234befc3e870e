//! This server's stable name, by which it finds what it left behind after a crash.

use std::fs;
use std::path::Path;

use domain::{Error, Result};
use uuid::Uuid;

/// A name that nobody else has, before there is a store to make ids.
const RANDOM: &str = "/proc/sys/kernel/random/uuid";

/// Reads the name kept in the data folder, or makes one.
///
/// # Errors
/// When it can be neither read nor written.
pub(super) fn name(data: &Path) -> Result<String> {
    let path = data.join("node");
    if let Ok(name) = fs::read_to_string(&path)
        && let Ok(id) = name.trim().parse::<Uuid>()
    {
        return Ok(id.to_string());
    }
    let name = fs::read_to_string(RANDOM).map_err(Error::internal)?.trim().to_owned();
    // Whole or not at all: half a name would be another name.
    let half = data.join("node.new");
    fs::write(&half, &name).and_then(|()| fs::rename(&half, &path)).map_err(Error::internal)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_stays_and_a_broken_one_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let first = name(folder.path()).unwrap();
        assert_eq!(name(folder.path()).unwrap(), first);
        fs::write(folder.path().join("node"), "half").unwrap();
        assert_ne!(name(folder.path()).unwrap(), "half");
    }
}
