//! The key file: a key on each line, newest first, for nobody's eyes but the workshop's.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::SealError;
use crate::random;

/// Bytes of a key's id.
pub(super) const ID_BYTES: usize = 8;
const KEY_BYTES: usize = 32;
/// Each key's line begins with it.
const MARK: &str = "key-1 ";
const TITLE: &str = "# The keys that seal this workshop's secrets, newest first. Without them the secrets are lost: keep a copy\n\
                     # of this file, apart from copies of the database.\n";

/// Tells keys apart: the beginning of a hash of the key, which gives nothing of it away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyId(pub(super) [u8; ID_BYTES]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

pub(super) struct Key {
    id: KeyId,
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl Key {
    pub(super) fn generate() -> Result<Self, SealError> {
        random::bytes().map(|bytes| Self::new(Zeroizing::new(bytes))).map_err(|_| SealError::Random)
    }

    fn new(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
        hash.update(b"the id of a key that seals secrets: ");
        hash.update(bytes.as_slice());
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&hash.finish().as_ref()[..ID_BYTES]);
        Self { id: KeyId(id), bytes }
    }

    fn parse(line: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        // The decoder wants room for whole groups of three.
        let mut room = Zeroizing::new([0; KEY_BYTES + 4]);
        let length = BASE64_URL_SAFE_NO_PAD.decode_slice(line.strip_prefix(MARK)?, room.as_mut_slice()).ok()?;
        bytes.copy_from_slice(room.get(..length).filter(|key| key.len() == KEY_BYTES)?);
        Some(Self::new(bytes))
    }

    pub(super) const fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }
}

/// All keys of the file; never none.
pub(super) struct Keys(Vec<Key>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| format_args!("{}", key.id).to_string())).finish()
    }
}

impl Keys {
    pub(super) fn read_or_create(path: &Path) -> Result<Self, SealError> {
        if !path.exists() {
            let keys = Self(vec![Key::generate()?]);
            match keys.new_file(path).and_then(|file| file.persist_noclobber(path).map_err(|error| error.error)) {
                Ok(_) => sync_folder(path).map_err(|source| unusable(path, source))?,
                // Another process was quicker: its key it is.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(unusable(path, source)),
            }
        }
        Self::read(path)
    }

    pub(super) fn read(path: &Path) -> Result<Self, SealError> {
        let unusable = |source| unusable(path, source);
        let mut file = std::fs::File::open(path).map_err(unusable)?;
        let mode = file.metadata().map_err(unusable)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(SealError::Readable { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(unusable)?;
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let no_key = || SealError::NoKey { path: path.to_owned(), line: index + 1 };
            keys.push(Key::parse(line.trim_end()).ok_or_else(no_key)?);
        }
        if keys.is_empty() { Err(SealError::NoKey { path: path.to_owned(), line: 1 }) } else { Ok(Self(keys)) }
    }

    /// Puts the whole file in place at once.
    pub(super) fn write(&self, path: &Path) -> Result<(), SealError> {
        let put = || {
            self.new_file(path)?.persist(path).map_err(|error| error.error)?;
            sync_folder(path)
        };
        put().map_err(|source| unusable(path, source))
    }

    /// The content, written to the disk beside `path`; temporary files are their owner's alone from the start.
    fn new_file(&self, path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
        let mut text = Zeroizing::new(String::with_capacity(TITLE.len() + self.0.len() * 64));
        text.push_str(TITLE);
        for key in &self.0 {
            text.push_str(MARK);
            BASE64_URL_SAFE_NO_PAD.encode_string(key.bytes(), &mut text);
            text.push('\n');
        }
        let mut file = tempfile::NamedTempFile::new_in(folder(path))?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    pub(super) fn newest(&self) -> &Key {
        &self.0[0]
    }

    pub(super) fn get(&self, id: KeyId) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }

    pub(super) fn add(&mut self, newest: Key) {
        self.0.insert(0, newest);
    }

    /// Answers how many were dropped.
    pub(super) fn keep_newest(&mut self) -> usize {
        self.0.drain(1..).count()
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Keeps other processes from changing the file until it is dropped: none may lose the new key of another.
pub(super) fn alone(path: &Path) -> Result<std::fs::File, SealError> {
    let lock = || {
        let folder = std::fs::File::open(folder(path))?;
        folder.lock()?;
        Ok(folder)
    };
    lock().map_err(|source| unusable(path, source))
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder(path))?.sync_all()
}

fn unusable(path: &Path, source: std::io::Error) -> SealError {
    SealError::File { path: path.to_owned(), source }
}
