//! Nothing is left behind, whatever way it ends, and nothing of anybody else's is touched.

use std::process::Stdio;

use domain::sandbox::Preset;
use sandbox::Sandbox;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::common::{LIMIT, places, processes, run, sh, until};

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
            tokio::time::timeout(std::time::Duration::from_micros(micros), opening).await.ok();
        }
        // What was begun is made to its end first, so it must be there before it can be gone.
        let sandbox = place.open().await;
        drop(sandbox);
        place.nothing_left().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_ends_what_is_of_this_node_and_not_kept() {
    for place in places().await {
        let other = place.of_node(format!("{}-b", place.node));
        let (kept, lost, theirs) = (place.open().await, place.open().await, other.open().await);
        let cleared = place.room.clear(&place.node, &[kept.id()]).await.unwrap();
        assert_eq!(cleared, 1);
        lost.closed().cancelled().await;
        for sandbox in [&kept, &theirs] {
            assert_eq!(run(sandbox, sh("echo lives"), &LIMIT).await.1, "lives\n");
        }
        assert_eq!(place.room.clear(&place.node, &[kept.id()]).await.unwrap(), 0);
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
        let cleared = place.room.clear(&place.node, &[]).await.unwrap();
        assert_eq!(cleared, usize::from(place.grouped));
        assert_eq!(place.left(), Vec::<String>::new());
    }
}
