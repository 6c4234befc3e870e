//! Putting the app together: what is compiled, what is not, and a service worker that knows all of it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What is not compiled.
const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../public");
/// Where the list of files goes in the service worker.
const PLACE: &str = "const FILES = [];";

/// Copies the public files into `folder` and writes the list of all files into the service worker. Gives how many.
pub fn export(folder: &Path) -> io::Result<usize> {
    copy(Path::new(PUBLIC), folder)?;
    let mut files = Vec::new();
    list(folder, "", &mut files)?;
    files.retain(|path| path != "/sw.js");
    files.sort();
    let worker = folder.join("sw.js");
    let text = fs::read_to_string(&worker)?;
    if !text.contains(PLACE) {
        return Err(io::Error::other(format!("sw.js has no line “{PLACE}”")));
    }
    let entries: String = files.iter().map(|path| format!("  {:?},\n", address(path))).collect();
    fs::write(&worker, text.replace(PLACE, &format!("const FILES = [\n{entries}];")))?;
    Ok(files.len() + 1)
}

/// The address of a file: its path, but for the page that stands for its folder.
fn address(path: &str) -> &str {
    path.strip_suffix("index.html").unwrap_or(path)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), &place)?;
        }
    }
    Ok(())
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
