//! From a web path to a file of a project's work tree, and never to anything else.
//!
//! Names are checked one by one after decoding, and every folder on the way is opened without following links, each
//! from the one before, so that nobody who can write to the project can lead a request out of it, not even by
//! swapping a folder for a link at the right moment. The answer is an open file, not a path.

mod media_type;
mod path;

use std::{
    fs::File,
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::MetadataExt as _,
    },
    path::Path,
};

use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag, openat},
    sys::stat::Mode,
};

use crate::{ProjectName, ProjectsError};

/// What a web path stands for.
#[derive(Debug)]
pub enum Preview {
    /// A file to serve.
    File(PreviewFile),
    /// A folder asked for without its last slash: send the browser to this path, so that relative links hold.
    /// It is encoded, begins with exactly one slash and has no query (keep the request's).
    Redirect(String),
}

/// A file to serve, already open.
#[derive(Debug)]
pub struct PreviewFile {
    /// Open for reading, at its start. `tokio::fs::File::from_std` takes it.
    pub file: File,
    /// In bytes.
    pub len: u64,
    /// From the folder that is shown, decoded, with slashes.
    pub path: String,
    /// For the header `Content-Type`.
    pub content_type: &'static str,
    /// For the header `ETag`, quotes included; compare it weakly with `If-None-Match`.
    pub etag: String,
    /// For the header `Cache-Control`: always “ask first”, since files keep their names while they change; and nothing
    /// for caches that others share.
    pub cache_control: &'static str,
}

/// Finds the file that `url_path` (as in the request: encoded, without query) stands for in the work tree of
/// `root/<slug>`, in the folder `serves` of it, such as `.` or `dist`. A folder stands for its `index.html`. `None` when
/// there is none, and for every path that names a hidden file, a link, or leads out of that folder.
///
/// Blocks for a few system calls.
///
/// # Errors
/// Failures of the file system other than “no such file” and “not allowed”.
pub fn resolve(root: &Path, slug: &str, serves: &str, url_path: &str) -> Result<Option<Preview>, ProjectsError> {
    let Ok(name) = ProjectName::parse(slug) else {
        return Ok(None);
    };
    let Some(wanted) = path::parse(url_path) else {
        return Ok(None);
    };
    find(&root.join(name.slug()), serves, &wanted).or_else(|error| match error {
        // Not there; a link; a file where a folder should be or the reverse; unreadable; a name too long.
        Errno::ENOENT
        | Errno::ELOOP
        | Errno::EMLINK
        | Errno::ENOTDIR
        | Errno::ENXIO
        | Errno::EACCES
        | Errno::ENAMETOOLONG => Ok(None),
        error => Err(ProjectsError::io("open a file of the preview", &root.join(slug), error.into())),
    })
}

fn find(project: &Path, serves: &str, wanted: &path::WebPath) -> nix::Result<Option<Preview>> {
    let mut folder = openat(AT_FDCWD, project, FOLDER, Mode::empty())?;
    // What a template says is trusted, what lies there is not.
    for name in serves.split('/').filter(|name| *name != ".") {
        folder = open_in(&folder, name, FOLDER)?;
    }
    let (folders, last) = match wanted.names.split_last() {
        Some((last, folders)) if !wanted.folder => (folders, Some(last)),
        _ => (wanted.names.as_slice(), None),
    };
    for name in folders {
        folder = open_in(&folder, name, FOLDER)?;
    }
    let name = last.map_or("index.html", String::as_str);
    // Without waiting: a pipe someone left in the folder must not hold the request.
    let file = File::from(open_in(&folder, name, OFlag::O_RDONLY | OFlag::O_NONBLOCK)?);
    let found = file.metadata().map_err(to_errno)?;
    if found.is_dir() && last.is_some() {
        return Ok(Some(Preview::Redirect(wanted.as_folder())));
    }
    if !found.is_file() {
        return Ok(None);
    }
    let mut path = wanted.names.join("/");
    if last.is_none() {
        path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    }
    Ok(Some(Preview::File(PreviewFile {
        len: found.len(),
        content_type: media_type::of(name),
        etag: format!("W/\"{:x}-{:x}-{:x}-{:x}\"", found.ino(), found.len(), found.mtime(), found.mtime_nsec()),
        cache_control: "private, no-cache",
        path,
        file,
    })))
}

const FOLDER: OFlag = OFlag::O_RDONLY.union(OFlag::O_DIRECTORY).union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

/// Opens one name in an open folder, following no link.
fn open_in(folder: &OwnedFd, name: &str, flags: OFlag) -> nix::Result<OwnedFd> {
    openat(folder.as_fd(), name, flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())
}

fn to_errno(error: io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

#[cfg(test)]
#[path = "preview/tests.rs"]
mod tests;
