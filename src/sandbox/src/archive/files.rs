//! Files in memory: making a tar stream of them, and reading the one file of a tar stream.

use tar::{Builder, EntryType, Header};

use super::read::{Kind, Reader};
use super::{Limits, refused};
use crate::Fault;

/// A file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// Its contents.
    pub bytes: Vec<u8>,
    /// Whether it is a program.
    pub executable: bool,
}

/// The one file of a tar stream.
///
/// # Errors
/// [`Fault::Archive`] when there is anything else in it, or it is too large.
pub fn single(tar: &[u8], limits: Limits) -> Result<File, Fault> {
    let mut reader = Reader::new(tar, limits);
    let Some(entry) = reader.next()? else { return Err(refused("there is no file.")) };
    let Kind::File { size, executable } = entry.kind else { return Err(refused("it is no file.")) };
    if size > limits.file_bytes {
        return Err(refused(format!("it is larger than {} bytes.", limits.file_bytes)));
    }
    let mut bytes = Vec::new();
    reader.copy(size, &mut bytes)?;
    match reader.next()? {
        None => Ok(File { bytes, executable }),
        Some(_) => Err(refused("there is more than one file.")),
    }
}

/// A tar stream of these files, each a path with slashes, from the folder it is to be unpacked into, and its contents.
///
/// # Errors
/// [`Fault::Archive`] names a path that has no place in one.
pub fn files<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, Fault> {
    pack(files.into_iter().map(|(path, bytes)| (path, bytes, 0o644)))
}

/// A tar stream of one file that is a program.
///
/// # Errors
/// As [`files`].
pub fn program(path: &str, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    pack([(path, bytes, 0o755)])
}

fn pack<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8], u32)>) -> Result<Vec<u8>, Fault> {
    let mut tar = Builder::new(Vec::new());
    for (path, bytes, mode) in files {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(mode);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, path, bytes).map_err(|error| refused(format!("{path}: {error}.")))?;
    }
    tar.into_inner().map_err(|error| Fault::infrastructure("the files could not be packed.", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{Limits, unpack};

    #[tokio::test]
    async fn they_are_unpacked_as_they_were() {
        let long = "a/".repeat(20) + &"b".repeat(90);
        let tar = files([("one.txt", "1".as_bytes()), (&long, b"")]).unwrap();
        let into = tempfile::tempdir().unwrap();
        assert_eq!(unpack(&*tar, into.path(), Limits::default()).await.unwrap().files, 2);
        assert_eq!(std::fs::read(into.path().join("one.txt")).unwrap(), b"1");
        assert!(into.path().join(&long).is_file());
        let one = files([("a/one.txt", "1".as_bytes())]).unwrap();
        assert_eq!(single(&one, Limits::default()).unwrap(), File { bytes: b"1".to_vec(), executable: false });
        assert!(single(&tar, Limits::default()).is_err());
        assert!(single(&one, Limits { file_bytes: 0, ..Limits::default() }).is_err());
        assert!(matches!(files([("../out", "".as_bytes())]), Err(Fault::Archive(_))));
    }
}
