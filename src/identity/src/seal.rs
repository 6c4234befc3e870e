//! Secrets at rest: sealed by a key that lives in a file of its own, so that a copy of the database gives none away.
//!
//! AES-256-GCM, with the secret's name as associated data: what was sealed under one name does not open under another.
//! The sealed form says which key it takes. To change keys: [`Seal::begin_rotation`], [`Seal::reseal`] every secret
//! and keep what it answers, [`Seal::finish_rotation`]. Nothing is lost wherever that is interrupted.

mod keys;

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::Error;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret as _, SecretSlice};
use zeroize::Zeroize as _;

use self::keys::{Key, KeyId, Keys};
use crate::mac::Codes;
use crate::random;

/// Why something could not be sealed or opened. For the log and for whoever runs the workshop.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file cannot be read or written.
    #[error("the key file {} cannot be used", path.display())]
    File {
        /// The key file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Others may read the file.
    #[error("the key file {} may be read by others (mode {mode:o}): make it yours alone with chmod 600", path.display())]
    Readable {
        /// The key file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file holds something else.
    #[error("line {line} of the key file {} is not a key", path.display())]
    NoKey {
        /// The key file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The key is not in the file.
    #[error("the secret “{name}” was sealed by the key {key}, which is not in the key file: put that key back")]
    UnknownKey {
        /// The secret's name.
        name: String,
        /// The key's id.
        key: String,
    },
    /// Changed, cut off, or sealed under another name.
    #[error("the secret “{0}” does not open: it was changed, or sealed under another name")]
    Broken(String),
    /// The operating system gave no randomness.
    #[error("there are no random bytes to be had")]
    Random,
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::internal(error)
    }
}

/// Seals and opens secrets. Its calls may read a small file, so keep them off threads that must not wait.
#[derive(Debug)]
pub struct Seal {
    path: PathBuf,
    keys: RwLock<Keys>,
}

/// The first byte of all that is sealed: the form it has.
const FORM: u8 = 1;
const HEAD: usize = 1 + keys::ID_BYTES;

impl Seal {
    /// Uses the keys in the file at `path`, which is made on first use. Servers that share a database share its content.
    ///
    /// # Errors
    /// When the file cannot be used or others may read it.
    pub fn open_or_create(path: impl Into<PathBuf>) -> Result<Self, SealError> {
        let path = path.into();
        let keys = Keys::read_or_create(&path)?;
        Ok(Self { path, keys: RwLock::new(keys) })
    }

    /// Where the keys are.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Seals `secret`, to be opened under `name` again. The file is read anew, in case another process changed keys.
    ///
    /// # Errors
    /// When the key file cannot be used.
    pub fn seal(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        self.read_again()?;
        seal_with(self.keys().newest(), name, secret)
    }

    /// Opens what was sealed under `name`.
    ///
    /// # Errors
    /// When its key is missing, or it was changed or sealed under another name.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, SealError> {
        let (id, rest) = parts(name, sealed)?;
        if self.keys().get(id).is_none() {
            self.read_again()?;
        }
        let keys = self.keys();
        let key = keys.get(id).ok_or_else(|| SealError::UnknownKey { name: name.to_owned(), key: id.to_string() })?;
        open_with(key, name, rest)
    }

    /// The key for codes of one `purpose`, as it follows from the newest key: it changes with that.
    #[must_use]
    pub fn codes_for(&self, purpose: &str) -> Codes {
        Codes::derive(self.keys().newest().bytes(), purpose)
    }

    /// Makes a new key, by which all is sealed from now on; the present ones still open.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn begin_rotation(&self) -> Result<(), SealError> {
        let mut keys = self.keys_mut();
        let _alone = keys::alone(&self.path)?;
        let mut next = Keys::read(&self.path)?;
        next.add(Key::generate()?);
        next.write(&self.path)?;
        *keys = next;
        Ok(())
    }

    /// Seals a secret again if it is not sealed by the newest key yet. `None` when it is: there is nothing to keep.
    ///
    /// # Errors
    /// As [`Seal::open`] and [`Seal::seal`].
    pub fn reseal(&self, name: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let (id, _) = parts(name, sealed)?;
        if self.keys().newest().id() == id {
            return Ok(None);
        }
        let secret = self.open(name, sealed)?;
        seal_with(self.keys().newest(), name, secret.expose_secret()).map(Some)
    }

    /// Drops all keys but the newest, once every secret was sealed again. Answers how many were dropped.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn finish_rotation(&self) -> Result<usize, SealError> {
        let mut keys = self.keys_mut();
        let _alone = keys::alone(&self.path)?;
        let mut next = Keys::read(&self.path)?;
        let dropped = next.keep_newest();
        next.write(&self.path)?;
        *keys = next;
        Ok(dropped)
    }

    fn read_again(&self) -> Result<(), SealError> {
        let keys = Keys::read(&self.path)?;
        *self.keys_mut() = keys;
        Ok(())
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys_mut(&self) -> RwLockWriteGuard<'_, Keys> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The id of the key it takes, and what is left for that.
fn parts<'a>(name: &str, sealed: &'a [u8]) -> Result<(KeyId, &'a [u8]), SealError> {
    let broken = || SealError::Broken(name.to_owned());
    let (form, rest) = sealed.split_first().ok_or_else(broken)?;
    let (id, rest) = rest.split_first_chunk().ok_or_else(broken)?;
    if *form == FORM { Ok((KeyId(*id), rest)) } else { Err(broken()) }
}

fn cipher(key: &Key) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key.bytes()).ok().map(LessSafeKey::new)
}

fn seal_with(key: &Key, name: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE_LEN] = random::bytes().map_err(|_| SealError::Random)?;
    let mut sealed = Vec::with_capacity(HEAD + NONCE_LEN + secret.len() + AES_256_GCM.tag_len());
    sealed.push(FORM);
    sealed.extend_from_slice(&key.id().0);
    sealed.extend_from_slice(&nonce);
    let body = sealed.len();
    sealed.extend_from_slice(secret);
    let tag = cipher(key).and_then(|cipher| {
        let nonce = Nonce::assume_unique_for_key(nonce);
        cipher.seal_in_place_separate_tag(nonce, associated(key.id(), name), &mut sealed[body..]).ok()
    });
    if let Some(tag) = tag {
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    } else {
        sealed.zeroize();
        Err(SealError::Broken(name.to_owned()))
    }
}

fn open_with(key: &Key, name: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, SealError> {
    let opened = sealed.split_first_chunk().zip(cipher(key)).and_then(|((nonce, body), cipher)| {
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = cipher.open_in_place(nonce, associated(key.id(), name), &mut body).ok()?.len();
        body.truncate(length);
        // Into a box of its own length, so that no copy is left behind in a larger one.
        let secret = SecretSlice::from(body.as_slice().to_vec());
        body.zeroize();
        Some(secret)
    });
    opened.ok_or_else(|| SealError::Broken(name.to_owned()))
}

fn associated(id: KeyId, name: &str) -> Aad<Vec<u8>> {
    Aad::from([&[FORM], id.0.as_slice(), name.as_bytes()].concat())
}

#[cfg(test)]
mod tests;
