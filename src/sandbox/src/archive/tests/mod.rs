//! What goes in comes out the same, and nothing hostile comes out at all.

mod hostile;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use proptest::prelude::*;
use tempfile::{TempDir, tempdir};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// Every file, folder and link below a folder, and what it holds.
pub(super) fn tree(top: &Path) -> BTreeMap<String, String> {
    fn list(top: &Path, folder: &Path, into: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            let found = fs::symlink_metadata(&path).unwrap();
            if found.is_symlink() {
                into.insert(name, format!("-> {}", fs::read_link(&path).unwrap().display()));
            } else if found.is_dir() {
                into.insert(format!("{name}/"), String::new());
                list(top, &path, into);
            } else {
                let program = if found.permissions().mode() & 0o100 == 0 { "" } else { "program " };
                into.insert(name, format!("{program}{}", String::from_utf8_lossy(&fs::read(&path).unwrap())));
            }
        }
    }
    let mut into = BTreeMap::new();
    list(top, top, &mut into);
    into
}

fn example() -> TempDir {
    let folder = tempdir().unwrap();
    let deep = folder.path().join("deep").join("a".repeat(120)).join("b".repeat(120));
    fs::create_dir_all(&deep).unwrap();
    fs::create_dir_all(folder.path().join("empty")).unwrap();
    fs::create_dir_all(folder.path().join("src/node_modules/x")).unwrap();
    fs::write(deep.join("café.txt"), "tief").unwrap();
    fs::write(folder.path().join("run.sh"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(folder.path().join("run.sh"), fs::Permissions::from_mode(0o6750)).unwrap();
    fs::write(folder.path().join("big"), vec![b'x'; 1_000_000]).unwrap();
    fs::write(folder.path().join("none"), "").unwrap();
    symlink("../run.sh", folder.path().join("src/run")).unwrap();
    symlink(format!("deep/{0}/{1}/café.txt", "a".repeat(120), "b".repeat(120)), folder.path().join("far")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    folder
}

async fn bytes_of(folder: &Path, without: &[&str], limits: Limits) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    pack(folder, without, limits).read_to_end(&mut bytes).await.map_err(Pack::fault)?;
    Ok(bytes)
}

#[tokio::test]
async fn what_goes_in_comes_out_the_same() {
    let (from, into) = (example(), tempdir().unwrap());
    let limits = Limits::default();
    let taken = unpack(pack(from.path(), &[], limits), into.path(), limits).await.unwrap();
    assert_eq!(tree(from.path()), tree(into.path()));
    assert_eq!(taken, Unpacked { files: 7, bytes: 1_000_014 });
    let mode = fs::metadata(into.path().join("run.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7000, 0, "neither setuid nor setgid");
}

#[tokio::test]
async fn the_same_files_make_the_same_bytes_without_what_is_left_out() {
    let (one, other) = (example(), example());
    fs::create_dir(one.path().join("node_modules")).unwrap();
    fs::write(one.path().join("node_modules/x"), "").unwrap();
    fs::write(one.path().join("big"), vec![b'x'; 1_000_000]).unwrap();
    let limits = Limits::default();
    let bytes = bytes_of(one.path(), &["node_modules"], limits).await.unwrap();
    assert_eq!(bytes, bytes_of(other.path(), &["node_modules"], limits).await.unwrap());
    assert!(!bytes.windows(12).any(|part| part == b"node_modules"));
}

#[tokio::test]
async fn a_system_tar_reads_what_is_packed_and_is_read_in_every_format_it_writes() {
    let from = example();
    let run = |args: &[&str], folder: &Path| {
        let done = std::process::Command::new("tar").args(args).current_dir(folder).status().unwrap();
        assert!(done.success(), "tar {args:?}");
    };
    let (files, into) = (tempdir().unwrap(), tempdir().unwrap());
    let file = files.path().join("a.tar");
    fs::write(&file, bytes_of(from.path(), &[], Limits::default()).await.unwrap()).unwrap();
    run(&["-xf", file.to_str().unwrap()], into.path());
    assert_eq!(tree(from.path()), tree(into.path()));
    for format in ["gnu", "pax", "posix"] {
        let into = tempdir().unwrap();
        run(&["--format", format, "-cf", file.to_str().unwrap(), "."], from.path());
        unpack(&fs::read(&file).unwrap()[..], into.path(), Limits::default()).await.unwrap();
        assert_eq!(tree(from.path()), tree(into.path()), "{format}");
    }
}

#[tokio::test]
async fn what_does_not_go_into_an_archive_is_refused_by_name() {
    type Make = fn(&Path);
    let cases: [(&str, &str, Make); 8] = [
        ("out", "leads out", |top| symlink("../x", top.join("out")).unwrap()),
        ("abs", "leads out", |top| symlink("/etc/passwd", top.join("abs")).unwrap()),
        ("pipe", "neither file", |top| nix::unistd::mkfifo(&top.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap()),
        ("sock", "neither file", |top| drop(std::os::unix::net::UnixListener::bind(top.join("sock")).unwrap())),
        (".git", "git would obey", |top| fs::create_dir(top.join(".git")).unwrap()),
        (".gitmodules", "is a link", |top| symlink("run.sh", top.join(".gitmodules")).unwrap()),
        ("large", "larger than 65536", |top| fs::write(top.join("large"), vec![0; 65_537]).unwrap()),
        ("a\u{fffd}b", "control", |top| fs::write(top.join("a\x1bb"), "").unwrap()),
    ];
    for (name, why, make) in cases {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("run.sh"), "").unwrap();
        make(folder.path());
        let limits = Limits { file_bytes: 65_536, ..Limits::default() };
        let fault = bytes_of(folder.path(), &[], limits).await.unwrap_err();
        assert!(matches!(&fault, Fault::Archive(said) if said.contains(why) && said.contains(name)), "{name}: {fault}");
        bytes_of(folder.path(), &[name, "a\x1bb"], limits).await.unwrap();
    }
}

#[tokio::test]
async fn limits_hold_on_the_way_in() {
    let from = example();
    for (limits, why) in [
        (Limits { bytes: 1_000_000, ..Limits::default() }, "larger than 1000000 bytes together"),
        (Limits { entries: 12, ..Limits::default() }, "more than 12"),
        (Limits { depth: 3, ..Limits::default() }, "more than 3 folders deep"),
        (Limits { path_bytes: 200, ..Limits::default() }, "longer than 200 bytes"),
    ] {
        let fault = bytes_of(from.path(), &[], limits).await.unwrap_err();
        assert!(fault.to_string().contains(why), "{fault}");
    }
}

#[tokio::test]
async fn a_stream_that_fails_says_why_and_leaves_no_writer() {
    let from = tempdir().unwrap();
    symlink("/etc", from.path().join("link")).unwrap();
    let into = tempdir().unwrap();
    let fault = unpack(pack(from.path(), &[], Limits::default()), into.path(), Limits::default()).await.unwrap_err();
    assert!(matches!(&fault, Fault::Archive(why) if why.contains("leads out")), "{fault:?}");
    let mut half = Vec::new();
    pack(from.path(), &[], Limits::default()).read_to_end(&mut half).await.unwrap_err();
    assert!(half.is_empty(), "nothing that could be taken for a whole archive");

    // Dropped in the middle of a file, and the writer of the stream learns of it.
    let (mut sender, receiver) = tokio::io::duplex(1024);
    let writing = tokio::spawn({
        let into = into.path().to_owned();
        async move { unpack(receiver, &into, Limits::default()).await }
    });
    sender.write_all(&hostile::Raw::file("slow", &[b'x'; 512]).header()).await.unwrap();
    sender.write_all(&[b'x'; 100]).await.unwrap();
    writing.abort();
    assert!(writing.await.unwrap_err().is_cancelled());
    sender.closed().await;
}

/// Waits for the other end of a stream to go.
trait Closed {
    async fn closed(self);
}

impl Closed for tokio::io::DuplexStream {
    async fn closed(mut self) {
        while self.write_all(&[0; 4096]).await.is_ok() {}
    }
}

#[tokio::test]
async fn only_an_empty_folder_is_written_to() {
    let (from, into) = (example(), tempdir().unwrap());
    fs::write(into.path().join("mine"), "mine").unwrap();
    let limits = Limits::default();
    let fault = unpack(pack(from.path(), &[], limits), into.path(), limits).await.unwrap_err();
    assert!(matches!(fault, Fault::Infrastructure { .. }), "{fault:?}");
    assert_eq!(tree(into.path()).len(), 1);
    let linked = tempdir().unwrap();
    symlink(tempdir().unwrap().path(), linked.path().join("link")).unwrap();
    unpack(pack(from.path(), &[], limits), &linked.path().join("link"), limits).await.unwrap_err();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_files_come_out_the_same(files in prop::collection::btree_map("[a-c]{1,3}(/[d-f]{1,120}){0,2}", "\\PC{0,700}", 0..12)) {
        let (from, into) = (tempdir().unwrap(), tempdir().unwrap());
        for (path, text) in &files {
            let path = from.path().join(path);
            // Some are in the way of others; those stay out.
            if fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.is_dir() {
                fs::write(path, text).unwrap();
            }
        }
        let mut bytes = Vec::new();
        super::pack::pack_here(from.path(), &[], Limits::default(), &mut bytes).unwrap();
        super::unpack::unpack_here(&bytes[..], into.path(), Limits::default()).unwrap();
        prop_assert_eq!(tree(from.path()), tree(into.path()));
    }
}
