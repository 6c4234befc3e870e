//! Files of the project's sandbox, read and written whole.

use std::path::{Component, Path};

use domain::{Error, ErrorCode, Result};
use sandbox::archive::{self, Limits};
use sandbox::{Fault, Give, Sandbox};

/// Largest file that is read or written, in bytes. A message of the protocol has at most 8 MiB.
const MAX_FILE: u64 = 2 << 20;
/// What a tar stream has besides one file.
const MOST_ENTRIES: u32 = 1;

/// The path below the project's folder.
///
/// # Errors
/// `Invalid` when it is not below it.
pub(crate) fn below_work(path: &Path) -> Result<String> {
    let outside = || {
        let message = format!("{} is not below {}, where the project's files are.", path.display(), room::WORK);
        Error::invalid("path", message)
    };
    let below = path.strip_prefix(room::WORK).map_err(|_| outside())?;
    let mut names = Vec::new();
    for part in below.components() {
        match part {
            Component::Normal(name) => names.push(name.to_str().ok_or_else(outside)?),
            Component::CurDir => {}
            _ => return Err(outside()),
        }
    }
    if names.is_empty() { Err(outside()) } else { Ok(names.join("/")) }
}

/// A file of the project.
///
/// # Errors
/// `NotFound` when there is none; `Invalid` for what is no file or too large.
async fn get(sandbox: &Sandbox, path: &str) -> Result<archive::File> {
    let whole = format!("{}/{path}", room::WORK);
    let give = Give { path: whole, without: Vec::new(), most_bytes: MAX_FILE, most_entries: MOST_ENTRIES };
    let mut tar = Vec::new();
    match sandbox.give(give, &mut tar).await {
        Err(Fault::Archive(why)) if why.contains("No such file") => Err(Error::not_found("file")),
        given => given.map(drop).map_err(Error::from),
    }?;
    let limits = Limits { bytes: MAX_FILE, file_bytes: MAX_FILE, entries: MOST_ENTRIES, ..Limits::default() };
    archive::single(&tar, limits).map_err(Error::from)
}

/// The text of a file: from the line `line` on, counted from 1, at most `limit` lines.
///
/// # Errors
/// As [`get`]; `Invalid` for a file that is no text.
pub(crate) async fn read(sandbox: &Sandbox, path: &str, line: Option<u32>, limit: Option<u32>) -> Result<String> {
    let text = String::from_utf8(get(sandbox, path).await?.bytes)
        .map_err(|_| Error::invalid("path", format!("{path} is no text (UTF-8).")))?;
    if line.is_none() && limit.is_none() {
        return Ok(text);
    }
    let number = |count: Option<u32>, none| count.map_or(none, |count| usize::try_from(count).unwrap_or(usize::MAX));
    let before = number(line, 1).saturating_sub(1);
    Ok(text.split_inclusive('\n').skip(before).take(number(limit, usize::MAX)).collect())
}

/// Writes a file. One that was a program stays one.
///
/// # Errors
/// `TooLarge`; `Invalid` when it cannot be written there.
pub(crate) async fn write(sandbox: &Sandbox, path: &str, text: &str) -> Result<()> {
    if text.len() as u64 > MAX_FILE {
        let message = format!("{path} would have {} bytes; at most {MAX_FILE} can be written at once.", text.len());
        return Err(Error::new(ErrorCode::TooLarge, message));
    }
    let executable = match get(sandbox, path).await {
        Ok(file) => file.executable,
        Err(error) if error.code == ErrorCode::NotFound => false,
        // It may be too large to be read and is replaced all the same.
        Err(error) if error.code == ErrorCode::Invalid => false,
        Err(error) => return Err(error),
    };
    let tar = match executable {
        true => archive::program(path, text.as_bytes()),
        false => archive::files([(path, text.as_bytes())]),
    }?;
    Ok(sandbox.put(room::WORK, &*tar).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_projects_files_can_be_named() {
        assert_eq!(below_work(Path::new("/work/a/./b.txt")).unwrap(), "a/b.txt");
        for outside in
            ["/work", "/work/", "/work/../etc/passwd", "/etc/passwd", "a.txt", "/workshop/a", "/work/a/../../b"]
        {
            let error = below_work(Path::new(outside)).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("path"), "{outside}");
        }
    }
}
