//! Finds the inboxes and their files. Links are never followed, so nothing outside the folder is ever read.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::{fs, io};

use domain::HelperName;

use super::file;
use super::refusal::{Reason, Refusal};

/// A folder of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// Whose inbox it is.
    pub helper: HelperName,
    /// Where it lies, from the folder given: `the_author/inbox` or `the_author/inbox/processed`.
    pub path: PathBuf,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found<T> {
    /// What can be read on.
    pub items: Vec<T>,
    /// What cannot.
    pub refused: Vec<Refusal>,
}

/// The inboxes in `root`, by helper; folders without an inbox are no helper's and are left alone.
///
/// # Errors
/// When `root` itself cannot be listed.
pub fn inboxes(root: &Path) -> io::Result<Found<Inbox>> {
    let mut found = Found { items: Vec::new(), refused: Vec::new() };
    for name in sorted(root)? {
        let folder = PathBuf::from(&name);
        let kind = fs::symlink_metadata(root.join(&folder))?.file_type();
        if kind.is_symlink() {
            found.refused.push(link(root, &folder));
            continue;
        }
        let inbox = folder.join("inbox");
        if !kind.is_dir() || !is_folder(root, &inbox, &mut found.refused) {
            continue;
        }
        match name.to_string_lossy().parse::<HelperName>() {
            Err(error) => found.refused.push(Refusal::new(&folder, Reason::FolderName(error.message))),
            Ok(helper) => {
                found.items.push(Inbox { helper: helper.clone(), path: inbox.clone() });
                let processed = inbox.join("processed");
                if is_folder(root, &processed, &mut found.refused) {
                    found.items.push(Inbox { helper, path: processed });
                }
            }
        }
    }
    Ok(found)
}

/// The names of the message files in `inbox`, in order, and whatever else lies there as refusals.
///
/// # Errors
/// When the inbox cannot be listed.
pub fn files(root: &Path, inbox: &Inbox) -> io::Result<Found<Box<OsStr>>> {
    let mut found = Found { items: Vec::new(), refused: Vec::new() };
    let nested = inbox.path.ends_with("inbox");
    for name in sorted(&root.join(&inbox.path))? {
        if nested && name == "processed" {
            continue;
        }
        let path = inbox.path.join(&name);
        match file::check(root, &root.join(&path)) {
            Err(reason) => found.refused.push(Refusal::new(path, reason)),
            Ok(()) if path.extension() != Some(OsStr::new("json")) => {
                found.refused.push(Refusal::new(path, Reason::NotJson))
            }
            Ok(()) => found.items.push(name.into_boxed_os_str()),
        }
    }
    Ok(found)
}

/// Whether a real folder lies at `path`; a link in its place is refused, nothing at all is not.
fn is_folder(root: &Path, path: &Path, refused: &mut Vec<Refusal>) -> bool {
    match fs::symlink_metadata(root.join(path)) {
        Ok(meta) if meta.is_dir() => true,
        Ok(meta) if meta.is_symlink() => {
            refused.push(link(root, path));
            false
        }
        Ok(_) => {
            refused.push(Refusal::new(path, Reason::NotAFile));
            false
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => {
            refused.push(Refusal::new(path, file::unreadable(error)));
            false
        }
    }
}

fn link(root: &Path, path: &Path) -> Refusal {
    Refusal::new(path, Reason::Symlink { outside: file::leads_out(root, &root.join(path)) })
}

fn sorted(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}
