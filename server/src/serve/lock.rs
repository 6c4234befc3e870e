//! One server per data folder: a lock that the kernel drops when its holder ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

use domain::{Error, ErrorCode, Result};

use crate::config::Config;

/// Held as long as the server runs.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Makes the data folder if it is missing, for its owner only.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_folder(config: &Config) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&config.data).map_err(|error| {
        let folder = config.data.display();
        Error::new(
            ErrorCode::Unavailable,
            format!(
                "The data folder {folder} cannot be made: {error}. Make it, or choose another with TATWATS_DATA_DIR."
            ),
        )
        .because(error)
    })
}

/// Takes the lock of the data folder.
///
/// # Errors
/// `Conflict` when another server holds it.
pub(crate) fn take(config: &Config) -> Result<Lock> {
    let path = config.lock_file();
    let unusable = |error: std::io::Error| {
        Error::new(ErrorCode::Unavailable, format!("{} cannot be locked: {error}.", path.display())).because(error)
    };
    let mut file = open(config, true).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| write!(file, "{}", std::process::id()))
                .map_err(unusable)?;
            Ok(Lock { _file: file })
        }
        Err(TryLockError::WouldBlock) => Err(Error::conflict(format!(
            "{} is in use by another TATWATS ({}). Stop it first, or give this one a folder of its own with TATWATS_DATA_DIR.",
            config.data.display(),
            name(&mut file)
        ))),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// Who holds the lock, if anyone does.
#[must_use]
pub(crate) fn holder(config: &Config) -> Option<String> {
    let mut file = open(config, false).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(name(&mut file)),
        _ => None,
    }
}

fn open(config: &Config, create: bool) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(create).truncate(false).mode(0o600).open(config.lock_file())
}

fn name(file: &mut File) -> String {
    let mut pid = String::new();
    match file.read_to_string(&mut pid) {
        Ok(_) if !pid.is_empty() => format!("process {pid}"),
        _ => "its process is not known".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Inputs;

    #[test]
    fn a_second_server_is_refused_and_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(&Inputs { folder: folder.path().to_owned(), ..Inputs::default() }).unwrap();
        make_folder(&config).unwrap();
        let lock = take(&config).unwrap();
        let refused = take(&config).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        assert!(refused.message.contains(&format!("process {}", std::process::id())), "{refused}");
        assert!(holder(&config).is_some());
        drop(lock);
        assert_eq!(holder(&config), None);
        assert!(take(&config).is_ok());
    }
}
