//! Files in and out.

use std::io::Read as _;

use room::{Channel, Give, Guest, Host, MAX_BODY, Source};

use crate::harness::Inside;

fn give(path: &str) -> Give {
    Give { path: path.into(), without: vec!["node_modules".into()], most_bytes: 32 << 20, most_entries: 100 }
}

/// Sends a tar stream within the window; what is answered.
async fn take(inside: &mut Inside, folder: &str, tar: &[u8]) -> Guest {
    let channel = inside.channel();
    inside.say(Host::Take(channel, folder.into())).await;
    for chunk in tar.chunks(MAX_BODY) {
        inside.say(Host::Input(channel, chunk.to_vec())).await;
        match inside.hear(channel).await {
            Guest::Taken(_, count) => assert_eq!(usize::try_from(count).unwrap(), chunk.len()),
            other => return other,
        }
    }
    inside.say(Host::Input(channel, vec![])).await;
    inside.hear(channel).await
}

/// What comes out, and the answer at the end.
async fn given(inside: &mut Inside, channel: Channel) -> (Vec<u8>, Guest) {
    let mut tar = Vec::new();
    loop {
        match inside.hear(channel).await {
            Guest::Output(_, Source::Output, bytes) => {
                tar.extend_from_slice(&bytes);
                let count = u32::try_from(bytes.len()).unwrap();
                inside.say(Host::Taken(channel, Source::Output, count)).await;
            }
            end => return (tar, end),
        }
    }
}

async fn out(inside: &mut Inside, give: Give) -> (Vec<u8>, Guest) {
    let channel = inside.channel();
    inside.say(Host::Give(channel, give)).await;
    given(inside, channel).await
}

#[tokio::test]
async fn files_go_in_and_come_out_the_same() {
    let Some(mut inside) = Inside::open().await else { return };
    let large: Vec<u8> = (0..5_000_000u32).map(|number| number.to_le_bytes()[number as usize % 4]).collect();
    let mut tar = tar::Builder::new(Vec::new());
    for (name, contents) in [("a.txt", b"hello".as_slice()), ("deep/er/large", &large)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o640);
        header.set_mtime(1_700_000_000);
        tar.append_data(&mut header, name, contents).unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "deep/link", "../a.txt").unwrap();
    let tar = tar.into_inner().unwrap();
    assert!(matches!(take(&mut inside, "/work/app", &tar).await, Guest::Done(_)));
    let ran = inside.run("stat -c %a app/a.txt; cat app/deep/link; mkdir -p app/node_modules/x").await;
    assert_eq!(ran.output, "640\nhello");

    let (tar, end) = out(&mut inside, give("/work/app")).await;
    assert!(matches!(end, Guest::Done(_)), "{end:?}");
    let mut archive = tar::Archive::new(tar.as_slice());
    let mut names = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).unwrap();
        match name.as_str() {
            "deep/er/large" => assert!(contents == large),
            "a.txt" => {
                assert_eq!(contents, b"hello");
                assert_eq!(entry.header().mtime().unwrap(), 1_700_000_000);
                assert_eq!(entry.header().mode().unwrap(), 0o640);
            }
            "deep/link" => assert_eq!(entry.link_name().unwrap().unwrap().to_str(), Some("../a.txt")),
            _ => {}
        }
        names.push(name);
    }
    assert_eq!(names, ["a.txt", "deep", "deep/er", "deep/er/large", "deep/link"]);
}

#[tokio::test]
async fn what_leads_out_is_not_given() {
    let Some(mut inside) = Inside::open().await else { return };
    let ran = inside
        .run("mkdir out pipe up; ln -s /etc/passwd out/link; mkfifo pipe/fifo; ln -s ../../x up/link; ln -s /etc way")
        .await;
    assert_eq!(ran.status(), 0, "{ran:?}");
    for folder in ["/work/out", "/work/up"] {
        let (_, end) = out(&mut inside, give(folder)).await;
        assert!(matches!(&end, Guest::Failed(_, why) if why.contains("leads out")), "{end:?}");
    }
    let (tar, end) = out(&mut inside, give("/work/pipe")).await;
    assert!(matches!(end, Guest::Done(_)));
    assert_eq!(tar::Archive::new(tar.as_slice()).entries().unwrap().count(), 0);
    let (_, end) = out(&mut inside, give("/work/way/passwd")).await;
    assert!(matches!(end, Guest::Failed(..)), "{end:?}");
    let (_, end) = out(&mut inside, give("/work/nothing")).await;
    assert!(matches!(end, Guest::Failed(..)), "{end:?}");
}

#[tokio::test]
async fn more_than_is_wanted_is_not_given() {
    let Some(mut inside) = Inside::open().await else { return };
    inside
        .run("mkdir many large; cd many; for n in $(seq 101); do : > $n; done; cd ../large; truncate -s 17M one two")
        .await;
    let (_, end) = out(&mut inside, give("/work/many")).await;
    assert!(matches!(&end, Guest::Failed(_, why) if why.contains("more than 100 files")), "{end:?}");
    let (_, end) = out(&mut inside, give("/work/large")).await;
    assert!(matches!(&end, Guest::Failed(_, why) if why.contains("bytes")), "{end:?}");
}

#[tokio::test]
async fn a_hostile_stream_is_refused_and_the_room_goes_on() {
    let Some(mut inside) = Inside::open().await else { return };
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    header.set_mode(0o644);
    header.as_gnu_mut().unwrap().name[..12].copy_from_slice(b"../../tmp/ha");
    header.set_cksum();
    let mut tar = tar::Builder::new(Vec::new());
    tar.append(&header, b"ha\n".as_slice()).unwrap();
    let tar = tar.into_inner().unwrap();
    let end = take(&mut inside, "/work", &tar).await;
    assert!(matches!(&end, Guest::Failed(_, why) if why.contains("leads out")), "{end:?}");
    // A guest's link in the way is not followed.
    inside.run("ln -s /tmp way").await;
    let end = take(&mut inside, "/work/way", &tar).await;
    assert!(matches!(&end, Guest::Failed(..)), "{end:?}");
    assert_eq!(inside.run("ls -A /tmp").await.output, "");
}

#[tokio::test]
async fn a_transfer_can_be_stopped() {
    let Some(mut inside) = Inside::open().await else { return };
    let channel = inside.channel();
    inside.say(Host::Take(channel, "/work".into())).await;
    inside.say(Host::Signal(channel, 15)).await;
    assert!(matches!(inside.hear(channel).await, Guest::Failed(..)));
    inside.run("head -c 20000000 /dev/zero > large").await;
    let channel = inside.channel();
    inside.say(Host::Give(channel, give("/work"))).await;
    assert!(matches!(inside.hear(channel).await, Guest::Output(..)));
    inside.say(Host::Signal(channel, 9)).await;
    let (_, end) = given(&mut inside, channel).await;
    assert!(matches!(end, Guest::Failed(..)), "{end:?}");
}
