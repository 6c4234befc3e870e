//! Files on their way into a sandbox and out of it: tar streams, made and taken apart on the host's side.
//!
//! What comes out is hostile. [`unpack`] takes only files, folders and links that stay inside, with plain names, within
//! [`Limits`]; it follows no link, replaces nothing, and refuses a whole stream for one thing it does not like. Nothing
//! called `.git` gets through, because the host runs git on what was taken. [`pack`] holds what goes in to the same rules.

mod files;
mod name;
mod pack;
mod read;
mod unpack;

use crate::Fault;
pub use files::{File, files, program, single};
pub use pack::{Pack, pack};
pub use unpack::{Unpacked, unpack};

/// What an archive may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The contents of all files together, in bytes.
    pub bytes: u64,
    /// Files, folders and links.
    pub entries: u32,
    /// The contents of one file, in bytes.
    pub file_bytes: u64,
    /// A path from the top folder, in bytes.
    pub path_bytes: usize,
    /// Folders in one another.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 256 << 20, entries: 20_000, file_bytes: 64 << 20, path_bytes: 1024, depth: 32 }
    }
}

/// Counts against [`Limits`].
#[derive(Debug, Default)]
struct Count {
    entries: u32,
    bytes: u64,
}

impl Count {
    /// One more file, folder or link.
    fn entry(&mut self, limits: &Limits) -> Result<(), Fault> {
        self.entries += 1;
        if self.entries > limits.entries {
            return Err(refused(format!("there are more than {} files and folders.", limits.entries)));
        }
        Ok(())
    }

    /// A file of so many bytes.
    fn file(&mut self, path: &str, size: u64, limits: &Limits) -> Result<(), Fault> {
        if size > limits.file_bytes {
            return Err(refused(format!("{} is larger than {} bytes.", shown(path), limits.file_bytes)));
        }
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > limits.bytes {
            return Err(refused(format!("they are larger than {} bytes together.", limits.bytes)));
        }
        Ok(())
    }
}

fn refused(why: impl Into<String>) -> Fault {
    Fault::Archive(why.into())
}

/// A hostile name, fit to be shown.
fn shown(name: impl AsRef<[u8]>) -> String {
    const MOST: usize = 80;
    let name = String::from_utf8_lossy(name.as_ref());
    let plain: String = name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(MOST).collect();
    let cut = if name.chars().nth(MOST).is_some() { "…" } else { "" };
    format!("“{plain}{cut}”")
}

#[cfg(test)]
mod tests;
