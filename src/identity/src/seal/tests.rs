//! Sealing, opening, and changing keys in between.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn seal() -> (Seal, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Seal::open_or_create(folder.path().join("seal.keys")).unwrap(), folder)
}

fn opened(seal: &Seal, name: &str, sealed: &[u8]) -> Vec<u8> {
    seal.open(name, sealed).unwrap().expose_secret().to_vec()
}

#[test]
fn the_key_file_is_made_once_and_is_ours_alone() {
    let (first, _folder) = seal();
    assert_eq!(fs::metadata(first.path()).unwrap().permissions().mode() & 0o777, 0o600);
    let sealed = first.seal("model.key", b"sk-1").unwrap();
    let again = Seal::open_or_create(first.path()).unwrap();
    assert_eq!(opened(&again, "model.key", &sealed), b"sk-1");
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let (seal, _folder) = seal();
    for mode in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(seal.path(), fs::Permissions::from_mode(mode)).unwrap();
        let error = Seal::open_or_create(seal.path()).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}

#[test]
fn a_file_of_something_else_is_refused_with_its_line_and_without_its_content() {
    let (seal, _folder) = seal();
    for (text, line) in
        [("", "line 1"), ("# only words\n", "line 1"), ("# words\n\nhunter2\n", "line 3"), ("key-1 AAAA", "line 1")]
    {
        fs::write(seal.path(), text).unwrap();
        let error = Seal::open_or_create(seal.path()).unwrap_err().to_string();
        assert!(error.contains(line) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_secret_opens_under_its_own_name_only() {
    let (seal, _folder) = seal();
    let sealed = seal.seal("webhook.a", b"secret").unwrap();
    assert!(matches!(seal.open("webhook.b", &sealed), Err(SealError::Broken(name)) if name == "webhook.b"));
}

#[test]
fn the_same_secret_never_looks_the_same() {
    let (seal, _folder) = seal();
    assert_ne!(seal.seal("a", b"secret").unwrap(), seal.seal("a", b"secret").unwrap());
}

#[test]
fn keys_change_without_losing_a_secret_on_the_way() {
    let (seal, folder) = seal();
    let old = seal.seal("model.key", b"sk-1").unwrap();
    // Another process, that has read the file before.
    let server = Seal::open_or_create(folder.path().join("seal.keys")).unwrap();

    seal.begin_rotation().unwrap();
    assert_eq!(opened(&seal, "model.key", &old), b"sk-1", "the old key still opens");
    let new = seal.reseal("model.key", &old).unwrap().unwrap();
    assert!(seal.reseal("model.key", &new).unwrap().is_none(), "once is enough");
    assert_eq!(opened(&server, "model.key", &new), b"sk-1", "another process learns of the new key");
    let later = server.seal("other", b"x").unwrap();
    assert!(seal.reseal("other", &later).unwrap().is_none(), "and seals by it");

    assert_eq!(seal.finish_rotation().unwrap(), 1);
    assert_eq!(opened(&seal, "model.key", &new), b"sk-1");
    let error = seal.open("model.key", &old).unwrap_err();
    assert!(matches!(&error, SealError::UnknownKey { .. }), "{error}");
    assert_eq!(seal.finish_rotation().unwrap(), 0, "again does no harm");
    assert_eq!(fs::metadata(seal.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_change_of_keys_that_was_interrupted_goes_on() {
    let (seal, _folder) = seal();
    let sealed = seal.seal("a", b"secret").unwrap();
    seal.begin_rotation().unwrap();
    seal.begin_rotation().unwrap();
    let sealed = seal.reseal("a", &sealed).unwrap().unwrap();
    assert_eq!(seal.finish_rotation().unwrap(), 2);
    assert_eq!(opened(&seal, "a", &sealed), b"secret");
}

#[test]
fn two_that_start_at_once_agree_on_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seal.keys");
    let started = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| Seal::open_or_create(&path).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let sealed = started[0].seal("a", b"secret").unwrap();
    assert!(started.iter().all(|seal| opened(seal, "a", &sealed) == b"secret"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn two_that_change_keys_at_once_lose_neither_new_key() {
    let (seal, folder) = seal();
    let path = folder.path().join("seal.keys");
    let sealed: Vec<_> = std::thread::scope(|scope| {
        let rotate = || {
            let seal = Seal::open_or_create(&path).unwrap();
            seal.begin_rotation().unwrap();
            seal.seal("a", b"secret").unwrap()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(rotate)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(sealed.iter().all(|sealed| opened(&seal, "a", sealed) == b"secret"));
}

#[test]
fn no_key_is_printed() {
    let (seal, _folder) = seal();
    let file = fs::read_to_string(seal.path()).unwrap();
    let key = file.lines().find_map(|line| line.strip_prefix("key-1 ")).unwrap();
    assert!(!format!("{seal:?}").contains(key));
}

proptest! {
    #[test]
    fn every_secret_opens_again_and_none_that_was_changed(
        secret in prop::collection::vec(any::<u8>(), 0..200), name in ".{0,40}", at in any::<prop::sample::Index>(), bit in 0..8_u8,
    ) {
        let (seal, _folder) = seal();
        let mut sealed = seal.seal(&name, &secret).unwrap();
        prop_assert_eq!(opened(&seal, &name, &sealed), secret);
        let at = at.index(sealed.len());
        prop_assert!(seal.open(&name, &sealed[..at]).is_err(), "cut off");
        sealed[at] ^= 1 << bit;
        prop_assert!(seal.open(&name, &sealed).is_err(), "changed");
    }
}
