//! The folder `data/helpers`: finds manifests in it, and keeps personas and logs.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use domain::{Error, ErrorCode, HelperName, Result};

use super::{BUILT_IN, Manifest, built_in, read::read};

/// Largest persona, in bytes.
pub(crate) const MAX_PERSONA: usize = 64 * 1024;
/// Largest manifest, in bytes.
const MAX_MANIFEST: u64 = 256 * 1024;

/// What was found under a helper's name.
pub(crate) struct Found {
    pub(crate) name: HelperName,
    /// Its manifest, or why it cannot be used.
    pub(crate) manifest: Result<Manifest>,
}

/// The folder in which each helper has one of its own.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    root: PathBuf,
}

impl Home {
    pub(crate) fn new(data: &Path) -> Self {
        Self { root: data.join("helpers") }
    }

    /// The folder of one helper.
    pub(crate) fn folder_of(&self, name: &HelperName) -> PathBuf {
        self.root.join(name.as_str())
    }

    /// Where the persona of a helper stands unless its manifest says otherwise.
    pub(crate) fn persona_of(&self, name: &HelperName) -> PathBuf {
        self.folder_of(name).join("persona.md")
    }

    /// Makes the folders of the built-in helpers, each with the persona it starts out with. What people wrote stays.
    pub(crate) fn prepare(&self) -> Result<()> {
        for helper in &BUILT_IN {
            let folder = self.root.join(helper.name);
            std::fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, error))?;
            let persona = folder.join("persona.md");
            if !persona.exists() {
                write_whole(&persona, helper.persona)?;
            }
        }
        Ok(())
    }

    /// Locks the folder for as long as the file is open, however its owner ends.
    pub(crate) fn lock(&self) -> Result<File> {
        let path = self.root.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| cannot_write(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Error::new(
                ErrorCode::Conflict,
                "Another server is already working in this data folder. Stop it first, or give this one a folder of its own.",
            )),
            Err(TryLockError::Error(error)) => Err(cannot_write(&path, error)),
        }
    }

    /// Every helper: the built-in ones, and those whose folder has a manifest.
    pub(crate) fn scan(&self) -> Result<Vec<Found>> {
        let mut found: Vec<Found> = BUILT_IN
            .iter()
            .filter_map(|helper| Some(Found { name: helper.name.parse().ok()?, manifest: helper.manifest(self) }))
            .collect();
        let folder = std::fs::read_dir(&self.root).map_err(|error| cannot_read(&self.root, error))?;
        let mut names: Vec<_> =
            folder.flatten().filter(|entry| entry.path().join("helper.toml").exists()).map(|e| e.file_name()).collect();
        names.sort();
        for name in names {
            let name = name.to_string_lossy();
            match name.parse::<HelperName>() {
                Ok(_) if built_in(&name).is_some() => {
                    tracing::warn!(helper = %name, "helper.toml is ignored: the built-in helper of this name cannot be replaced");
                }
                Ok(name) => found.push(Found { manifest: self.manifest(&name), name }),
                Err(error) => {
                    tracing::warn!(folder = %name, %error, "a folder with a helper.toml is ignored: its name is no helper's name")
                }
            }
        }
        Ok(found)
    }

    /// The manifest of one helper as it stands now.
    ///
    /// # Errors
    /// `NotFound` when there is none, `Invalid` when it cannot be used.
    pub(crate) fn manifest(&self, name: &HelperName) -> Result<Manifest> {
        if let Some(helper) = built_in(name.as_str()) {
            return helper.manifest(self);
        }
        let folder = self.folder_of(name);
        let path = folder.join("helper.toml");
        let size = std::fs::metadata(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::not_found("helper"),
            _ => cannot_read(&path, error),
        })?;
        if size.len() > MAX_MANIFEST {
            return Err(Error::invalid("helper.toml", "helper.toml is larger than 256 KiB; that is no manifest."));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| cannot_read(&path, error))?;
        read(name, &folder, &text)
    }

    /// The persona at `path`; empty when there is none.
    pub(crate) fn persona(path: &Path) -> Result<String> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_PERSONA)]).into_owned()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(cannot_read(path, error)),
        }
    }

    /// Replaces the persona at `path`, whole or not at all.
    pub(crate) fn set_persona(path: &Path, text: &str) -> Result<()> {
        if text.len() > MAX_PERSONA {
            return Err(Error::new(
                ErrorCode::TooLarge,
                format!("The persona has {} bytes; at most {MAX_PERSONA} (64 KiB) are kept. Shorten it.", text.len()),
            ));
        }
        write_whole(path, text)
    }
}

/// Writes beside the file and then puts it in its place, so that a crash leaves the old or the new one.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("md.new");
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| cannot_write(path, error))
}

fn cannot_read(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorCode::Internal, format!("{} in the helpers' folder cannot be read: {error}.", short(path)))
        .because(error)
}

fn cannot_write(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorCode::Internal, format!("{} in the helpers' folder cannot be written: {error}.", short(path)))
        .because(error)
}

/// The last two parts of a path: enough to find the file, without telling where the data folder is.
fn short(path: &Path) -> String {
    let parts: Vec<_> = path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persona_that_people_edited_stays_and_bad_manifests_are_found_with_their_reason() {
        let data = tempfile::tempdir().unwrap();
        let home = Home::new(data.path());
        home.prepare().unwrap();
        let author: HelperName = "the_author".parse().unwrap();
        Home::set_persona(&home.persona_of(&author), "I am new.").unwrap();
        home.prepare().unwrap();
        assert_eq!(Home::persona(&home.persona_of(&author)).unwrap(), "I am new.");

        for (folder, text) in [
            ("echo", "command = 'cat'"),
            ("broken", "comand = 'cat'"),
            ("Not A Name", "command = 'cat'"),
            ("the_author", "command = 'cat'"),
        ] {
            std::fs::create_dir_all(data.path().join("helpers").join(folder)).unwrap();
            std::fs::write(data.path().join("helpers").join(folder).join("helper.toml"), text).unwrap();
        }
        let found = home.scan().unwrap();
        let names: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.manifest.is_ok())).collect();
        assert_eq!(
            names,
            [("the_archivist", true), ("the_author", true), ("the_mediator", true), ("broken", false), ("echo", true)]
        );
        assert!(found[1].manifest.as_ref().unwrap().built_in);
    }

    #[test]
    fn a_persona_past_its_limit_is_refused_and_the_old_one_kept() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("persona.md");
        Home::set_persona(&path, "old").unwrap();
        assert_eq!(Home::set_persona(&path, &"x".repeat(MAX_PERSONA + 1)).unwrap_err().code, ErrorCode::TooLarge);
        assert_eq!(Home::persona(&path).unwrap(), "old");
    }
}
