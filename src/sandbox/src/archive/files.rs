//! Making a tar stream of files that are in memory.

use tar::{Builder, EntryType, Header};

use crate::Fault;

/// A tar stream of these files, each a path with slashes, from the folder it is to be unpacked into, and its contents.
///
/// # Errors
/// [`Fault::Archive`] names a path that has no place in one.
pub fn files<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, Fault> {
    let mut tar = Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, path, bytes).map_err(|error| super::refused(format!("{path}: {error}.")))?;
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
        assert!(into.path().join(long).is_file());
        assert!(matches!(files([("../out", "".as_bytes())]), Err(Fault::Archive(_))));
    }
}
