//! The tokens that `tatwats login` keeps: one for each server, in a file that only its owner can read.

use std::collections::BTreeMap;
use std::env::VarError;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use domain::UserName;
use identity::secret::{Kind, Secret};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tempfile::NamedTempFile;

use super::fault::Fault;

/// What is kept for one server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Credential {
    /// Whose token it is.
    pub(super) user: UserName,
    /// The token.
    #[serde(serialize_with = "reveal", deserialize_with = "conceal")]
    pub(super) token: Secret,
}

/// The file as it stands, by the servers' addresses.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    servers: BTreeMap<String, Credential>,
}

/// The file of kept tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    folder: PathBuf,
}

impl Credentials {
    /// Below `XDG_CONFIG_HOME`, else below `HOME`; `env` gives what such a name says. None when neither says anything.
    pub(super) fn below(env: impl Fn(&str) -> Option<PathBuf>) -> Option<Self> {
        // A relative path is to be taken for none, says the XDG Base Directory Specification.
        let place = |name: &str| env(name).filter(|path| path.is_absolute());
        let config = place("XDG_CONFIG_HOME").or_else(|| place("HOME").map(|home| home.join(".config")))?;
        Some(Self { folder: config.join("tatwats") })
    }

    /// The file.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join("credentials.json")
    }

    /// What is kept for `server`.
    ///
    /// # Errors
    /// When the file is not fit to be used.
    pub(super) fn of(&self, server: &str) -> Result<Option<Credential>, Fault> {
        Ok(self.read()?.servers.remove(server))
    }

    /// Keeps a token for `server` in place of the one before.
    ///
    /// # Errors
    /// When the file is not fit to be used, or cannot be written.
    pub(super) fn keep(&self, server: &str, credential: Credential) -> Result<(), Fault> {
        let unwritable = |error| self.unwritable(&error);
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(unwritable)?;
        // It may have been there before, and open to others.
        fs::set_permissions(&self.folder, Permissions::from_mode(0o700)).map_err(unwritable)?;
        let _held = self.hold()?;
        let mut kept = self.read()?;
        kept.servers.insert(server.to_owned(), credential);
        self.write(&kept)
    }

    /// Forgets the token for `server`. Tells whether there was one.
    ///
    /// # Errors
    /// When the file is not fit to be used, or cannot be written.
    pub(super) fn forget(&self, server: &str) -> Result<bool, Fault> {
        if !self.path().exists() {
            return Ok(false);
        }
        let _held = self.hold()?;
        let mut kept = self.read()?;
        let was_there = kept.servers.remove(server).is_some();
        if was_there {
            self.write(&kept)?;
        }
        Ok(was_there)
    }

    /// Keeps other commands from writing at the same time, until it is dropped.
    fn hold(&self) -> Result<File, Fault> {
        let folder = File::open(&self.folder).map_err(|error| self.unwritable(&error))?;
        folder.lock().map_err(|error| self.unwritable(&error))?;
        Ok(folder)
    }

    fn read(&self) -> Result<Kept, Fault> {
        let path = self.path();
        let unreadable = |error: io::Error| Fault::Failed(format!("{} cannot be read: {error}", path.display()));
        let text = match fs::read_to_string(&path) {
            Ok(text) => SecretString::from(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Kept::default()),
            Err(error) => return Err(unreadable(error)),
        };
        if fs::metadata(&path).map_err(unreadable)?.permissions().mode() & 0o077 != 0 {
            let path = path.display();
            return Err(Fault::Failed(format!(
                "Others can read {path}, and the tokens in it. Revoke those, remove the file, and sign in again: tatwats login"
            )));
        }
        // Only where it breaks off: the parser's own words may hold a token.
        serde_json::from_str(text.expose_secret()).map_err(|error| {
            let (path, line) = (path.display(), error.line());
            Fault::Failed(format!("{path} is broken at line {line}. Remove it and sign in again: tatwats login"))
        })
    }

    /// Puts the file in its place once it is whole. A new temporary file is its owner's alone.
    fn write(&self, kept: &Kept) -> Result<(), Fault> {
        let unwritable = |error| self.unwritable(&error);
        let text = SecretString::from(serde_json::to_string_pretty(kept).map_err(|error| unwritable(error.into()))?);
        let mut file = NamedTempFile::new_in(&self.folder).map_err(unwritable)?;
        writeln!(file, "{}", text.expose_secret()).map_err(unwritable)?;
        file.as_file().sync_all().map_err(unwritable)?;
        file.persist(self.path()).map_err(|error| unwritable(error.error))?;
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(unwritable)
    }

    fn unwritable(&self, error: &io::Error) -> Fault {
        Fault::Failed(format!("{} cannot be written: {error}", self.path().display()))
    }
}

/// What the environment says of a place or a name; what is empty counts as not said.
pub(super) fn environment(name: &str) -> Option<PathBuf> {
    match std::env::var(name) {
        Ok(text) => Some(PathBuf::from(text)),
        Err(VarError::NotUnicode(text)) => Some(PathBuf::from(text)),
        Err(VarError::NotPresent) => None,
    }
    .filter(|path| *path != Path::new(""))
}

/// Reads a token.
pub(super) fn token(text: &str) -> Option<Secret> {
    Secret::parse(Kind::ApiToken, text.trim())
}

fn reveal<S: Serializer>(token: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.reveal())
}

fn conceal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let text = SecretString::from(String::deserialize(deserializer)?);
    token(text.expose_secret()).ok_or_else(|| serde::de::Error::custom("not a token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(user: &str) -> Credential {
        Credential { user: user.parse().unwrap(), token: Secret::generate(Kind::ApiToken).unwrap() }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn each_server_has_its_own_and_nobody_else_can_read_them() {
        let home = tempfile::tempdir().unwrap();
        let file = Credentials { folder: home.path().join("new/tatwats") };
        assert!(file.of("http://a").unwrap().is_none());
        assert!(!file.forget("http://a").unwrap());
        let (one, two) = (kept("ada"), kept("grace"));
        file.keep("http://a", one.clone()).unwrap();
        file.keep("http://b", two.clone()).unwrap();
        assert_eq!((mode(&file.folder), mode(&file.path())), (0o700, 0o600));
        let found = file.of("http://b").unwrap().unwrap();
        assert_eq!((found.user.as_str(), found.token.reveal()), ("grace", two.token.reveal()));
        assert!(file.forget("http://b").unwrap() && !file.forget("http://b").unwrap());
        assert_eq!(file.of("http://a").unwrap().unwrap().token.reveal(), one.token.reveal());
        assert_eq!(fs::read_dir(&file.folder).unwrap().count(), 1, "no piece is left behind");
    }

    #[test]
    fn a_folder_that_was_open_to_others_is_closed() {
        let home = tempfile::tempdir().unwrap();
        let file = Credentials { folder: home.path().join("tatwats") };
        fs::create_dir(&file.folder).unwrap();
        fs::set_permissions(&file.folder, Permissions::from_mode(0o755)).unwrap();
        file.keep("http://a", kept("ada")).unwrap();
        assert_eq!(mode(&file.folder), 0o700);
    }

    #[test]
    fn a_file_that_is_no_good_is_named_without_what_stands_in_it() {
        let home = tempfile::tempdir().unwrap();
        let file = Credentials { folder: home.path().to_owned() };
        for broken in ["tat_hunter2", r#"{"servers":{"http://a":{"user":"ada","token":"tat_hunter2"}}}"#, "[]"] {
            fs::write(file.path(), broken).unwrap();
            fs::set_permissions(file.path(), Permissions::from_mode(0o600)).unwrap();
            let words = file.of("http://a").unwrap_err().to_string();
            assert!(words.contains("credentials.json") && words.contains("tatwats login"), "{words}");
            assert!(!words.contains("hunter2"), "{words}");
        }
        fs::write(file.path(), r#"{"servers":{}}"#).unwrap();
        fs::set_permissions(file.path(), Permissions::from_mode(0o644)).unwrap();
        assert!(file.of("http://a").unwrap_err().to_string().contains("Others can read"));
    }

    #[test]
    fn the_place_is_the_desktops_or_else_below_the_home() {
        let place = |said: &'static [(&str, &str)]| {
            let env = |name: &str| said.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value));
            Credentials::below(env).map(|file| file.path().display().to_string())
        };
        let expected = |text: &str| Some(text.to_owned());
        assert_eq!(place(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]), expected("/x/tatwats/credentials.json"));
        assert_eq!(place(&[("HOME", "/h")]), expected("/h/.config/tatwats/credentials.json"));
        assert_eq!(place(&[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")]), expected("/h/.config/tatwats/credentials.json"));
        assert_eq!(place(&[("HOME", "h")]), None);
    }

    #[test]
    fn a_token_never_shows_by_accident() {
        let credential = kept("ada");
        assert!(!format!("{credential:?}").contains(credential.token.reveal()));
    }
}
