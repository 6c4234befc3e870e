//! Which names and links a tar stream may have: those that stay within the folder, whatever is there already.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path};

/// Most folders within each other.
pub(super) const MOST_DEPTH: usize = 128;
/// Most bytes in a name with its folders, and in what a link leads to.
pub(super) const MOST_LENGTH: usize = 4096;

/// The parts of a name; none for the folder itself.
pub(super) fn parts(name: &[u8]) -> Result<Vec<OsString>, String> {
    let shown = String::from_utf8_lossy(name);
    if name.len() >= MOST_LENGTH {
        return Err("A name is longer than 4096 bytes.".into());
    }
    if name.contains(&0) {
        return Err(format!("The name {shown:?} has a zero byte in it."));
    }
    let mut parts = Vec::new();
    for component in Path::new(OsStr::from_bytes(name)).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_owned()),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(format!("The name {shown:?} leads out of the folder."));
            }
        }
    }
    if parts.len() > MOST_DEPTH {
        return Err(format!("The name {shown:?} is in more than {MOST_DEPTH} folders."));
    }
    Ok(parts)
}

/// Whether a link at a name with so many folders in front, to `target`, stays within. `..` counts only at its
/// beginning: behind another link it would mean something else than it says.
pub(super) fn stays(depth: usize, target: &[u8]) -> bool {
    let mut up = 0;
    let mut down = false;
    for component in Path::new(OsStr::from_bytes(target)).components() {
        match component {
            Component::Normal(_) => down = true,
            Component::CurDir => {}
            Component::ParentDir if !down => up += 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    up <= depth && !target.is_empty() && target.len() < MOST_LENGTH && !target.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_the_folder() {
        assert_eq!(parts(b"./a//b/").unwrap(), ["a", "b"]);
        assert_eq!(parts(b"./").unwrap(), [] as [&str; 0]);
        assert_eq!(parts(b"\xff").unwrap().len(), 1);
        for bad in [&b"/etc/passwd"[..], b"..", b"a/../b", b"a/..", b"a\0b", &[b'a'; 5000], &b"a/".repeat(200)] {
            assert!(parts(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn links_stay_within_the_folder_whatever_they_lead_through() {
        for (depth, good) in [(0, "a"), (0, "./a/b"), (1, "../a"), (2, "../../a"), (2, "../b"), (1, "..")] {
            assert!(stays(depth, good.as_bytes()), "{good}");
        }
        let long = "a".repeat(5000);
        for (depth, bad) in
            [(0, ".."), (1, "../.."), (0, "/etc"), (3, "a/../b"), (0, "up/../x"), (0, ""), (0, "a\0"), (0, &*long)]
        {
            assert!(!stays(depth, bad.as_bytes()), "{bad}");
        }
    }
}
