//! The importer on a folder with every defect, on one with very many files, and as a command.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use domain::{Cut, Message};
use serde_json::{Value, json};
use server::import::{Mode, Quiet, Report, run};
use store::Store;
use store::testing::{TestStore, owner};

use crate::program::command;

fn put(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn said(root: &Path, path: &str, id: i64, sender: &str, recipient: &str, message: &str) {
    put(root, path, json!({ "id": id, "sender": sender, "recipient": recipient, "message": message }).to_string());
}

/// A folder with five good messages between two pairs, and one of every defect.
fn room(root: &Path) {
    said(root, "the_author/inbox/processed/1700000001000.json", 1_700_000_001_000, "owner", "the_author", "first");
    said(root, "the_author/inbox/1700000003000.json", 1_700_000_003_000, "user", "the_author", "third");
    said(root, "owner/inbox/1700000002000.json", 1_700_000_002_000, "the_author", "owner", "second");
    let dated = json!({ "id": "x-1", "sender": "the_author", "recipient": "the_old_one", "message": "dated", "timestamp": "2020-01-01T00:00:00+01:00", "read": true });
    put(root, "the_old_one/inbox/x-1.json", dated.to_string());
    said(
        root,
        "the_old_one/inbox/1700000001000.json",
        1_700_000_001_000,
        "the_author",
        "the_old_one",
        "same id, another inbox",
    );
    // The same message twice is one message.
    said(root, "the_author/inbox/1700000001000.json", 1_700_000_001_000, "owner", "the_author", "first");
    said(root, "the_author/inbox/clash.json", 1_700_000_003_000, "user", "the_author", "not third");
    put(root, "the_author/inbox/broken.json", "{\"id\": 1,");
    put(root, "the_author/inbox/empty.json", "");
    put(root, "the_author/inbox/list.json", "[]");
    put(
        root,
        "the_author/inbox/latin1.json",
        b"{\"id\":1,\"sender\":\"owner\",\"recipient\":\"the_author\",\"message\":\"\xe4\"}",
    );
    put(root, "the_author/inbox/keyless.json", r#"{"id":2,"sender":"owner","recipient":"the_author"}"#);
    put(
        root,
        "the_author/inbox/typed.json",
        r#"{"id":3,"sender":"owner","recipient":"the_author","message":{"text":"x"}}"#,
    );
    put(
        root,
        "the_author/inbox/timeless.json",
        r#"{"id":"soon","sender":"owner","recipient":"the_author","message":"x"}"#,
    );
    put(
        root,
        "the_author/inbox/badtime.json",
        r#"{"id":4,"sender":"owner","recipient":"the_author","message":"x","timestamp":"soon"}"#,
    );
    put(
        root,
        "the_author/inbox/spaced.json",
        r#"{"id":"a b","sender":"owner","recipient":"the_author","message":"x"}"#,
    );
    said(root, "the_author/inbox/void.json", 5, "owner", "the_author", " \n");
    said(root, "the_author/inbox/stranger.json", 6, "the_stranger", "the_author", "x");
    said(root, "the_author/inbox/lost.json", 7, "the_author", "../the_mediator", "x");
    said(root, "the_author/inbox/self.json", 8, "the_author", "the_author", "x");
    said(root, "the_author/inbox/large.json", 9, "owner", "the_author", &"x".repeat(64 * 1024 + 1));
    put(root, "the_author/inbox/huge.json", vec![b' '; 3 * 1024 * 1024]);
    put(root, "the_author/inbox/notes.txt", "x");
    put(root, "The Author/inbox/1.json", "{}");
    fs::create_dir(root.join("the_author/inbox/folder.json")).unwrap();
    nix::unistd::mkfifo(&root.join("the_author/inbox/pipe.json"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    symlink("/etc/passwd", root.join("the_author/inbox/out.json")).unwrap();
    symlink("1700000003000.json", root.join("the_author/inbox/in.json")).unwrap();
    symlink("/", root.join("elsewhere")).unwrap();
    fs::create_dir_all(root.join("the_mediator")).unwrap();
    symlink("../../..", root.join("the_mediator/inbox")).unwrap();
    fs::write(root.join("the_author/inbox").join(std::ffi::OsStr::from_bytes(b"\xff.json")), "{").unwrap();
    // Not an inbox: none of our business.
    put(root, "README.md", "x");
    put(root, "the_author/outbox/1.json", "{");
}

fn codes(report: &Report) -> BTreeMap<&'static str, usize> {
    let mut codes = BTreeMap::new();
    for refusal in &report.refused {
        *codes.entry(refusal.reason.code()).or_default() += 1;
    }
    codes
}

fn expected_codes() -> BTreeMap<&'static str, usize> {
    BTreeMap::from([
        ("bad_id", 1),
        ("bad_message", 1),
        ("bad_time", 1),
        ("duplicate_id", 1),
        ("folder_name", 1),
        ("malformed_json", 3),
        ("missing_key", 1),
        ("no_time", 1),
        ("not_a_file", 2),
        ("not_json", 1),
        ("not_utf8", 1),
        ("same_sender_and_recipient", 1),
        ("symlink", 1),
        ("symlink_outside", 3),
        ("too_large", 2),
        ("unknown_helper", 2),
        ("wrong_type", 2),
    ])
}

async fn import(store: Option<&Store>, folder: &Path, mode: Mode) -> Report {
    run(store, &owner(), folder, mode, Arc::new(Quiet)).await.unwrap()
}

/// Every message of every conversation, by the conversation's title.
async fn everything(store: &Store) -> BTreeMap<String, Vec<Message>> {
    let mut all = BTreeMap::new();
    for conversation in store.conversations(None, 200).await.unwrap() {
        let messages = store.messages(conversation.id, Cut::After(0), 200).await.unwrap().items;
        assert!(all.insert(conversation.title, messages).is_none(), "one conversation for each pair");
    }
    all
}

#[tokio::test]
async fn a_dry_run_reports_everything_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    room(folder.path());
    let database = TestStore::sqlite().await;
    for store in [None, Some(&database.store)] {
        let before = database.store.log().head().seq;
        let report = import(store, folder.path(), Mode::DryRun).await;
        assert_eq!((report.imported, report.already_there), (5, 1), "{report}");
        assert_eq!(codes(&report), expected_codes(), "{report}");
        assert_eq!(database.store.log().head().seq, before);
    }
    database.finish().await;
}

#[tokio::test]
async fn an_import_brings_in_what_is_good_once_in_time_order() {
    let folder = tempfile::tempdir().unwrap();
    room(folder.path());
    let database = TestStore::sqlite().await;
    let store = &database.store;
    let report = import(Some(store), folder.path(), Mode::Applied).await;
    assert_eq!((report.imported, report.already_there), (5, 1), "{report}");
    assert_eq!(codes(&report), expected_codes(), "{report}");
    let all = everything(store).await;
    assert_eq!(all.len(), 2, "{:?}", all.keys());
    let texts = |title: &str| {
        all[title].iter().map(|m| (m.sender.to_string(), m.body.clone(), m.at.to_string())).collect::<Vec<_>>()
    };
    let pair = |a: &str, b: &str| all.keys().find(|title| title.contains(a) && title.contains(b)).unwrap().clone();
    let line = |sender: &str, body: &str, at: &str| (sender.to_owned(), body.to_owned(), at.to_owned());
    assert_eq!(
        texts(&pair("owner", "the_author")),
        [
            line("user:owner", "first", "2023-11-14T22:13:21Z"),
            line("helper:the_author", "second", "2023-11-14T22:13:22Z"),
            line("user:owner", "third", "2023-11-14T22:13:23Z"),
        ]
    );
    assert_eq!(
        texts(&pair("the_old_one", "the_author"))[0],
        line("helper:the_author", "dated", "2019-12-31T23:00:00Z")
    );
    assert_eq!(store.deliveries(&store::DeliveryFilter::default(), 10).await.unwrap(), []);

    let head = store.log().head().seq;
    let again = import(Some(store), folder.path(), Mode::Applied).await;
    assert_eq!((again.imported, again.already_there), (0, 6), "{again}");
    assert_eq!(codes(&again), expected_codes());
    assert_eq!(store.log().head().seq, head, "running twice changes nothing");
    let dry = import(Some(store), folder.path(), Mode::DryRun).await;
    assert_eq!((dry.imported, dry.already_there), (0, 6), "{dry}");
    database.finish().await;
}

#[tokio::test]
async fn a_message_that_was_changed_after_its_import_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "the_author/inbox/1.json", 1, "owner", "the_author", "then");
    let database = TestStore::sqlite().await;
    import(Some(&database.store), folder.path(), Mode::Applied).await;
    said(folder.path(), "the_author/inbox/1.json", 1, "owner", "the_author", "now");
    for mode in [Mode::DryRun, Mode::Applied] {
        let report = import(Some(&database.store), folder.path(), mode).await;
        assert_eq!(codes(&report), BTreeMap::from([("differs_from_database", 1)]));
    }
    assert_eq!(everything(&database.store).await.values().next().unwrap()[0].body, "then");
    database.finish().await;
}

/// Names and contents of a hundred thousand messages of one pair, five of whom have the same id as another.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_files_are_looked_through() {
    const FILES: i64 = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("the_author/inbox/processed");
    fs::create_dir_all(&inbox).unwrap();
    for n in 0..FILES {
        let id = 1_700_000_000_000 + n;
        let text = format!(r#"{{"id":{id},"sender":"owner","recipient":"the_author","message":"message {n}"}}"#);
        fs::write(inbox.join(format!("{id}.json")), text).unwrap();
    }
    let report = import(None, folder.path(), Mode::DryRun).await;
    assert_eq!((report.imported, report.refused.len()), (FILES, 0));
    assert_eq!(report.conversations.len(), 1);
}

/// More than one batch is written, and an import that was broken off goes on where it was.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_many_batches_goes_on_after_it_was_broken_off() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestStore::sqlite().await;
    for n in 0..700 {
        said(folder.path(), &format!("the_author/inbox/{n}.json"), n, "owner", "the_author", &format!("message {n}"));
    }
    let first = import(Some(&database.store), folder.path(), Mode::Applied).await;
    assert_eq!(first.imported, 700);
    for n in 700..1_300 {
        said(folder.path(), &format!("the_author/inbox/{n}.json"), n, "owner", "the_author", &format!("message {n}"));
    }
    let second = import(Some(&database.store), folder.path(), Mode::Applied).await;
    assert_eq!((second.imported, second.already_there), (600, 700));
    let conversation = database.store.conversations(None, 10).await.unwrap().remove(0);
    assert_eq!(conversation.message_count, 1_300);
    let newest = database.store.messages(conversation.id, Cut::Newest, 200).await.unwrap().items;
    let bodies: Vec<String> = newest.into_iter().map(|message| message.body).collect();
    assert_eq!(bodies, (1_100..1_300).map(|n| format!("message {n}")).collect::<Vec<_>>());
    database.finish().await;
}

#[tokio::test]
async fn as_a_command_it_is_dry_until_told_and_packs_the_folder_away() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("common_room");
    room(&folder);
    // A pipe cannot be packed.
    fs::remove_file(folder.join("the_author/inbox/pipe.json")).unwrap();
    let run = async |args: &[&str]| {
        let output =
            command(place.path()).args(["import", "common-room", "common_room"]).args(args).output().await.unwrap();
        let (out, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        (output.status.success(), out, errors)
    };
    let (fine, text, errors) = run(&[]).await;
    assert!(fine && text.contains("To import") && text.contains("--apply"), "{text}{errors}");
    assert!(!place.path().join("data").exists(), "a dry run makes no database");
    let (fine, _, errors) = run(&["--archive", "old.tar.zst"]).await;
    assert!(!fine && errors.contains("5 messages are not in the database yet"), "{errors}");
    assert!(!place.path().join("old.tar.zst").exists());

    let (fine, _, errors) = run(&["--apply"]).await;
    assert!(!fine && errors.contains("tatwats user create NAME --admin"), "{errors}");
    fs::write(place.path().join("password"), crate::cookies::PASSWORD).unwrap();
    let create = ["user", "create", "ada", "--admin", "--password-file", "password"];
    assert!(command(place.path()).args(create).output().await.unwrap().status.success());
    let (fine, _, errors) = run(&["--apply", "--as", "nobody"]).await;
    assert!(!fine && errors.contains("no admin of this workshop"), "{errors}");

    let (fine, text, errors) = run(&["--apply", "--archive", "old.tar.zst", "--json"]).await;
    assert!(fine, "{errors}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((report["mode"].clone(), report["imported"].clone()), (json!("applied"), json!(5)));
    let clash = report["refused"].as_array().unwrap().iter().find(|refusal| refusal["code"] == "duplicate_id").unwrap();
    assert_eq!(clash["path"], "the_author/inbox/clash.json");
    assert!(clash["reason"].as_str().unwrap().contains("1700000003000.json"), "{clash}");
    assert_eq!(report["archive"]["file"], "old.tar.zst");
    assert!(fs::metadata(place.path().join("old.tar.zst")).unwrap().len() > 500);

    let (fine, text, _) = run(&["--apply"]).await;
    let imported = text.lines().find_map(|line| line.strip_prefix("Imported"));
    assert!(fine && imported.is_some_and(|count| count.trim() == "0"), "{text}");
    let (fine, _, errors) = run(&["--archive", "old.tar.zst"]).await;
    assert!(!fine && errors.contains("exists already"), "{errors}");
    assert!(run(&["--archive", "again.tar.zst"]).await.0, "all is there, so it may be packed");
    let missing = command(place.path()).args(["import", "common-room", "nowhere"]).output().await.unwrap();
    assert!(!missing.status.success() && String::from_utf8_lossy(&missing.stderr).contains("nowhere"));
}

#[tokio::test]
async fn a_running_server_is_not_written_behind_its_back() {
    let place = tempfile::tempdir().unwrap();
    said(&place.path().join("room"), "the_author/inbox/1.json", 1, "owner", "the_author", "x");
    let program = crate::program::Program::serve(place.path(), crate::program::free_address(), false).await;
    let run = async |args: &[&str]| {
        command(place.path()).args(["import", "common-room", "room"]).args(args).output().await.unwrap()
    };
    let refused = run(&["--apply"]).await;
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && words.contains(&format!("process {}", program.pid())), "{words}");
    assert!(run(&[]).await.status.success(), "a dry run only reads");
    assert!(program.terminate().await.success());
    assert!(run(&["--apply"]).await.status.success());
}
