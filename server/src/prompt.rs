//! Secrets from people: one line of the standard input, which a terminal does not show while it is typed.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::Path;

use domain::{Error, ErrorCode, Result};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

/// Most bytes of a line.
const MOST: u64 = 64 * 1024;

/// Whether someone sits there and types.
pub(crate) fn is_someone_there() -> bool {
    io::stdin().is_terminal()
}

/// Reads one line of the standard input. Someone at a terminal is asked with `question`, and what they type is not shown.
///
/// # Errors
/// `Invalid`, naming `field`, when nothing comes or it is no text; `Unavailable` when the terminal cannot be used, or
/// Ctrl-C was pressed.
pub(crate) async fn secret(field: &str, question: &str) -> Result<SecretString> {
    let unusable = |error: io::Error| {
        Error::new(ErrorCode::Unavailable, format!("The terminal cannot be used: {error}.")).because(error)
    };
    let hidden = match is_someone_there() {
        true => Some(Hidden::begin(question).map_err(unusable)?),
        false => None,
    };
    // A thread of its own, which the end of the process does not wait for.
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || tell.send(line(io::stdin().lock())));
    let read = tokio::select! {
        read = told => read.map_err(Error::internal)?,
        _ = tokio::signal::ctrl_c() => Err(ErrorKind::Interrupted.into()),
    };
    drop(hidden);
    checked(field, "The input", read)
}

/// Reads the first line of a file.
///
/// # Errors
/// As [`secret`].
pub(crate) fn secret_in(field: &str, path: &Path) -> Result<SecretString> {
    let read = std::fs::File::open(path).and_then(|file| line(io::BufReader::new(file)));
    checked(field, &path.display().to_string(), read)
}

fn checked(field: &str, place: &str, read: io::Result<SecretString>) -> Result<SecretString> {
    match read {
        Ok(text) if text.expose_secret().is_empty() => {
            Err(Error::invalid(field, format!("{place} has no {field} on its first line.")))
        }
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::Interrupted => {
            Err(Error::new(ErrorCode::Unavailable, "Stopped. Nothing was changed."))
        }
        Err(error) => Err(Error::invalid(field, format!("{place} cannot be read: {error}.")).because(error)),
    }
}

/// The first line, without its end.
fn line(from: impl BufRead) -> io::Result<SecretString> {
    let mut text = String::new();
    from.take(MOST).read_line(&mut text)?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text.into())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden {
    before: Termios,
}

impl Hidden {
    fn begin(question: &str) -> io::Result<Self> {
        let before = tcgetattr(io::stdin().as_fd())?;
        let mut silent = before.clone();
        silent.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(io::stdin().as_fd(), SetArg::TCSANOW, &silent)?;
        let hidden = Self { before };
        // Only now, so that nothing of the answer shows; and where it is not taken for the output of a command.
        write!(io::stderr(), "{question}: ").and_then(|()| io::stderr().flush())?;
        Ok(hidden)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin().as_fd(), SetArg::TCSANOW, &self.before);
        // The line's end that was typed did not show either.
        let _ = writeln!(io::stderr());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts_and_its_end_does_not() {
        for (bytes, text) in
            [("secret", "secret"), ("se cret \nmore\n", "se cret "), ("secret\r\n", "secret"), ("", ""), ("\n", "")]
        {
            assert_eq!(line(bytes.as_bytes()).unwrap().expose_secret(), text);
        }
        assert!(line(&b"\xff\n"[..]).is_err());
    }

    #[test]
    fn a_file_without_a_secret_is_told_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("word");
        let refused = |path: &Path| secret_in("password", path).unwrap_err();
        assert!(refused(&path).message.contains("word cannot be read"));
        std::fs::write(&path, "\nlater").unwrap();
        assert_eq!(refused(&path).field.as_deref(), Some("password"));
        std::fs::write(&path, "moss lantern orbit\n").unwrap();
        assert_eq!(secret_in("password", &path).unwrap().expose_secret(), "moss lantern orbit");
    }
}
