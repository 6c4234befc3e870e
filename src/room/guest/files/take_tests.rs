//! What may and may not be unpacked.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tar::{Builder, EntryType, Header};

use super::*;

fn entry(kind: EntryType, name: &str, link: &str, contents: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o4755);
    header.set_mtime(1_000_000_000);
    header.set_size(contents.len() as u64);
    // As an attacker would: without the checks that the builder makes.
    let fields = header.as_gnu_mut().unwrap();
    fields.name[..name.len()].copy_from_slice(name.as_bytes());
    fields.linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_cksum();
    let mut builder = Builder::new(Vec::new());
    builder.append(&header, contents).unwrap();
    let mut bytes = builder.into_inner().unwrap();
    bytes.truncate(bytes.len() - 1024);
    bytes
}

fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("into").to_str().unwrap().to_owned();
    (folder, path)
}

fn refused(tar: &[u8]) -> String {
    let (outside, path) = folder();
    let why = unpack(tar, &path).unwrap_err();
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "nothing beside the folder");
    why
}

#[test]
fn files_folders_and_links_are_unpacked_without_special_bits() {
    let (_outside, path) = folder();
    let tar = [
        entry(EntryType::XGlobalHeader, "pax_global_header", "", b"18 comment=abcdef\n"),
        entry(EntryType::Directory, "./", "", b""),
        entry(EntryType::Directory, "bin/", "", b""),
        entry(EntryType::Regular, "bin/deep/tool", "", b"#!/bin/sh\n"),
        entry(EntryType::Symlink, "bin/tool", "deep/tool", b""),
        entry(EntryType::Regular, "bin/deep/tool", "", b"again"),
    ]
    .concat();
    unpack(tar.as_slice(), &path).unwrap();
    let tool = Path::new(&path).join("bin/tool");
    assert_eq!(fs::read(&tool).unwrap(), b"again");
    let about = fs::metadata(&tool).unwrap();
    assert_eq!(about.permissions().mode() & 0o7777, 0o755);
    let age = about.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(age.as_secs(), 1_000_000_000);
}

#[test]
fn long_names_are_taken_in_both_dialects() {
    let (_outside, path) = folder();
    let long = format!("{}/file", "folder/".repeat(30).trim_end_matches('/'));
    let record = format!("path={long}2\n");
    let pax = format!("{} {record}", record.len() + 4);
    let tar = [
        entry(EntryType::GNULongName, "././@LongLink", "", format!("{long}\0").as_bytes()),
        entry(EntryType::Regular, "short", "", b"1"),
        entry(EntryType::XHeader, "x", "", pax.as_bytes()),
        entry(EntryType::Regular, "short", "", b"2"),
    ]
    .concat();
    unpack(tar.as_slice(), &path).unwrap();
    assert_eq!(fs::read(Path::new(&path).join(&long)).unwrap(), b"1");
    assert_eq!(fs::read(Path::new(&path).join(format!("{long}2"))).unwrap(), b"2");
}

#[test]
fn what_would_leave_the_folder_is_refused() {
    for name in ["../x", "a/../../x", "/tmp/x"] {
        assert!(refused(&entry(EntryType::Regular, name, "", b"")).contains("leads out"), "{name}");
        assert!(refused(&entry(EntryType::Directory, name, "", b"")).contains("leads out"), "{name}");
    }
    for target in ["/etc/passwd", "..", "a/../../x", ""] {
        assert!(refused(&entry(EntryType::Symlink, "link", target, b"")).contains("leads out"), "{target}");
    }
    let long =
        [entry(EntryType::GNULongName, "././@LongLink", "", b"../x\0"), entry(EntryType::Regular, "harmless", "", b"")];
    assert!(refused(&long.concat()).contains("leads out"));
}

#[test]
fn devices_and_hard_links_and_what_is_unknown_are_refused() {
    assert!(refused(&entry(EntryType::Link, "a", "/etc/passwd", b"")).contains("hard link"));
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::GNUSparse, EntryType::new(b'?')] {
        assert!(refused(&entry(kind, "a", "", b"")).contains("neither a file"), "{kind:?}");
    }
}

#[test]
fn no_link_is_followed_whoever_put_it_there() {
    let (outside, path) = folder();
    fs::create_dir(&path).unwrap();
    let secret = outside.path().join("secret");
    fs::write(&secret, "kept").unwrap();
    symlink(outside.path(), Path::new(&path).join("way")).unwrap();
    symlink(&secret, Path::new(&path).join("file")).unwrap();

    let through = entry(EntryType::Regular, "way/secret", "", b"stolen");
    assert!(unpack(through.as_slice(), &path).unwrap_err().contains("way/secret"));
    let folder = entry(EntryType::Directory, "way", "", b"");
    assert!(unpack(folder.as_slice(), &path).is_err());
    // A link in the place of a file is replaced, not written through.
    let over = entry(EntryType::Regular, "file", "", b"new");
    unpack(over.as_slice(), &path).unwrap();
    assert_eq!(fs::read(Path::new(&path).join("file")).unwrap(), b"new");
    assert_eq!(fs::read(&secret).unwrap(), b"kept");
    // Nor one of the stream's own.
    let own = [entry(EntryType::Symlink, "own", "way", b""), entry(EntryType::Regular, "own/secret", "", b"stolen")];
    assert!(unpack(own.concat().as_slice(), &path).is_err());
    assert_eq!(fs::read(&secret).unwrap(), b"kept");
}

#[test]
fn a_remark_without_end_is_not_read_into_memory() {
    let tar = entry(EntryType::GNULongName, "././@LongLink", "", &vec![b'a'; 1 << 20]);
    assert!(refused(&tar).contains("longer than"));
}

#[test]
fn a_stream_that_was_cut_or_is_none_is_refused() {
    let tar = entry(EntryType::Regular, "a", "", &[1; 5000]);
    assert!(refused(&tar[..2000]).contains("cannot be unpacked"));
    assert!(refused(&[7; 2048]).contains("broken"));
}
