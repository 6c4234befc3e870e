//! Archives that someone made to break out, to fill the disk, or to be read in two ways.

use std::fs;

use proptest::prelude::*;
use tempfile::{TempDir, tempdir};

use super::{super::unpack::unpack_here, tree};
use crate::{
    Fault,
    archive::{Limits, Unpacked},
};

/// An entry, with whatever someone would write into its header.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    kind: u8,
    path: Vec<u8>,
    link: Vec<u8>,
    mode: u32,
    size: Vec<u8>,
    body: Vec<u8>,
}

impl Raw {
    fn new(kind: u8, path: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref().to_vec();
        Self { kind, path, link: Vec::new(), mode: 0o644, size: octal(0), body: Vec::new() }
    }

    pub(super) fn file(path: impl AsRef<[u8]>, body: &[u8]) -> Self {
        Self { size: octal(body.len()), body: body.to_vec(), ..Self::new(b'0', path) }
    }

    fn folder(path: impl AsRef<[u8]>) -> Self {
        Self::new(b'5', path)
    }

    fn link(path: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Self {
        Self { link: to.as_ref().to_vec(), ..Self::new(b'2', path) }
    }

    /// What pax says of the next entry.
    fn pax(records: &[(&str, &str)]) -> Self {
        let record = |(key, value): &(&str, &str)| {
            let rest = key.len() + value.len() + 3;
            let length = (rest..).find(|length| length.to_string().len() + rest == *length).unwrap();
            format!("{length} {key}={value}\n")
        };
        Self { kind: b'x', ..Self::file("pax", records.iter().map(record).collect::<String>().as_bytes()) }
    }

    fn long(kind: u8, name: &[u8]) -> Self {
        Self { kind, ..Self::file("././@LongLink", name) }
    }

    fn of_kind(self, kind: u8) -> Self {
        Self { kind, ..self }
    }

    fn with_mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    fn with_size(self, size: impl Into<Vec<u8>>) -> Self {
        Self { size: size.into(), ..self }
    }

    pub(super) fn header(&self) -> [u8; 512] {
        let mut block = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.path[..self.path.len().min(100)]);
        put(100, format!("{:07o}", self.mode).as_bytes());
        put(124, &self.size);
        put(156, &[self.kind]);
        put(157, &self.link[..self.link.len().min(100)]);
        put(257, b"ustar\x0000");
        put(148, b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.header().to_vec();
        bytes.extend(&self.body);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    }
}

fn octal(size: usize) -> Vec<u8> {
    format!("{size:011o}").into_bytes()
}

fn archive(entries: &[Raw]) -> Vec<u8> {
    let mut bytes: Vec<u8> = entries.iter().flat_map(Raw::bytes).collect();
    bytes.extend([0; 1024]);
    bytes
}

/// A folder to unpack into, inside one with a secret beside it.
fn place() -> TempDir {
    let root = tempdir().unwrap();
    fs::create_dir(root.path().join("into")).unwrap();
    fs::write(root.path().join("secret"), "SECRET").unwrap();
    root
}

fn take(bytes: &[u8], limits: Limits) -> (TempDir, Result<Unpacked, Fault>) {
    let root = place();
    let taken = unpack_here(bytes, &root.path().join("into"), limits);
    let mut outside = tree(root.path());
    outside.retain(|path, _| !path.starts_with("into/"));
    assert_eq!(outside.len(), 1, "nothing is written outside: {outside:?}");
    assert_eq!(outside["secret"], "SECRET");
    (root, taken)
}

fn refused(bytes: &[u8], why: &str) {
    match take(bytes, Limits::default()).1 {
        Err(Fault::Archive(said)) => assert!(said.contains(why), "said “{said}” and not “{why}”"),
        other => panic!("{why}: {other:?}"),
    }
}

#[test]
fn a_plain_archive_is_taken_and_rights_are_not() {
    let bytes = archive(&[
        Raw::folder("./"),
        Raw::folder("a/").with_mode(0o7777),
        Raw::file("a/run", b"hi").with_mode(0o7755),
        Raw::file("b/c/d", b""),
        Raw::link("b/run", "../a/run"),
        Raw::folder("a"),
    ]);
    let (root, taken) = take(&bytes, Limits::default());
    assert_eq!(taken.unwrap(), Unpacked { files: 3, bytes: 2 });
    let found = tree(&root.path().join("into"));
    let expected =
        [("a/", ""), ("a/run", "program hi"), ("b/", ""), ("b/c/", ""), ("b/c/d", ""), ("b/run", "-> ../a/run")];
    assert_eq!(found, expected.map(|(path, held)| (path.to_owned(), held.to_owned())).into());
    for path in ["into/a", "into/a/run"] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(root.path().join(path)).unwrap().permissions().mode() & 0o7022, 0, "{path}");
    }
}

#[test]
fn hostile_entries_are_refused() {
    let x = || Raw::file("x", b"x");
    let cases: Vec<(Vec<Raw>, &str)> = vec![
        (vec![Raw::file("/etc/x", b"x")], "absolute"),
        (vec![Raw::file("../x", b"x")], "leads through “..”"),
        (vec![Raw::file("a/../../x", b"x")], "leads through “..”"),
        (vec![Raw::file("a/./x", b"x")], "leads through “.”"),
        (vec![Raw::file("a//x", b"x")], "empty"),
        (vec![Raw::file("", b"x")], "empty"),
        (vec![Raw::file("./", b"x")], "file and a folder"),
        (vec![Raw::link("./", "a")], "top folder"),
        (vec![Raw::file(b"a\xff", b"x")], "UTF-8"),
        (vec![Raw::file("a\x1b[2J", b"x")], "control"),
        (vec![Raw::file("a\nb", b"x")], "control"),
        (vec![Raw::file(".git/config", b"x")], "git would obey"),
        (vec![Raw::folder("sub/.GIT/")], "git would obey"),
        (vec![Raw::file("git~1/hooks/pre-commit", b"x")], "git would obey"),
        (vec![Raw::file(".g\u{200c}it/config", b"x")], "git would obey"),
        (vec![Raw::file(".git", b"gitdir: /evil")], "git would obey"),
        (vec![Raw::link("l", "/etc/passwd")], "leads out"),
        (vec![Raw::link("l", "..")], "leads out"),
        (vec![Raw::link("a/l", "../../secret")], "leads out"),
        (vec![Raw::link("a/l", "b/../../../secret")], "leads out"),
        (vec![Raw::link("l", "")], "leads out"),
        (vec![Raw::link("l", ".git/config")], "git would obey"),
        (vec![Raw::link(".gitmodules", "x")], "is a link"),
        (vec![Raw::link("d", "."), Raw::link("l", "d/d/d/../../../../secret")], "leads out"),
        (vec![Raw::link("d", "a"), Raw::file("d/x", b"x")], "no folder"),
        (vec![Raw::folder("a/"), Raw::link("a/b", ".."), Raw::file("a/b/x", b"x")], "no folder"),
        (vec![Raw::link("d", "a"), Raw::folder("d/")], "no folder"),
        (vec![Raw::link("x", "y"), x()], "twice"),
        (vec![x(), Raw::link("x", "y")], "twice"),
        (vec![x(), x()], "twice"),
        (vec![x(), Raw::folder("x/")], "no folder"),
        (vec![Raw::folder("x/"), x()], "twice"),
        (vec![x(), Raw::file("x/y", b"x")], "no folder"),
        (vec![x(), Raw::link("y", "x").of_kind(b'1')], "a hard link"),
        (vec![Raw::new(b'3', "x")], "a device"),
        (vec![Raw::new(b'4', "x")], "a device"),
        (vec![Raw::new(b'6', "x")], "a pipe"),
        (vec![Raw::new(b'7', "x")], "neither"),
        (vec![Raw::new(b'S', "x")], "holes"),
        (vec![Raw::pax(&[("path", "a")]).of_kind(b'g'), x()], "all files"),
        (vec![Raw::new(b'V', "x")], "neither"),
        (vec![Raw::new(b'D', "x")], "neither"),
        (vec![Raw::pax(&[("GNU.sparse.major", "1")]), x()], "holes"),
        (vec![Raw::pax(&[("size", "0")]), x()], "two sizes"),
        (vec![Raw::pax(&[("size", "99999999999")]), x()], "two sizes"),
        (vec![Raw::pax(&[("size", "-1")]), x()], "pax header"),
        (vec![Raw::pax(&[("path", "../x")]), x()], "leads through"),
        (vec![Raw::pax(&[("path", "/x")]), x()], "absolute"),
        (vec![Raw::pax(&[("path", "a\0/../x")]), x()], "control"),
        (vec![Raw::pax(&[("linkpath", "/etc")]), Raw::link("l", "a")], "leads out"),
        (vec![Raw::pax(&[("path", "a"), ("path", "b")]), x()], "twice"),
        (vec![Raw::pax(&[("path", "a")]), Raw::long(b'L', b"b\0"), x()], "twice"),
        (vec![Raw::long(b'L', b"../x\0"), x()], "leads through"),
        (vec![Raw::long(b'L', b"a\0b\0"), x()], "control"),
        (vec![Raw::long(b'K', b"../..\0"), Raw::link("l", "a")], "leads out"),
        (vec![Raw::long(b'L', b"a\0")], "has no entry"),
        (vec![Raw::long(b'L', &[b'a'; 20_000]), x()], "too long"),
        (vec![Raw::long(b'L', b"x\0").with_size("77777777777"), x()], "too long"),
        (vec![Raw { kind: b'x', ..Raw::file("pax", b"5 a=b\n") }, x()], "pax header"),
        (vec![Raw { kind: b'x', ..Raw::file("pax", b"99999999999999999999 a=b\n") }, x()], "pax header"),
        (vec![Raw { kind: b'x', ..Raw::file("pax", b"0 a=b\n") }, x()], "pax header"),
        (vec![Raw { kind: b'x', ..Raw::file("pax", b"nonsense") }, x()], "pax header"),
        (vec![x().with_size("77777777777")], "larger than"),
        (vec![x().with_size([0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])], "larger than"),
        (vec![x().with_size([0xff; 12])], "larger than"),
        (vec![x().with_size("0000000000z")], "no size"),
        (vec![Raw::file("a", b"xxxx").of_kind(b'5')], "has contents"),
        (vec![Raw { link: b"x".to_vec(), ..Raw::file("a", b"xxxx").of_kind(b'2') }], "has contents"),
        (vec![Raw::file("a/", b"x")], "file and a folder"),
    ];
    assert!(cases.len() > 60);
    for (entries, why) in cases {
        refused(&archive(&entries), why);
    }
}

#[test]
fn an_archive_ends_where_it_says() {
    let plain = archive(&[Raw::file("x", &[b'x'; 700])]);
    for length in
        [0, 1, 511, 512, 600, 1212, plain.len() - 1024, plain.len() - 1023, plain.len() - 512, plain.len() - 1]
    {
        refused(&plain[..length], "ends in the middle");
    }
    let mut padded = plain.clone();
    padded.resize(10_240, 0);
    take(&padded, Limits::default()).1.unwrap();
    refused(&[plain.clone(), plain.clone()].concat(), "follows its end");
    refused(&[&plain[..plain.len() - 512], &[1; 512]].concat(), "follows its end");
    refused(&[&plain[..], b"x"].concat(), "follows its end");
    let mut endless = plain.clone();
    endless.resize(3 << 20, 0);
    refused(&endless, "no end");
    let mut wrong = plain;
    wrong[0] = b'y';
    refused(&wrong, "sum");
}

#[test]
fn bombs_are_refused_before_they_fill_the_disk() {
    let limits = Limits { bytes: 2000, entries: 10, file_bytes: 1000, path_bytes: 100, depth: 4 };
    let full = |name: &str| Raw::file(name, &[b'x'; 1000]);
    for (entries, why, most) in [
        (vec![Raw::file("a", &[b'x'; 1001])], "larger than 1000", 0),
        (vec![full("a"), full("b"), Raw::file("c", b"x")], "2000 bytes together", 2000),
        ((0..11).map(|n| Raw::file(format!("{n}"), b"")).collect(), "more than 10", 0),
        ((0..11).map(|n| Raw::link(format!("{n}"), "x")).collect(), "more than 10", 0),
        ((0..4).map(|n| Raw::folder(format!("{n}/b/c/"))).collect(), "more than 10", 0),
        (vec![Raw::folder("a/b/c/d/e")], "folders deep", 0),
        (vec![Raw::long(b'L', &[b'a'; 101]), Raw::file("x", b"")], "longer than 100", 0),
    ] {
        let (root, taken) = take(&archive(&entries), limits);
        let error = taken.unwrap_err();
        assert!(matches!(&error, Fault::Archive(said) if said.contains(why)), "{error:?}");
        let written = tree(&root.path().join("into"));
        let held: usize = written.values().filter(|held| !held.starts_with("->")).map(String::len).sum();
        assert!(written.len() <= 11 && held <= most, "{why}: {written:?}");
    }
}

/// Parts of entries, mostly hostile.
fn any_entry() -> impl Strategy<Value = Raw> {
    let path = "(\\./|/)?(a|b|c|\\.\\.|\\.|\\.git|l|)(/(a|b|l|\\.\\.|\\.git|)){0,3}/?";
    let target = "(\\.\\./){0,3}(a|b|l|\\.|/|secret|\\.git|){0,2}(/\\.\\.){0,2}";
    let kind = prop::sample::select(b"0000555222221346xLKgS".to_vec());
    (kind, path, target, prop::collection::vec(any::<u8>(), 0..40), any::<bool>(), 0..0o10000_u32).prop_map(
        |(kind, path, link, body, honest, mode)| match kind {
            b'x' => Raw::pax(&[(if honest { "path" } else { "linkpath" }, &link)]),
            b'L' | b'K' => Raw::long(kind, link.as_bytes()),
            b'0' => Raw { link: link.into_bytes(), ..Raw::file(path, &body).with_mode(mode) },
            _ if honest => Raw { link: link.into_bytes(), ..Raw::new(kind, path) },
            _ => Raw { link: link.into_bytes(), ..Raw::file(path, &body).of_kind(kind) },
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_is_in_it_nothing_gets_out(entries in prop::collection::vec(any_entry(), 1..8), cut in prop::option::of(0..4096_usize)) {
        let mut bytes = archive(&entries);
        if let Some(cut) = cut {
            bytes.truncate(cut);
        }
        let (root, taken) = take(&bytes, Limits::default());
        let into = root.path().join("into").canonicalize().unwrap();
        for (path, held) in tree(&into) {
            prop_assert!(!path.split('/').any(|name| name == ".git"), "{}", path);
            if held.starts_with("-> ") && let Ok(real) = into.join(&path).canonicalize() {
                prop_assert!(real.starts_with(&into), "{} {} leads to {}", path, held, real.display());
            }
        }
        if let Err(fault) = taken {
            prop_assert!(matches!(fault, Fault::Archive(_)), "{:?}", fault);
        }
    }

    #[test]
    fn noise_is_refused_and_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let (root, taken) = take(&bytes, Limits::default());
        prop_assert!(taken.is_err());
        prop_assert!(tree(&root.path().join("into")).is_empty());
    }
}
