//! Reading a tar stream, and believing little of it.
//!
//! The formats are those in use: POSIX (ustar, and pax for long names) and GNU (long names). Whatever could make two
//! readers see two things is refused: a size said twice, a global header, holes, a wrong sum, an end that is none.

use std::io::{self, Read, Write};

use tar::{EntryType, Header};

use super::{Limits, name, refused, shown};
use crate::Fault;

const BLOCK: usize = 512;
/// Most bytes of a header that goes before an entry: a long name and what pax adds.
const MOST_EXTRA: u64 = 16 * 1024;
/// Most bytes of zeros after the end: archives are padded to whole records.
const MOST_PADDING: u64 = 1024 * 1024;

/// One entry of an archive. The contents of a file follow.
#[derive(Debug)]
pub(super) struct Entry {
    /// The names of its path; none for the top folder.
    pub(super) names: Vec<String>,
    pub(super) kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File { size: u64, executable: bool },
    Folder,
    Link { target: String },
}

/// Reads entries from a stream.
pub(super) struct Reader<R> {
    from: R,
    limits: Limits,
}

/// What headers before an entry say about it.
#[derive(Debug, Default)]
struct Extra {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(from: R, limits: Limits) -> Self {
        Self { from, limits }
    }

    /// The next entry; none at the end. The contents of the one before must have been copied.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Fault> {
        let mut extra = Extra::default();
        loop {
            let mut block = [0; BLOCK];
            self.fill(&mut block)?;
            let before_entry = extra.path.is_some() || extra.link.is_some() || extra.size.is_some();
            if block.iter().all(|byte| *byte == 0) {
                return if before_entry { Err(broken("a header has no entry")) } else { self.end().map(|()| None) };
            }
            let header = Header::from_byte_slice(&block);
            let size = check(header, &block)?;
            match header.entry_type() {
                EntryType::GNULongName => put(&mut extra.path, self.long_name(size)?)?,
                EntryType::GNULongLink => put(&mut extra.link, self.long_name(size)?)?,
                EntryType::XHeader => {
                    let bytes = self.extra_bytes(size)?;
                    pax(&bytes, &mut extra)?;
                }
                _ => return self.entry(header, size, extra).map(Some),
            }
        }
    }

    /// Copies the contents of a file of `size` bytes.
    pub(super) fn copy(&mut self, size: u64, into: &mut impl Write) -> Result<(), Fault> {
        let mut left = size;
        let mut buffer = vec![0; 64 * 1024];
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let part = &mut buffer[..wanted];
            self.fill(part)?;
            into.write_all(part).map_err(|error| Fault::infrastructure("the files could not be written.", error))?;
            left -= wanted as u64;
        }
        self.skip_padding(size)
    }

    fn entry(&self, header: &Header, size: u64, extra: Extra) -> Result<Entry, Fault> {
        let path = extra.path.unwrap_or_else(|| header.path_bytes().into_owned());
        let names = name::path(&path, &self.limits)?;
        if extra.size.is_some_and(|said| said != size) {
            return Err(broken(format!("{} has two sizes", shown(&path))));
        }
        let folder = path.ends_with(b"/");
        let kind = match header.entry_type() {
            // Old archives mark folders by the slash alone.
            EntryType::Regular | EntryType::Continuous if folder => {
                return Err(broken(format!("{} is a file and a folder", shown(&path))));
            }
            EntryType::Regular => {
                let mode = header.mode().map_err(|_| broken(format!("{} has no rights", shown(&path))))?;
                Kind::File { size, executable: mode & 0o100 != 0 }
            }
            EntryType::Directory => Kind::Folder,
            EntryType::Symlink => {
                let target = extra.link.or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned));
                let (Some(last), depth) = (names.last(), names.len().saturating_sub(1)) else {
                    return Err(refused("the top folder is a link."));
                };
                name::link(last)?;
                let target = name::target(last, &target.unwrap_or_default(), depth, &self.limits)?;
                Kind::Link { target }
            }
            kind => return Err(refused(format!("{} is {}.", shown(&path), what(kind)))),
        };
        if size != 0 && !matches!(kind, Kind::File { .. }) {
            return Err(broken(format!("{} has contents, and is no file", shown(&path))));
        }
        if names.is_empty() && kind != Kind::Folder {
            return Err(refused("the top folder is something else."));
        }
        Ok(Entry { names, kind })
    }

    fn long_name(&mut self, size: u64) -> Result<Vec<u8>, Fault> {
        let mut name = self.extra_bytes(size)?;
        if name.last() == Some(&0) {
            name.pop();
        }
        Ok(name)
    }

    fn extra_bytes(&mut self, size: u64) -> Result<Vec<u8>, Fault> {
        if size > MOST_EXTRA {
            return Err(broken("a header is too long"));
        }
        let mut bytes = Vec::new();
        self.copy(size, &mut bytes)?;
        Ok(bytes)
    }

    fn skip_padding(&mut self, size: u64) -> Result<(), Fault> {
        let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
        if over == 0 {
            return Ok(());
        }
        self.fill(&mut [0; BLOCK][over..])
    }

    /// After a block of zeros: another one, then nothing but zeros.
    fn end(&mut self) -> Result<(), Fault> {
        let mut block = [0; BLOCK];
        self.fill(&mut block)?;
        let mut padding = 0;
        loop {
            if block.iter().any(|byte| *byte != 0) {
                return Err(broken("something follows its end"));
            }
            let read = self.from.read(&mut block).map_err(unreadable)?;
            padding += read as u64;
            match read {
                0 => return Ok(()),
                _ if padding > MOST_PADDING => return Err(broken("it has no end")),
                read => block[read..].fill(0),
            }
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Fault> {
        self.from.read_exact(buffer).map_err(unreadable)
    }
}

/// Checks a header's sum and gives its size.
fn check(header: &Header, block: &[u8; BLOCK]) -> Result<u64, Fault> {
    let (before, after) = (&block[..148], &block[156..]);
    let sum = before.iter().chain(after).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * u32::from(b' ');
    if header.cksum().ok() != Some(sum) {
        return Err(broken("a header's sum is wrong"));
    }
    header.entry_size().map_err(|_| broken("a header has no size"))
}

/// Reads what pax says of the next entry: `length key=value` and a line break, each.
fn pax(bytes: &[u8], extra: &mut Extra) -> Result<(), Fault> {
    let wrong = || broken("a pax header is wrong");
    let mut rest = bytes;
    while !rest.is_empty() {
        let space = rest.iter().position(|byte| *byte == b' ').ok_or_else(wrong)?;
        let length = number(&rest[..space]).and_then(|length| usize::try_from(length).ok()).ok_or_else(wrong)?;
        if length <= space + 1 || length > rest.len() {
            return Err(wrong());
        }
        let record = rest[space + 1..length].strip_suffix(b"\n").ok_or_else(wrong)?;
        rest = &rest[length..];
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        match key {
            b"path" => put(&mut extra.path, value.to_vec())?,
            b"linkpath" => put(&mut extra.link, value.to_vec())?,
            b"size" => put(&mut extra.size, number(value).ok_or_else(wrong)?)?,
            key if key.starts_with(b"GNU.sparse") => return Err(refused("a file has holes.")),
            // Times, owners, attributes: not taken over.
            _ => {}
        }
    }
    Ok(())
}

fn put<T>(place: &mut Option<T>, value: T) -> Result<(), Fault> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(broken("an entry is described twice")),
    }
}

/// A number in decimal digits and nothing else.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn what(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Link => "a hard link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a pipe",
        EntryType::GNUSparse => "a file with holes",
        EntryType::XGlobalHeader => "a header for all files",
        _ => "neither file, folder nor link",
    }
}

fn broken(what: impl std::fmt::Display) -> Fault {
    refused(format!("the archive is broken: {what}."))
}

/// A stream that failed. It may carry the reason along.
fn unreadable(error: io::Error) -> Fault {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return broken("it ends in the middle");
    }
    error.downcast().unwrap_or_else(|error| Fault::infrastructure("the files could not be read.", error))
}
