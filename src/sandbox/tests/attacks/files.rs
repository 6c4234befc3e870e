//! What is read-only, programs where there may be none, and archives that would write or read elsewhere: on their way in,
//! where the sandbox is to hold, and on their way out, where the host is.

use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use domain::sandbox::{Limits, Verdict};
use sandbox::archive::{self, unpack};
use sandbox::{Fault, Give, Sandbox};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use crate::harness::{Case, SMALL, in_both, probes};

probes! {
    /// Everything but the folders that are meant to be written.
    read_only: "read_only";
    /// No disk of the host, and nothing without a size.
    mount_table: "mount_table";
    /// Neither started, nor mapped, nor by its descriptor.
    programs_in_tmp: "no_programs";
}

/// What is taken out at most.
const LIMITS: archive::Limits =
    archive::Limits { bytes: 8 << 20, entries: 300, file_bytes: 8 << 20, path_bytes: 512, depth: 16 };

in_both! {
    async fn out_by_a_link(case: Case) {
        for (kind, taken) in taken_out(case, &["symlink", "dotdot", "folder"]).await {
            refused(taken, kind);
        }
    }

    /// Two names of one file come out as two files.
    async fn out_by_a_hard_link(case: Case) {
        let folder = one_taken_out(case, "hardlink").await.unwrap();
        for name in ["a", "b"] {
            assert_eq!(std::fs::metadata(folder.path().join(name)).unwrap().nlink(), 1);
        }
    }

    async fn out_with_pipes_and_sockets(case: Case) {
        for (kind, folder) in taken_out(case, &["fifo", "socket"]).await {
            assert!(is_empty(folder.unwrap().path()), "{kind}");
        }
    }

    async fn out_with_setuid(case: Case) {
        let folder = one_taken_out(case, "setuid").await.unwrap();
        assert_eq!(std::fs::metadata(folder.path().join("program")).unwrap().mode() & 0o7000, 0);
    }

    /// Names that are commands to a terminal, that end a line, or that are not text.
    async fn out_with_strange_names(case: Case) {
        refused(one_taken_out(case, "names").await, "names");
    }

    /// What the host's git would run.
    async fn out_with_hooks(case: Case) {
        refused(one_taken_out(case, "git").await, "git");
    }

    async fn out_with_what_cannot_be_read(case: Case) {
        refused(one_taken_out(case, "hidden").await, "hidden");
    }

    /// Holes, numbers and depth.
    async fn out_with_bombs(case: Case) {
        for (kind, taken) in taken_out(case, &["sparse", "many", "deep"]).await {
            refused(taken, kind);
        }
    }

    /// A folder that becomes a link and a folder again, all the while.
    async fn out_while_it_changes(case: Case) {
        let sandbox = case.open(SMALL).await;
        let swapping = sandbox.spawn(case.attack("swapping").spawn(&sandbox)).await.unwrap();
        for _ in 0..30 {
            if let Ok(folder) = give(&sandbox, "/work/out").await {
                let passwd = folder.path().join("real/passwd");
                assert!(std::fs::read(passwd).is_ok_and(|contents| contents.is_empty()) || is_empty(&folder.path().join("real")));
            }
        }
        drop(swapping);
        case.close(sandbox).await;
    }

    async fn in_by_a_name(case: Case) {
        let names = ["../escape", "/tmp/escape", "a/../../escape", "./../escape", "/escape", "a/..", ".."];
        let archives = names.map(|name| (name, one(name.as_bytes(), EntryType::Regular, b"", b"x")));
        let long = ("a long name", one(&[b'l'; 5000], EntryType::Regular, b"", b"x"));
        not_taken(case, archives.into_iter().chain([long])).await;
    }

    /// Through a link that the archive makes itself.
    async fn in_by_a_link(case: Case) {
        let archives = ["/tmp", "..", "../..", "a/../../.."].map(|target| {
            let mut slip = raw(b"link", EntryType::Symlink, target.as_bytes(), b"");
            slip.extend(one(b"link/escape", EntryType::Regular, b"", b"x"));
            (target, slip)
        });
        not_taken(case, archives).await;
    }

    /// Through a link that the guest has laid out.
    async fn in_by_a_link_of_the_guests(case: Case) {
        let sandbox = case.open(SMALL).await;
        case.attack("tempting folder /work/out").run_in(&sandbox).await.ended(Verdict::Ok);
        for folder in ["/work/out/folder", "/work/out/folder/deeper", "/proc/self/cwd", "/proc/1/root/tmp", "relative", "/"] {
            let put = sandbox.put(folder, one(b"escape", EntryType::Regular, b"", b"x").as_slice()).await;
            assert!(matches!(put, Err(Fault::Archive(_))), "{folder}: {put:?}");
        }
        case.attack("seek escape").run_in(&sandbox).await.ended(Verdict::Ok).held();
        case.close(sandbox).await;
    }

    async fn in_by_a_hard_link(case: Case) {
        let targets = ["/etc/passwd", "attack", "../attack"];
        not_taken(case, targets.map(|target| (target, one(b"hard", EntryType::Link, target.as_bytes(), b"")))).await;
    }

    async fn in_with_devices(case: Case) {
        let kinds = [EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::GNUSparse, EntryType::new(b'Z')];
        not_taken(case, kinds.map(|kind| ("a device", one(b"device", kind, b"", b"")))).await;
    }

    /// More than there is room for, by size and by number; and sizes that are lies.
    async fn in_with_bombs(case: Case) {
        let large = vec![0; usize::try_from(SMALL.work_bytes).unwrap() + 1];
        let many = (0..2000).flat_map(|number| raw(format!("{number}").as_bytes(), EntryType::Regular, b"", b"")).collect();
        let mut lie = Header::new_gnu();
        lie.set_path("lie").unwrap();
        lie.set_size(u64::MAX >> 1);
        lie.set_cksum();
        let deep = vec!["d"; 200].join("/");
        not_taken(case, [
            ("a lie", lie.as_bytes().to_vec()),
            ("deep", one(deep.as_bytes(), EntryType::Regular, b"", b"x")),
            ("large", one(b"large", EntryType::Regular, b"", &large)),
            ("many", many),
        ])
        .await;
    }

    /// What is no archive, and what is cut off.
    async fn in_with_nonsense(case: Case) {
        let mut cut = one(b"cut", EntryType::Regular, b"", &[b'x'; 2000]);
        cut.truncate(1200);
        not_taken(case, [("nonsense", vec![b'n'; 5000]), ("cut", cut)]).await;
    }
}

/// What the host has after it took out what attacks of these kinds laid out.
async fn taken_out<'a>(case: &Case, kinds: &[&'a str]) -> Vec<(&'a str, Result<TempDir, Fault>)> {
    let roomy =
        Limits { work_bytes: Some(64 << 20), file_bytes: Some(64 << 20), inodes: Some(5000), ..Limits::default() };
    let sandbox = case.open(SMALL.with(&roomy)).await;
    let mut all = Vec::new();
    for kind in kinds {
        let folder = format!("/work/{kind}");
        case.attack(&format!("tempting {kind} {folder}")).run_in(&sandbox).await.ended(Verdict::Ok);
        all.push((*kind, give(&sandbox, &folder).await));
    }
    // The program inside has not come to harm by it.
    case.attack("trivial").run_in(&sandbox).await.ended(Verdict::Ok);
    case.close(sandbox).await;
    all
}

async fn one_taken_out(case: &Case, kind: &str) -> Result<TempDir, Fault> {
    taken_out(case, &[kind]).await.remove(0).1
}

/// Takes a folder out, as the host does it. What was taken is safe, whatever it is.
async fn give(sandbox: &Sandbox, path: &str) -> Result<TempDir, Fault> {
    let give = Give { path: path.into(), without: Vec::new(), most_bytes: LIMITS.bytes, most_entries: LIMITS.entries };
    let folder = tempfile::tempdir().unwrap();
    let (mut out, stream) = tokio::io::duplex(64 * 1024);
    let giving = async {
        let given = sandbox.give(give, &mut out).await;
        drop(out);
        given
    };
    let (given, unpacked) = tokio::join!(giving, unpack(stream, folder.path(), LIMITS));
    is_safe(folder.path());
    given?;
    unpacked?;
    Ok(folder)
}

/// Only files, folders, and links to what is there.
#[track_caller]
fn is_safe(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = std::fs::symlink_metadata(&path).unwrap();
        let kind = about.file_type();
        assert!(!kind.is_fifo() && !kind.is_socket() && !kind.is_char_device() && !kind.is_block_device(), "{path:?}");
        assert_eq!(about.mode() & 0o7000, 0, "{path:?}");
        if kind.is_symlink() {
            let target = std::fs::read_link(&path).unwrap();
            assert!(target.is_relative() && !target.starts_with(".."), "{path:?} leads to {target:?}");
        } else if kind.is_dir() {
            is_safe(&path);
        }
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

#[track_caller]
fn refused(taken: Result<TempDir, Fault>, what: &str) {
    assert!(matches!(taken, Err(Fault::Archive(_))), "{what}: {taken:?}");
}

/// The sandbox refuses each of these archives, has nothing where they would have led, and goes on.
async fn not_taken(case: &Case, archives: impl IntoIterator<Item = (&str, Vec<u8>)>) {
    let sandbox = case.open(SMALL).await;
    for (what, archive) in archives {
        let put = sandbox.put("/work/in", archive.as_slice()).await;
        assert!(matches!(put, Err(Fault::Archive(_))), "{what}: {put:?}");
        case.attack("seek escape").run_in(&sandbox).await.ended(Verdict::Ok).held();
    }
    case.close(sandbox).await;
}

/// An archive of one entry, with whatever name.
fn one(name: &[u8], kind: EntryType, link: &[u8], contents: &[u8]) -> Vec<u8> {
    let mut bytes = raw(name, kind, link, contents);
    bytes.extend([0; 1024]);
    bytes
}

/// One entry as it stands in an archive. The library would refuse to write most of these names.
fn raw(name: &[u8], kind: EntryType, link: &[u8], contents: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let fits = name.len().min(100);
    if name.len() > 100 {
        let mut long = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::GNULongName);
        header.set_size(name.len() as u64);
        header.set_cksum();
        long.append(&header, name).unwrap();
        let written = long.into_inner().unwrap();
        bytes.extend(&written[..written.len() - 1024]);
    }
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..fits].copy_from_slice(&name[..fits]);
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(contents.len() as u64);
    header.set_cksum();
    bytes.extend(header.as_bytes());
    bytes.extend(contents);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}
