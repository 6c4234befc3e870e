//! Nothing is left behind, whatever way it ends, and nothing of anybody else's is touched.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use domain::sandbox::Preset;
use sandbox::rooms::Image;
use sandbox::rooms::namespace::{Groups, NamespaceRoom};
use sandbox::{Options, Sandbox, Sandboxes, Wanted};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::common::{LIMIT, bubblewrap, number, places, processes, run, sh, until};

#[tokio::test(flavor = "multi_thread")]
async fn dropping_it_leaves_nothing() {
    for place in places().await {
        let sandbox = place.open().await;
        let _command = sandbox.spawn(sh("setsid sleep 6161 & sleep 6162")).await.unwrap();
        until("they run", || processes(|line| line.contains("sleep 616")).len() >= 2).await;
        assert_ne!(place.left(), Vec::<String>::new());
        drop(sandbox);
        place.nothing_left().await;
        assert_eq!(processes(|line| line.contains("sleep 616")), Vec::<i32>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_waiting_for_one_leaves_nothing() {
    for place in places().await {
        for micros in [0, 500, 3_000, 8_000, 15_000] {
            let opening = Sandbox::open(place.room.clone(), place.order(Preset::Run.profile()));
            tokio::time::timeout(Duration::from_micros(micros), opening).await.ok();
        }
        // What was begun is made to its end first, so it must be there before it can be gone.
        let sandbox = place.open().await;
        drop(sandbox);
        place.nothing_left().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_waiting_before_bubblewrap_has_told_leaves_nothing() {
    let (Some(bubblewrap), Some(place)) = (bubblewrap(), places().await.pop()) else { return };
    // What it tells is passed on late, and until then the process that it made waits for it.
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().display().to_string();
    let late = format!(
        r#"for word; do
            shift
            [ "$before" != --info-fd ] || word=8
            [ "$word" = --disable-userns ] || set -- "$@" "$word"
            before=$word
        done
        mkfifo {name}/go-on {name}/told; exec 7<>{name}/go-on 8<>{name}/told
        (sleep 0.5; dd bs=4096 count=1 <&8 2>&-; printf 12 >&7) >&2 &
        exec {} --userns-block-fd 7 --setenv LATE {name} "$@""#,
        bubblewrap.display()
    );
    let program = program(folder.path(), "late", &late);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let room = NamespaceRoom::new(&folder.path().join("room"), program, Groups::none()).unwrap();
    let opening = Sandbox::open(Arc::new(room), place.order(Preset::Run.profile()));
    tokio::time::timeout(Duration::from_millis(300), opening).await.unwrap_err();
    let late = || processes(|line| line.contains(&format!("LATE {name}")));
    assert_eq!(late().len(), 2, "bubblewrap, and what it made");
    until("both are gone", || late().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bubblewrap_that_does_not_tell_what_it_made_is_ended() {
    // What it leaves in no namespace, its control group ends.
    let Some(place) = places().await.into_iter().find(|place| place.grouped) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut making = JoinSet::new();
    for (name, tells) in [("wrong", "echo '{ \"child-pid\": 1 }' >&2"), ("mute", ":")] {
        // With a child that keeps its output open.
        let program = program(folder.path(), name, &format!("{tells}\n/bin/sleep 6265 &\nexec /bin/sleep 6266"));
        let room = NamespaceRoom::new(&folder.path().join(format!("{name}-room")), program, Groups::find()).unwrap();
        making.spawn(Sandbox::open(Arc::new(room), place.order(Preset::Run.profile())));
    }
    while let Some(made) = making.join_next().await {
        let fault = made.unwrap().unwrap_err().to_string();
        assert!(fault.contains("its namespaces could not be made: no word"), "{fault}");
    }
    place.nothing_left().await;
    until("all of it to be gone", || processes(|line| line.contains("sleep 626")).is_empty()).await;
}

/// A program that says this to a shell, which everyone may run.
fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    for path in [folder, &path] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_ends_what_is_of_this_node_and_not_kept() {
    for place in places().await {
        let other = place.of_node(format!("{}-b", place.node));
        let (kept, lost, theirs) = (place.open().await, place.open().await, other.open().await);
        let cleared = place.room.clear(&place.node, &|id| id == kept.id()).await.unwrap();
        assert_eq!(cleared, 1);
        lost.closed().cancelled().await;
        for sandbox in [&kept, &theirs] {
            assert_eq!(run(sandbox, sh("echo lives"), &LIMIT).await.1, "lives\n");
        }
        assert_eq!(place.room.clear(&place.node, &|id| id == kept.id()).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_leaves_alone_what_is_being_made_meanwhile() {
    for place in places().await {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { node: place.node.clone(), folder: folder.path().to_owned(), ..Options::default() };
        let sandboxes = Sandboxes::new(place.room.clone(), "A test wants it.", options, || {
            Uuid::from_u64_pair(std::process::id().into(), number().into())
        });
        let profile = Preset::Run.profile();
        let wanted = Wanted { preset: Preset::Run, profile, image: Image::Helper, tools: Vec::new() };
        let making = async {
            for _ in 0..20 {
                let sandbox = sandboxes.open("test", &wanted).await.unwrap();
                assert_eq!(run(&sandbox, sh("echo lives"), &LIMIT).await.1, "lives\n");
                sandbox.end().await.unwrap();
            }
        };
        let clearing = async {
            loop {
                assert_eq!(sandboxes.clear().await.unwrap(), 0);
            }
        };
        tokio::select! {
            () = making => {}
            () = clearing => {}
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

#[test]
fn a_runtime_that_ends_takes_its_sandboxes_along() {
    for place in runtime().block_on(places()) {
        let ending = runtime();
        let (_sandbox, _command) = ending.block_on(async {
            let sandbox = place.open().await;
            let command = sandbox.spawn(sh("sleep 6464")).await.unwrap();
            (sandbox, command)
        });
        drop(ending);
        assert!(place.left().iter().all(|left| left.starts_with("process")), "{:?}", place.left());
        runtime().block_on(place.nothing_left());
    }
}

/// Not a test of its own: the server that is killed, when this program is started by the test below.
#[tokio::test(flavor = "multi_thread")]
async fn the_server() {
    let Some(variant) = std::env::var("SANDBOX_TEST_SERVER").ok().and_then(|variant| variant.parse::<usize>().ok())
    else {
        return;
    };
    let place = places().await.remove(variant);
    let sandbox = place.open().await;
    let _command = sandbox.spawn(sh("setsid sleep 6363 & sleep 6364")).await.unwrap();
    until("they run", || processes(|line| line.contains("sleep 636")).len() >= 2).await;
    println!("\nnode {}", place.node);
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_leaves_nothing_that_runs() {
    for (variant, place) in places().await.into_iter().enumerate() {
        let mut server = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "leftovers::the_server", "--nocapture"])
            .env("SANDBOX_TEST_SERVER", variant.to_string())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let node = loop {
            let line = lines.next_line().await.unwrap().expect("the server should say its node");
            if let Some(node) = line.strip_prefix("node ") {
                break node.to_owned();
            }
        };
        server.kill().await.unwrap();
        let place = place.of_node(node);
        until("nothing runs", || processes(|line| line.contains("sleep 636")).is_empty()).await;
        until("its processes are gone", || place.left().iter().all(|left| !left.starts_with("process"))).await;
        // The kernel does not remove control groups; the next server does.
        let cleared = place.room.clear(&place.node, &|_| false).await.unwrap();
        assert_eq!(cleared, usize::from(place.grouped));
        assert_eq!(place.left(), Vec::<String>::new());
    }
}
